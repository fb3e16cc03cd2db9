"""What is wrong with a chunk, in the loader's words."""

from dataclasses import dataclass

# Bytes that cannot be read at all; further reasons are those of cc/records/defect.h.
CORRUPT = "corrupt"
EMPTY = "empty"
SIZE = "size"
VERSION = "version"
MIXED_VERSIONS = "mixed_versions"
UNKNOWN_INPUT_FORMAT = "unknown_input_format"
INPUT_FORMAT = "input_format"
NOT_FINITE = "not_finite"
POLICY_SUM = "policy_sum"
NO_LEGAL_MOVE = "no_legal_move"
Q = "q"
D = "d"
PLIES_LEFT = "plies_left"
MOVE_INDEX = "move_index"
KINGS = "kings"


@dataclass(frozen=True)
class Problem:
    """Something for which the loader would drop the chunk."""

    # As the loader counts it, under "bad.REASON".
    reason: str
    text: str
    # Nothing: of the whole chunk.
    frame: int | None = None

    def __str__(self) -> str:
        place = "" if self.frame is None else f"frame {self.frame}: "
        return f"{place}{self.text} ({self.reason})"
