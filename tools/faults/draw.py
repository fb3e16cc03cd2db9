"""Draws when each life of the daemon ends."""

import math
import random

from tools.faults.plan import KillPlan, Mode
from tools.rig.training_server import STAGES

# Category -> (how often it is drawn, the largest number drawn, the same of openings only). A start
# touches the checkpoints' folder 3 times, a checkpoint 30 times (10 of them open a file), a
# network's files 5 times (1), its lines of the ledger 4 times (2), its way through the spool
# about 15 times (2).
_CATEGORIES = {
    "checkpoints": (8, 100, 40),
    "checkpoints-compiled": (1, 3, 2),
    "networks": (8, 10, 2),
    "ledger": (4, 8, 4),
    "spool": (6, 30, 5),
    "socket": (2, 3, 3),
}
_MODES = {Mode.EVENT: 6, Mode.TIME: 2, Mode.UPLOAD: 2}

# From within one write to what comes after an event in threads of C++: a checkpoint's arrays.
_DELAY_SECONDS = (3e-5, 3e-2)
# A start takes 2 seconds where nothing else runs.
_LONGEST_TIME_SECONDS = 4.0


def draw_plan(seed: int, kill: int) -> KillPlan:
    """The plan of a kill; the same arguments give the same plan."""
    draw = random.Random(f"plan {seed} {kill}")
    mode = draw.choices(list(_MODES), list(_MODES.values()))[0]
    match mode:
        case Mode.TIME:
            return KillPlan(mode=mode, delay_seconds=draw.uniform(0.1, _LONGEST_TIME_SECONDS))
        case Mode.UPLOAD:
            return KillPlan(mode=mode, stage=draw.choice(STAGES))
        case _:
            return _draw_event(draw)


def _draw_event(draw: random.Random) -> KillPlan:
    often = [weight for weight, _, _ in _CATEGORIES.values()]
    category = draw.choices(list(_CATEGORIES), often)[0]
    _, most, most_openings = _CATEGORIES[category]
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
