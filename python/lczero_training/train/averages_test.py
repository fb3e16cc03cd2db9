from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lczero_training.config.checks import FieldError
from lczero_training.config.daemon import ExportConfig
from lczero_training.config.optimizer import EmaConfig, SwaConfig
from lczero_training.config.root import RootConfig
from lczero_training.train import Trainer
from lczero_training.train.averages import (
    advance_averages,
    build_averaging,
    exported_params,
    initial_averages,
)
from lczero_training.train.state import TrainState, named_leaves, split_model
from lczero_training.train.testing import random_batches, tiny_config

# Weights after steps 1, 2, ...: none is a mean of others.
SAMPLES = [1.0, 3.0, 9.0, 27.0, 81.0, 243.0, 729.0, 2187.0]


def averages_of(**averages: Any) -> list[dict[str, tuple[int, Any]]]:
    """Count and value of each average after each sample."""
    config = replace(tiny_config(Path("unused")).training, **averages)
    averaging = build_averaging(config)
    state = initial_averages(averaging, {"w": jnp.zeros(())})
    advance = jax.jit(
        lambda state, weights, step: advance_averages(state, averaging, weights, step)
    )
    history = []
    for step, weight in enumerate(SAMPLES, 1):
        state = advance(state, {"w": jnp.float32(weight)}, jnp.int32(step))
        history.append({n: (int(a.count), float(a.params["w"])) for n, a in state.items()})
    return history


def test_swa_is_the_mean_of_every_nth_step_and_then_fades() -> None:
    history = averages_of(swa=SwaConfig(every_steps=2, max_count=3))
    assert history[0] == {"swa": (0, 0.0)}
    assert history[2] == history[1] == {"swa": (1, 3.0)}
    assert history[3]["swa"] == (2, (3 + 27) / 2)
    third = (3 + 27 + 243) / 3
    assert history[5]["swa"] == (3, pytest.approx(third))
    assert history[7]["swa"] == (4, pytest.approx(third * 2 / 3 + 2187 / 3))


def test_ema_is_the_mean_at_first_and_then_decays() -> None:
    history = averages_of(ema=EmaConfig(decay=0.5))
    assert history[0]["ema"] == (1, 1.0)
    assert history[1]["ema"] == (2, 2.0)
    assert history[2]["ema"] == (3, 0.5 * 2.0 + 0.5 * 9.0)
    assert history[3]["ema"] == (4, 0.5 * 5.5 + 0.5 * 27.0)


def test_a_weight_that_never_moves_is_its_own_average_to_the_bit() -> None:
    averaging = build_averaging(
        replace(tiny_config(Path("unused")).training, ema=EmaConfig(decay=0.9))
    )
    weights = {"w": jax.random.normal(jax.random.key(1), (100,))}
    state = initial_averages(averaging, weights)
    for step in range(30):
        state = advance_averages(state, averaging, weights, jnp.int32(step))
    np.testing.assert_array_equal(state["ema"].params["w"], weights["w"])


def test_what_is_exported_must_be_kept() -> None:
    config = tiny_config(Path("unused"), ema=EmaConfig())
    with pytest.raises(FieldError, match=r"export.weights: .* \(current, ema\): no training.swa"):
        replace(config, export=replace(config.export, weights="swa"))


def averaging_config(directory: Path, weights: str) -> RootConfig:
    config = tiny_config(
        directory,
        steps_per_network=5,
        swa=SwaConfig(every_steps=2, max_count=10),
        ema=EmaConfig(decay=0.5),
    )
    return replace(config, export=ExportConfig(paths=config.export.paths, weights=weights))


def train(trainer: Trainer, first: int, steps: int) -> None:
    batches = random_batches(first)
    allowed = iter([True] * steps)
    trainer.train_network(
        lambda: next(batches),
        before_step=lambda: next(allowed, False),
        on_progress=lambda progress: None,
        on_checkpoint=lambda path, step: None,
        on_checkpoint_failed=lambda error: pytest.fail(str(error)),
        on_rolled_back=pytest.fail,
    )


def state_of(trainer: Trainer) -> TrainState:
    return trainer._state


def test_averages_resume_to_the_bit(tmp_path: Path) -> None:
    whole = Trainer(averaging_config(tmp_path / "whole", "swa"))
    train(whole, 0, 5)
    config = averaging_config(tmp_path / "parts", "swa")
    first = Trainer(config)
    train(first, 0, 3)
    first.save_checkpoint()
    first.close()
    second = Trainer(config)
    train(second, 3, 2)
    leaves = named_leaves(state_of(second))
    expected = named_leaves(state_of(whole))
    assert any(path.startswith("averages/swa/params/encoder") for path in expected)
    assert int(expected["averages/swa/count"]) == 2
    assert leaves.keys() == expected.keys()
    for path, leaf in expected.items():
        np.testing.assert_array_equal(leaves[path], leaf, err_msg=path)
    model = named_leaves(split_model(second.model())[1])
    for path, leaf in model.items():
        np.testing.assert_array_equal(leaf, expected[f"averages/swa/params/{path}"])
        assert not np.array_equal(leaf, expected[f"params/{path}"]), path
    whole.close()
    second.close()


def test_before_its_first_sample_an_average_stands_for_the_weights(tmp_path: Path) -> None:
    trainer = Trainer(averaging_config(tmp_path, "swa"))
    state = state_of(trainer)
    assert exported_params(state, "swa") is state.params
    assert exported_params(state, "current") is state.params
    train(trainer, 0, 1)
    state = state_of(trainer)
    assert exported_params(state, "swa") is state.params
    assert exported_params(state, "ema") is state.averages["ema"].params
    trainer.close()
