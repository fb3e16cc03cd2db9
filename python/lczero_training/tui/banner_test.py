import json

import pytest

from lczero_training.tui.banner import DaemonBanner
from lczero_training.tui.state import Death, Link
from lczero_training.tui.testing import PaneHost, Rig, text_of, until

_JSON = json.dumps(
    {
        "time": "2026-01-02T03:04:05.678901Z",
        "level": "ERROR",
        "logger": "lczero_training.daemon",
        "message": "session failed",
        "exception": "Traceback\nValueError: [b]no[/b] \x1b[1m",
    }
)


def death(how: str, *last_lines: str, orderly: bool = False) -> Death:
    return Death(how=how, orderly=orderly, reason="", last_lines=last_lines)


async def shown(value: Death, size: tuple[int, int] = (100, 20)) -> str:
    banner = DaemonBanner()
    async with PaneHost(banner).run_test(size=size) as pilot:
        banner.show(value)
        await pilot.pause()
        return text_of(pilot.app)


async def test_last_words_read_as_the_log_does() -> None:
    text = await shown(death("ended with exit code 1", "2026-01-01 08:17:09,002 INFO x: a", _JSON))
    for words in (
        "✖ Daemon died",
        "The daemon ended with exit code 1",
        "│ 08:17:09 x: a",
        "│ 03:04:05 daemon: session failed",
        "│ ValueError: [b]no[/b] ",
        "r starts it again, q quits",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("how", "hint"),
    [
        ("ended with signal SIGKILL", "memory ran out"),
        ("ended with signal SIGSEGV", "It crashed"),
        ("ended with exit code 1", ""),
        ("ended with signal SIGTERM", ""),
    ],
)
async def test_says_what_a_signal_usually_means(how: str, hint: str) -> None:
    text = await shown(death(how))
    assert hint in text
    assert ("memory" in text or "crashed" in text) is bool(hint)


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (40, 8)])
async def test_any_size_will_do(size: tuple[int, int]) -> None:
    value = death("ended with signal SIGKILL", *(["word " * 300] * 5))
    text = await shown(value, size)
    assert size != (40, 8) or "starts it again" in text


async def test_the_keys_can_be_clicked() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: rig.app.board.link is Link.UP)
        rig.daemon.exit(-9, ("last",))
        await until(pilot, lambda: rig.app.query_one(DaemonBanner).display)
        await pilot.pause()
        banner = rig.app.query_one(DaemonBanner)
        await pilot.click(banner, offset=(2, banner.size.height))
        await until(pilot, lambda: len(rig.daemons) == 2 and rig.app.board.link is Link.UP)
