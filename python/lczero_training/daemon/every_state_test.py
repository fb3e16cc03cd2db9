"""The daemon in each of its states: what it answers, and how it ends."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from lczero_training.daemon import states
from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.fakes import Script
from lczero_training.daemon.testing.harness import RunningDaemon, at_gate, in_state, ledger_steps
from lczero_training.schema import messages
from lczero_training.schema.messages import DaemonState, Problem
from lczero_training.upload.testing import UploadServer, hang

# The commands that leave the state where it is, carried out or not.
LEAVE_THE_STATE = ("get_status", "pause", "resume")
COMMANDS: dict[str, Any] = {
    "start_training": messages.StartTraining(config_filepath="/nowhere.yaml"),
    "start_training_immediately": messages.StartTrainingImmediately(),
    "pause": messages.Pause(),
    "resume": messages.Resume(),
    "export_now": messages.ExportNow(),
    "stop_training": messages.StopTraining(),
    "get_status": messages.GetStatus(),
    "shutdown": messages.Shutdown(),
}


@asynccontextmanager
async def daemon_in(state: DaemonState, folder: Path) -> AsyncIterator[tuple[RunningDaemon, Any]]:
    """A daemon that stays in `state`, and what lets it leave an export or a step."""
    if state is DaemonState.EXPORTING:
        yield await at_gate(folder, "export")
    elif state is DaemonState.STOPPING:
        daemon, gate = await at_gate(folder, "step")
        await daemon.ask(messages.StopTraining())
        await daemon.until_state(state)
        yield daemon, gate
    elif state is DaemonState.ERROR:
        config = str(write_tiny_config(folder))
        daemon = await RunningDaemon.start(
            "--config", config, script=Script(chunks=10, fail_at_step=1)
        )
        await daemon.until_type("error")
        yield daemon, None
    elif state is DaemonState.UPLOADING:
        with UploadServer() as server:
            server.otherwise(hang())
            config = str(write_tiny_config(folder, upload_url=server.url))
            daemon = await RunningDaemon.start("--config", config, script=Script(chunks=10))
            await daemon.until_state(state)
            yield daemon, None
    else:
        yield await in_state(state, folder), None


@pytest.mark.parametrize("state", states.STATES, ids=lambda state: state.name)
async def test_every_command_is_answered_as_the_table_says(
    tmp_path: Path, state: DaemonState
) -> None:
    async with daemon_in(state, tmp_path) as (daemon, gate):
        for name, command in COMMANDS.items():
            refusal = states.refusal(state, name)
            if refusal is None and name not in LEAVE_THE_STATE:
                continue
            answer = await daemon.ask(command)
            if refusal is not None:
                assert answer.type == "error" and answer.payload.message == refusal
                assert answer.payload.problem is Problem.COMMAND_REFUSED
            elif name == "get_status":
                assert answer.type == "training_status" and answer.payload.state is state
            else:
                assert answer.type == "ack" and answer.payload.command == name
        assert (await daemon.ask(messages.GetStatus())).payload.state is state
        assert (await daemon.ask(messages.Shutdown())).type == "ack"
        if gate is not None:
            await gate.let_pass()
        assert await daemon.until_exit() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("state", states.STATES, ids=lambda state: state.name)
async def test_signal_ends_in_order(
    tmp_path: Path, state: DaemonState, number: signal.Signals
) -> None:
    async with daemon_in(state, tmp_path) as (daemon, gate):
        daemon.signal(number)
        if gate is not None:
            if state is not DaemonState.STOPPING:
                await daemon.until_state(DaemonState.STOPPING)
            await gate.let_pass()
        assert await daemon.until_exit() == 0
    assert daemon.notifications("bye")[-1].reason == number.name


@pytest.mark.parametrize("part", ["trainer", "step", "export"])
async def test_second_signal_ends_at_once(tmp_path: Path, part: str) -> None:
    daemon, _ = await at_gate(tmp_path, part)
    daemon.signal(signal.SIGTERM)
    await daemon.until_state(DaemonState.STOPPING)
    # Some statuses later, so that it is not taken for an echo of the first.
    for _ in range(5):
        await daemon.until_type("training_status")
    daemon.signal(signal.SIGINT)
    assert await daemon.until_exit() == 1
    assert daemon.notifications("bye") == []


async def test_upload_that_a_signal_cut_off_follows_at_the_next_start(tmp_path: Path) -> None:
    async with daemon_in(DaemonState.UPLOADING, tmp_path) as (daemon, _):
        daemon.signal(signal.SIGTERM)
        assert await daemon.until_exit() == 0
    assert ledger_steps(tmp_path) == [4]
    with UploadServer() as server:
        config = str(write_tiny_config(tmp_path, upload_url=server.url))
        daemon = await RunningDaemon.start("--config", config)
        uploaded = await daemon.until_type("network_uploaded")
        assert uploaded.network.step == 4 and uploaded.network.uploaded
        await daemon.client.close()
        [form] = server.received
        assert form.fields["training_id"] == "7"
