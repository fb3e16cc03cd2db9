import pytest

from tools.licences.inputs import packages_among
from tools.licences.metadata import canonical, licence_of, parse, upstream_of


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("License-Expression: BSD-3-Clause AND 0BSD\nLicense: MIT\n", "BSD-3-Clause AND 0BSD"),
        ("License: MIT OR AFL-2.1\n", "MIT OR AFL-2.1"),
        ("License: Apache 2.0\n", "Apache-2.0"),
        ("License: BSD\n", None),
        ("License: Copyright (c) 2001 A,\n  B.\nClassifier: License :: X\n", None),
        ("Classifier: Topic :: A\nClassifier: License :: OSI Approved :: MIT License\n", "MIT"),
        ("Classifier: License :: OSI Approved :: BSD License\n", None),
        (
            "License: \nClassifier: License :: OSI Approved :: MIT License\n"
            "Classifier: License :: OSI Approved :: Apache Software License\n",
            None,
        ),
        ("Name: bare\n", None),
    ],
)
def test_licence(text: str, licence: str | None) -> None:
    assert licence_of(parse(text)) == licence


def test_a_description_is_no_header() -> None:
    assert licence_of(parse("Name: a\n\nLicense: MIT\n")) is None


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("Home-page: https://h\nProject-URL: Source Code, https://s\n", "https://s"),
        ("Project-URL: Homepage, https://h\nProject-URL: Funding, https://f\n", "https://h"),
        ("Project-URL: Documentation, https://d\nHome-page: https://h\n", "https://h"),
        ("Project-URL: Documentation, https://d\n", None),
    ],
)
def test_upstream(text: str, page: str | None) -> None:
    assert upstream_of(parse(text)) == page


def test_names_are_those_of_locks() -> None:
    assert canonical("Types_PyYAML") == "types-pyyaml"


def test_packages_are_found_among_labels() -> None:
    labels = "//python:tui\n@@_main~wheels~pip//:absl-py\n@@_main+wheels+pip//:x\n"
    others = "@@rules_python~~pip~pip_y//:pkg\n@@_main~wheels~pip//:packages/z\n@zig//:pip\n"
    assert packages_among(labels + others) == {"absl-py", "x"}
