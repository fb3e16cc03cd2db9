"""Draws when each life of the daemon ends."""

import random

from tools.faults.plan import KillPlan, Mode

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
_UPLOAD_CATEGORIES = ("spool", "socket")
UPLOAD_STAGES = ("request", "half", "body", "answered")
_MODES = {Mode.EVENT: 6, Mode.TIME: 2, Mode.UPLOAD: 2}

# Enough for what comes after an event in threads of C++: the arrays of a checkpoint.
_LONGEST_DELAY_SECONDS = 0.03
# A start takes 2 seconds where nothing else runs.
_LONGEST_TIME_SECONDS = 5.0


def draw_plan(seed: int, kill: int, *, upload: bool) -> KillPlan:
    """The plan of a kill; the same arguments give the same plan."""
    draw = random.Random(f"plan {seed} {kill}")
    modes = {mode: weight for mode, weight in _MODES.items() if upload or mode is not Mode.UPLOAD}
    mode = draw.choices(list(modes), list(modes.values()))[0]
    if mode is Mode.TIME:
        return KillPlan(mode=mode, delay_seconds=draw.uniform(0.1, _LONGEST_TIME_SECONDS))
    if mode is Mode.UPLOAD:
        return KillPlan(mode=mode, stage=draw.choice(UPLOAD_STAGES))
    names = [name for name in _CATEGORIES if upload or name not in _UPLOAD_CATEGORIES]
    category = draw.choices(names, [_CATEGORIES[name][0] for name in names])[0]
    return KillPlan(
        mode=mode,
        category=category,
        number=draw.randint(1, _CATEGORIES[category][1]),
        delay_seconds=draw.choice((0.0, draw.uniform(0.0, _LONGEST_DELAY_SECONDS))),
    )
