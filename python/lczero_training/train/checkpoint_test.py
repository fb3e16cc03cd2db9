import logging
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pytest
import tensorstore

from lczero_training.config.optimizer import EmaConfig, OptimizerConfig, SwaConfig
from lczero_training.config.root import RootConfig
from lczero_training.model import LczeroModel
from lczero_training.model.testing import random_weights
from lczero_training.train.checkpoint import CheckpointStore, Restored
from lczero_training.train.checkpoint_about import CheckpointError, CheckpointMismatchError
from lczero_training.train.checkpoint_models import read_model, write_initial
from lczero_training.train.run_state import RunState
from lczero_training.train.state import (
    Average,
    TrainState,
    default_sharding,
    named_leaves,
    shapes_on,
    split_model,
)
from lczero_training.train.testing import tiny_config, tiny_model, tiny_state

ORBAX_HANDLER = ocp.StandardCheckpointHandler


def folder(config: RootConfig) -> Path:
    return Path(config.training.checkpoint.directory)


def open_store(config: RootConfig) -> CheckpointStore:
    return CheckpointStore(folder(config), config)


def save(config: RootConfig, state: TrainState, run_state: RunState) -> str:
    store = open_store(config)
    path = store.save(state, run_state)
    store.close()
    return path


def restore(config: RootConfig) -> Restored | None:
    store = open_store(config)
    try:
        shapes = jax.eval_shape(lambda: tiny_state(config)[1])
        return store.restore_newest(shapes_on(shapes, default_sharding()))
    finally:
        store.close()


def assert_same(left: object, right: object) -> None:
    rights = named_leaves(right)
    assert named_leaves(left).keys() == rights.keys()
    for path, leaf in named_leaves(left).items():
        np.testing.assert_array_equal(leaf, rights[path], err_msg=path)


@pytest.fixture
def config(tmp_path: Path) -> RootConfig:
    return tiny_config(tmp_path)


def with_two_checkpoints(config: RootConfig) -> tuple[TrainState, TrainState]:
    """Saves different states at steps 3 and 5."""
    older, newer = tiny_state(config, seed=3)[1], tiny_state(config, seed=5)[1]
    save(config, older, RunState(3, 3, "a"))
    save(config, newer, RunState(5, 5, "a"))
    return older, newer


def test_what_was_saved_is_restored(config: RootConfig) -> None:
    _, state = tiny_state(config)
    # No two leaves are alike, so that none can be taken for another.
    leaves, structure = jax.tree.flatten(state)
    numbered = jax.tree.unflatten(structure, [leaf + n for n, leaf in enumerate(leaves)])
    path = save(config, numbered, RunState(17, 4, "training-x.tar"))
    assert Path(path) == folder(config) / "00000017"
    restored = restore(config)
    assert restored is not None
    assert restored[1] == RunState(17, 4, "training-x.tar")
    assert int(restored[0].step) == 17
    assert_same(restored[0].params, numbered.params)
    assert_same(restored[0].opt_state, numbered.opt_state)


def test_good_checkpoint_is_no_reason_to_warn(
    config: RootConfig, caplog: pytest.LogCaptureFixture
) -> None:
    with_two_checkpoints(config)
    assert restore(config) is not None
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []


