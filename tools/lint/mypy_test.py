from mypy import api


def test_types_are_strict_and_hold() -> None:
    packages = ["-p", "lczero_training", "-p", "tools"]
    output, errors, status = api.run(
        ["--config-file=pyproject.toml", "--cache-dir=/dev/null", *packages]
    )
    assert status == 0, output + errors
