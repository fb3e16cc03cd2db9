"""The daemon's end, in every state: signals, kills, and what the next start makes of it."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.fakes import Script
from lczero_training.daemon.testing.harness import (
    FAKE_DAEMON,
    PATIENCE_SECONDS,
    RunningDaemon,
    at_gate,
    environment,
    in_state,
    ledger_steps,
    trained_steps,
)
from lczero_training.schema.messages import DaemonState, GetStatus, Shutdown


async def test_signal_saves_what_is_trained(tmp_path: Path) -> None:
    daemon = await in_state(DaemonState.TRAINING, tmp_path)
    await daemon.until(lambda e: trained_steps(e) > 0)
    daemon.signal(signal.SIGTERM)
    assert await daemon.until_exit() == 0
    saved = daemon.notifications("checkpoint_saved")[-1]
    assert json.loads(Path(saved.path).read_text())["step"] == saved.step > 0


async def test_signal_during_an_export_finishes_it(tmp_path: Path) -> None:
    daemon, gate = await at_gate(tmp_path, "export")
    daemon.signal(signal.SIGTERM)
    await daemon.until_state(DaemonState.STOPPING)
    await gate.let_pass()
    assert await daemon.until_exit() == 0
    assert [n.network.step for n in daemon.notifications("network_exported")] == [4]
    assert ledger_steps(tmp_path) == [4]


async def test_signal_while_the_session_starts(tmp_path: Path) -> None:
    daemon, gate = await at_gate(tmp_path, "trainer")
    daemon.signal(signal.SIGTERM)
    await daemon.until_state(DaemonState.STOPPING)
    await gate.let_pass()
    assert await daemon.until_exit() == 0
    assert daemon.notifications("checkpoint_saved") == []


async def test_signal_during_a_step_finishes_and_saves_it(tmp_path: Path) -> None:
    daemon, gate = await at_gate(tmp_path, "step")
    daemon.signal(signal.SIGTERM)
    await daemon.until_state(DaemonState.STOPPING)
    await gate.let_pass()
    assert await daemon.until_exit() == 0
    assert [saved.step for saved in daemon.notifications("checkpoint_saved")] == [1]


async def test_step_that_never_ends_is_left_behind(tmp_path: Path) -> None:
    daemon, _ = await at_gate(tmp_path, "step", stop_seconds=0.1)
    daemon.signal(signal.SIGTERM)
    assert await daemon.until_exit() == 0
    assert "did not stop" in daemon.notifications("warning")[-1].message


async def test_the_first_reason_to_end_is_the_one_that_is_told(tmp_path: Path) -> None:
    daemon, gate = await at_gate(tmp_path, "export")
    daemon.signal(signal.SIGTERM)
    await daemon.until_state(DaemonState.STOPPING)
    await daemon.client.send(Shutdown())
    await daemon.ask(GetStatus())
    await gate.let_pass()
    assert await daemon.until_exit() == 0
    assert "SIGTERM" in daemon.notifications("bye")[0].reason


def test_end_of_stdin_after_a_failure_is_the_end(tmp_path: Path) -> None:
    command = [*FAKE_DAEMON, "--config", str(write_tiny_config(tmp_path))]
    env = environment(Script(chunks=10, fail_at_step=1))
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe) as daemon:
        assert daemon.stdin is not None and daemon.stdout is not None
        for line in daemon.stdout:
            if json.loads(line)["payload"].get("to_state") == "ERROR":
                break
        daemon.stdin.close()
        last = json.loads(daemon.stdout.readlines()[-1])
    assert daemon.returncode == 1
    assert last["type"] == "bye" and "stdin has ended" in last["payload"]["reason"]


@pytest.mark.parametrize("event", ["checkpoint_saved", "network_exported"])
async def test_kill_and_resume(tmp_path: Path, event: str) -> None:
    config = str(write_tiny_config(tmp_path))
    script = Script(chunks=10, endless=True)
    first = await RunningDaemon.start("--config", config, script=script)
    seen = await first.until_type(event)
    first.signal(signal.SIGKILL)
    assert await first.until_exit() == -signal.SIGKILL
    second = await RunningDaemon.start("--config", config, "--max-networks", "3", script=script)
    status = await second.until_type("training_status")
    assert await second.until_exit() == 0
    steps = ledger_steps(tmp_path)
    assert steps == list(range(4, 4 * len(steps) + 1, 4)) and len(steps) >= 3
    assert status.training is None or status.training.step >= getattr(seen, "step", 4)


def test_reader_that_does_not_read_does_not_stop_training(tmp_path: Path) -> None:
    config = write_tiny_config(tmp_path)
    read_fd, write_fd = os.pipe()
    os.set_inheritable(write_fd, True)
    # A pipe that is full from the start.
    os.set_blocking(write_fd, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(write_fd, b"x" * 4096)
    os.set_blocking(write_fd, True)
    done = subprocess.run(
        [*FAKE_DAEMON, "--config", str(config), "--max-networks", "3"],
        stdin=subprocess.DEVNULL,
        stdout=write_fd,
        env=environment(Script(chunks=10, endless=True)),
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    os.close(read_fd)
    os.close(write_fd)
    assert done.returncode == 0
    assert ledger_steps(tmp_path) == [4, 8, 12]
