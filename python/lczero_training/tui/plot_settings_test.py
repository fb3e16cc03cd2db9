from hypothesis import given
from hypothesis import strategies as st

from lczero_training.tui.plot_settings import COLOURS, PlotSettings, Window, colour, mark

EXTENTS = st.tuples(st.integers(0, 10**6), st.integers(0, 10**7)).map(
    lambda pair: (pair[0], pair[0] + pair[1])
)
MOVES = st.lists(st.sampled_from(("in", "out", "left", "right", "last")), max_size=12)


def moved(window: Window, move: str, extent: tuple[int, int]) -> Window:
    match move:
        case "in" | "out":
            return window.zoomed(*extent, closer=move == "in")
        case "left" | "right":
            return window.panned(*extent, later=move == "right")
        case _:
            return Window(1000)


@given(EXTENTS, MOVES)
def test_a_window_stays_within_what_is_known(extent: tuple[int, int], moves: list[str]) -> None:
    window = Window()
    for move in moves:
        window = moved(window, move, extent)
        since, until = window.steps(*extent)
        assert extent[0] <= since < until <= max(extent[1], extent[0] + 1)


def test_zooming_in_follows_the_newest_steps() -> None:
    window = Window().zoomed(0, 1000, closer=True)
    assert window.steps(0, 1000) == (500, 1000)
    assert window.steps(0, 1200) == (700, 1200), "new steps come in at the right"
    assert window.zoomed(0, 1000, closer=False) == Window()


def test_a_window_elsewhere_stays_there_while_steps_come() -> None:
    window = Window(400).panned(0, 1000, later=False)
    assert window.steps(0, 1000) == (500, 900) == window.steps(0, 5000)
    closer = window.zoomed(0, 1000, closer=True)
    assert closer.steps(0, 1000) == (600, 800), "around its middle"
    back = window.panned(0, 1000, later=True)
    assert back.end is None and back.steps(0, 2000) == (1600, 2000), "at the newest it follows"


def test_the_left_end_is_a_wall() -> None:
    window = Window(400)
    for _ in range(20):
        window = window.panned(100, 1000, later=False)
    assert window.steps(100, 1000) == (100, 500)
    assert window.panned(100, 1000, later=True).steps(100, 1000) == (200, 600)


def test_metrics_keep_their_colour_while_others_come_and_go() -> None:
    settings = PlotSettings()
    settings.preselect(["total loss", "policy/a"])
    settings.toggle("total loss")
    assert settings.slots == {"policy/a": 1}
    settings.toggle("value/b")
    assert settings.slots == {"policy/a": 1, "value/b": 0}
    settings.preselect(["total loss"])
    assert "total loss" not in settings.slots, "the user has chosen"


def test_losses_that_come_later_are_preselected_too_as_many_as_there_are_colours() -> None:
    settings = PlotSettings()
    settings.preselect(["total loss"])
    settings.preselect(["total loss", *(f"policy/{number}" for number in range(20))])
    assert list(settings.slots.values()) == list(range(COLOURS))


def test_every_metric_is_told_apart_without_colours_or_by_both() -> None:
    assert len({mark(slot, 0) for slot in range(COLOURS)}) == COLOURS
    pairs = {(colour(slot), mark(slot, 0)) for slot in range(COLOURS**2)}
    assert len(pairs) == COLOURS**2
    for slot in range(COLOURS):
        assert len({mark(slot, split) for split in range(3)}) == 3
        assert mark(slot, 7) == mark(slot, 2)
