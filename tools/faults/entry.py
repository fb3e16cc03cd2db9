"""The real daemon, in a process that kills itself at a chosen point of its work.

    python -m tools.faults.entry FOLDER --config ... (arguments of the daemon)

What production code touches is seen through audit events (PEP 578) and os.fsync, so it needs no
hooks of its own. The plan in FOLDER names a part of the run's folder and a number, and the
process sends itself SIGKILL before or after the n-th time that something in this part is opened for
writing, renamed, made, removed or flushed (or before it connects to the server). With a delay it
dies that much later, inside of what comes next: threads of C++ raise no events.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from tools.faults.plan import PLAN_FILE, POINT_FILE, KillPlan, Mode, category_of

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_PATHS: dict[str, Callable[[tuple[Any, ...]], Any]] = {
    "open": lambda args: args[0] if isinstance(args[2], int) and args[2] & _WRITES else None,
    "os.mkdir": lambda args: args[0],
    "os.remove": lambda args: args[0],
    "os.rmdir": lambda args: args[0],
    "os.truncate": lambda args: args[0],
    "os.rename": lambda args: args[1],
    "os.link": lambda args: args[1],
    "shutil.rmtree": lambda args: args[0],
}
_CONNECT = "socket.connect"


class KillPoint:
    """Counts what touches a category of the run's folder; kills the process at the n-th time.

    Threads: any; events of all threads count.
    """

    def __init__(self, plan: KillPlan, folder: str, log_fd: int) -> None:
        self._plan = plan
        self._folder = folder.rstrip("/") + "/"
        self._log_fd = log_fd
        self._lock = threading.Lock()
        self._seen = 0

    def on_audit(self, event: str, args: tuple[Any, ...]) -> None:
        """The audit hook."""
        if event == _CONNECT:
            self._count("socket", f"{event} {args[1]}")
            return
        path_of = _PATHS.get(event)
        if path_of is not None and not (self._plan.only_opening and event != "open"):
            self._on_path(event, path_of(args))

    def on_fsync(self, fd: int) -> None:
        """Before a file or folder is flushed."""
        if not self._plan.only_opening:
            self._on_path("fsync", os.readlink(f"/proc/self/fd/{fd}"))

    def _on_path(self, event: str, path: Any) -> None:
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if isinstance(path, os.PathLike):
            path = os.fspath(path)
        if isinstance(path, str) and path.startswith(self._folder):
            relative = path.removeprefix(self._folder)
            self._count(category_of(relative), f"{event} {relative}")

    def _count(self, category: str, point: str) -> None:
        if self._plan.mode is Mode.LIST:
            os.write(self._log_fd, f"{category}: {point}\n".encode())
            return
        if self._plan.mode is not Mode.EVENT or category != self._plan.category:
            return
        with self._lock:
            self._seen += 1
            reached = self._seen == self._plan.number
        if reached:
            self._die(point)

    def _die(self, point: str) -> None:
        delay = self._plan.delay_seconds
        when = f" + {delay * 1000:.2f} ms" if delay else " (done)" if self._plan.after else ""
        os.write(self._log_fd, f"{point}{when}\n".encode())
        if self._plan.after:
            # The next C function that returns is the one that raised the event.
            sys.setprofile(_kill_on_return)
        elif delay:
            threading.Thread(target=_kill_after, args=(delay,), daemon=True).start()
        else:
            _kill()


def _kill_on_return(frame: FrameType, event: str, arg: object) -> None:
    if event == "c_return":
        _kill()


def _kill_after(seconds: float) -> None:
    time.sleep(seconds)
    _kill()


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _see_fsync(see: Callable[[int], None]) -> None:
    flush = os.fsync

    def seen_fsync(fd: Any) -> None:
        see(fd if isinstance(fd, int) else fd.fileno())
        flush(fd)

    os.fsync = seen_fsync


def main(arguments: Sequence[str]) -> int:
    """Runs the daemon with arguments[1:], under the plan in the folder arguments[0]."""
    folder = Path(arguments[0])
    plan = KillPlan.from_json(json.loads((folder / PLAN_FILE).read_text()))
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    log_fd = os.open(folder / POINT_FILE, flags)
    point = KillPoint(plan, str(folder), log_fd)
    _see_fsync(point.on_fsync)
    sys.addaudithook(point.on_audit)
    from lczero_training.daemon.__main__ import check_loader, load_parts
    from lczero_training.daemon.cli import main as run_daemon

    return run_daemon(arguments[1:], load_parts=load_parts, check_loader=check_loader)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
