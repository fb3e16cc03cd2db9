"""A training server that fails now and then, and remembers which networks it has taken."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from lczero_training.upload.testing import (
    Behaviour,
    Exchange,
    UploadServer,
    answer,
    answer_early,
    cut_before_answer,
    cut_in_body,
)

PASSWORD = "open-sesame-7c1f"
PASSWORD_VARIABLE = "LCZERO_UPLOAD_PASSWORD"

# Of an upload, as the server sees it: it has begun, half of it is there, all of it, answered.
STAGES = ("request", "half", "body", "answered")

# What a failing server does; each leads to another attempt.
_FAILURES: tuple[Behaviour, ...] = (
    answer(500, b"oops"),
    answer(503, b"later"),
    answer_early(502),
    cut_in_body(),
    cut_before_answer(),
)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A network that the server has taken."""

    # Which life of the daemon brought it.
    life: int
    file_name: str
    sha256: str


class TrainingServer:
    """Takes networks, except when it fails.

    Threads: the server's own call the behaviours; all else belongs to one thread.
    """

    def __init__(self, *, seed: int, failing_share: float) -> None:
        self._server = UploadServer()
        self._draw = random.Random(f"server {seed}")
        self._guard = threading.Lock()
        self._failing_share = failing_share
        self._arrivals: list[Arrival] = []
        self.life = 0
        self.behave_normally()

    @property
    def url(self) -> str:
        """Where to post to."""
        return self._server.url

    @property
    def requests(self) -> int:
        """Attempts so far."""
        return self._server.started

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """Networks that were taken, in order."""
        with self._guard:
            return tuple(self._arrivals)

    def behave_normally(self) -> None:
        """Takes networks or fails, as it is drawn."""
        self._server.otherwise(self._take_or_fail)

    def kill_at(self, stage: str, kill: Callable[[], None]) -> None:
        """Calls kill() at this stage (one of STAGES) of every upload."""
        self._server.otherwise(lambda exchange: self._kill_at(stage, exchange, kill))

    def close(self) -> None:
        """Ends the server."""
        self._server.close()

    def _take_or_fail(self, exchange: Exchange) -> None:
        with self._guard:
            fails = self._draw.random() < self._failing_share
            failure = self._draw.choice(_FAILURES)
        if fails:
            failure(exchange)
        else:
            self._take(exchange)

    def _take(self, exchange: Exchange) -> None:
        received = exchange.receive()
        if received.fields["pwd"] != PASSWORD:
            exchange.reply(403)
            return
        with self._guard:
            self._arrivals.append(
                Arrival(life=self.life, file_name=received.file_name, sha256=received.sha256)
            )
        exchange.reply(200, b"thanks")

    def _kill_at(self, stage: str, exchange: Exchange, kill: Callable[[], None]) -> None:
        match stage:
            case "half":
                exchange.read(exchange.body_bytes // 2)
            case "body":
                exchange.receive()
            case "answered":
                self._take(exchange)
        kill()


def check_arrivals(arrivals: tuple[Arrival, ...]) -> list[str]:
    """Violations: first arrivals out of order, or a network brought again without need.

    One that was taken may come again only in a later life, and only if it was the last one of its
    life: the daemon may have been killed before it knew.
    """
    violations = []
    first: list[str] = []
    for index, arrival in enumerate(arrivals):
        before = [i for i in range(index) if arrivals[i].sha256 == arrival.sha256]
        if not before:
            first.append(arrival.file_name)
        elif arrivals[before[-1]].life == arrival.life:
            violations.append(f"{arrival.file_name} was uploaded twice in life {arrival.life}")
        elif arrivals[before[-1] + 1].life == arrivals[before[-1]].life:
            violations.append(
                f"{arrival.file_name} was uploaded in life {arrivals[before[-1]].life}, before "
                f"another, and again in life {arrival.life}"
            )
    if first != sorted(first):
        violations.append(f"networks came first in this order: {first}")
    return violations
