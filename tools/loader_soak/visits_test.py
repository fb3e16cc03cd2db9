"""Whether broken promises are noticed: each test breaks one."""

import random
from collections.abc import Iterable

import pytest

from tools.loader_soak.games import Identity
from tools.loader_soak.visits import Assembler, Passes, Place, Violation, check_whole_passes

STABLE = {(1, index) for index in range(50)}
OTHERS = {(2, index) for index in range(50)}


def positions(index: int, length: int = 3) -> list[Identity]:
    return [
        Identity(file=1, version=7, game=index, length=length, place=place)
        for place in range(length)
    ]


def shuffled(seed: int, places: Iterable[Place]) -> list[Place]:
    order = sorted(places)
    random.Random(seed).shuffle(order)
    return order


def passes_after(visits: Iterable[Place]) -> Passes:
    passes = Passes(STABLE, most_lost=10)
    for place in visits:
        passes.take(place, can_leave=False)
    return passes


def test_a_visit_is_whole_with_its_last_position() -> None:
    assembler = Assembler()
    first, second = positions(0), positions(1)
    assert assembler.take(first[1:]) == []
    assert assembler.take([first[0], *reversed(second)]) == [first[0], second[0]]


@pytest.mark.parametrize(
    "broken",
    [
        [positions(0)[0], positions(0)[0]],
        [positions(0)[0], positions(1)[0]],
        [positions(0)[0], positions(0)[1]._replace(version=8)],
    ],
    ids=["twice", "lost", "mixed"],
)
def test_a_games_positions_come_in_a_row_and_once(broken: list[Identity]) -> None:
    with pytest.raises(Violation):
        Assembler().take(broken)


def test_a_restart_may_cut_a_visit_short() -> None:
    assembler = Assembler()
    assembler.take(positions(0)[:1])
    assembler.restart()
    assert len(assembler.take(positions(1))) == 1


def test_whole_passes_are_counted() -> None:
    order = [place for seed in range(4) for place in shuffled(seed, STABLE | OTHERS)]
    passes = passes_after(order)
    assert (passes.visits, passes.passes) == (400, 3)


@pytest.mark.parametrize("place", [(1, 3), (2, 3)])
def test_a_game_that_comes_twice_in_a_pass_is_noticed(place: Place) -> None:
    first, second = shuffled(0, STABLE | OTHERS), shuffled(1, STABLE | OTHERS)
    second.remove(place)
    order = [*first, *second[:10], place, *second[10:60], place, *second[60:]]
    with pytest.raises(Violation, match="twice in a pass"):
        passes_after(order)


def test_a_stable_game_that_is_lost_is_noticed() -> None:
    second = shuffled(1, STABLE | OTHERS)
    second.remove((1, 3))
    with pytest.raises(Violation, match=r"1 of 50 never"):
        passes_after([*shuffled(0, STABLE), *second, *shuffled(2, STABLE)])


def test_a_restart_that_goes_on_may_lose_some_but_not_many() -> None:
    for lost in (10, 11):
        passes = passes_after(shuffled(0, STABLE)[:20])
        passes.restart(goes_on=True)
        order = [*shuffled(0, STABLE)[20 + lost :], *shuffled(1, STABLE)]
        if lost == 11:
            with pytest.raises(Violation):
                passes_after_restart(passes, order)
        else:
            passes_after_restart(passes, order)


def test_a_restart_that_goes_on_does_not_begin_the_pass_anew() -> None:
    passes = passes_after(shuffled(0, STABLE)[:20])
    passes.restart(goes_on=True)
    with pytest.raises(Violation):
        passes_after_restart(passes, shuffled(0, STABLE))


def test_one_that_starts_afresh_does() -> None:
    passes = passes_after(shuffled(0, STABLE | OTHERS)[:20])
    passes.restart(goes_on=False)
    passes_after_restart(passes, shuffled(0, STABLE | OTHERS))


def passes_after_restart(passes: Passes, order: Iterable[Place]) -> None:
    for place in order:
        passes.take(place, can_leave=False)


def visits_of(*indices: int, version: int = 7) -> list[Identity]:
    return [positions(index)[0]._replace(version=version) for index in indices]


WINDOW = {(1, 0): 7, (1, 1): 7, (1, 2): 7}


@pytest.mark.parametrize("order", [(0, 1, 2, 2, 0, 1), (2, 0, 1, 2, 1, 2, 0, 1, 0, 2), ()])
def test_whole_passes_are_found_wherever_the_first_one_ends(order: tuple[int, ...]) -> None:
    check_whole_passes(visits_of(*order), WINDOW)


@pytest.mark.parametrize(
    "visits",
    [
        visits_of(0, 0, 0, 1, 2),
        visits_of(0, 1, 0, 1, 0, 1),
        visits_of(0, 1, 2, 3),
        visits_of(0, 1, 2, version=6),
    ],
    ids=["twice", "lost", "left", "old"],
)
def test_broken_passes_are_noticed(visits: list[Identity]) -> None:
    with pytest.raises(Violation):
        check_whole_passes(visits, WINDOW)
