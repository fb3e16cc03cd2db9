"""What a process takes of its machine, from /proc."""

import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """A process at one moment."""

    # Since the run began.
    seconds: float
    memory_bytes: int
    descriptors: int
    threads: int


def take_sample(pid: int, *, begun: float) -> Sample | None:
    """A sample of the process; None if it is gone. `begun` is a time.monotonic()."""
    process = Path("/proc") / str(pid)
    try:
        fields = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        return Sample(
            seconds=time.monotonic() - begun,
            memory_bytes=int(fields["VmRSS"].split()[0]) * 1024,
            descriptors=sum(1 for _ in (process / "fd").iterdir()),
            threads=int(fields["Threads"]),
        )
    except (OSError, KeyError):
        # A process that has ended, but is not waited for yet, has no VmRSS.
        return None
