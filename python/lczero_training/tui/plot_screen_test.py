"""The plot screen in the app: keys, then what they change, then pictures."""

import math
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import OptionList

from lczero_training.schema import messages as schema
from lczero_training.tui import samples, samples_training
from lczero_training.tui.dashboard_screen import DashboardScreen
from lczero_training.tui.history import TOTAL_LOSS
from lczero_training.tui.plot_curves import Curve, Plot
from lczero_training.tui.plot_screen import PlotScreen
from lczero_training.tui.plot_settings import Window
from lczero_training.tui.plot_view import PlotView
from lczero_training.tui.testing import Rig, text_of, until


async def open_plots(
    rig: Rig, pilot: Pilot[Any], statuses: Sequence[schema.TrainingStatus]
) -> PlotScreen:
    for status in statuses:
        rig.daemon.say(status)
    if statuses:
        await until(pilot, lambda: rig.app.board.status == statuses[-1])
    await pilot.press("l")
    await until(pilot, lambda: isinstance(rig.app.screen, PlotScreen))
    await pilot.pause()
    screen = rig.app.screen
    assert isinstance(screen, PlotScreen)
    return screen


def test_the_start_loads_no_plotting() -> None:
    code = "import sys, lczero_training.tui.app; print([m for m in sys.modules if 'plotext' in m])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


async def test_losses_are_shown_at_once_and_live() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        screen = await open_plots(rig, pilot, samples_training.session())
        assert list(screen.settings.slots) == [
            TOTAL_LOSS,
            "policy/vanilla",
            "value/winner",
            "movesleft/main",
        ]
        shown = text_of(rig.app)
        for text in ("● total loss", "○ val", "◉ test", "steps 5 to 1,000", "gradient norm"):
            assert text in shown
        assert "⠉" in shown or "⣀" in shown or "⠒" in shown
        rig.daemon.say(samples.status(training=samples.progress(1200)))
        await until(pilot, lambda: "steps 5 to 1,200" in text_of(rig.app))


async def test_keys_zoom_and_move_and_new_steps_keep_the_view() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        screen = await open_plots(rig, pilot, samples_training.session())
        view = screen.query_one(PlotView)

        def steps() -> tuple[int, int]:
            return view.value.since, view.value.until

        for key, expected in (
            ("plus", (503, 1000)),
            ("left", (379, 876)),
            ("minus", (5, 1000)),
            ("2", (900, 1000)),
            ("left", (875, 975)),
        ):
            await pilot.press(key)
            assert steps() == expected
        rig.daemon.say(samples.status(training=samples.progress(1100)))
        await until(pilot, lambda: rig.app.board.history.newest_step() == 1100)
        await pilot.pause()
        assert steps() == (875, 975)
        await pilot.press("0")
        assert steps() == (5, 1100) and screen.settings.window == Window()


async def test_space_shows_and_hides_the_metric_under_the_cursor() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        screen = await open_plots(rig, pilot, samples_training.session())
        await pilot.press("space")
        assert TOTAL_LOSS not in screen.settings.slots
        listed = screen.query_one(OptionList)
        await pilot.press("end", "enter")
        assert listed.highlighted_option is not None
        assert listed.highlighted_option.id in screen.settings.slots
        # A metric that is new keeps the cursor where it was.
        chosen = listed.highlighted_option.id
        metrics = {**samples.progress().metrics, "policy/added": 1.0}
        rig.daemon.say(samples.status(training=replace(samples.progress(1100), metrics=metrics)))
        await until(pilot, lambda: "policy/added" in text_of(rig.app))
        assert listed.highlighted_option.id == chosen


async def test_the_view_is_kept_while_the_screen_is_closed() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        screen = await open_plots(rig, pilot, samples_training.session())
        await pilot.press("y", "m", "n", "v", "2")
        await pilot.press("l")
        await until(pilot, lambda: isinstance(rig.app.screen, DashboardScreen))
        rig.daemon.say(samples.status(training=samples.progress(1100)))
        await until(pilot, lambda: rig.app.board.history.newest_step() == 1100)
        assert await open_plots(rig, pilot, ()) is screen
        value = screen.query_one(PlotView).value
        assert value.logarithmic and value.smoothed and value.own_scales
        assert (value.since, value.until) == (1000, 1100)
        assert not any(curve.split for curve in value.curves)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(rig.app.screen, DashboardScreen))


