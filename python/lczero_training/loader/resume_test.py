"""Stops and goes on with the real loader, over the quickstart's games."""

import logging
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lczero_training.loader import LoaderStopped, ResumableLoader, resume_loader
from lczero_training.loader.usual_graph import GAMES, config_for
from lczero_training.schema.loader_config import DataLoaderConfig, TensorGeneratorConfig

CONFIG = config_for(GAMES)


def resume(
    saved: dict[str, Any] | None, config: DataLoaderConfig = CONFIG, *, replay_batches: int = 50
) -> ResumableLoader:
    return resume_loader(config, saved, replay_batches=replay_batches)


def run(saved: dict[str, Any] | None, batches: int, **arguments: Any) -> tuple[list[Any], Any]:
    """So many batches, and the point after them, though two more were fetched."""
    loader = resume(saved, **arguments)
    given = [loader.GetNext() for _ in range(batches + 2)]
    loader.Stop()
    return given[:batches], loader.point_after(batches)


def assert_same(left: list[Any], right: list[Any]) -> None:
    assert len(left) == len(right)
    for ours, theirs in zip(left, right, strict=True):
        for our, their in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(our, their)


def packed() -> DataLoaderConfig:
    stages = dict(CONFIG.stages)
    generator = TensorGeneratorConfig(batch_size=32, packed=True)
    stages["batches"] = replace(stages["batches"], tensor_generator=generator)
    return replace(CONFIG, stages=stages)


@pytest.mark.parametrize("config", [CONFIG, packed()], ids=["plain", "packed"])
def test_going_on_twice_equals_never_having_stopped(config: DataLoaderConfig) -> None:
    whole, _ = run(None, 25, config=config)
    first, point = run(None, 7, config=config)
    second, point = run(point, 0, config=config)
    third, point = run(point, 8, config=config)
    fourth, _ = run(point, 10, config=config)
    assert_same(first + second + third + fourth, whole)


def test_too_many_batches_are_not_read_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    first, point = run(None, 7, replay_batches=6)
    assert point["given"] is None
    second, point = run(point, 3, replay_batches=6)
    assert caplog.messages == ["sampling goes on in the pass that it was in"]
    with pytest.raises(AssertionError):
        assert_same(second, first[:3])
    third, _ = run(point, 3, replay_batches=6)
    assert caplog.messages[1:] == ["goes on with the very batch that would have come: read 3 again"]
    assert len(third) == 3


def test_other_games_are_noticed_and_the_pass_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    folder = tmp_path / "games"
    shutil.copytree(GAMES, folder)
    _, point = run(None, 7, config=config_for(folder))
    games = sorted(folder.iterdir())
    shutil.copy(games[0], folder / f"z-{games[0].name}")
    _, again = run(point, 3, config=config_for(folder))
    assert caplog.messages == [
        "the games are others than before, or slow to come: no replay of batches",
        "sampling goes on in the pass that it was in",
    ]
    assert again["begun_from"] == point["now"]
    assert len(again["given"]) == 3


def test_a_replay_without_games_is_given_up(tmp_path: Path) -> None:
    loader = ResumableLoader(config_for(tmp_path), remember=9)
    assert not loader.replay((1, 2), seconds=0.01)
    with pytest.raises(LoaderStopped):
        loader.GetNext()


def test_a_replay_can_be_stopped_from_outside(tmp_path: Path) -> None:
    _, point = run(None, 2)
    loaders: list[ResumableLoader] = []

    def stop_in_a_thread(loader: ResumableLoader) -> None:
        loaders.append(loader)
        threading.Thread(target=loader.Stop).start()

    loader = resume_loader(config_for(tmp_path), point, replay_batches=50, made=stop_in_a_thread)
    assert loaders == [loader]
    with pytest.raises(LoaderStopped):
        loader.GetNext()


def test_a_point_of_another_graph_is_a_warning_and_a_fresh_start(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, point = run(None, 3)
    stages = dict(CONFIG.stages)
    stages["other"] = stages.pop("pool")
    stages["validator"] = replace(stages["validator"], inputs=("other",))
    _, again = run(point | {"given": None}, 1, config=replace(CONFIG, stages=stages))
    [record] = caplog.records
    assert record.getMessage().startswith("sampling starts afresh: the checkpoint's sampler_state:")
    assert again["begun_from"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"now": "e30=", "given": None},
        {"now": "%%%"},
        {"now": 3},
        {"given": 3},
        {"given": ["x"]},
        {"begun_from": "e30="},
    ],
)
def test_a_damaged_point_is_a_warning_and_a_fresh_start(
    change: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    fresh, point = run(None, 1)
    again, _ = run(point | change, 1)
    assert "sampling starts afresh" in caplog.text
    assert_same(again, fresh)


def test_no_point_at_all_is_a_warning_too(caplog: pytest.LogCaptureFixture) -> None:
    fresh, _ = run(None, 1)
    again, _ = run({}, 1)
    assert "sampling starts afresh: the checkpoint's sampler item is not" in caplog.text
    assert_same(again, fresh)
