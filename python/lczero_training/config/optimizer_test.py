from typing import Any

import pytest

from lczero_training.config.checks import FieldError
from lczero_training.config.optimizer import (
    OPTIMIZERS,
    EmaConfig,
    OptimizerConfig,
    SchedulePieceConfig,
    SelectorRuleConfig,
)

LINEAR = SchedulePieceConfig(kind="linear", start=0.0, end=1.0, steps=2)
ENDLESS = SchedulePieceConfig(kind="constant", end=1.0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "adam"}, "name: expected one of nadamw, nadam, adamw, sgd, lion, muon"),
        ({"beta1": 1.5}, r"beta1: expected a number from 0\.0 to 1\.0, got 1\.5"),
        ({"epsilon": 0.0}, "epsilon: expected a number > 0"),
        (
            {"name": "sgd", "beta1": 0.9},
            r"beta1: expected nothing, since sgd does not use it \(it takes momentum, nesterov\)",
        ),
        ({"name": "nadam", "weight_decay": 0.1}, "weight_decay: expected nothing, since nadam"),
        ({"momentum": 0.9}, "momentum: expected nothing, since nadamw does not use it"),
        ({"nesterov": False}, "nesterov: expected nothing, since nadamw does not use it"),
        (
            {"name": "sgd", "momentum": 0.0, "nesterov": True},
            "nesterov: expected nothing, since there is no momentum",
        ),
        (
            {"name": "sgd", "decay": (SelectorRuleConfig(match="*"),)},
            "decay: expected nothing, since sgd decays no weights",
        ),
    ],
)
def test_what_an_optimizer_cannot_use_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(FieldError, match=message):
        OptimizerConfig(**fields)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_resolved_has_the_optimizer_s_defaults_and_keeps_what_is_set(name: str) -> None:
    resolved = OptimizerConfig(name=name).resolved()
    constants = ("beta1", "beta2", "momentum", "weight_decay", "nesterov", "update_rms", "epsilon")
    used = [constant for constant in constants if getattr(resolved, constant) is not None]
    assert used
    zeros: dict[str, Any] = {c: 0.0 for c in used if c in ("beta1", "momentum")}
    set_to_zero = OptimizerConfig(name=name, **zeros).resolved()
    assert 0.0 in (set_to_zero.beta1, set_to_zero.momentum)
    assert resolved.resolved() == resolved


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "linear", "steps": 3}, "end: expected a rate for a linear piece, got None"),
        ({"kind": "cosine", "end": 1.0}, "steps: expected a number of steps for a cosine piece"),
        ({"kind": "constant", "end": 1.0, "times": 2}, "times: expected nothing in a constant"),
        ({"kind": "constant", "end": 1.0, "times": 0}, "times: expected nothing in a constant"),
        ({"kind": "constant", "end": 1.0, "pieces": (LINEAR,)}, "pieces: expected nothing in a"),
        (
            {"kind": "constant", "end": 1.0, "start": 0.5},
            "start: expected nothing in a constant piece, whose rate is its end",
        ),
        ({"kind": "loop"}, "pieces: expected a value that is not empty"),
        ({"kind": "loop", "pieces": (LINEAR,), "end": 1.0}, "end: expected nothing in a loop"),
        ({"kind": "loop", "pieces": (LINEAR,), "times": 0}, "times: expected a number >= 1"),
        ({"kind": "loop", "pieces": (LINEAR, ENDLESS)}, "pieces: expected an end to every piece"),
        ({"kind": "loop", "pieces": (ENDLESS, LINEAR)}, r"pieces: expected steps \(or times\) in"),
        (
            {"kind": "loop", "pieces": (SchedulePieceConfig(kind="linear", end=0.1, steps=1),)},
            "pieces: expected a start in the first piece",
        ),
    ],
)
def test_a_piece_that_makes_no_sense_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(FieldError, match=message):
        SchedulePieceConfig(**fields)


def test_lengths_of_loops() -> None:
    loop = SchedulePieceConfig(kind="loop", pieces=(LINEAR, LINEAR), times=3)
    assert (loop.length, loop.round_length, loop.final) == (12, 4, 1.0)
    assert SchedulePieceConfig(kind="loop", pieces=(loop,)).length is None
    assert ENDLESS.length is None


def test_an_average_that_never_moves_is_refused() -> None:
    with pytest.raises(FieldError, match=r"decay: expected a number < 1, got 1\.0"):
        EmaConfig(decay=1.0)
