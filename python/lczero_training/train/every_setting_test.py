"""Every setting of optimizer, selectors, schedule and averages moves the weights in another way."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lczero_training.config.optimizer import (
    EmaConfig,
    OptimizerConfig,
    RegulariseConfig,
    SchedulePieceConfig,
    Selector,
    SelectorRuleConfig,
    SwaConfig,
)
from lczero_training.config.testing import settings_of
from lczero_training.train.averages import (
    advance_averages,
    build_averaging,
    initial_averages,
)
from lczero_training.train.batch import HostBatch
from lczero_training.train.first_state import first_state
from lczero_training.train.optimizer import build_optimizer
from lczero_training.train.schedule import build_schedule
from lczero_training.train.selectors import l2, trained_part, whole
from lczero_training.train.testing import random_batch, tiny_config
from lczero_training.train.trainer import Trainer

_STEPS = 6
_WEIGHTS = {
    "a": {"kernel": jax.random.normal(jax.random.key(1), (6, 4))},
    "b": {"kernel": jax.random.normal(jax.random.key(2), (4, 4))},
}


def _rules(*pairs: tuple[str, bool]) -> Selector:
    return tuple(SelectorRuleConfig(match=match, value=value) for match, value in pairs)


_DECAYING = OptimizerConfig(weight_decay=0.5, decay=_rules(("a/*", True)))
_FREEZING = OptimizerConfig(freeze=_rules(("a/*", True)))
_OPTIMIZERS: Mapping[str, tuple[OptimizerConfig, dict[str, Any]]] = {
    "name": (OptimizerConfig(), {"name": "adamw"}),
    "beta1": (OptimizerConfig(), {"beta1": 0.5}),
    "beta2": (OptimizerConfig(), {"beta2": 0.5}),
    "epsilon": (OptimizerConfig(), {"epsilon": 0.1}),
    "momentum": (OptimizerConfig(name="sgd"), {"momentum": 0.5}),
    "nesterov": (OptimizerConfig(name="sgd"), {"nesterov": False}),
    "weight_decay": (OptimizerConfig(), {"weight_decay": 0.5}),
    "update_rms": (OptimizerConfig(name="muon"), {"update_rms": 0.4}),
    "max_gradient_norm": (OptimizerConfig(name="sgd"), {"max_gradient_norm": 0.1}),
    "decay[].match": (_DECAYING, {"decay": _rules(("b/*", True))}),
    "decay[].value": (_DECAYING, {"decay": _rules(("a/*", False))}),
    "freeze[].match": (_FREEZING, {"freeze": _rules(("b/*", True))}),
    "freeze[].value": (_FREEZING, {"freeze": _rules(("a/*", False))}),
}

_LINEAR = SchedulePieceConfig(kind="linear", start=0.1, end=1.0, steps=2)
_LOOP = SchedulePieceConfig(kind="loop", pieces=(_LINEAR,), times=2)
_PIECES: Mapping[str, tuple[SchedulePieceConfig, dict[str, Any]]] = {
    "kind": (_LINEAR, {"kind": "cosine", "steps": 3}),
    "end": (_LINEAR, {"end": 2.0}),
    "steps": (_LINEAR, {"steps": 3}),
    "start": (_LINEAR, {"start": 0.2}),
    "pieces[]": (_LOOP, {"pieces": (_LINEAR, _LINEAR)}),
    "times": (_LOOP, {"times": 3}),
}

_AVERAGES: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "swa.every_steps": ({"swa": SwaConfig(every_steps=2)}, {"swa": SwaConfig(every_steps=3)}),
    "swa.max_count": (
        {"swa": SwaConfig(every_steps=1, max_count=9)},
        {"swa": SwaConfig(every_steps=1, max_count=2)},
    ),
    "ema.decay": ({"ema": EmaConfig(decay=0.9)}, {"ema": EmaConfig(decay=0.1)}),
}


def test_the_tables_have_every_setting() -> None:
    assert set(_OPTIMIZERS) == set(settings_of(OptimizerConfig))
    assert set(_PIECES) == set(settings_of(SchedulePieceConfig))
    averages = {f"swa.{each}" for each in settings_of(SwaConfig)}
    assert set(_AVERAGES) == averages | {f"ema.{each}" for each in settings_of(EmaConfig)}


def _trained(config: OptimizerConfig) -> Any:
    optimizer = build_optimizer(config)
    weights: Any = _WEIGHTS
    state = optimizer.init(trained_part(weights, config.freeze))
    for step in range(_STEPS):
        part = trained_part(weights, config.freeze)
        gradient = jax.tree.map(lambda leaf, step=step: jnp.cos(leaf * (3 + step)), part)
        moves, state = optimizer.update(gradient, state, part)
        weights = whole(optax.apply_updates(part, moves), weights)
    return weights


def _differ(one: Any, other: Any) -> bool:
    leaves = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return not all(np.allclose(a, b, rtol=1e-3, atol=1e-6) for a, b in leaves)


@pytest.mark.parametrize("setting", _OPTIMIZERS)
def test_a_setting_of_the_optimizer_moves_the_weights_elsewhere(setting: str) -> None:
    base, changes = _OPTIMIZERS[setting]
    assert _differ(_trained(base), _trained(replace(base, **changes)))


@pytest.mark.parametrize("setting", _PIECES)
def test_a_setting_of_a_piece_gives_other_rates(setting: str) -> None:
    base, changes = _PIECES[setting]
    last = SchedulePieceConfig(kind="constant", end=3.0)

    def rates(piece: SchedulePieceConfig) -> list[float]:
        schedule = build_schedule((piece, last))
        return [float(schedule(jnp.int32(step))) for step in range(8)]

    assert rates(base) != rates(replace(base, **changes))


@pytest.mark.parametrize("setting", _AVERAGES)
def test_a_setting_of_an_average_gives_another(setting: str) -> None:
    def average(training: dict[str, Any]) -> Any:
        averaging = build_averaging(tiny_config(Path("unused"), **training).training)
        averages = initial_averages(averaging, _WEIGHTS)
        for step in range(1, _STEPS + 1):
            weights = jax.tree.map(lambda leaf, step=step: leaf * step, _WEIGHTS)
            averages = advance_averages(averages, averaging, weights, jnp.int32(step))
        return averages

    base, changed = _AVERAGES[setting]
    assert _differ(average(base), average(changed))


def test_what_is_regularised_is_what_the_rules_say() -> None:
    assert set(settings_of(RegulariseConfig)) == {"weight", "select[].match", "select[].value"}
    sums = [
        float(l2(_WEIGHTS, _rules(rule), ()))
        for rule in (("a/*", True), ("b/*", True), ("a/*", False))
    ]
    assert len(set(sums)) == 3 and sums[2] == 0.0


def test_the_seed_decides_the_first_weights(tmp_path: Path) -> None:
    trainer = Trainer(tiny_config(tmp_path, seed=5))
    weights = jax.tree.map(np.asarray, trainer._state.params)
    trainer.close()
    config = tiny_config(tmp_path)
    assert not _differ(weights, first_state(config, seed=5).params)
    assert _differ(weights, first_state(config, seed=6).params)


def test_so_many_batches_are_fetched_ahead(tmp_path: Path) -> None:
    trainer = Trainer(tiny_config(tmp_path, batches_ahead=3))
    seeds: list[int] = []
    third = threading.Event()

    def fetch() -> HostBatch:
        seeds.append(len(seeds))
        if len(seeds) == 3:
            third.set()
        return random_batch(seeds[-1])

    trainer.batch_is_ready(fetch, seconds=0.0)
    assert third.wait(60.0)
    trainer.close()
    assert trainer.batches_in_flight <= 3
