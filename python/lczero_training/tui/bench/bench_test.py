"""That the benchmark measures something; what, is not for a test."""

import itertools
import os
import signal
import sys

import pytest

from lczero_training.schema import jsonl
from lczero_training.tui.bench import main
from lczero_training.tui.bench.chatty import moments
from lczero_training.tui.bench.terminal import NoPicture, Terminal


def test_the_program_draws_in_its_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    wall, cpu = main.first_picture(columns=100, rows=30)
    assert wall > 0 and cpu > 0
    # With the first status the picture is drawn; the rest takes no time at all.
    assert main.running(0.001, columns=100, rows=30) >= 0
    printed = capsys.readouterr().out
    assert "% of one core" in printed and "memory" in printed


def test_program_outlives_no_terminal_even_if_it_is_told_to_continue() -> None:
    terminal = main.start(columns=100, rows=30)
    terminal.until_drawn("Data pipeline", 60.0)
    threads = len(os.listdir(f"/proc/{terminal.pid}/task"))
    for _ in range(3):
        os.kill(terminal.pid, signal.SIGCONT)
        # Handled at the latest when something is drawn next.
        terminal.watch(0.1)
    assert len(os.listdir(f"/proc/{terminal.pid}/task")) == threads
    terminal.close()


def test_each_status_moves_every_figure_and_can_be_sent() -> None:
    (first, _), (second, log) = itertools.islice(moments(), 2)
    for status in (first, second):
        assert jsonl.decode_notification(jsonl.encode(status)).payload == status
    assert first.loader is not None and second.loader is not None and log
    assert all(a != b for a, b in zip(first.loader.queues, second.loader.queues, strict=True))
    assert first.training != second.training


def test_program_that_ends_without_a_picture_is_told() -> None:
    terminal = Terminal([sys.executable, "-c", "print('boom')"], os.environ, columns=80, rows=24)
    with pytest.raises(NoPicture, match="boom"):
        terminal.until_drawn("Data pipeline", 60.0)
    terminal.close()
