"""The colours: classic blue, a dark and a light theme.

The health of a queue and the level of a line are told by success, warning, error and idle. These
four stay apart for people with deuteranopia, protanopia and tritanopia too (theme_test.py
computes how far), mostly by lightness; a glyph always says the same.
"""

from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.color import Color
from textual.theme import Theme


@dataclass(frozen=True, kw_only=True)
class _Palette:
    """What a theme chooses; the rest follows from it."""

    name: str
    dark: bool
    # Behind the panes, in them, and behind the empty part of a bar.
    background: str
    surface: str
    track: str
    # Text: plain, of less weight, titles, what stands out, inner frames.
    foreground: str
    muted: str
    title: str
    accent: str
    secondary: str
    # Frames of panes, and bars that say nothing about health.
    primary: str
    plot: str
    success: str
    warning: str
    error: str
    idle: str
    # The rows at the top and the bottom.
    bar: str
    bar_text: str
    bar_key: str
    # Backgrounds of what lies over the panes.
    dialog: str
    dialog_text: str
    dialog_key: str
    died: str
    ended: str
    # Backgrounds of the header's badges, by the kind of state.
    resting: str
    waiting: str
    working: str
    busy: str
    failing: str
    # Backgrounds of what the search found, and of the hit it stands on.
    hit: str
    found: str


def _theme(palette: _Palette) -> Theme:
    return Theme(
        name=palette.name,
        primary=palette.primary,
        secondary=palette.secondary,
        accent=palette.accent,
        foreground=palette.foreground,
        background=palette.background,
        surface=palette.surface,
        panel=palette.surface,
        success=palette.success,
        warning=palette.warning,
        error=palette.error,
        dark=palette.dark,
        variables={**_own_variables(palette), **_textual_variables(palette)},
    )


# Curves of a plot, on a light and on a dark ground. A mark of its own goes with each.
_SERIES = {
    False: ("#0060a0", "#b84800", "#00704c", "#982878", "#6a5000", "#404850"),
    True: ("#ffe45f", "#5fd8ff", "#ff9f5f", "#6fe89a", "#ff9fd8", "#dfe4f4"),
}


def _own_variables(palette: _Palette) -> dict[str, str]:
    badges = {
        "resting": palette.resting,
        "waiting": palette.waiting,
        "working": palette.working,
        "busy": palette.busy,
        "failing": palette.failing,
        "hit": palette.hit,
        "found": palette.found,
    }
    return {
        "track": palette.track,
        "muted": palette.muted,
        "title": palette.title,
        "plot": palette.plot,
        "idle": palette.idle,
        "bar-background": palette.bar,
        "bar-foreground": palette.bar_text,
        "bar-key": palette.bar_key,
        "dialog": palette.dialog,
        "dialog-text": palette.dialog_text,
        "dialog-key": palette.dialog_key,
        "died": palette.died,
        "ended": palette.ended,
        **badges,
        **{f"series-{n}": colour for n, colour in enumerate(_SERIES[palette.dark], start=1)},
        # "$working-text" is what to write with on "$working", and so on.
        **{f"{name}-text": _text_on(colour) for name, colour in badges.items()},
    }


def _text_on(background: str) -> str:
    return Color.parse(background).get_contrast_text(1.0).hex


def _textual_variables(palette: _Palette) -> dict[str, str]:
    """What Textual's own widgets use."""
    return {
        "footer-background": palette.bar,
        "footer-foreground": palette.bar_text,
        "footer-key-foreground": palette.bar_key,
        "footer-description-foreground": palette.bar_text,
        "border": palette.primary,
        "scrollbar": palette.primary,
        "scrollbar-hover": palette.accent,
        "scrollbar-active": palette.accent,
        "scrollbar-background": palette.track,
        "scrollbar-background-hover": palette.track,
        "scrollbar-background-active": palette.track,
        "scrollbar-corner-color": palette.track,
        "block-cursor-background": palette.hit,
        "block-cursor-foreground": _text_on(palette.hit),
        "input-cursor-background": palette.foreground,
        "input-cursor-foreground": palette.surface,
        "input-selection-background": palette.hit,
        "input-selection-foreground": _text_on(palette.hit),
        "screen-selection-background": palette.hit,
        "screen-selection-foreground": _text_on(palette.hit),
    }


