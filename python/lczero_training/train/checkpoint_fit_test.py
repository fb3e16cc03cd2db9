import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lczero_training.config.optimizer import EmaConfig, OptimizerConfig, SwaConfig
from lczero_training.config.root import RootConfig
from lczero_training.model import LczeroModel
from lczero_training.model.testing import random_weights
from lczero_training.train.checkpoint_about import CheckpointError, CheckpointMismatchError
from lczero_training.train.checkpoint_models import read_model, write_initial
from lczero_training.train.checkpoint_testing import (
    assert_same,
    folder,
    restore,
    save,
    with_two_checkpoints,
)
from lczero_training.train.run_state import RunState
from lczero_training.train.state import (
    Average,
    split_model,
)
from lczero_training.train.testing import tiny_config, tiny_model, tiny_state


@pytest.fixture
def config(tmp_path: Path) -> RootConfig:
    return tiny_config(tmp_path)


def test_another_model_is_an_error_that_lists_the_paths(config: RootConfig) -> None:
    save(config, tiny_state(config)[1], RunState(3))
    wider = replace(config, model=tiny_model(dff=16, encoder_layers=2))
    with pytest.raises(CheckpointMismatchError) as caught:
        restore(wider)
    assert "model.dff: 8 in the checkpoint, 16 by the config" in caught.value.differences
    assert (
        "params/encoder/0/ffn/dense1/kernel: float32[8, 8] in the checkpoint, "
        "float32[8, 16] by the config" in caught.value.differences
    )
    assert (
        "params/encoder/1/ffn/dense1/bias: absent in the checkpoint, "
        "float32[16] by the config" in caught.value.differences
    )
    assert any(line.startswith("optimizer/") for line in caught.value.differences)


def test_a_setting_without_arrays_is_compared_too(config: RootConfig) -> None:
    save(config, tiny_state(config)[1], RunState(3))
    with pytest.raises(CheckpointMismatchError, match=r"model.activation: 'mish' in the check"):
        restore(replace(config, model=tiny_model(activation="relu")))


def test_a_default_and_its_value_written_out_are_the_same(config: RootConfig) -> None:
    save(config, tiny_state(config)[1], RunState(3))
    restore(replace(config, model=config.model.resolved()))


def test_what_does_not_touch_the_arrays_may_change(config: RootConfig) -> None:
    save(config, tiny_state(config)[1], RunState(3))
    training = replace(
        config.training, optimizer=OptimizerConfig(beta1=0.5, max_gradient_norm=None)
    )
    model = tiny_model(compute_dtype="bfloat16", rematerialize="blocks")
    assert restore(replace(config, training=training, model=model)) is not None


def test_read_model_gives_weights_of_the_newest_or_of_a_step(config: RootConfig) -> None:
    older, newer = with_two_checkpoints(config)
    model, run_state = read_model(folder(config), config)
    assert run_state.step == 5
    assert_same(split_model(model)[1], newer.params)
    model, run_state = read_model(folder(config), config, 3)
    assert run_state.step == 3
    assert_same(split_model(model)[1], older.params)


@pytest.mark.parametrize(("count", "shift"), [(3, 1.0), (0, 0.0)])
def test_read_model_gives_the_average_once_it_has_a_sample(
    config: RootConfig, count: int, shift: float
) -> None:
    averaged = replace(config, training=replace(config.training, swa=SwaConfig(), ema=EmaConfig()))
    state = tiny_state(averaged)[1]
    moved = jax.tree.map(lambda leaf: leaf + 1, state.params)
    swa = Average(count=jnp.int32(count), params=moved)
    save(averaged, replace(state, averages={**state.averages, "swa": swa}), RunState(step=1))

    model, _ = read_model(folder(averaged), averaged, weights="swa")

    expected = jax.tree.map(lambda leaf: leaf + shift, state.params)
    assert_same(split_model(model)[1], expected)


def test_read_model_refuses_an_average_that_was_not_kept(config: RootConfig) -> None:
    save(config, tiny_state(config)[1], RunState(step=1))
    wanted = replace(config, training=replace(config.training, swa=SwaConfig()))

    with pytest.raises(CheckpointError, match=r"written without training\.swa: .* are current"):
        read_model(folder(config), wanted, weights="swa")


def with_averages(config: RootConfig, **averages: Any) -> RootConfig:
    return replace(config, training=replace(config.training, **averages))


def test_an_average_that_is_turned_on_begins_from_the_weights_and_one_turned_off_is_dropped(
    config: RootConfig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "lczero_training")
    before = with_averages(config, swa=SwaConfig(), ema=EmaConfig())
    leaves, structure = jax.tree.flatten(tiny_state(before)[1])
    state = jax.tree.unflatten(structure, [leaf + n for n, leaf in enumerate(leaves)])
    save(
        with_averages(config, swa=SwaConfig()),
        replace(state, averages={"swa": state.averages["swa"]}),
        RunState(3),
    )

    restored = restore(with_averages(config, ema=EmaConfig()))

    assert restored is not None
    assert restored.state.averages.keys() == {"ema"}
    ema = restored.state.averages["ema"]
    assert int(ema.count) == 0
    assert all(not np.any(leaf) for leaf in jax.tree.leaves(ema))
    assert_same(restored.state.params, state.params)
    assert "training.swa is off: that of step 3 is dropped" in caplog.messages
    assert "training.ema is new: begins from the weights of step 3" in caplog.messages


def test_an_average_that_stays_is_kept_beside_one_that_comes_or_goes(config: RootConfig) -> None:
    both = with_averages(config, swa=SwaConfig(), ema=EmaConfig())
    leaves, structure = jax.tree.flatten(tiny_state(both)[1])
    state = jax.tree.unflatten(structure, [leaf + n for n, leaf in enumerate(leaves)])
    save(both, state, RunState(3))
    restored = restore(with_averages(config, ema=EmaConfig()))
    assert restored is not None
    assert_same(restored.state.averages, {"ema": state.averages["ema"]})
    restored = restore(config)
    assert restored is not None
    assert restored.state.averages == {}
    save(
        with_averages(config, swa=SwaConfig()),
        replace(state, averages={"swa": state.averages["swa"]}),
        RunState(4),
    )
    restored = restore(both)
    assert restored is not None
    assert_same(restored.state.averages["swa"], state.averages["swa"])


def test_read_model_refuses_what_is_not_there(config: RootConfig) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint folder"):
        read_model(folder(config), config)
    save(config, tiny_state(config)[1], RunState(3))
    with pytest.raises(CheckpointError, match=r"no checkpoint of step 4 .*\[3\]"):
        read_model(folder(config), config, 4)
    with pytest.raises(CheckpointMismatchError):
        read_model(folder(config), replace(config, model=tiny_model(dff=16)))


def test_a_network_can_be_the_beginning(config: RootConfig) -> None:
    model = random_weights(lambda rngs: LczeroModel(config.model, rngs=rngs), 9)
    write_initial(folder(config), config, model)
    restored = restore(config)
    assert restored is not None
    assert restored[1] == RunState()
    assert_same(restored[0].params, split_model(model)[1])
    assert_same(restored[0].opt_state, tiny_state(config)[1].opt_state)
    with pytest.raises(CheckpointError, match="is not empty: it has 00000000"):
        write_initial(folder(config), config, model)