def test_checkpoints_do_not_ask_for_what_leaks(
    config: RootConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(tensorstore, "experimental_collect_matching_metrics", asked.append)
    with_two_checkpoints(config)
    assert restore(config) is not None
    assert asked == []


def test_checkpoints_of_the_format_before_are_read(
    config: RootConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(
            ocp,
            "StandardCheckpointHandler",
            lambda **options: ORBAX_HANDLER(**(options | {"use_ocdbt": True})),
        )
        _, newer = with_two_checkpoints(config)
    assert list(folder(config).rglob("manifest.ocdbt")), "the default's"
    restored = restore(config)
    assert restored is not None
    assert_same(restored[0].params, newer.params)


def test_an_empty_folder_has_nothing_to_restore(config: RootConfig) -> None:
    assert restore(config) is None


def test_only_the_newest_are_kept(config: RootConfig) -> None:
    checkpoint = replace(config.training.checkpoint, keep=2)
    config = replace(config, training=replace(config.training, checkpoint=checkpoint))
    _, state = tiny_state(config)
    store = open_store(config)
    for step in (1, 2, 3):
        store.save(state, RunState(step))
    store.wait()
    assert store.steps() == [2, 3]
    store.close()


def test_networks_last_ones_are_kept_also_by_the_next_process(config: RootConfig) -> None:
    checkpoint = replace(config.training.checkpoint, keep=1, keep_networks=True)
    config = replace(config, training=replace(config.training, checkpoint=checkpoint))
    _, state = tiny_state(config)
    assert config.training.steps_per_network == 4
    for network_step in (3, 4):
        save(config, state, RunState(network_step, network_step))
    for step in (5, 6):
        save(config, state, RunState(step, step - 4))
    assert sorted(p.name for p in folder(config).iterdir()) == ["00000004", "00000006"]


def test_what_wait_returns_from_is_durable_and_only_then_older_ones_go(
    config: RootConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = replace(config.training.checkpoint, keep=1)
    config = replace(config, training=replace(config.training, checkpoint=checkpoint))
    _, state = tiny_state(config)
    save(config, state, RunState(1))
    synced: dict[str, bool] = {}

    def fsync(fd: int) -> None:
        synced[os.readlink(f"/proc/self/fd/{fd}")] = (folder(config) / "00000001").exists()

    monkeypatch.setattr(os, "fsync", fsync)
    store = open_store(config)
    path = Path(store.save(state, RunState(2), {"now": "x"}))
    store.wait()
    expected = {path, *path.rglob("*"), folder(config), folder(config).parent}
    # Which tensorstore syncs itself.
    arrays = [file.parent for file in path.rglob(".zarray")]
    assert len(arrays) > 50
    expected -= {name for array in arrays for name in (array, *array.iterdir())}
    assert expected >= {path / "about" / "metadata", path / "sampler" / "metadata", path / "params"}
    assert {str(name) for name in expected} <= synced.keys()
    assert all(synced.values()), "the one before was there until then"
    assert store.steps() == [2]
    assert not (folder(config) / "00000001").exists()
    store.close()


def test_a_half_deleted_checkpoint_is_none(
    config: RootConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, newer = with_two_checkpoints(config)
    checkpoint = replace(config.training.checkpoint, keep=1)
    keeps_one = replace(config, training=replace(config.training, checkpoint=checkpoint))

    def refuse(path: Path) -> None:
        raise PermissionError(13, "not now", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", refuse)
        save(keeps_one, newer, RunState(6))
    assert len(list(folder(config).iterdir())) == 3
    store = open_store(config)
    assert store.steps() == [6]
    assert [path.name for path in folder(config).iterdir()] == ["00000006"]
    store.close()


def test_a_saved_step_stands(config: RootConfig) -> None:
    _, older = tiny_state(config, seed=3)
    save(config, older, RunState(3, 3, "a"))
    path = save(config, tiny_state(config, seed=4)[1], RunState(3, 0, "b"))
    assert path.endswith("00000003")
    restored = restore(config)
    assert restored is not None
    assert restored[1] == RunState(3, 3, "a")
    assert_same(restored[0].params, older.params)


def test_what_a_killed_writer_left_is_ignored_and_removed(config: RootConfig) -> None:
    with_two_checkpoints(config)
    leftover = folder(config) / "00000009.orbax-checkpoint-tmp"
    shutil.copytree(folder(config) / "00000005", leftover)
    shutil.rmtree(leftover / "optimizer")
    restored = restore(config)
    assert restored is not None
    assert restored[1].step == 5
    assert not leftover.exists()


@pytest.mark.parametrize("item", ["params", "optimizer", "about"])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(
    item: str, config: RootConfig, caplog: pytest.LogCaptureFixture
) -> None:
    older, newer = with_two_checkpoints(config)
    cut_files_short(folder(config) / "00000005" / item)
    with caplog.at_level(logging.WARNING, "lczero_training"):
        restored = restore(config)
    assert restored is not None
    assert restored[1].step == 3
    assert_same(restored[0].params, older.params)
    assert "00000005 cannot be read" in caplog.text
    assert (folder(config) / "damaged-00000005").is_dir()
    # The step can be trained and saved again.
    save(config, newer, RunState(5, 5, "a"))
    restored = restore(config)
    assert restored is not None
    assert restored[1].step == 5


def cut_files_short(directory: Path) -> None:
    for file in directory.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            file.write_bytes(content[: len(content) // 2])


def test_nothing_readable_is_an_error_and_not_a_new_beginning(config: RootConfig) -> None:
    save(config, tiny_state(config)[1], RunState(3))
    cut_files_short(folder(config) / "00000003")
    with pytest.raises(CheckpointError, match="none of the 1 checkpoints"):
        restore(config)
    assert (folder(config) / "00000003").is_dir()


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

    with pytest.raises(CheckpointMismatchError, match="swa"):
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
    with pytest.raises(CheckpointError, match="no folder"):
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
    with pytest.raises(CheckpointError, match="has checkpoints already"):
        write_initial(folder(config), config, model)