async def test_another_theme_draws_in_its_colours() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        screen = await open_plots(rig, pilot, samples_training.session())
        view = screen.query_one(PlotView)
        before = view.render()
        rig.app.action_next_theme()
        await pilot.pause()
        assert view.render().plain == before.plain and view.render().spans != before.spans


async def test_what_looks_the_same_is_not_drawn_again() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        screen = await open_plots(rig, pilot, samples_training.session())
        view = screen.query_one(PlotView)
        before = view.render()
        training = samples_training.session()[-1].training
        assert training is not None
        unseen = replace(training, metrics={**training.metrics, "gradient_norm": 0.5})
        rig.daemon.say(samples.status(training=unseen))
        await until(pilot, lambda: "0.5000" in text_of(rig.app))
        assert view.render() is before


async def test_after_a_restart_of_the_daemon_the_curves_are_there() -> None:
    rig = Rig()
    async with rig.app.run_test(size=(100, 30)) as pilot:
        screen = await open_plots(rig, pilot, samples_training.session())
        rig.daemon.exit(-9)
        await until(pilot, lambda: rig.app.board.death is not None)
        await pilot.press("r")
        await until(pilot, lambda: len(rig.daemons) == 2)
        await pilot.pause()
        assert len(screen.query_one(PlotView).value.curves) == 12


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.floats()), max_size=12, unique_by=lambda p: p[0]),
    st.integers(0, 70),
    st.integers(0, 20),
    st.booleans(),
    st.booleans(),
)
def test_no_value_and_no_size_breaks_a_plot(
    points: list[tuple[int, float]], width: int, height: int, logarithmic: bool, smoothed: bool
) -> None:
    curves = tuple(
        Curve(
            metric=f"m{number}",
            split=split,
            mark="●",
            colour="series-1",
            points=tuple(sorted(points, key=lambda point: point[0])),
        )
        for number, split in enumerate(("", "test"))
    )
    value = Plot(curves=curves, since=0, until=60, logarithmic=logarithmic, smoothed=smoothed)
    view = PlotView(value)
    view._colours = lambda: (  # type: ignore[method-assign]  # Without an app.
        ("muted", "#808080"),
        ("series-1", "#ffffff"),
        ("surface", "#000000"),
    )
    rows = view.draw(value, width, height).split("\n")
    assert len(rows) <= max(height, 1)
    assert all(row.cell_length <= max(width, 1) for row in rows)


def test_a_gap_is_left_where_no_value_is() -> None:
    def dots(points: list[tuple[int, float]]) -> int:
        curve = Curve(metric="m", split="", mark=" ", colour="series-1", points=tuple(points))
        view = PlotView(Plot(curves=(curve,), since=0, until=40))
        view._colours = lambda: (  # type: ignore[method-assign]  # Without an app.
            ("muted", "#808080"),
            ("series-1", "#ffffff"),
            ("surface", "#000000"),
        )
        drawn = view.draw(view.value, 60, 12).plain
        return sum("\u2800" < char < "\u2900" for char in drawn)

    whole = [(step, 1.0 + step % 2) for step in range(41)]
    with_gap = [(step, math.nan if 10 < step < 30 else value) for step, value in whole]
    assert dots(with_gap) < 0.7 * dots(whole)


def long_run() -> list[schema.TrainingStatus]:
    return samples_training.session(steps=2000, every=10)


PICTURES: dict[str, tuple[tuple[int, int], list[schema.TrainingStatus], tuple[str, ...]]] = {
    "empty": ((80, 24), [samples.status()], ()),
    "one_metric": ((80, 24), long_run(), ("space", *("down", "space") * 3, "home", "space")),
    "four_metrics": ((100, 30), long_run(), ()),
    "log_scale": ((100, 30), long_run(), ("y", "m")),
}


@pytest.mark.parametrize("name", PICTURES)
def test_picture(snap_compare, name: str) -> None:  # type: ignore[no-untyped-def]
    size, statuses, keys = PICTURES[name]
    rig = Rig()

    async def fill(pilot: Pilot[Any]) -> None:
        await open_plots(rig, pilot, statuses)
        await pilot.press(*keys)
        await pilot.pause()

    assert snap_compare(rig.app, terminal_size=size, run_before=fill)