CLASSIC = _theme(
    _Palette(
        name="classic",
        dark=True,
        background="#000084",
        surface="#0000a4",
        track="#00005f",
        foreground="#f0f4ff",
        muted="#a3b8ff",
        title="#ffff5f",
        accent="#ffff5f",
        secondary="#a8c4ff",
        primary="#5ff1ff",
        plot="#4fc8ff",
        success="#80ffc0",
        warning="#ffcf1a",
        error="#ff7a5c",
        idle="#8c9edb",
        bar="#b8c0cc",
        bar_text="#00005f",
        bar_key="#a0001c",
        dialog="#b8c0cc",
        dialog_text="#00005f",
        dialog_key="#a0001c",
        died="#5f0018",
        ended="#00403a",
        resting="#4a5260",
        waiting="#ffcf1a",
        working="#5fe0a8",
        busy="#5ff1ff",
        failing="#b00020",
        hit="#ffff5f",
        found="#ff9e3d",
    )
)

DARK = _theme(
    _Palette(
        name="dark",
        dark=True,
        background="#101216",
        surface="#181b21",
        track="#2c313b",
        foreground="#e4e8ef",
        muted="#a0a9b8",
        title="#8fd0ff",
        accent="#ffd866",
        secondary="#8792a5",
        primary="#5aa9e6",
        plot="#56b4e9",
        success="#8ff0c8",
        warning="#f5cf1d",
        error="#ff6b40",
        idle="#7d93c4",
        bar="#2c313b",
        bar_text="#e4e8ef",
        bar_key="#ffd866",
        dialog="#2c313b",
        dialog_text="#f0f3f8",
        dialog_key="#ffd866",
        died="#3d0f14",
        ended="#0d332e",
        resting="#596273",
        waiting="#f5cf1d",
        working="#5fe0a8",
        busy="#56b4e9",
        failing="#c22a1a",
        hit="#ffd866",
        found="#ff9e3d",
    )
)

LIGHT = _theme(
    _Palette(
        name="light",
        dark=False,
        background="#e9edf3",
        surface="#ffffff",
        track="#d3dae5",
        foreground="#14181f",
        muted="#4f5a6b",
        title="#003a8c",
        accent="#9a2b00",
        secondary="#5f6b7d",
        primary="#1f5fae",
        plot="#1f6fbf",
        success="#00736a",
        warning="#806800",
        error="#780000",
        idle="#344478",
        bar="#24344d",
        bar_text="#ffffff",
        bar_key="#ffd866",
        dialog="#f4ecd8",
        dialog_text="#14181f",
        dialog_key="#9a2b00",
        died="#ffe3df",
        ended="#dcf5ee",
        resting="#d3dae5",
        waiting="#ffd23f",
        working="#7fe0b8",
        busy="#8fd0ff",
        failing="#b00020",
        hit="#ffe566",
        found="#ffb45e",
    )
)

THEMES = {theme.name: theme for theme in (CLASSIC, DARK, LIGHT)}


def use_themes(app: App[Any], name: str) -> None:
    """Gives the app these themes only, and chooses one: Textual's lack our colours."""
    for theme in THEMES.values():
        app.register_theme(theme)
    app.theme = name
    for other in app.available_themes.keys() - THEMES.keys():
        app.unregister_theme(other)


def next_theme(name: str) -> str:
    """The name of the theme after `name`, in a circle."""
    names = list(THEMES)
    return names[(names.index(name) + 1) % len(names)]
