"""Keys of the plot screen. Light, so that the help can list them without loading it."""

from typing import Final

from lczero_training.tui.controls import Control

# Keys for the last 100 to 1,000,000 steps: the number of zeros.
LAST_KEYS: Final = tuple("23456")


def _control(action: str, key: str, title: str, help: str, *, footer: bool = True) -> Control:
    return Control(action=action, key=key, title=title, help=help, group="Plots", footer=footer)


PLOT_CONTROLS: Final = (
    _control("close", "l", "Back", "To the dashboard; so does escape"),
    _control("pan_left", "left", "Move", "To earlier steps", footer=False),
    _control("pan_right", "right", "Move", "To later steps; the newest are followed", footer=False),
    _control("zoom_in", "+", "Zoom in", "Half as many steps, up to the newest", footer=False),
    _control("zoom_out", "-", "Zoom out", "Twice as many steps", footer=False),
    _control("all_steps", "0", "All", "All steps; 2 to 6: the last 100 to 1,000,000"),
    _control("log_scale", "y", "Log", "A logarithmic or a linear scale of values"),
    _control("smooth", "m", "Smooth", "Average the curves over neighbouring steps, or not"),
    _control("own_scales", "n", "Scales", "Each metric over the full height, or all on one scale"),
    _control("held_out", "v", "Val", "Show or hide the values on games held out"),
)
