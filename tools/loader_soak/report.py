"""What a soak of the loader has found out."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.soak.flatness import Flatness


@dataclass(frozen=True, kw_only=True)
class Report:
    """The end of a soak."""

    seed: int
    minutes: float
    # By name: rounds, positions, restarts.
    counts: Mapping[str, int]
    # What was done to files.
    changes: Mapping[str, int]
    # Visits of bad games, and bad files, by stage and reason.
    bad: Mapping[str, int]
    flatness: tuple[Flatness, ...]
    # Why the verdict is what it is; empty: all is well.
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """The verdict."""
        return not self.failures

    def __str__(self) -> str:
        lines = [
            f"seed {self.seed}, {self.minutes:.1f} minutes",
            _listed(self.counts),
            f"changes: {_listed(self.changes)}",
            f"bad: {_listed(self.bad)}",
            *(map(str, self.flatness) if self.flatness else ["too short to judge flatness"]),
            *(f"FAILED: {failure}" for failure in self.failures),
            "verdict: " + ("passed" if self.passed else "failed"),
        ]
        return "\n".join(lines)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
