"""A daemon that says what one says while it trains, and trains nothing."""

import dataclasses
import itertools
import math
import os
import select
import sys
import time
from collections.abc import Callable, Iterator

from lczero_training.schema import jsonl
from lczero_training.schema import loader_stats as ls
from lczero_training.schema import messages as schema
from lczero_training.tui import samples

# As by default of a config.
STATUS_SECONDS = 1.0
_STEPS_PER_STATUS = 2


def moments() -> Iterator[tuple[schema.TrainingStatus, str]]:
    """Without end: a status in which every figure has moved, and a line of the log."""
    for number in itertools.count():
        step = 1 + number * _STEPS_PER_STATUS
        status = samples.status(
            training=samples.progress(step, step % 200),
            loader=_moved(samples.loader_stats(), number),
            networks=samples.NETWORKS,
        )
        log = samples.LOG[number % len(samples.LOG)].text
        yield dataclasses.replace(status, uptime_seconds=float(number)), log


def _moved(stats: ls.LoaderStats, number: int) -> ls.LoaderStats:
    wave = 0.5 + 0.5 * math.sin(number / 3)
    return dataclasses.replace(
        stats,
        stages=tuple(
            dataclasses.replace(stage, load=stage.load * wave, items=_more(stage.items, number))
            for stage in stats.stages
        ),
        queues=tuple(
            dataclasses.replace(
                queue,
                size=round(queue.capacity * wave),
                put=_more(queue.put, number),
                get=_more(queue.get, number),
            )
            for queue in stats.queues
        ),
        chunks_since_anchor=number,
    )


def _more(counter: ls.Counter, number: int) -> ls.Counter:
    rate = counter.rate * (1 + 0.1 * math.sin(number))
    return dataclasses.replace(counter, total=counter.total + round(number * rate), rate=rate)


def main() -> None:
    """Speaks once a second until stdin ends or says shutdown."""
    say(schema.Hello(daemon_version="chatty", schema_hash=schema.SCHEMA_HASH, pid=os.getpid()))
    begin = time.monotonic()
    for number, (status, log) in enumerate(moments()):
        say(status)
        print(log.replace("\n", " "), file=sys.stderr, flush=True)
        if asked_to_end(begin + (number + 1) * STATUS_SECONDS, time.monotonic):
            break
    say(schema.Bye(reason="shutdown"))


def say(message: object) -> None:
    """Writes a notification."""
    print(jsonl.encode(message), flush=True)


def asked_to_end(until: float, clock: Callable[[], float]) -> bool:
    """Listens to stdin until then."""
    while (left := until - clock()) > 0:
        if select.select([0], [], [], left)[0]:
            data = os.read(0, 1 << 16)
            if not data or b'"shutdown"' in data:
                return True
    return False


if __name__ == "__main__":
    main()
