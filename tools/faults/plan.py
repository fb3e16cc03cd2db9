"""When a life of the daemon ends: drawn from a seed, so that a run can be repeated."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

# In the run's folder: the plan, and where the process says at which point it dies.
PLAN_FILE = "kill-plan.json"
POINT_FILE = "kill-point"


class Mode(StrEnum):
    """How the moment of the kill is chosen."""

    # Before the n-th time that something in a category is touched.
    EVENT = "event"
    # Some time after the start.
    TIME = "time"
    # At a point of an upload, as the server sees it.
    UPLOAD = "upload"
    # No kill: writes down what would be counted.
    LIST = "list"
    # No kill.
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class KillPlan:
    """One kill."""

    mode: Mode
    # Of what is touched, where `mode` is EVENT.
    category: str = ""
    number: int = 0
    # Count only files that are opened for writing.
    only_opening: bool = False
    # Directly after what is counted instead of before it.
    after: bool = False
    # From the event to the kill, or from the start where `mode` is TIME.
    delay_seconds: float = 0.0
    # Of an upload, where `mode` is UPLOAD.
    stage: str = ""

    def to_json(self) -> dict[str, Any]:
        """As from_json reads it."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "KillPlan":
        """The plan that to_json wrote."""
        return cls(**{**fields, "mode": Mode(fields["mode"])})

    def describe(self) -> str:
        """In words, for a line of the log."""
        match self.mode:
            case Mode.EVENT:
                return f"{self.category} #{self.number}{' opened' * self.only_opening}"
            case Mode.TIME:
                return f"{self.delay_seconds:.2f} s after the start"
            case Mode.UPLOAD:
                return f"upload: {self.stage}"
            case _:
                return str(self.mode)


def category_of(relative: str) -> str:
    """What a file of the run's folder belongs to; its path is relative to that folder."""
    if relative == "checkpoints/networks.jsonl":
        return "ledger"
    return relative.split("/")[0]
