from mypy import api


def test_types_are_strict_and_hold() -> None:
    output, errors, status = api.run(
        ["--config-file=pyproject.toml", "--cache-dir=/dev/null", "-p", "lczero_training"]
    )
    assert status == 0, output + errors
