"""The daemon as nobody watches it: log files, recordings, systemd, metrics."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.fakes import Script
from lczero_training.daemon.testing.harness import (
    ENDLESS,
    FAKE_DAEMON,
    PATIENCE_SECONDS,
    RunningDaemon,
    environment,
    trained_steps,
)
from lczero_training.daemon.testing.ports import free_port
from lczero_training.schema.messages import DaemonState, LineSource, Problem, StartTraining
from lczero_training.schema.recording import read_recording


def train_one(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[bytes]":
    """Trains one network with fake parts."""
    config = str(write_tiny_config(folder))
    return subprocess.run(
        [*FAKE_DAEMON, "--config", config, "--max-networks", "1", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**environment(Script(chunks=10, noise=True)), **(env or {})},
        timeout=PATIENCE_SECONDS,
        check=False,
    )


# The log.


def test_log_file_holds_the_log_where_the_user_is(tmp_path: Path) -> None:
    done = train_one(
        tmp_path,
        *("--log-file", "logs/daemon.log", "--log-format", "json"),
        env={"BUILD_WORKING_DIRECTORY": str(tmp_path)},
    )
    assert done.returncode == 0
    lines = (tmp_path / "logs" / "daemon.log").read_text().splitlines()
    assert lines == [line for line in done.stderr.decode().splitlines() if line[:1] == "{"]
    messages = [json.loads(line)["message"] for line in lines]
    assert any(message.startswith("ends with code 0") for message in messages)


def test_log_file_is_set_aside_when_it_is_full(tmp_path: Path) -> None:
    log = tmp_path / "daemon.log"
    limits = ("--log-file-megabytes", "0.001", "--log-files", "1", "--log-level", "debug")
    assert train_one(tmp_path, "--log-file", str(log), *limits).returncode == 0
    assert sorted(p.name for p in tmp_path.glob("*.log*")) == ["daemon.log", "daemon.log.1"]
    assert log.stat().st_size <= 1000


def test_stderr_that_nobody_reads_delays_nothing(tmp_path: Path) -> None:
    read_fd, write_fd = os.pipe()
    os.set_blocking(write_fd, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(write_fd, b"x" * 4096)
    os.set_blocking(write_fd, True)
    log = tmp_path / "daemon.log"
    config = str(write_tiny_config(tmp_path))
    subprocess.run(
        [*FAKE_DAEMON, "--config", config, "--max-networks", "1", "--log-file", str(log)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=write_fd,
        env=environment(Script(chunks=10)),
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    os.close(read_fd)
    os.close(write_fd)
    assert "ends with code 0" in log.read_text()


def test_bug_in_the_daemon_itself_is_told_and_ends_it() -> None:
    script = """
import sys
from lczero_training.daemon import cli, daemon
def run(self): raise LookupError("a bug")
daemon.TrainingDaemon.run = run
sys.exit(cli.main([], load_parts=None, check_loader=None))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 1
    error = json.loads(done.stdout)
    assert error["type"] == "error" and error["payload"]["fatal"]
    assert error["payload"]["problem"] == "DAEMON_FAILED"
    assert "a bug" in error["payload"]["message"]
    assert " CRITICAL " in done.stderr.decode() and "LookupError: a bug" in done.stderr.decode()


@pytest.mark.parametrize("option", ["--log-file", "--record"])
def test_file_that_cannot_be_opened_is_exit_code_2(tmp_path: Path, option: str) -> None:
    done = train_one(tmp_path, option, str(tmp_path))
    assert done.returncode == 2 and done.stdout == b""
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("error: ") and str(tmp_path) in line and option in line
    assert not (tmp_path / "checkpoints").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--log-files", "0"],
        ["--log-file-megabytes", "0"],
        ["--log-file-megabytes", "nan"],
        ["--log-format", "xml"],
    ],
)
def test_bad_usage(tmp_path: Path, arguments: list[str]) -> None:
    done = train_one(tmp_path, *arguments)
    assert done.returncode == 2 and done.stdout == b"" and arguments[0] in done.stderr.decode()


def test_upload_without_its_password_does_not_start(tmp_path: Path) -> None:
    upload = {
        "url": "http://127.0.0.1:1/upload",
        "training_id": "1",
        "spool_directory": str(tmp_path / "spool"),
        "password_variable": "TEST_PASSWORD",
    }
    settings = [f"--set=export.upload.{key}={value}" for key, value in upload.items()]
    done = train_one(tmp_path, *settings)
    assert done.returncode == 2 and done.stdout == b""
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("error: ") and "TEST_PASSWORD" in line
    assert not (tmp_path / "checkpoints").exists()
    assert train_one(tmp_path, *settings, "--check").returncode == 0


# Recordings.


