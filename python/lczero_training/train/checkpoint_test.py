import logging
import os
import shutil
from dataclasses import replace
from pathlib import Path

import jax
import orbax.checkpoint as ocp
import pytest
import tensorstore

from lczero_training.config.root import RootConfig
from lczero_training.train.checkpoint_about import CheckpointError
from lczero_training.train.checkpoint_testing import (
    assert_same,
    folder,
    open_store,
    restore,
    save,
    with_two_checkpoints,
)
from lczero_training.train.run_state import RunState
from lczero_training.train.testing import tiny_config, tiny_state

ORBAX_HANDLER = ocp.StandardCheckpointHandler


@pytest.fixture
def config(tmp_path: Path) -> RootConfig:
    return tiny_config(tmp_path)


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
