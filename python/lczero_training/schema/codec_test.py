import json
import math

import pytest

from lczero_training.schema import codec, messages, sample
from lczero_training.schema.problem import SchemaError


def test_every_problem_is_found_with_its_path() -> None:
    value = {"counters": 1, "number": "x", "tree": {"children": [{}, {"label": 3}]}}
    message, problems = codec.read(sample.Presence, value)
    assert message is None
    assert [(problem.path, problem.field) for problem in problems] == [
        (("counters",), "counters"),
        (("number",), "number"),
        (("tree", "children", 1, "label"), "tree.children[1].label"),
    ]


def test_json_form_is_plain_json() -> None:
    status = messages.TrainingStatus(
        state=messages.DaemonState.TRAINING,
        training=messages.TrainingProgress(step=1 << 60, metrics={"loss": math.nan}),
    )
    assert json.loads(json.dumps(codec.to_json(status), allow_nan=False)) == {
        "state": "TRAINING",
        "training": {"step": str(1 << 60), "metrics": {"loss": "NaN"}},
    }


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (sample.Scalars(an_int32=1 << 31), "an_int32"),
        (sample.Scalars(a_uint64=-1), "a_uint64"),
        (sample.Scalars(an_int32=True), "an_int32"),
        (sample.Scalars(an_int32=1.0), "an_int32"),  # type: ignore[arg-type]
        (sample.Scalars(a_double="1"), "a_double"),  # type: ignore[arg-type]
        (sample.Scalars(a_float=1e39), "a_float"),
        (sample.Scalars(a_bool=1), "a_bool"),  # type: ignore[arg-type]
        (sample.Scalars(a_string="\ud800"), "a_string"),
        (sample.Scalars(a_string=b"x"), "a_string"),  # type: ignore[arg-type]
        (sample.Scalars(a_bytes="x"), "a_bytes"),  # type: ignore[arg-type]
        (sample.Scalars(a_color=1), "a_color"),  # type: ignore[arg-type]
        (sample.Lists(doubles=5), "doubles"),  # type: ignore[arg-type]
        (sample.Lists(strings=("a", None)), "strings[1]"),  # type: ignore[arg-type]
        (sample.Lists(scalars=(sample.Tree(),)), "scalars[0]"),  # type: ignore[arg-type]
        (sample.Maps(by_string=()), "by_string"),  # type: ignore[arg-type]
        (sample.Maps(by_int32={1 << 40: sample.Color.RED}), "by_int32"),
        (sample.Presence(choice_number=1, choice_text="a"), "choice_text"),
    ],
)
def test_values_that_do_not_fit_are_not_written(message: object, field: str) -> None:
    with pytest.raises(SchemaError) as raised:
        codec.to_json(message)
    assert raised.value.field == field


def test_only_messages_are_written() -> None:
    with pytest.raises(SchemaError, match="expected a message"):
        codec.to_json({"a": 1})


def test_nesting_is_bounded_both_ways() -> None:
    tree = sample.Tree()
    for _ in range(codec.MAX_DEPTH):
        tree = sample.Tree(children=(tree,))
    with pytest.raises(SchemaError, match="messages within each other"):
        codec.to_json(tree)
    form: dict[str, object] = {}
    for _ in range(codec.MAX_DEPTH):
        form = {"children": [form]}
    with pytest.raises(SchemaError, match="at most 100 messages within each other"):
        codec.from_json(sample.Tree, form)


def test_map_keys_that_mean_the_same_are_refused() -> None:
    with pytest.raises(SchemaError, match=r"by_int32\.1\.0: this key is given twice"):
        codec.from_json(sample.Maps, {"by_int32": {"1": "RED", "1.0": "RED"}})


def test_bytes_in_either_alphabet_with_or_without_padding() -> None:
    for text in ("+/8=", "-_8=", "-_8"):
        assert codec.from_json(sample.Scalars, {"a_bytes": text}).a_bytes == b"\xfb\xff"


def test_floats_are_rounded_to_32_bits_and_written_short() -> None:
    message = codec.from_json(sample.Scalars, {"a_float": 0.1})
    assert message.a_float == 0.10000000149011612
    assert codec.to_json(message) == {"a_float": 0.1}
