from dataclasses import replace

import pytest

from tools.licences.overrides import Override
from tools.licences.page import PageError, Pins, origin_of, render
from tools.licences.third_parties import BUILD, MODULES, NATIVE, SHIPPED, TESTS, TOOLS
from tools.proof.pins import NativePin

MIT = "Name: a\nLicense: MIT\nHome-page: https://a\n"
METADATA = dict.fromkeys("abcd", MIT)
MODULE_PINS = dict.fromkeys(MODULES, "7")
PINS = Pins(
    python={"a": "1", "b": "2", "c": "3", "d": "4"},
    cuda={"nvidia-x": "5"},
    native=tuple(NativePin(name, "6", "", None) for name in NATIVE),
    modules=MODULE_PINS,
    bazel="8",
    patchelf="9",
    metadata=METADATA,
    reached={SHIPPED: frozenset("a"), TOOLS: frozenset("ab"), BUILD: frozenset("abc")},
)


def test_every_pin_has_a_row_with_its_first_use() -> None:
    page = render(PINS)
    uses = {"a | 1": SHIPPED, "b | 2": TOOLS, "c | 3": BUILD, "d | 4": TESTS}
    for start, use in uses.items():
        assert f"| {start} | MIT | https://a | {use} |" in page
    assert "| nvidia-x | 5 | LicenseRef-NVIDIA-Proprietary |" in page
    assert "| libdeflate | deflate 6 | MIT |" in page
    assert "| rules_cc | 7 |" in page
    assert "| Bazel | 8 |" in page
    assert "| patchelf | 9 |" in page


@pytest.mark.parametrize(
    ("pins", "problem"),
    [
        (replace(PINS, metadata={}), "a: its wheel was not found"),
        (replace(PINS, metadata=METADATA | {"b": "Name: b\n"}), "b: its metadata give no lic"),
        (replace(PINS, cuda={"new": "1"}), "new is new: add it to CUDA"),
        (replace(PINS, native=PINS.native[1:]), "is in NATIVE of .* and no longer pinned"),
        (
            replace(PINS, modules=MODULE_PINS | {"rules_x": "1"}),
            "rules_x is pinned and not in MOD",
        ),
    ],
)
def test_what_is_not_known_is_named(pins: Pins, problem: str) -> None:
    with pytest.raises(PageError, match=problem):
        render(pins)


def test_overrides_fill_in_and_are_no_longer_than_needed() -> None:
    bare = "Name: a\nHome-page: https://a\n"
    origin = origin_of("a", bare, Override("why", licence="MIT"))
    assert (origin.licence, origin.upstream) == ("MIT", "https://a")
    with pytest.raises(PageError, match="its metadata give the page https://a: drop the override"):
        origin_of("a", bare, Override("why", licence="MIT", upstream="https://b"))
