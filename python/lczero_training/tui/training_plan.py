"""How the training pane's rows are shared among its parts."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

# From this height on there is room for blank rows between the parts.
AIRY_HEIGHT = 17
# Above the loss, the metrics and the networks.
GAPS = 3


class Part(StrEnum):
    """From top to bottom; the values are the widgets' ids."""

    PROGRESS = "progress"
    FACTS = "facts"
    TROUBLES = "troubles"
    LOSS = "loss"
    METRICS = "metrics"
    NETWORKS = "networks"


@dataclass(frozen=True)
class Wish:
    """Rows that a part could use, beyond those it has by then."""

    part: Part
    rows: int
    # Of no use unless granted whole.
    whole: bool = False


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Rows that each part would fill."""

    progress: int
    facts: int
    troubles: int
    # 0 before a loss is known.
    loss: int
    metrics: int
    # 0 before the first; that there is none takes a row too, where one is left.
    networks: int


def share(height: int, wishes: Iterable[Wish]) -> dict[Part, int]:
    """Grants the wishes in their order, as far as `height` rows go."""
    rows = dict.fromkeys(Part, 0)
    left = height
    for wish in wishes:
        granted = min(max(wish.rows, 0), max(left, 0))
        if wish.whole and granted < wish.rows:
            continue
        rows[wish.part] += granted
        left -= granted
    return rows


def wishes(needs: Needs, height: int) -> list[Wish]:
    """Most important first: how far, what is wrong, the loss and its parts, what came of it."""
    return [
        Wish(Part.PROGRESS, min(needs.progress, 2)),
        Wish(Part.TROUBLES, min(needs.troubles, 1)),
        Wish(Part.LOSS, needs.loss, whole=True),
        Wish(Part.METRICS, min(needs.metrics, 3)),
        Wish(Part.TROUBLES, min(needs.troubles - 1, 1)),
        Wish(Part.NETWORKS, min(needs.networks, 1)),
        Wish(Part.FACTS, min(needs.facts, 1)),
        Wish(Part.TROUBLES, min(needs.troubles - 2, 1)),
        Wish(Part.METRICS, needs.metrics - 3),
        Wish(Part.PROGRESS, needs.progress - 2),
        Wish(Part.NETWORKS, min(needs.networks - 1, 2) if needs.networks else 1),
        Wish(Part.FACTS, needs.facts - 1),
        Wish(Part.TROUBLES, needs.troubles - 3),
        Wish(Part.LOSS, min(height // 4, 8) if needs.loss else 0),
        Wish(Part.NETWORKS, needs.networks - 3),
        Wish(Part.LOSS, height if needs.loss else 0),
    ]


def plan(needs: Needs, height: int) -> dict[Part, int]:
    """Rows of each part in a pane of `height` rows, blank rows apart."""
    room = height - GAPS if height >= AIRY_HEIGHT else height
    return share(room, wishes(needs, room))
