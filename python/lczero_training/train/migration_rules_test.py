from pathlib import Path

import pytest

from lczero_training.train.migration_rules import (
    MigrationError,
    Rule,
    make_rule,
    plan_weights,
    read_rules,
)

OLD = {"a/kernel": "f[2]", "a/bias": "f[1]", "heads/x/kernel": "f[3]", "heads/x/bias": "f[1]"}


def renamed(old: str, new: str) -> dict[str, str]:
    return {path.replace(old, new): shape for path, shape in OLD.items()}


def test_the_same_paths_and_shapes_need_no_rule() -> None:
    plan = plan_weights(OLD, OLD, [])
    assert plan.sources == {path: path for path in OLD}
    assert plan.count() == "4 kept, 0 mapped, 0 initialised"


def test_map_carries_what_stars_matched() -> None:
    plan = plan_weights(
        OLD,
        renamed("heads/x", "outputs/y"),
        [make_rule("map", "params/heads/x/*", "params/outputs/y/*")],
    )
    assert plan.sources["outputs/y/kernel"] == "heads/x/kernel"
    assert plan.count() == "2 kept, 2 mapped, 0 initialised"
    assert make_rule("map", "*/x/*", "b/*/c/*").mapped("heads/x/k/l") == "b/heads/c/k/l"


def test_what_is_left_open_is_listed_each() -> None:
    new = {"a/kernel": "f[5]", "a/bias": "f[1]", "b": "f[9]"}
    with pytest.raises(MigrationError) as caught:
        plan_weights(OLD, new, [])
    assert caught.value.problems == (
        "params/a/kernel: f[2] in the checkpoint, f[5] by the config",
        "params/b: absent in the checkpoint, f[9] by the config",
        "params/heads/x/kernel: f[3] in the checkpoint, absent by the config",
        "params/heads/x/bias: f[1] in the checkpoint, absent by the config",
    )


def test_rules_close_what_was_open() -> None:
    new = {"a/kernel": "f[5]", "a/bias": "f[1]", "b": "f[9]"}
    rules = [make_rule("init", "a/kernel"), make_rule("init", "b"), make_rule("drop", "heads/*")]
    plan = plan_weights(OLD, new, rules)
    assert plan.sources == {"a/kernel": None, "b": None, "a/bias": "a/bias"}


def test_the_first_rule_decides() -> None:
    rules = [make_rule("init", "*/bias"), make_rule("init", "heads/x/*")]
    assert plan_weights(OLD, OLD, rules).sources == {
        "a/kernel": "a/kernel",
        "a/bias": None,
        "heads/x/bias": None,
        "heads/x/kernel": None,
    }


def test_one_weight_may_go_to_two_places() -> None:
    new = OLD | {"b": "f[2]"}
    rules = [make_rule("map", "a/kernel", "b"), make_rule("map", "a/kernel", "a/kernel")]
    sources = plan_weights(OLD, new, rules).sources
    assert sources["b"] == sources["a/kernel"] == "a/kernel"


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (make_rule("drop", "c/*"), "the rule drop c/* matches nothing"),
        (make_rule("init", "a"), "the rule init a matches nothing"),
        (
            make_rule("map", "a/bias", "a/biass"),
            "params/a/biass: not in the model; params/a/bias is mapped to it",
        ),
        (
            make_rule("map", "a/bias", "heads/x/kernel"),
            "params/heads/x/kernel: f[1] in the checkpoint as params/a/bias, f[3] by the config",
        ),
        (
            make_rule("drop", "a/bias"),
            "params/a/bias: goes elsewhere by a rule, f[1] by the config",
        ),
    ],
)
def test_a_rule_that_cannot_be_followed_is_a_problem(rule: Rule, problem: str) -> None:
    with pytest.raises(MigrationError) as caught:
        plan_weights(OLD, OLD, [rule])
    assert problem in caught.value.problems


def test_rules_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text('- {map: "a/*", to: "b/*"}\n- drop: "heads/*"\n- init: params/c\n')
    assert read_rules(file) == [
        make_rule("map", "a/*", "b/*"),
        make_rule("drop", "heads/*"),
        make_rule("init", "c"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b", "expected a list"),
        ("- {map: a}", "rule 1: expected {map"),
        ("- {drop: a}\n- {drp: a}", "rule 2: expected {map"),
        ("- {drop: 3}", "rule 1: expected {map"),
        ("- x", "rule 1: expected {map"),
        ('- {map: "a/*", to: b}', r"rule 1: map a/\* to b: both sides need the same number"),
        ("- {", "rules.yaml: "),
    ],
)
def test_a_file_that_is_no_rules_is_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_rules(file)
