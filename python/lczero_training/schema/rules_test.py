from lczero_training.schema import codec, sample


def complete(**changes: object) -> sample.Rules:
    good = {"needed_text": "a", "needed_list": (1,), "needed_tree": sample.Tree(), "square": 1}
    return sample.Rules(**{**good, **changes})  # type: ignore[arg-type]


def problems(message: object) -> list[str]:
    return [str(problem) for problem in codec.validate(message)]


def test_absent_fields_get_their_defaults_at_any_depth() -> None:
    filled = codec.with_defaults(
        complete(
            inner_map={"x": sample.Inner()},
            inner_list=(sample.Inner(size=5), sample.Inner()),
            square=None,
            circle=sample.Inner(),
        )
    )
    full = (1 << 64) - 1
    assert (filled.threads, filled.name, filled.rate) == (4, 'a "b" \\ c', 0.05)
    assert (filled.flag, filled.least, filled.ratio) == (True, -(1 << 63), None)
    assert filled.inner_map["x"].size == full
    assert [inner.size for inner in filled.inner_list] == [5, full]
    assert filled.inner.size == full
    assert filled.circle == sample.Inner(size=full)


def test_what_is_given_is_not_touched() -> None:
    message = complete(threads=1, name="", rate=0.5, flag=False, least=0)
    filled = codec.with_defaults(message)
    assert (filled.threads, filled.name, filled.rate) == (1, "", 0.5)
    assert (filled.flag, filled.least) == (False, 0)


def test_a_complete_message_has_no_problems() -> None:
    assert problems(codec.with_defaults(complete())) == []


def test_missing_fields() -> None:
    assert problems(sample.Rules()) == [
        "needed_text: is required and must not be empty",
        "needed_list: is required and must not be empty",
        "needed_tree: is required",
        "needs one shape: circle, square",
    ]


def test_bounds() -> None:
    message = complete(
        threads=0,
        rate=0.0001,
        least=11,
        needed_list=(0, -6),
        ratio=0.75,
        inner_map={"k": sample.Inner(size=1)},
    )
    assert problems(message) == [
        "threads: expected a value from 1 to 256, got 0",
        "rate: expected at least 0.001, got 0.0001",
        "least: expected at most 10, got 11",
        "needed_list[1]: expected at least -5, got -6",
        "inner_map.k.size: expected at least 2, got 1",
        "ratio: expected at most 0.5, got 0.75",
    ]


def test_a_zero_is_not_an_empty_value() -> None:
    assert problems(complete(square=0)) == []


def test_two_members_of_a_oneof() -> None:
    message = complete(circle=sample.Inner(), square=1)
    assert problems(message) == ["only one shape may be given, not circle, square"]
