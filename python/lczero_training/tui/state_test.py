from lczero_training.client.events import LogLine
from lczero_training.schema import messages as schema
from lczero_training.tui import samples
from lczero_training.tui.history import TOTAL_LOSS
from lczero_training.tui.state import (
    LOG_LINES,
    Dashboard,
    Link,
)


def test_statuses_fill_the_history_and_keep_the_last_networks() -> None:
    board = Dashboard()
    board.take_status(samples.status(training=samples.progress(5, 5), networks=samples.NETWORKS))
    board.take_status(samples.status(training=samples.progress(10, 10)))
    assert len(board.history.points(TOTAL_LOSS)) == 2
    board.daemon_started()
    assert len(board.history.points(TOTAL_LOSS)) == 2, "a restart keeps the history"
    assert board.networks == samples.NETWORKS
    uploaded = schema.NetworkInfo(step=400, path=samples.NETWORKS[0].path, uploaded=True)
    board.take_network(uploaded)
    assert board.networks == (uploaded, samples.NETWORKS[1])


def test_the_log_is_bounded_and_safe() -> None:
    board = Dashboard()
    for number in range(LOG_LINES + 5):
        board.take_log(LogLine(f"{number}\x1b[0m\x07", "info"))
    assert len(board.log) == LOG_LINES
    assert board.log[0].text == "5␇"


def test_only_a_goodbye_with_code_zero_is_an_orderly_end() -> None:
    board = Dashboard()
    board.take_exit("ended with exit code 0", (), clean=True)
    assert board.death is not None and not board.death.orderly
    board.daemon_started()
    assert board.death is None and board.link is Link.STARTING
    board.bye = schema.Bye(reason="done")
    board.take_exit("ended with exit code 0", ("a", "b"), clean=True)
    assert board.death is not None and board.death.orderly
    assert board.death.reason == "done" and board.death.last_lines == ("a", "b")
