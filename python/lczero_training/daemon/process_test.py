"""The daemon as a process: real pipes, real signals, fake loader and trainer."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.fakes import Script
from lczero_training.daemon.testing.harness import (
    ENDLESS,
    FAKE_DAEMON,
    PATIENCE_SECONDS,
    RunningDaemon,
    environment,
    in_state,
    trained_steps,
)
from lczero_training.schema.jsonl import MAX_LINE_BYTES
from lczero_training.schema.messages import (
    SCHEMA_HASH,
    DaemonState,
    ExportNow,
    GetStatus,
    Pause,
    Resume,
    Shutdown,
    StartTraining,
    StartTrainingImmediately,
    StopTraining,
)


def run(
    *arguments: str, stdin: bytes = b"", script: Script | None = None
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [*FAKE_DAEMON, *arguments],
        input=stdin,
        capture_output=True,
        env=environment(script),
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def lines(stdout: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.splitlines()]


# Lines in, lines out.


def test_session_of_bad_and_good_lines() -> None:
    stdin = b"\n".join(
        [
            b"hello?",
            b'{"type":"dance","id":"a"}',
            b'{"type":"start_training","id":"b","payload":{}}',
            b'{"type":"pause","id":"\xff"}',
            b"x" * (MAX_LINE_BYTES + 1),
            b'{"type":"pause","id":"c"}',
            b'{"type":"start_training","id":"d","payload":{"config_filepath":"/nowhere.yaml"}}',
            b'{"type":"get_status","id":"e"}',
            b'{"type":"shutdown","id":"f"}',
        ]
    )
    done = run(stdin=stdin)
    hello, *rest, bye = lines(done.stdout)
    assert hello["type"] == "hello" and hello["payload"]["schema_hash"] == SCHEMA_HASH
    assert bye == {"type": "bye", "payload": {"reason": "shutdown"}}
    answers = [
        (line["type"], line.get("reply_to"), line["payload"].get("field", ""))
        for line in rest
        if line["type"] != "training_status" or "reply_to" in line
    ]
    assert answers == [
        ("error", None, ""),
        ("error", "a", "type"),
        ("error", "b", "payload.config_filepath"),
        ("error", None, ""),
        ("error", None, ""),
        ("error", "c", ""),
        ("error", "d", "payload.config_filepath"),
        ("training_status", "e", ""),
        ("ack", "f", ""),
        ("state_changed", None, ""),
    ]
    assert done.returncode == 0


def test_end_of_stdin_ends_only_on_demand() -> None:
    done = run("--exit-on-eof")
    assert done.returncode == 0
    assert lines(done.stdout)[-1]["payload"]["reason"] == "end of stdin"


async def test_end_of_stdin_is_ignored_otherwise() -> None:
    daemon = await RunningDaemon.start()
    process = daemon.client._process
    assert process is not None and process.stdin is not None
    process.stdin.close()
    for _ in range(2):
        await daemon.until_type("training_status")
    daemon.signal(signal.SIGTERM)
    assert await daemon.until_exit() == 0


def test_everything_else_that_is_written_to_stdout_lands_in_the_log(tmp_path: Path) -> None:
    config = write_tiny_config(tmp_path)
    done = run("--config", str(config), "--max-networks", "1", script=Script(chunks=10, noise=True))
    assert done.returncode == 0
    assert all(line["type"] for line in lines(done.stdout))
    log = done.stderr.decode().splitlines()
    assert log.count("a library prints") == log.count("a library writes") == 4


@pytest.mark.parametrize("redirections", ["<&- >&-", "<&- | true", "<&- >&- 2>&-"])
def test_descriptors_that_are_closed_or_broken(tmp_path: Path, redirections: str) -> None:
    config = write_tiny_config(tmp_path)
    command = " ".join([*FAKE_DAEMON, "--config", str(config), "--max-networks", "1"])
    done = subprocess.run(
        ["bash", "-c", f"{command} {redirections}; exit ${{PIPESTATUS[0]}}"],
        env=environment(Script(chunks=10)),
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0
    assert (tmp_path / "networks" / "tiny-00000004.pb.gz").read_text() == "4"


# The command line.


def test_check_prints_the_resolved_config(tmp_path: Path) -> None:
    config = write_tiny_config(tmp_path)
    done = run("--config", str(config), "--check", "--set", "training.batch_size=32")
    assert done.returncode == 0 and b"batch_size: 32" in done.stdout
    assert not (tmp_path / "checkpoints").exists()


def test_check_warns_of_settings_that_change_nothing(tmp_path: Path) -> None:
    config = write_tiny_config(tmp_path)
    done = run("--config", str(config), "--check", "--set", "model.value_heads.q={channels: 4}")
    assert done.returncode == 0 and b"channels: 4" in done.stdout
    assert done.stderr.startswith(b"warning: model.value_heads.q: no loss with a weight above 0")


def test_what_only_the_trainer_program_can_do_is_refused(tmp_path: Path) -> None:
    config = write_tiny_config(tmp_path)
    for more in ([], ["--check"]):
        done = run("--config", str(config), "--set", "training.processes={}", *more)
        assert done.returncode == 2
        assert b"training.processes: expected nothing, since the daemon trains in one process" in (
            done.stderr
        )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--config", "/nowhere.yaml"],
        ["--config", "/nowhere.yaml", "--check"],
        ["--check"],
        ["--set", "a=b"],
        ["--max-networks", "0"],
        ["--max-networks", "x"],
        ["--dance"],
    ],
)
def test_bad_usage_is_exit_code_2(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2 and done.stdout == b"" and done.stderr


def test_bad_config_is_exit_code_2_and_names_the_key(tmp_path: Path) -> None:
    config = write_tiny_config(tmp_path)
    for more in ([], ["--check"]):
        done = run("--config", str(config), "--set", "training.batch_size=-1", *more)
        assert done.returncode == 2 and b"batch_size" in done.stderr


def test_help_and_check_load_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "import lczero_training.daemon.cli\n"
        "heavy = {'jax', 'flax', 'numpy', 'lczero_training.loader', 'prometheus_client', "
        "'httpx', 'http.server'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env=environment())
    done = run("--help")
    assert done.returncode == 0 and b"exit code" in done.stdout


def test_relative_config_is_found_where_the_user_is(tmp_path: Path) -> None:
    write_tiny_config(tmp_path)
    env = {**environment(), "BUILD_WORKING_DIRECTORY": str(tmp_path)}
    done = subprocess.run(
        [*FAKE_DAEMON, "--config", "tiny.yaml", "--check"],
        env=env,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0


# Commands in a running session.


async def test_whole_session_by_commands(tmp_path: Path) -> None:
    config = write_tiny_config(tmp_path, **ENDLESS)
    daemon = await RunningDaemon.start()
    start = StartTraining(config_filepath=str(config), overrides=("training.batch_size=8",))
    assert (await daemon.ask(start)).type == "ack"
    await daemon.until_state(DaemonState.WAITING_FOR_DATA)
    refused = await daemon.ask(start)
    assert refused.type == "error" and "stop_training" in refused.payload.message
    assert (await daemon.ask(StartTrainingImmediately())).type == "ack"
    await daemon.until_state(DaemonState.TRAINING)

    assert (await daemon.ask(Pause())).type == "ack"
    paused = (await daemon.ask(GetStatus())).payload
    assert paused.paused and paused.state == DaemonState.TRAINING and paused.name == "tiny"
    assert (await daemon.ask(Resume())).type == "ack"
    await daemon.until_type("training_status")

    assert (await daemon.ask(ExportNow())).type == "ack"
    network = (await daemon.until_type("network_exported")).network
    assert Path(network.path).read_text() == str(network.step)
    await daemon.until_state(DaemonState.TRAINING, "export_now")

    assert (await daemon.ask(StopTraining())).type == "ack"
    checkpoint = await daemon.until_type("checkpoint_saved")
    assert checkpoint.step >= network.step
    await daemon.until_state(DaemonState.IDLE)
    assert (await daemon.ask(start)).type == "ack"
    await daemon.until_state(DaemonState.TRAINING, "continues")
    assert (await daemon.ask(Shutdown())).type == "ack"
    bye = await daemon.until_type("bye")
    assert bye.reason == "shutdown" and bye.exit_code == 0
    assert await daemon.until_exit() == 0


async def test_paused_training_makes_no_step(tmp_path: Path) -> None:
    daemon = await in_state(DaemonState.WAITING_FOR_DATA, tmp_path)
    assert (await daemon.ask(Pause())).type == "ack"
    await daemon.ask(StartTrainingImmediately())
    await daemon.until_state(DaemonState.TRAINING)
    for _ in range(5):
        status = await daemon.until_type("training_status")
        assert status.paused and status.training is None
    await daemon.ask(Resume())
    await daemon.until(lambda e: trained_steps(e) > 0)
    await daemon.client.close()


async def test_failure_leads_to_error_and_start_training_works_again(tmp_path: Path) -> None:
    config = write_tiny_config(tmp_path)
    script = Script(chunks=10, fail_at_step=3)
    daemon = await RunningDaemon.start(script=script)
    start = StartTraining(config_filepath=str(config))
    await daemon.ask(start)
    error = await daemon.until_type("error")
    assert "step 3 is not for us" in error.message and not error.fatal
    assert (await daemon.ask(GetStatus())).payload.state == DaemonState.ERROR
    assert (await daemon.ask(start)).type == "ack"
    await daemon.until_state(DaemonState.TRAINING, "continues")
    await daemon.until_state(DaemonState.ERROR)
    assert (await daemon.ask(StopTraining())).type == "ack"
    await daemon.until_state(DaemonState.IDLE)
    await daemon.client.close()


async def test_failure_that_nobody_can_answer_ends_with_code_1(tmp_path: Path) -> None:
    config = write_tiny_config(tmp_path)
    script = Script(chunks=10, fail_at_step=3)
    headless = await RunningDaemon.start(
        "--config", str(config), "--max-networks", "1", script=script
    )
    assert await headless.until_exit() == 1
    assert headless.notifications("error")[-1].fatal
    assert headless.notifications("bye")[-1].exit_code == 1
    # As under systemd, with /dev/null as stdin.
    done = run("--config", str(config), script=script)
    assert done.returncode == 1
