"""Contrast and colour-blind safety, computed for every theme."""

import itertools
import math
import re
from pathlib import Path

import pytest
from textual.color import Color, rgb_to_lab
from textual.theme import Theme

from lczero_training.tui import cli
from lczero_training.tui.theme import THEMES, next_theme

_THEMES = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)

# G. M. Machado, M. M. Oliveira, L. A. F. Fernandes: A Physiologically-based Model for Simulation of
# Color Vision Deficiency, IEEE Transactions on Visualization and Computer Graphics 15(6), 2009.
# Severity 1.0; they apply to linear RGB.
_VISION = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# CIE76; 2.3 is what an eye just notices.
_LEAST_DISTANCE = 18
# WCAG 2: text (AA), and graphics.
_LEAST_CONTRAST, _LEAST_GRAPHICS_CONTRAST = 4.5, 3.0

_TEXTS = (
    *("foreground", "muted", "title", "accent", "primary", "secondary"),
    *("success", "warning", "error", "idle", "plot"),
)
# Text, and what it is written on.
_PAIRS = [
    *itertools.product(_TEXTS, ("surface",)),
    *itertools.product(("foreground", "muted", "title", "warning", "error"), ("background",)),
    *itertools.product(("foreground", "muted", "accent", "error"), ("died",)),
    *itertools.product(("foreground", "muted", "accent", "success"), ("ended",)),
    *itertools.product(("dialog-text", "dialog-key"), ("dialog",)),
    *itertools.product(("bar-foreground", "bar-key"), ("bar-background",)),
    *(
        (f"{name}-text", name)
        for name in ("resting", "waiting", "working", "busy", "failing", "hit", "found")
    ),
    ("block-cursor-foreground", "block-cursor-background"),
    ("input-selection-foreground", "input-selection-background"),
]
_GRAPHICS = [
    *itertools.product(("primary", "plot", "success", "warning", "error", "idle"), ("track",)),
    *itertools.product(("primary", "secondary"), ("surface",)),
]


def colour(theme: Theme, name: str) -> Color:
    return Color.parse({**theme.to_color_system().generate(), **theme.variables}[name])


def linear(colour: Color) -> tuple[float, ...]:
    return tuple(
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    )


def contrast(one: Color, other: Color) -> float:
    """As WCAG 2 defines it, 1 to 21."""
    weights = (0.2126, 0.7152, 0.0722)
    dark, light = sorted(
        sum(weight * part for weight, part in zip(weights, linear(each), strict=True))
        for each in (one, other)
    )
    return (light + 0.05) / (dark + 0.05)


def seen(colour: Color, vision: str) -> Color:
    """The colour as a person with this vision sees it."""
    parts = linear(colour)
    mixed = [
        min(max(sum(a * b for a, b in zip(row, parts, strict=True)), 0.0), 1.0)
        for row in _VISION[vision]
    ]
    back = (
        part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055 for part in mixed
    )
    red, green, blue = (round(255 * part) for part in back)
    return Color(red, green, blue)


def distance(one: Color, other: Color) -> float:
    """CIE76."""
    first, second = rgb_to_lab(one), rgb_to_lab(other)
    return math.dist((first.L, first.a, first.b), (second.L, second.a, second.b))


@_THEMES
@pytest.mark.parametrize(("text", "behind"), _PAIRS)
def test_text_is_readable(theme: Theme, text: str, behind: str) -> None:
    assert contrast(colour(theme, text), colour(theme, behind)) >= _LEAST_CONTRAST


@_THEMES
@pytest.mark.parametrize(("drawn", "behind"), _GRAPHICS)
def test_bars_and_frames_stand_out(theme: Theme, drawn: str, behind: str) -> None:
    assert contrast(colour(theme, drawn), colour(theme, behind)) >= _LEAST_GRAPHICS_CONTRAST


@_THEMES
@pytest.mark.parametrize("vision", _VISION)
def test_health_colours_stay_apart_for_every_eye(theme: Theme, vision: str) -> None:
    names = ("success", "warning", "error", "idle")
    for one, other in itertools.combinations(names, 2):
        apart = distance(seen(colour(theme, one), vision), seen(colour(theme, other), vision))
        assert apart >= _LEAST_DISTANCE, f"{one} and {other}: {apart:.0f}"


def test_the_measures() -> None:
    assert contrast(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21)
    # The textbook case: a red and a green that a deuteranope takes for one another.
    red, green = Color.parse("#a05000"), Color.parse("#5f6e00")
    assert distance(red, green) > 40
    assert distance(seen(red, "deuteranopia"), seen(green, "deuteranopia")) < 15


def test_no_colour_is_written_outside_the_themes() -> None:
    folder = Path(__file__).parent
    for path in [*folder.glob("*.tcss"), *folder.glob("*.py")]:
        if path.name != "theme.py" and not path.name.endswith("_test.py"):
            assert not re.findall(r"#[0-9a-fA-F]{6}\b", path.read_text()), path.name


def test_every_theme_has_the_same_variables() -> None:
    first, *others = THEMES.values()
    assert all(other.variables.keys() == first.variables.keys() for other in others)


def test_the_command_line_knows_them() -> None:
    assert tuple(THEMES) == cli.THEME_NAMES


def test_the_next_theme_goes_round() -> None:
    seen_names = ["classic"]
    for _ in THEMES:
        seen_names.append(next_theme(seen_names[-1]))
    assert seen_names == ["classic", "dark", "light", "classic"]
