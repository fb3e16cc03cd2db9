import asyncio

from textual.message import Message

from lczero_training.client.fake import FakeDaemon
from lczero_training.tui.listener import listen
from lczero_training.tui.messages import CaughtUp, Ended, Logged


async def test_flood_waits_until_the_app_has_caught_up() -> None:
    daemon = FakeDaemon()
    for number in range(250):
        daemon.log(str(number))
    daemon.exit(0)
    posted: list[Message] = []
    listening = asyncio.create_task(listen(daemon, posted.append))
    for expected in (101, 202):
        for _ in range(300):
            await asyncio.sleep(0)
        assert len(posted) == expected
        mark = posted[-1]
        assert isinstance(mark, CaughtUp)
        mark.event.set()
    await listening
    assert sum(isinstance(message, Logged) for message in posted) == 250
    assert isinstance(posted[-1], Ended)
