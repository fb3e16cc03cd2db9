"""Draws when each life of the daemon ends."""

import math
import random

from tools.faults.plan import KillPlan, Mode
from tools.rig.training_server import STAGES

# Category -> the largest number drawn, and the same of openings only. A start touches the
# checkpoints' folder 3 times, a checkpoint 30 times (10 of them open a file), a network's files 5
# times (1), its lines of the ledger 4 times (2), its way through the spool about 15 times (2).
_CATEGORIES = {
    "checkpoints": (100, 40),
    "checkpoints-compiled": (3, 2),
    "networks": (10, 2),
    "ledger": (8, 4),
    "spool": (30, 5),
    "socket": (3, 3),
}
# Of ten kills in a row, in any order: a category's name, or another mode; "rare" is one of _RARE.
_DECK = (
    *("checkpoints", "checkpoints", "networks", "networks", "ledger", "spool", "rare"),
    *(Mode.UPLOAD, Mode.UPLOAD, Mode.TIME),
)
_RARE = ("spool", "socket", "ledger", "checkpoints-compiled")

# From within one write to what comes after an event in threads of C++: a checkpoint's arrays.
_DELAY_SECONDS = (3e-5, 3e-2)
# A start takes 2 seconds where nothing else runs.
_LONGEST_TIME_SECONDS = 4.0


def draw_plan(seed: int, kill: int) -> KillPlan:
    """The plan of a kill, which are counted from 1; the same arguments give the same plan."""
    deck = list(_DECK)
    random.Random(f"deck {seed} {(kill - 1) // len(deck)}").shuffle(deck)
    kind = deck[(kill - 1) % len(deck)]
    draw = random.Random(f"plan {seed} {kill}")
    match kind:
        case Mode.TIME:
            return KillPlan(mode=Mode.TIME, delay_seconds=draw.uniform(0.1, _LONGEST_TIME_SECONDS))
        case Mode.UPLOAD:
            return KillPlan(mode=Mode.UPLOAD, stage=draw.choice(STAGES))
        case _:
            return _draw_event(draw, draw.choice(_RARE) if kind == "rare" else kind)


def _draw_event(draw: random.Random, category: str) -> KillPlan:
    most, most_openings = _CATEGORIES[category]
    # Files are partial between their opening and what comes next.
    only_opening = category != "socket" and draw.random() < 0.5
    when = draw.choice(("after", "delayed") if only_opening else ("before", "after", "delayed"))
    return KillPlan(
        mode=Mode.EVENT,
        category=category,
        only_opening=only_opening,
        number=draw.randint(1, most_openings if only_opening else most),
        after=when == "after",
        delay_seconds=_draw_delay(draw) if when == "delayed" else 0.0,
    )


def _draw_delay(draw: random.Random) -> float:
    """Any order of magnitude as often as any other."""
    shortest, longest = map(math.log, _DELAY_SECONDS)
    return math.exp(draw.uniform(shortest, longest))
