"""Draws when each life of the daemon ends."""

import math
import random

from tools.faults.plan import KillPlan, Mode
from tools.rig.training_server import STAGES

# Category -> (how often it is drawn, the largest number drawn). A start touches the checkpoints'
# folder 3 times, a checkpoint 30 times, a network's files 5 times, its ledger line 2 times.
_CATEGORIES = {
    "checkpoints": (8, 100),
    "checkpoints-compiled": (1, 3),
    "networks": (5, 12),
    "ledger": (3, 5),
    "spool": (6, 16),
    "socket": (2, 3),
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
    if mode is Mode.TIME:
        return KillPlan(mode=mode, delay_seconds=draw.uniform(0.1, _LONGEST_TIME_SECONDS))
    if mode is Mode.UPLOAD:
        return KillPlan(mode=mode, stage=draw.choice(STAGES))
    often = [weight for weight, _ in _CATEGORIES.values()]
    category = draw.choices(list(_CATEGORIES), often)[0]
    return KillPlan(
        mode=mode,
        category=category,
        number=draw.randint(1, _CATEGORIES[category][1]),
        **draw.choice(({}, {"after": True}, {"delay_seconds": _draw_delay(draw)})),
    )


def _draw_delay(draw: random.Random) -> float:
    """Any order of magnitude as often as any other."""
    shortest, longest = map(math.log, _DELAY_SECONDS)
    return math.exp(draw.uniform(shortest, longest))
