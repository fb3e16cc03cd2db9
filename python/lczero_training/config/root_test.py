"""What one section says about another: refused where it cannot be, remarked on where it is idle."""

from pathlib import Path

import pytest

from lczero_training.config import ConfigError, load_config
from lczero_training.config.remarks import remarks

COMPLETE = "python/lczero_training/config/testdata/complete.yaml"
SPLIT = (
    "data_loader.stages.split={inputs: [sources], chunk_source_splitter: "
    "{weights: {train: 9, validation: 1}}}",
    "data_loader.outputs.validation=held_out_batches",
)
Q_HEAD = "model.value_heads.q={channels: 4, error_output: true, categorical_buckets: 8}"


def problem_of(*overrides: str) -> str:
    with pytest.raises(ConfigError) as raised:
        load_config(COMPLETE, overrides)
    (problem,) = raised.value.problems
    return f"{problem.key}: {problem.message}"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["name=a/b"], 'name: expected a name without /, got "a/b"'),
        (
            ["data_loader.outputs={test: batches}"],
            "data_loader.outputs: expected an output named train, which is what is trained on",
        ),
        (
            ["data_loader.stages.validator.chunk_validator.input_format=4"],
            "data_loader.stages.validator.chunk_validator.input_format: expected "
            "model.input_format (1) or none, got 4",
        ),
        (
            ["daemon.demo_feed.target_directory=quickstart_games"],
            "daemon.demo_feed.target_directory: expected another folder than source_directory",
        ),
        (["export.paths=[net, x, net]"], "export.paths[0]: expected each path once"),
        (["export.paths=[x, '']"], 'export.paths[1]: expected a path, got ""'),
        (
            [*SPLIT, "metrics.evaluation={outputs: [validation, validation]}"],
            "metrics.evaluation.outputs[0]: expected each output once",
        ),
        (
            [*SPLIT, "metrics.evaluation={outputs: [validation, train]}"],
            "metrics.evaluation.outputs[1]: expected outputs of data_loader besides train "
            '(validation), got "train"',
        ),
        (
            ["metrics.evaluation={outputs: [test]}"],
            "metrics.evaluation.outputs[0]: expected outputs of data_loader besides train "
            '(there is none), got "test"',
        ),
        (
            ["training.losses={policy: [{head: vanilla, weight: 0}]}"],
            "training.losses: expected a weight above 0 for at least one loss, got 0",
        ),
        (["training.seed=-1"], "training.seed: expected a number from 0 to 4294967295, got -1"),
        (["training.seed=4294967296"], "training.seed: expected a number from 0 to"),
        (
            ["training.batch_size=1048577"],
            "training.batch_size: expected a number from 1 to 1048576",
        ),
        (
            ["training.swa={every_steps: 2147483648}"],
            "training.swa.every_steps: expected a number from 1 to 2147483647",
        ),
        # What no weights file could hold is told before a network is trained.
        (["model.activation=selu"], "model.activation: expected one of relu, mish"),
        (["model.policy_heads.mine={d_model: 8}"], "model.policy_heads.mine: expected one of"),
    ],
)
def test_what_does_not_go_together_is_refused(overrides: list[str], message: str) -> None:
    assert problem_of(*overrides).startswith(message)


def test_every_config_of_the_repository_uses_all_that_it_sets() -> None:
    for path in Path("configs").glob("*.yaml"):
        assert remarks(load_config(path)) == (), path


@pytest.mark.parametrize(
    ("overrides", "remark"),
    [
        (
            [Q_HEAD, "training.losses.value_error=[{head: q, weight: 0}]"],
            "model.value_heads.q.error_output: no loss with a weight above 0 trains it, so "
            "networks have it as it began. Add one to training.losses.value_error, or take it out.",
        ),
        ([Q_HEAD], "model.value_heads.q.categorical_buckets: no loss"),
        ([Q_HEAD], "model.value_heads.q: no loss"),
        (
            ["model.policy_heads.soft={d_model: 8}"],
            "model.policy_heads.soft: no loss with a weight above 0 trains it",
        ),
        (["training.losses.movesleft=[]"], "model.movesleft_heads.main: no loss"),
        (
            ["daemon.demo_feed.target_directory=/elsewhere"],
            "daemon.demo_feed.target_directory: no file_discovery watches it, so its games are not "
            "seen. Name the folder of one (/",
        ),
        (
            [*SPLIT],
            "data_loader.outputs.validation: training does not read it, and its games are not "
            "trained on. Name it in metrics.evaluation.outputs, or take it out.",
        ),
        (
            ["training.optimizer={weight_decay: 0, decay: [{match: '*'}]}"],
            "training.optimizer.decay: nothing decays with a weight_decay of 0. Set a "
            "weight_decay, or take it out.",
        ),
        (
            ["model.value_heads.winner.hidden_size=64"],
            "model.value_heads.winner.hidden_size is 64: the engine's conversion to ONNX takes 128",
        ),
        (
            [
                "model.policy_heads={optimistic_st: {d_model: 8}}",
                "training.losses.policy=[{head: optimistic_st}]",
            ],
            "model.policy_heads has no vanilla: give the engine's backend the option "
            "policy_head=optimistic",
        ),
        (
            [
                "model.value_heads={q: {channels: 8}}",
                "training.losses.value=[{head: q, target: best}]",
            ],
            "model.value_heads has no winner: give the engine's backend the option value_head=q",
        ),
    ],
)
def test_what_is_idle_or_not_for_every_engine_is_remarked_on(
    overrides: list[str], remark: str
) -> None:
    found = remarks(load_config(COMPLETE, overrides))
    assert [each for each in found if each.startswith(remark)], found
