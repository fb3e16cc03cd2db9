from lczero_training.schema.problem import SchemaProblem, dotted, nearest, shown, unknown_field


def test_dotted() -> None:
    assert dotted(()) == ""
    assert dotted(("networks", 2, "path")) == "networks[2].path"


def test_text() -> None:
    assert str(SchemaProblem(("a", 0), "is bad")) == "a[0]: is bad"
    assert str(SchemaProblem((), "is bad")) == "is bad"


def test_shown_is_short_ascii() -> None:
    assert shown("é\n") == '"\\u00e9\\n"'
    assert shown({"a": 1}) == "an object"
    assert shown(()) == "an empty list"
    assert shown("x" * 100) == '"' + "x" * 59 + "..."
    assert shown(b"x") == "b'x'"


def test_nearest() -> None:
    assert nearest("reservior_size", ["size", "reservoir_size"]) == "reservoir_size"
    assert nearest("ab", ["xyz"]) is None
    assert nearest("a", []) is None
    # The first of several.
    assert nearest("bat", ["cat", "rat"]) == "cat"


def test_unknown_field() -> None:
    assert unknown_field("pth", ["path"]) == "unknown field; did you mean path?"
    assert unknown_field("qqqq", ["a", "b"]) == "unknown field; known are a, b"
    assert unknown_field("qqqq", []) == "unknown field; there are no fields here"
