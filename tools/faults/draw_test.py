from collections import Counter

from tools.faults.draw import draw_plan
from tools.faults.plan import KillPlan, Mode, category_of


def test_the_seed_decides() -> None:
    assert draw_plan(1, 2) == draw_plan(1, 2)
    assert len({draw_plan(seed, 2) for seed in range(20)}) > 15


def test_every_mode_and_category_is_drawn() -> None:
    plans = [draw_plan(5, kill) for kill in range(300)]
    modes = Counter(plan.mode for plan in plans)
    assert set(modes) == {Mode.EVENT, Mode.TIME, Mode.UPLOAD}
    categories = {plan.category for plan in plans if plan.mode is Mode.EVENT}
    assert categories == {
        "checkpoints",
        "checkpoints-compiled",
        "networks",
        "ledger",
        "spool",
        "socket",
    }


def test_ten_kills_have_some_of_each() -> None:
    for first in (1, 11, 41):
        ten = Counter(draw_plan(3, kill).category for kill in range(first, first + 10))
        assert ten["networks"] == ten["checkpoints"] == 2 and ten["ledger"] and ten["spool"]


def test_every_moment_is_drawn() -> None:
    plans = [draw_plan(5, kill) for kill in range(300)]
    moments = {(p.only_opening, p.after, p.delay_seconds > 0) for p in plans if p.category}
    assert moments == {
        (False, False, False),
        (False, True, False),
        (False, False, True),
        (True, True, False),
        (True, False, True),
    }


def test_a_plan_survives_the_way_to_the_process() -> None:
    plan = draw_plan(1, 1)
    assert KillPlan.from_json(plan.to_json()) == plan


def test_the_ledger_is_its_own_category() -> None:
    assert category_of("checkpoints/networks.jsonl") == "ledger"
    assert category_of("checkpoints/00000004/about") == "checkpoints"
    assert category_of("networks") == "networks"
