"""Migrations of a tiny network's checkpoints, each array a number of its own."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from lczero_training.config.model import PolicyHeadConfig
from lczero_training.config.optimizer import EmaConfig, OptimizerConfig, SwaConfig
from lczero_training.config.root import RootConfig
from lczero_training.train import RunState, Trainer, cli
from lczero_training.train.checkpoint import CheckpointStore, Restored
from lczero_training.train.errors import CommandError
from lczero_training.train.first_state import first_shapes, first_state
from lczero_training.train.layout import DeviceLayout
from lczero_training.train.migrate import migrate
from lczero_training.train.migration_rules import Rule, make_rule
from lczero_training.train.state import named_leaves
from lczero_training.train.testing import tiny_config, tiny_model, tiny_state

RUN = RunState(7, 3, "games-1")
SAMPLER = {"now": "there"}


def with_averages(directory: Path, **changes: Any) -> RootConfig:
    config = tiny_config(directory, swa=SwaConfig(), ema=EmaConfig())
    return replace(config, training=replace(config.training, **changes))


def save(config: RootConfig) -> dict[str, Any]:
    """Saves a state without two equal arrays; returns its arrays by path."""
    leaves, structure = jax.tree.flatten(tiny_state(config)[1])
    state = jax.tree.unflatten(structure, [leaf * 0 + n for n, leaf in enumerate(leaves)])
    store = CheckpointStore(config.training.checkpoint.directory, config)
    store.save(state, RUN, SAMPLER)
    store.close()
    return named_leaves(state)


def restore(directory: Path, config: RootConfig) -> Restored:
    store = CheckpointStore(directory, config, read_only=True)
    restored = store.restore_newest(DeviceLayout(config.training).placed(first_shapes(config)))
    store.close()
    assert restored is not None
    return restored


def migrated(
    config: RootConfig, new: RootConfig, *rules: Rule, target: Path, **options: Any
) -> dict[str, Any]:
    migrate(new, Path(config.training.checkpoint.directory), target, rules, **options)
    return named_leaves(restore(target, new).state)


def assert_equal(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for path, leaf in expected.items():
        np.testing.assert_array_equal(found[path], leaf, err_msg=path)


def test_the_same_model_is_copied_with_run_and_sampler(tmp_path: Path) -> None:
    config = with_averages(tmp_path)
    before = save(config)
    found = migrated(config, config, target=tmp_path / "new")
    # Of the checkpoint, not of the state: the run's step, and no run of bad steps.
    assert_equal(found, before | {"step": 7, "nonfinite_run": 0})
    restored = restore(tmp_path / "new", config)
    assert restored.run_state == RUN
    assert restored.sampler == SAMPLER


def test_a_renamed_head_takes_moments_and_averages_along(tmp_path: Path) -> None:
    config = with_averages(tmp_path)
    before = save(config)
    losses = config.training.losses
    new = replace(
        config,
        model=tiny_model(policy_heads={"soft": PolicyHeadConfig(d_model=8)}),
        training=replace(
            config.training,
            losses=replace(losses, policy=(replace(losses.policy[0], head="soft"),)),
        ),
    )
    rule = make_rule("map", "policy_heads/vanilla/*", "policy_heads/soft/*")
    found = migrated(config, new, rule, target=tmp_path / "new")
    renamed = {
        path.replace("policy_heads/vanilla", "policy_heads/soft"): leaf
        for path, leaf in before.items()
    }
    assert any(path.startswith("opt_state") and "policy_heads/soft" in path for path in renamed)
    assert_equal(found, renamed | {"step": 7, "nonfinite_run": 0})


def test_what_has_another_shape_begins_anew_with_its_moments_and_averages(tmp_path: Path) -> None:
    config = with_averages(tmp_path)
    before = save(config)
    new = replace(config, model=tiny_model(dff=16))
    found = migrated(config, new, make_rule("init", "*/ffn/dense*"), target=tmp_path / "new")
    fresh = named_leaves(first_state(new, seed=config.training.seed))
    kernel = "encoder/0/ffn/dense1/kernel"
    moments = [path for path in found if path.startswith("opt_state") and path.endswith(kernel)]
    assert len(moments) == 2
    np.testing.assert_array_equal(found[f"params/{kernel}"], fresh[f"params/{kernel}"])
    for average in ("swa", "ema"):
        path = f"averages/{average}/params/{kernel}"
        np.testing.assert_array_equal(found[path], fresh[f"params/{kernel}"])
        np.testing.assert_array_equal(
            found[f"averages/{average}/count"], before[f"averages/{average}/count"]
        )
    for path in moments:
        assert not np.any(found[path])
    for path in found.keys() & before.keys():
        if "/ffn/dense" not in path and path not in ("step", "nonfinite_run"):
            np.testing.assert_array_equal(found[path], before[path], err_msg=path)


def test_another_optimizer_is_initialised(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "lczero_training.train.migrate")
    config = with_averages(tmp_path)
    before = save(config)
    new = with_averages(tmp_path, optimizer=OptimizerConfig(name="muon"))
    found = migrated(config, new, target=tmp_path / "new")
    weights = {path: leaf for path, leaf in before.items() if not path.startswith("opt_state")}
    assert_equal(
        {path: leaf for path, leaf in found.items() if not path.startswith("opt_state")},
        weights | {"step": 7, "nonfinite_run": 0},
    )
    fresh = named_leaves(first_state(new, seed=0).opt_state)
    for path, leaf in fresh.items():
        np.testing.assert_array_equal(found[f"opt_state/{path}"], leaf, err_msg=path)
    assert "optimizer: 0 arrays kept" in caplog.text


def test_the_optimizer_can_be_initialised_on_request(tmp_path: Path) -> None:
    config = with_averages(tmp_path)
    save(config)
    found = migrated(config, config, target=tmp_path / "new", new_optimizer=True)
    optimizer = {path: leaf for path, leaf in found.items() if path.startswith("opt_state")}
    assert optimizer
    assert not any(np.any(leaf) for leaf in optimizer.values())


def test_what_rules_leave_open_is_listed_and_nothing_written(tmp_path: Path) -> None:
    config = with_averages(tmp_path)
    save(config)
    new = replace(config, model=tiny_model(dff=16))
    with pytest.raises(CommandError, match=r"params/encoder/0/ffn/dense1/bias: float32\[8\] in"):
        migrated(config, new, target=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_not_empty_and_a_step_that_is_not_there(tmp_path: Path) -> None:
    config = with_averages(tmp_path)
    save(config)
    folder = Path(config.training.checkpoint.directory)
    with pytest.raises(CommandError, match="is not empty: it has 00000007"):
        migrate(config, folder, folder, [])
    with pytest.raises(CommandError, match=r"no checkpoint of step 8 in .*\[7\]"):
        migrate(config, folder, tmp_path / "new", [], step=8)


def test_training_goes_on_from_a_migrated_checkpoint(tmp_path: Path) -> None:
    config = with_averages(tmp_path)
    save(config)
    checkpoint = replace(config.training.checkpoint, directory=str(tmp_path / "new"))
    new = with_averages(tmp_path, optimizer=OptimizerConfig(name="lion"), checkpoint=checkpoint)
    migrate(new, Path(config.training.checkpoint.directory), tmp_path / "new", [])
    trainer = Trainer(new)
    assert trainer.run_state == RUN
    trainer.close()


def test_options_are_rules_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def record(config: RootConfig, *arguments: Any, **options: Any) -> str:
        seen.append((arguments, options))
        return "x"

    monkeypatch.setattr("lczero_training.train.migrate.migrate", record)
    rules = tmp_path / "rules.yaml"
    rules.write_text("- init: c")
    code = cli.main(
        [
            "migrate",
            "--config",
            "configs/quickstart.yaml",
            str(tmp_path),
            str(tmp_path / "to"),
            "--drop",
            "b",
            "--map",
            "a/*=d/*",
            "--drop",
            "e",
            "--rules",
            str(rules),
        ]
    )
    assert code == 0
    [((source, target, found), options)] = seen
    assert (source, target) == (tmp_path, tmp_path / "to")
    assert [str(rule) for rule in found] == ["drop b", "map a/* to d/*", "drop e", "init c"]
    assert options == {"step": None, "new_optimizer": False}
