"""Every setting of the model is in the file; none is dropped."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

import pytest

from lczero_training.config.model import (
    ACTIVATIONS,
    COMPUTING_SETTINGS,
    DEFAULT_ACTIVATIONS,
    INPUT_FORMATS,
    ModelConfig,
    MovesLeftHeadConfig,
    PolicyHeadConfig,
    SmolgenConfig,
    ValueHeadConfig,
)
from lczero_training.export.convert import model_to_net
from lczero_training.export.infer import differences, infer_config
from lczero_training.model import LczeroModel
from lczero_training.model.testing import random_weights, small_config
from lczero_training.schema.net_pb2 import Net

_SMOLGEN = SmolgenConfig(compress_size=2, hidden_size=7, gen_size=5)
_BASE = small_config(
    smolgen=_SMOLGEN,
    ffn_activation="relu",
    policy_heads={
        "vanilla": PolicyHeadConfig(d_model=4),
        "soft": PolicyHeadConfig(d_model=4, embedding_size=6),
    },
    value_heads={"winner": ValueHeadConfig(channels=2, hidden_size=6)},
    movesleft_heads={"main": MovesLeftHeadConfig(channels=2, hidden_size=6)},
)


def _smolgen(**changes: Any) -> dict[str, Any]:
    return {"smolgen": replace(_SMOLGEN, **changes)}


def _policy(**changes: Any) -> dict[str, Any]:
    head = replace(_BASE.policy_heads["soft"], **changes)
    return {"policy_heads": {**_BASE.policy_heads, "soft": head}}


def _value(**changes: Any) -> dict[str, Any]:
    return {"value_heads": {"winner": replace(_BASE.value_heads["winner"], **changes)}}


def _movesleft(**changes: Any) -> dict[str, Any]:
    return {"movesleft_heads": {"main": replace(_BASE.movesleft_heads["main"], **changes)}}


# By setting: what to change in the model. Heads' names are stars.
_CHANGES: Mapping[str, list[dict[str, Any]]] = {
    "embedding_size": [{"embedding_size": 11}],
    "encoder_layers": [{"encoder_layers": 1}],
    "heads": [{"heads": 2}],
    "d_model": [{"d_model": 15}],
    "dff": [{"dff": 13}],
    "position_embedding_size": [{"position_embedding_size": 3}],
    "embedding_dff": [{"embedding_dff": 8}, {"embedding_dff": None}],
    "activation": [{"activation": a} for a in DEFAULT_ACTIVATIONS if a != _BASE.activation],
    "ffn_activation": [
        {"ffn_activation": a} for a in (*ACTIVATIONS, None) if a != _BASE.ffn_activation
    ],
    "smolgen": [{"smolgen": None}],
    "smolgen.compress_size": [_smolgen(compress_size=3)],
    "smolgen.hidden_size": [_smolgen(hidden_size=8)],
    "smolgen.gen_size": [_smolgen(gen_size=6)],
    "smolgen.activation": [_smolgen(activation=a) for a in ACTIVATIONS if a != "swish"],
    "policy_embedding_size": [{"policy_embedding_size": 12}],
    "policy_heads": [
        {"policy_heads": {name: PolicyHeadConfig(d_model=4)}}
        for name in ("vanilla", "optimistic_st", "soft", "opponent")
    ],
    "policy_heads.*.d_model": [_policy(d_model=5)],
    "policy_heads.*.embedding_size": [_policy(embedding_size=7), _policy(embedding_size=None)],
    "value_heads": [{"value_heads": {n: _BASE.value_heads["winner"]}} for n in ("q", "st")],
    "value_heads.*.channels": [_value(channels=3)],
    "value_heads.*.hidden_size": [_value(hidden_size=7)],
    "value_heads.*.error_output": [_value(error_output=True)],
    "value_heads.*.categorical_buckets": [_value(categorical_buckets=8)],
    "movesleft_heads": [{"movesleft_heads": {}}],
    "movesleft_heads.*.channels": [_movesleft(channels=3)],
    "movesleft_heads.*.hidden_size": [_movesleft(hidden_size=7)],
    "input_format": [{"input_format": n} for n in INPUT_FORMATS if n != _BASE.input_format],
}


def _settings(section: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    heads = prefix.endswith("_heads.")
    for name, value in section.items():
        if not heads:
            yield prefix + name
        if isinstance(value, Mapping):
            yield from _settings(value, f"{prefix}{'*' if heads else name}.")


def _net(config: ModelConfig) -> Net:
    return model_to_net(
        random_weights(lambda rngs: LczeroModel(config, rngs=rngs), 1), training_steps=1
    )


def test_the_table_has_every_setting() -> None:
    assert {*_CHANGES, *COMPUTING_SETTINGS} == set(_settings(asdict(_BASE)))


def _by_name(changes: Mapping[str, Any]) -> str:
    return " ".join(str(value)[:60] for value in changes.values())


@pytest.mark.parametrize(
    ("setting", "changes"),
    [(setting, changes) for setting, every in _CHANGES.items() for changes in every],
    ids=lambda value: value if isinstance(value, str) else _by_name(value),
)
def test_a_setting_is_read_back(setting: str, changes: dict[str, Any]) -> None:
    del setting
    config = replace(_BASE, **changes)
    assert differences(_BASE, config), "the change is one"

    assert differences(infer_config(_net(config)), config) == []


def test_how_to_compute_is_no_part_of_the_file() -> None:
    other = replace(_BASE, compute_dtype="bfloat16", rematerialize="blocks")

    assert _net(other) == _net(_BASE)
