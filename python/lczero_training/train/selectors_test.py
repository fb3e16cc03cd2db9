import dataclasses
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from lczero_training.config.checks import FieldError
from lczero_training.config.optimizer import (
    OptimizerConfig,
    RegulariseConfig,
    Selector,
    SelectorRuleConfig,
)
from lczero_training.config.training import TrainingConfig
from lczero_training.train.selectors import (
    check_selectors,
    is_selected,
    l2,
    selection,
    trained_part,
    weight_rules,
    whole,
)
from lczero_training.train.state import Params, named_leaves
from lczero_training.train.testing import tiny_config, tiny_shapes

TINY = tiny_config(Path("unused")).training
_, SHAPES = tiny_shapes()
PARAMS = jax.tree.map(lambda leaf: np.full(leaf.shape, 2.0, np.float32), SHAPES)
ENCODER = (SelectorRuleConfig(match="encoder/*"),)


def rules(*pairs: tuple[str, bool]) -> Selector:
    return tuple(SelectorRuleConfig(match=match, value=value) for match, value in pairs)


def training(**optimizer: Any) -> TrainingConfig:
    return dataclasses.replace(TINY, optimizer=OptimizerConfig(**optimizer))


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ((), False),
        (rules(("*/kernel", True)), True),
        (rules(("encoder/1/*", True)), False),
        (rules(("encoder/?/attention/*", True)), True),
        (rules(("encoder/*", False), ("*/kernel", True)), False),
        (rules(("*/kernel", True), ("encoder/*", False)), True),
        (rules(("*/Kernel", True)), False),
    ],
)
def test_the_first_rule_that_matches_decides(selector: Selector, selected: bool) -> None:
    assert is_selected(selector, "encoder/0/attention/query/kernel") is selected


def test_by_default_exactly_the_matrices_but_not_gates_decay() -> None:
    paths = named_leaves(selection(OptimizerConfig().decay, SHAPES))
    matrices = {
        path
        for path, leaf in named_leaves(SHAPES).items()
        if len(leaf.shape) == 2 and "gate" not in path
    }
    assert {path for path, selected in paths.items() if selected} == matrices


def test_frozen_weights_are_cut_out_and_put_back() -> None:
    part = trained_part(PARAMS, ENCODER)
    paths = named_leaves(part)
    assert paths and not any(path.startswith("encoder/") for path in paths)
    moved = whole(jax.tree.map(lambda leaf: leaf + 1, part), PARAMS)
    for path, leaf in named_leaves(moved).items():
        np.testing.assert_array_equal(leaf, 2.0 if path.startswith("encoder/") else 3.0)


def test_what_applies_to_a_weight() -> None:
    config = dataclasses.replace(
        training(freeze=ENCODER),
        regularise=RegulariseConfig(weight=1.0, select=rules(("*/bias", True))),
    )
    by_path = weight_rules(config, SHAPES)
    frozen = by_path["encoder/0/attention/query/kernel"]
    assert frozen.frozen and not frozen.decays and not frozen.regularised
    head = next(path for path in by_path if path.startswith("value") and "kernel" in path)
    assert by_path[head].decays and not by_path[head].regularised
    bias = by_path[head.replace("kernel", "bias")]
    assert bias.regularised and not bias.decays and not bias.frozen
    undecayed = dataclasses.replace(config, optimizer=OptimizerConfig(name="sgd"))
    assert not any(rule.decays for rule in weight_rules(undecayed, SHAPES).values())


def test_half_the_squares_of_what_is_selected_and_trained() -> None:
    numbers = sum(
        leaf.size
        for path, leaf in named_leaves(PARAMS).items()
        if path.endswith("kernel") and not path.startswith("encoder/")
    )
    result = l2(PARAMS, rules(("*/kernel", True)), ENCODER)
    np.testing.assert_allclose(result, 0.5 * 4.0 * numbers)


def test_gradient_of_l2_agrees_with_finite_differences() -> None:
    with jax.enable_x64(True):
        random = np.random.default_rng(3).normal
        params = {
            "dense": {"kernel": jnp.asarray(random(size=(2, 3))), "bias": jnp.ones(3)},
            "encoder": {"kernel": jnp.asarray(random(size=(2, 2)))},
        }

        def loss(params: Params) -> jax.Array:
            return l2(params, rules(("*/kernel", True)), ENCODER)

        check_grads(loss, (params,), order=1, modes=("rev",), atol=1e-7, rtol=1e-7)
        gradient = named_leaves(jax.grad(loss)(params))
        np.testing.assert_allclose(gradient["dense/kernel"], params["dense"]["kernel"])
        assert not np.any(gradient["dense/bias"]) and not np.any(gradient["encoder/kernel"])


def test_a_rule_that_matches_nothing_is_told_with_the_nearest_paths() -> None:
    config = training(
        decay=rules(("*/kernel", True)), freeze=rules(("encoder/*", True), ("encoder/7/ffn*", True))
    )
    [warning] = check_selectors(config, SHAPES)
    assert warning.startswith(
        "training.optimizer.freeze[1]: no weight's path matches 'encoder/7/ffn*'; nearest are "
        "encoder/0/ffn/"
    )
    assert check_selectors(TINY, SHAPES) == []


def test_a_rule_that_comes_too_late_to_decide_anything_is_told() -> None:
    late = training(decay=rules(("*/kernel", True), ("*/ffn/*/kernel", False)))
    assert check_selectors(late, SHAPES) == [
        "training.optimizer.decay[1]: the rules before it decide all that '*/ffn/*/kernel' "
        "matches. Put it before them, or take it out."
    ]
    early = training(decay=rules(("*/ffn/*/kernel", False), ("*/kernel", True)))
    assert check_selectors(early, SHAPES) == []


def test_a_selector_of_frozen_weights_alone_is_told() -> None:
    config = dataclasses.replace(
        training(freeze=ENCODER, decay=rules(("encoder/*/kernel", True))),
        regularise=RegulariseConfig(weight=1.0, select=ENCODER),
    )
    assert check_selectors(config, SHAPES) == [
        "training.optimizer.decay: selects no weight that is trained, so nothing decays. Select "
        "others, or set a weight_decay of 0.",
        "training.regularise.select: selects no weight that is trained, so l2 is 0. Select others, "
        "or take training.regularise out.",
    ]


def test_freezing_everything_is_refused() -> None:
    with pytest.raises(FieldError, match=r"training\.optimizer\.freeze: expected rules that leave"):
        check_selectors(training(freeze=rules(("*", True))), SHAPES)
