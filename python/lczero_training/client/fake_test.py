import pytest

from lczero_training.client.events import Exited, LogLine
from lczero_training.client.fake import FakeDaemon
from lczero_training.client.link import DaemonGone, DaemonLink
from lczero_training.schema.jsonl import Envelope
from lczero_training.schema.messages import Pause, Shutdown, StartTraining, Warning
from lczero_training.schema.problem import SchemaError


async def types(daemon: DaemonLink) -> list[str]:
    return [
        event.type if isinstance(event, Envelope) else type(event).__name__
        async for event in daemon.events()
    ]


async def test_records_commands_and_answers_them() -> None:
    daemon = FakeDaemon()
    await daemon.start()
    await daemon.send(StartTraining(config_filepath="x.yaml"), id="1")
    await daemon.send(Shutdown())
    assert [command.type for command in daemon.commands] == ["start_training", "shutdown"]
    assert daemon.commands[0].payload.config_filepath == "x.yaml"
    assert await types(daemon) == ["hello", "ack", "ack", "bye", "Exited"]


async def test_stubborn_daemon_has_to_be_killed() -> None:
    daemon = FakeDaemon(stubborn=True)
    await daemon.send(Shutdown())
    daemon.kill()
    await daemon.close()
    events = [event async for event in daemon.events()]
    assert events[-1] == Exited(-9)


async def test_says_only_what_a_daemon_could_say() -> None:
    daemon = FakeDaemon()
    with pytest.raises(SchemaError):
        daemon.say(object())
    with pytest.raises(SchemaError):
        await daemon.send(StartTraining(config_filepath=""))


async def test_events_come_in_order_and_end_with_the_exit() -> None:
    daemon = FakeDaemon()
    daemon.say(Warning(message="careful"))
    daemon.log("2026-01-02 03:04:05,678 ERROR a: b")
    daemon.exit(1, ("last",))
    daemon.exit(0)
    events = [event async for event in daemon.events()]
    assert events[1:] == [
        LogLine("2026-01-02 03:04:05,678 ERROR a: b", "error"),
        Exited(1, ("last",)),
    ]
    with pytest.raises(DaemonGone):
        await daemon.send(Pause())
