"""Rules between settings, each broken once in a config that keeps all others."""

import pytest

from lczero_training.config import ConfigError, load_config
from lczero_training.config.losses import untrained_outputs
from lczero_training.config.root import RootConfig

COMPLETE = "python/lczero_training/config/testdata/complete.yaml"
LOSSES = "training.losses"
WITH_ERROR = "model.value_heads.winner={channels: 16, error_output: true}"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ([f"{LOSSES}={{}}"], ": training.losses: expected at least one loss"),
        (
            [f"{LOSSES}.policy=[{{head: vanilla}}, {{head: vanilla}}]"],
            "a `metric` of its own for this loss; policy/vanilla is taken",
        ),
        ([f"{LOSSES}.value[0].metric="], None),
        ([f"{LOSSES}.value[0].metric=''"], "value[0].metric: expected a value that is not empty"),
        ([f"{LOSSES}.value[0].target=st2"], "value[0].target: expected one of "),
        (
            [f"{LOSSES}.value_error=[{{head: winner}}]"],
            "set model.value_heads.winner.error_output: true",
        ),
        ([f"{LOSSES}.value_error=[{{head: winner}}]", WITH_ERROR], None),
        ([f"{LOSSES}.value_error=[{{head: winner, target: x}}]"], "target: expected one of "),
        (
            [f"{LOSSES}.value_categorical=[{{head: winner}}]"],
            "set model.value_heads.winner.categorical_buckets",
        ),
        ([f"{LOSSES}.value_categorical=[{{head: winner, target: x}}]"], "target: expected one of "),
        ([f"{LOSSES}.movesleft=[{{head: other}}]"], "a head of model.movesleft_heads (main)"),
        (
            [f"{LOSSES}.policy[0].optimism={{value_head: st}}"],
            "optimism.value_head to be a head of model.value_heads (winner), not st",
        ),
        (
            [f"{LOSSES}.policy[0].optimism={{value_head: winner}}"],
            "set model.value_heads.winner.error_output: true",
        ),
        ([f"{LOSSES}.policy[0].optimism={{value_head: winner}}", WITH_ERROR], None),
        (
            [f"{LOSSES}.policy[0].optimism={{value_head: winner, strength: -1}}", WITH_ERROR],
            "optimism.strength: expected a number >= 0.0, got -1",
        ),
        (
            ["model.policy_heads.opponent={d_model: 64}", f"{LOSSES}.opponent_policy=[{{}}]"],
            None,
        ),
        (
            [
                "model.policy_heads.opponent={d_model: 64}",
                f"{LOSSES}.opponent_policy=[{{}}]",
                "data_loader.stages.batches.tensor_generator.packed=false",
            ],
            "set data_loader.stages.batches.tensor_generator.packed: true",
        ),
        (["model.ffn_activation=tanhh"], "model.ffn_activation: expected one of "),
        (["model.embedding_dff=0"], "model.embedding_dff: expected a number >= 1, got 0"),
        (["model.policy_heads.vanilla={d_model: 0}"], "d_model: expected a number >= 1, got 0"),
        (
            ["model.policy_heads.vanilla={d_model: 64, embedding_size: 0}"],
            "embedding_size: expected a number >= 1, got 0",
        ),
        (
            ["training.accumulation=3"],
            "training.accumulation: expected a divisor of batch_size (128 = 3 x 42 + 2), got 3",
        ),
        (["training.devices={data: 3}"], "training.batch_size: expected "),
        (["training.checkpoint.keep_every=0"], "keep_every: expected a number >= 1, got 0"),
        (
            ["export.weights=swa"],
            "export.weights: expected one that is kept (current): no training.swa",
        ),
        (["training.optimizer.weight_decay=-1"], "weight_decay: expected a number >= 0.0, got -1"),
        (
            ["training.regularise={weight: -1}"],
            "regularise.weight: expected a number >= 0.0, got -1",
        ),
        (["training.regularise={weight: 1}"], None),
        (
            ["training.regularise={weight: 1, select: []}"],
            "regularise.select: expected a value that is not empty",
        ),
        (["model.policy_heads=[]"], "model.policy_heads: expected a mapping, got an empty list"),
        (["training.processes={}"], None),
        (["training.processes={coordinator: 'a:1', count: 2, index: 1}"], None),
        (["training.processes={count: 2, index: 1}"], "coordinator: expected a value, since "),
        (
            ["training.processes={coordinator: 'a:1', count: 2, index: 2}"],
            "index: expected a number below count (2), got 2",
        ),
        (["training.processes={games: all}"], "games: expected one of shared, own"),
    ],
)
def test_a_rule_is_checked(overrides: list[str], message: str | None) -> None:
    if message is None:
        assert isinstance(load_config(COMPLETE, overrides), RootConfig)
        return
    with pytest.raises(ConfigError) as raised:
        load_config(COMPLETE, overrides)
    assert message in str(raised.value)


@pytest.mark.parametrize("weight", [0, 1])
def test_outputs_without_a_loss_are_named(weight: int) -> None:
    config = load_config(
        COMPLETE,
        [
            "model.policy_heads.soft={d_model: 64}",
            "model.value_heads.winner={channels: 16, error_output: true, categorical_buckets: 8}",
            f"{LOSSES}.value_error=[{{head: winner}}]",
            f"{LOSSES}.value_categorical=[{{head: winner, weight: {weight}}}]",
        ],
    )
    untrained = untrained_outputs(config.training.losses, config.model)
    buckets = {"value_heads.winner.categorical_buckets": "value_categorical"}
    assert untrained == {"policy_heads.soft": "policy"} | ({} if weight else buckets)


def test_models_that_compute_alike_are_one_key() -> None:
    """A compiled step is looked up by its model."""
    model = load_config(COMPLETE).model
    assert hash(model) == hash(load_config(COMPLETE).model)
    other = load_config(COMPLETE, ["model.compute_dtype=bfloat16"]).model
    assert other != model and other.without_settings_of_computing() == model
