"""What the user can ask for: keys, names for the palette, and when each means something."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from textual.binding import Binding, BindingType

from lczero_training.schema.messages import DaemonState
from lczero_training.tui.state import Dashboard, Link
from lczero_training.tui.streams import KNOWN, choices

_ENDED = (DaemonState.IDLE, DaemonState.ERROR)
_ACTIVE = (
    DaemonState.WAITING_FOR_DATA,
    DaemonState.TRAINING,
    DaemonState.EXPORTING,
    DaemonState.UPLOADING,
)


@dataclass(frozen=True, kw_only=True)
class Control:
    """One action of the app; it is in the footer and in the palette while it is allowed."""

    # The app's method is `action_` + this.
    action: str
    key: str
    title: str
    help: str
    # In the footer, where room is short; empty: the title.
    short: str = ""
    # Heading of its section in the help.
    group: str = "Training"
    # In the footer, or in the palette and the help only.
    footer: bool = True
    allowed: Callable[[Dashboard], bool] = lambda board: True


def ended(board: Dashboard) -> bool:
    """The daemon runs and has no session."""
    return board.link is Link.UP and board.state in _ENDED


def _active(board: Dashboard) -> bool:
    return board.link is Link.UP and board.state in _ACTIVE


def _replaying(board: Dashboard) -> bool:
    return board.replay is not None and not board.replay.ended


def _may_start(board: Dashboard) -> bool:
    if ended(board):
        return bool(board.config_filepath)
    return _active(board) and board.state != DaemonState.TRAINING


def _has_stream(name: str, board: Dashboard) -> bool:
    return name in choices(board.loader)


CONTROLS = (
    Control(
        action="start_now",
        key="s",
        title="Start now",
        short="Start",
        help="Train the next network without waiting for more chunks",
        allowed=_may_start,
    ),
    Control(
        action="pause",
        key="p",
        title="Pause",
        help="Hold training after the current step",
        allowed=lambda board: _active(board) and not board.paused,
    ),
    Control(
        action="resume",
        key="p",
        title="Resume",
        help="Go on with training",
        allowed=lambda board: _active(board) and board.paused,
    ),
    Control(
        action="export_now",
        key="e",
        title="Export now",
        short="Export",
        help="Write a network from the current weights",
        allowed=lambda board: _active(board) and board.state != DaemonState.EXPORTING,
    ),
    Control(
        action="stop_training",
        key="x",
        title="Stop training",
        short="Stop",
        help="Save a checkpoint and go idle",
        allowed=_active,
    ),
    Control(
        action="restart_daemon",
        key="r",
        title="Restart daemon",
        help="Start the daemon again",
        allowed=lambda board: board.link is Link.GONE,
    ),
    Control(
        action="plots",
        key="l",
        title="Plots",
        help="Curves of any metrics over the steps",
        group="Plots",
    ),
    *(
        Control(
            action=f"stream_{name}",
            key=f"f{number}",
            title=f"Show {name} stream",
            help=f"Show the stages that lead to the {name} output",
            group="Pipeline",
            footer=False,
            allowed=partial(_has_stream, name),
        )
        for number, name in enumerate(KNOWN, start=1)
    ),
    Control(
        action="stream_next",
        key="f4",
        title="Show next stream",
        help="Go round the loader's outputs, those with other names too",
        group="Pipeline",
        footer=False,
        allowed=lambda board: bool(set(choices(board.loader)) - set(KNOWN)),
    ),
    Control(
        action="replay_pause",
        key="full_stop",
        title="Pause/resume",
        help="Hold the replay, or go on",
        group="Replay",
        allowed=_replaying,
    ),
    Control(
        action="replay_faster",
        key="plus",
        title="Faster",
        help="Play the recording faster",
        group="Replay",
        allowed=_replaying,
    ),
    Control(
        action="replay_slower",
        key="minus",
        title="Slower",
        help="Play the recording slower",
        group="Replay",
        allowed=_replaying,
    ),
    Control(
        action="quit",
        key="q",
        title="Quit",
        help="Stop the daemon cleanly and leave",
        group="Program",
    ),
    Control(
        action="next_theme",
        key="t",
        title="Next theme",
        help="Classic blue, dark, light",
        group="Program",
        footer=False,
    ),
    Control(
        action="help",
        key="question_mark",
        title="Help",
        help="All keys, and what the signs mean",
        group="Program",
    ),
)
BY_ACTION = {control.action: control for control in CONTROLS}

# Of the log; the actions are the dashboard screen's.
LOG_CONTROLS = (
    Control(
        action="log_search",
        key="slash",
        title="Search",
        help="Find text in the log; enter goes to the lines found, escape ends it",
        group="Log",
    ),
    Control(
        action="log_next",
        key="n",
        title="Next hit",
        help="The next line with the text searched for",
        group="Log",
        footer=False,
    ),
    Control(
        action="log_previous",
        key="N",
        title="Previous hit",
        help="The line before with the text searched for",
        group="Log",
        footer=False,
    ),
    Control(
        action="log_filter",
        key="v",
        title="Level",
        help="All lines of the log, info and above, warnings and errors, or errors only",
        group="Log",
    ),
    Control(
        action="log_hold",
        key="space",
        title="Hold log",
        help="Keep the view while lines arrive, or follow the newest; scrolling up keeps it too",
        group="Log",
        footer=False,
    ),
    Control(
        action="log_copy",
        key="y",
        title="Copy line",
        help="The selected text, the line found or the last one shown, to the clipboard",
        group="Log",
        footer=False,
    ),
    Control(
        action="log_copy_all",
        key="Y",
        title="Copy log",
        help="All lines that the filter lets pass, to the clipboard",
        group="Log",
        footer=False,
    ),
)


def bindings(controls: Iterable[Control], owner: str = "") -> list[BindingType]:
    """The keys of the controls, whose actions are those of `owner` ("app."), else of who has them.

    The footer has them in this order.
    """
    return [
        Binding(
            control.key,
            f"{owner}{control.action}",
            control.short or control.title,
            show=control.footer,
            tooltip=control.help,
        )
        for control in controls
    ]


def dashboard_bindings() -> list[BindingType]:
    """The keys of the app and of the log: what concerns the program itself comes last."""
    last = [control for control in CONTROLS if control.group == "Program"]
    first = [control for control in CONTROLS if control.group != "Program"]
    return [*bindings(first, "app."), *bindings(LOG_CONTROLS), *bindings(last, "app.")]
