"""A daemon process with fake parts, spoken to through the real client."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lczero_training.client.events import ClientEvent, Exited, LogLine
from lczero_training.client.process import DaemonClient
from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.fakes import Script
from lczero_training.schema.jsonl import Envelope
from lczero_training.schema.messages import DaemonState

FAKE_DAEMON = (sys.executable, "-m", "lczero_training.daemon.testing.fake_main")
# Training that never ends by itself.
ENDLESS: dict[str, Any] = {"steps_per_network": 1_000_000_000, "every_steps": 1_000_000_000}
UPLOAD_PASSWORD = "opensesame"
# Long enough for any machine: only a test that fails waits for it.
PATIENCE_SECONDS = 60.0


def environment(script: Script | None = None, *, stop_seconds: float = 15.0) -> dict[str, str]:
    """Environment in which FAKE_DAEMON follows `script`."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "FAKE_SCRIPT": json.dumps(asdict(script or Script())),
        "FAKE_STOP_SECONDS": str(stop_seconds),
        "LCZERO_UPLOAD_PASSWORD": UPLOAD_PASSWORD,
    }


class RunningDaemon:
    """A process under test and all it has said so far.

    The methods that wait raise TimeoutError, or AssertionError when the process ends first.
    """

    def __init__(self, client: DaemonClient) -> None:
        self.client = client
        self.events: list[ClientEvent] = []
        self._source = client.events()

    @classmethod
    async def start(
        cls,
        *arguments: str,
        script: Script | None = None,
        stop_seconds: float = 15.0,
        command: tuple[str, ...] = FAKE_DAEMON,
    ) -> "RunningDaemon":
        """Starts `command` with `arguments`."""
        client = DaemonClient(
            (*command, *arguments), env=environment(script, stop_seconds=stop_seconds)
        )
        await client.start()
        return cls(client)

    async def until(self, wanted: Callable[[ClientEvent], bool]) -> Any:
        """Reads on until an event is wanted, and returns it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for event in self._source:
                self.events.append(event)
                if wanted(event):
                    return event
        raise AssertionError(f"the daemon ended first; its last words: {self.log()[-20:]}")

    async def until_type(self, name: str) -> Any:
        """The payload of the next notification of this type."""
        return (await self.until(lambda e: isinstance(e, Envelope) and e.type == name)).payload

    async def until_state(self, state: DaemonState, reason: str = "") -> None:
        """Reads on until this state is entered."""

        def entered(event: ClientEvent) -> bool:
            return (
                isinstance(event, Envelope)
                and event.type == "state_changed"
                and event.payload.to_state == state
                and reason in event.payload.reason
            )

        await self.until(entered)

    async def until_gate(self, gate: "Gate") -> None:
        """Reads on until a part is at the gate, where it stays."""
        await self.until(lambda e: isinstance(e, LogLine) and f"gate {gate.path}" in e.text)

    async def until_exit(self) -> int:
        """Exit code, or minus the signal's number."""
        event = await self.until(lambda e: isinstance(e, Exited))
        assert isinstance(event, Exited)
        return event.returncode

    async def ask(self, command: object) -> Envelope:
        """Sends a command and returns what answers it."""
        await self.client.send(command, id="ask")
        answer = await self.until(lambda e: isinstance(e, Envelope) and e.reply_to == "ask")
        assert isinstance(answer, Envelope)
        return answer

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the process."""
        os.kill(self.client.pid, number)

    def notifications(self, name: str) -> list[Any]:
        """Payloads of all notifications of one type so far."""
        return [e.payload for e in self.events if isinstance(e, Envelope) and e.type == name]

    def log(self) -> list[str]:
        """Lines of stderr so far."""
        return [event.text for event in self.events if isinstance(event, LogLine)]


class Gate:
    """A FIFO at which a fake part waits until the test lets it pass."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        os.mkfifo(path)

    async def let_pass(self) -> None:
        """Waits until the part is at the gate, and lets it pass once."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.to_thread(self._open)

    def _open(self) -> None:
        with open(self.path, "w"):
            pass


async def in_state(state: DaemonState, folder: Path) -> RunningDaemon:
    """A daemon in `state`."""
    if state is DaemonState.IDLE:
        daemon = await RunningDaemon.start()
        await daemon.until_type("hello")
        return daemon
    config = str(write_tiny_config(folder, **ENDLESS))
    script = Script(chunks=0 if state is DaemonState.WAITING_FOR_DATA else 10)
    daemon = await RunningDaemon.start("--config", config, script=script)
    await daemon.until_state(state)
    return daemon


async def at_gate(
    folder: Path, part: str, *, stop_seconds: float = 15.0
) -> tuple[RunningDaemon, Gate]:
    """A daemon that is busy with a part of its work until the gate lets it pass."""
    gate = Gate(folder / "gate")
    gates: dict[str, Any] = {f"{part}_gate": gate.path}
    config = str(write_tiny_config(folder))
    daemon = await RunningDaemon.start(
        "--config", config, script=Script(chunks=10, **gates), stop_seconds=stop_seconds
    )
    await daemon.until_gate(gate)
    return daemon, gate


def trained_steps(event: ClientEvent) -> int:
    """Steps that a status tells; 0 of other events."""
    payload = getattr(event, "payload", None)
    training = getattr(payload, "training", None)
    return 0 if training is None else int(training.step)


def ledger_steps(folder: Path) -> list[int]:
    """Steps of the exported networks, in order."""
    ledger = (folder / "checkpoints" / "networks.jsonl").read_text().splitlines()
    return [json.loads(line)["step"] for line in ledger]
