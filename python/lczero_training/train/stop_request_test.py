import os
import signal
import subprocess
import sys

from lczero_training.train.stop_request import StopRequest


def test_what_waits_is_woken_by_each_request() -> None:
    stop = StopRequest()
    woken: list[str] = []
    stop.on_request(lambda: woken.append("now"))
    assert not stop.made
    assert woken == []
    stop.request()
    assert stop.made
    assert woken == ["now"]


def test_a_request_made_before_is_not_missed() -> None:
    stop = StopRequest()
    stop.request()
    woken: list[str] = []
    stop.on_request(lambda: woken.append("now"))
    assert woken == ["now"]


_PROGRAM = """
import os, signal
from lczero_training.train.stop_request import StopRequest
stop = StopRequest()
stop.listen_to_signals()
os.kill(os.getpid(), signal.{first})
assert stop.made
os.kill(os.getpid(), signal.{second})
os._exit(0)
"""


def run(first: str, second: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(first=first, second=second)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
    )


def test_the_second_signal_ends_at_once() -> None:
    for first, second in (("SIGTERM", "SIGINT"), ("SIGINT", "SIGTERM")):
        result = run(first, second)
        assert result.returncode == 1, result.stderr
        assert b"second signal" in result.stderr


def test_another_signal_is_not_ours() -> None:
    assert run("SIGTERM", "SIGUSR1").returncode == -signal.SIGUSR1
