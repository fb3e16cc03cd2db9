from dataclasses import replace

from lczero_training.tui import samples_training
from lczero_training.tui.history import TOTAL_LOSS, History
from lczero_training.tui.plot_curves import (
    entries,
    extent,
    losses_of,
    metrics_of,
    plot,
    splits_of,
    title,
)
from lczero_training.tui.plot_settings import PlotSettings, Window


def history_of(steps: int = 1000) -> History:
    history = History()
    for status in samples_training.session(steps=steps):
        assert status.training is not None
        history.take(status.training)
    return history


def settings_with(*metrics: str) -> PlotSettings:
    settings = PlotSettings()
    for metric in metrics:
        settings.toggle(metric)
    return settings


def test_metrics_stand_in_the_order_of_the_training_pane() -> None:
    found = metrics_of(history_of(100))
    assert found[:4] == [TOTAL_LOSS, "policy/vanilla", "value/winner", "movesleft/main"]
    assert {"learning rate", "steps per second", "positions per second"} <= set(found)
    assert losses_of(found) == found[:4]


def test_train_validation_and_test_are_curves_of_one_metric() -> None:
    history = history_of()
    assert splits_of(history, "policy/vanilla") == ["validation", "test"]
    shown = plot(history, settings_with("policy/vanilla", "gradient_norm"))
    assert [(curve.metric, curve.split, curve.mark) for curve in shown.curves] == [
        ("policy/vanilla", "", "●"),
        ("policy/vanilla", "validation", "○"),
        ("policy/vanilla", "test", "◉"),
        ("gradient_norm", "", "■"),
    ]
    assert [step for step, _ in shown.curves[1].points] == list(range(50, 1001, 50))
    assert len({curve.colour for curve in shown.curves[:3]}) == 1


def test_only_the_steps_of_the_window_are_taken() -> None:
    history = history_of()
    assert extent(history) == (5, 1000) and extent(History()) == (0, 1)
    settings = settings_with(TOTAL_LOSS)
    settings.window = Window(100, 500)
    shown = plot(history, settings)
    assert (shown.since, shown.until) == (400, 500)
    assert {step for curve in shown.curves for step, _ in curve.points} == set(range(400, 501, 5))


def test_without_curves_it_says_why() -> None:
    history = history_of(100)
    assert "yet" in plot(History(), PlotSettings()).message
    assert "space" in plot(history, PlotSettings()).message
    history.add(5000, {"late": 1.0})
    settings = settings_with("late")
    settings.window = Window(50)
    assert "0 shows all" in plot(history, settings).message
    assert title(plot(History(), PlotSettings())) == ""


def test_the_title_says_how_it_is_drawn() -> None:
    settings = replace(
        settings_with(TOTAL_LOSS, "gradient_norm"),
        logarithmic=True,
        smoothed=True,
        own_scales=True,
    )
    shown = plot(history_of(), settings)
    assert title(shown) == "steps 5 to 1,000 · log scale · smoothed · each on its own scale"


def test_the_list_is_a_legend() -> None:
    settings = settings_with("value/winner")
    listed = {entry.metric: entry for entry in entries(history_of(), settings)}
    chosen, other = listed["value/winner"], listed["gradient_norm"]
    assert chosen.shown and chosen.mark == "●" and chosen.colour == "series-1"
    assert [(mark, split) for mark, split, _ in chosen.held_out] == [("○", "val"), ("◉", "test")]
    assert not other.shown and other.mark == "" and other.value is not None
    settings.held_out = False
    assert entries(history_of(), settings)[2].held_out == ()