def test_recording_holds_every_line_of_all_three(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    said_by_us = [b'{"type":"get_status","id":"1"}', b"hello?", b"x" * (2 << 20)]
    done = subprocess.run(
        [*FAKE_DAEMON, "--record", str(path)],
        input=b"\n".join([*said_by_us, b'{"type":"shutdown"}']),
        capture_output=True,
        env=environment(),
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    said: dict[LineSource, list[str]] = {source: [] for source in LineSource}
    for recorded in read_recording(path, on_bad=pytest.fail):
        said[recorded.source].append(recorded.line)
    assert said[LineSource.DAEMON] == done.stdout.decode().splitlines()
    assert said[LineSource.LOG] == done.stderr.decode().splitlines()
    status, hello, overlong, shutdown = said[LineSource.CLIENT]
    assert (status, hello) == ('{"type":"get_status","id":"1"}', "hello?")
    assert "longer than" in overlong and shutdown == '{"type":"shutdown"}'


def test_second_session_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    for _ in range(2):
        subprocess.run(
            [*FAKE_DAEMON, "--exit-on-eof", "--record", str(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment(),
            timeout=PATIENCE_SECONDS,
            check=True,
        )
    hellos = [recorded for recorded in read_recording(path) if '"type":"hello"' in recorded.line]
    assert len(hellos) == 2


async def test_recording_on_a_full_disk_is_told_and_training_goes_on(tmp_path: Path) -> None:
    config = str(write_tiny_config(tmp_path, **ENDLESS))
    daemon = await RunningDaemon.start(
        "--config", config, "--record", "/dev/full", script=Script(chunks=10)
    )
    warning = await daemon.until_type("warning")
    assert "/dev/full" in warning.message and warning.problem == Problem.RECORD_FAILED
    await daemon.until_state(DaemonState.TRAINING)
    await daemon.client.close()
    assert await daemon.until_exit() == 0
    assert len(daemon.notifications("warning")) == 1


def test_files_do_not_become_standard_descriptors(tmp_path: Path) -> None:
    config = str(write_tiny_config(tmp_path))
    record, log = tmp_path / "session.jsonl", tmp_path / "daemon.log"
    command = " ".join([*FAKE_DAEMON, "--config", config, "--max-networks", "1"])
    subprocess.run(
        ["bash", "-c", f"{command} --record {record} --log-file {log} <&- >&- 2>&-"],
        env=environment(Script(chunks=10, noise=True)),
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    assert '"type":"bye"' in list(read_recording(record, on_bad=pytest.fail))[-1].line
    assert "a library" not in log.read_text() + record.read_text()


# systemd.


async def test_systemd_is_told_from_start_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(PATIENCE_SECONDS)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "2000000")
        config = str(write_tiny_config(tmp_path, **ENDLESS))
        daemon = await RunningDaemon.start("--config", config, script=Script(chunks=10))
        heard = [await asyncio.to_thread(systemd.recv, 4096)]
        assert heard[0].startswith(b"READY=1\nWATCHDOG=1")
        while b"STATUS=TRAINING tiny: network 1, step" not in heard[-1]:
            heard.append(await asyncio.to_thread(systemd.recv, 4096))
        daemon.signal(signal.SIGTERM)
        # All the time, as systemd does: the socket holds few datagrams.
        while not heard[-1].startswith(b"STOPPING=1"):
            heard.append(await asyncio.to_thread(systemd.recv, 4096))
        assert await daemon.until_exit() == 0
        assert b"EXTEND_TIMEOUT_USEC=20000000" in heard


# Metrics and health.


def get(port: int, path: str) -> tuple[int, str]:
    """Code and body of the answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


async def test_metrics_and_health_are_served_while_it_trains(tmp_path: Path) -> None:
    config = str(write_tiny_config(tmp_path, **ENDLESS))
    port = free_port()
    daemon = await RunningDaemon.start(
        *("--config", config, "--set", f"metrics.http_port={port}"), script=Script(chunks=10)
    )
    await daemon.until(lambda event: trained_steps(event) > 0)
    code, metrics = get(port, "/metrics")
    assert code == 200 and 'lczero_state{state="TRAINING"} 1.0' in metrics
    assert "lczero_steps_total" in metrics and "process_cpu_seconds_total" in metrics
    code, health = get(port, "/healthz")
    assert code == 200 and json.loads(health)["state"] == "TRAINING"
    await daemon.client.close()
    assert await daemon.until_exit() == 0


async def test_failed_training_is_unhealthy(tmp_path: Path) -> None:
    config = write_tiny_config(tmp_path)
    port = free_port()
    daemon = await RunningDaemon.start(script=Script(chunks=10, fail_at_step=3))
    await daemon.ask(
        StartTraining(config_filepath=str(config), overrides=(f"metrics.http_port={port}",))
    )
    await daemon.until_state(DaemonState.ERROR)
    await daemon.until_type("training_status")
    code, health = get(port, "/healthz")
    assert code == 503 and json.loads(health)["state"] == "ERROR"
    await daemon.client.close()


async def test_port_that_is_taken_is_a_warning(tmp_path: Path) -> None:
    config = str(write_tiny_config(tmp_path, **ENDLESS))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        daemon = await RunningDaemon.start(
            *("--config", config, "--set", f"metrics.http_port={port}"), script=Script(chunks=10)
        )
        warning = await daemon.until_type("warning")
        assert str(port) in warning.message and warning.problem == Problem.METRICS_PORT_FAILED
        await daemon.until_state(DaemonState.TRAINING)
        await daemon.client.close()
