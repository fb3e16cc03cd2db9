"""What the user can ask for: keys, names for the palette, and when each means something."""

from collections.abc import Callable
from dataclasses import dataclass

from lczero_training.schema.messages import DaemonState
from lczero_training.tui.state import Dashboard, Link

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


CONTROLS = (
    Control(
        action="start_now",
        key="s",
        title="Start now",
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
        help="Write a network from the current weights",
        allowed=lambda board: _active(board) and board.state != DaemonState.EXPORTING,
    ),
    Control(
        action="stop_training",
        key="x",
        title="Stop training",
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
    Control(action="quit", key="q", title="Quit", help="Stop the daemon cleanly and leave"),
)
BY_ACTION = {control.action: control for control in CONTROLS}
