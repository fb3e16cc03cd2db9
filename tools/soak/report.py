"""What a soak has found out, for people and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tools.soak.flatness import Flatness


@dataclass(frozen=True, kw_only=True)
class Report:
    """The end of a soak."""

    seed: int
    minutes: float
    networks: int
    steps: int
    exports: int
    uploads: int
    upload_requests: int
    checkpoints: int
    # Chunks in what was delivered; and at each visit, good and refused ones by reason.
    chunks_delivered: int
    chunks_good: int
    chunks_bad: Mapping[str, int]
    # Files by the name of what made them.
    files: Mapping[str, int]
    commands: Mapping[str, int]
    problems: Mapping[str, int]
    statuses: int
    flatness: tuple[Flatness, ...]
    # Why the verdict is what it is; empty: all is well.
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """The verdict."""
        return not self.failures

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {"passed": self.passed, **asdict(self)}

    def __str__(self) -> str:
        lines = [
            f"seed {self.seed}, {self.minutes:.1f} minutes",
            f"networks {self.networks}, steps {self.steps}, exports {self.exports}, "
            f"checkpoints {self.checkpoints}, uploads {self.uploads} in "
            f"{self.upload_requests} requests",
            f"files: {_listed(self.files)}",
            f"chunks: {self.chunks_delivered} delivered; visits: {self.chunks_good} good, "
            f"bad: {_listed(self.chunks_bad)}",
            f"commands: {_listed(self.commands)}; statuses {self.statuses}",
            f"warnings and errors: {_listed(self.problems)}",
            *(map(str, self.flatness) if self.flatness else ["too short to judge flatness"]),
            *(f"FAILED: {failure}" for failure in self.failures),
            "verdict: " + ("passed" if self.passed else "failed"),
        ]
        return "\n".join(lines)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
