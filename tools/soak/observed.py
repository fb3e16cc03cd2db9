"""What a daemon has said, as far as a report wants to know."""

from collections import Counter
from collections.abc import Mapping

from lczero_training.client.events import ClientEvent, LogLine, ProtocolWarning
from lczero_training.schema.jsonl import Envelope
from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.schema.messages import (
    CheckpointSaved,
    DaemonState,
    Error,
    NetworkExported,
    NetworkUploaded,
    Problem,
    StateChanged,
    TrainingStatus,
    Warning,
)

# Problems that a soak causes on purpose.
_PROVOKED = {
    Problem.LINE_REFUSED,
    Problem.COMMAND_REFUSED,
    Problem.UPLOAD_FAILED,
}
_LISTED = 20


class Observed:
    """Listens to a daemon; keeps counts and the last status only.

    Threads: one.
    """

    def __init__(self) -> None:
        self.status: TrainingStatus | None = None
        self.states: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()
        self.exported = self.uploaded = self.checkpoints = self.statuses = 0
        # What no soak provokes; the first ones.
        self.unexpected: list[str] = []

    def listen(self, event: ClientEvent) -> None:
        """Takes an event of the client."""
        match event:
            case LogLine(text, "error"):
                self._not_expected(f"log: {text}")
            case ProtocolWarning(message):
                self._not_expected(f"protocol: {message}")
            case Envelope():
                self._on_payload(event.payload)

    def bad_chunks(self) -> dict[str, int]:
        """Chunks and files that the loader refused, by reason; a chunk at each visit."""
        return _bad(self.status.loader) if self.status and self.status.loader else {}

    def good_chunks(self) -> int:
        """Chunks that the validator let pass, at each visit."""
        loader = self.status.loader if self.status else None
        stages = () if loader is None else loader.stages
        return sum(stage.items.total for stage in stages if stage.kind == "chunk_validator")

    def step(self) -> int:
        """Steps trained."""
        return self.status.training.step if self.status and self.status.training else 0

    def networks(self) -> int:
        """Networks trained, without exports asked for in between."""
        schedule = self.status.schedule if self.status else None
        return 0 if schedule is None else schedule.networks_total

    def _on_payload(self, payload: object) -> None:
        match payload:
            case TrainingStatus():
                self.status = payload
                self.statuses += 1
            case StateChanged():
                self.states[payload.to_state.name] += 1
                if payload.to_state is DaemonState.ERROR:
                    self._not_expected(f"state ERROR: {payload.reason}")
            case NetworkExported():
                self.exported += 1
            case NetworkUploaded():
                self.uploaded += 1
            case CheckpointSaved():
                self.checkpoints += 1
            case Warning() | Error():
                self.problems[payload.problem.name] += 1
                if payload.problem not in _PROVOKED:
                    self._not_expected(f"{payload.problem.name}: {payload.message}")

    def _not_expected(self, text: str) -> None:
        if len(self.unexpected) < _LISTED:
            self.unexpected.append(text)


def _bad(loader: LoaderStats) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for stage in loader.stages:
        counters: Mapping[str, object] = stage.counters
        for name in counters:
            if name.startswith("bad."):
                counts[name.removeprefix("bad.")] += stage.counters[name].total
    return dict(counts)
