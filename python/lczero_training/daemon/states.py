"""The daemon's states: what each command does in each, and which follows which.

    IDLE --> WAITING_FOR_DATA --> TRAINING --> EXPORTING --> UPLOADING --> WAITING_FOR_DATA ...

* WAITING_FOR_DATA begins while loader and trainer are still being opened. A network that is
  half trained or not yet exported goes on from there at once.
* EXPORTING goes straight to WAITING_FOR_DATA where no upload is configured. An export_now
  enters it from WAITING_FOR_DATA or TRAINING, and goes back there.
* Every state leads to STOPPING (stop_training, shutdown, signals), and from there to IDLE or
  to the end of the process.
* TRAINING goes straight to WAITING_FOR_DATA where the network was exported before: its checkpoint
  was lost, and it was trained once more.
* A failure leads to ERROR. From there start_training leads to WAITING_FOR_DATA and
  stop_training to IDLE.

The two tables below are the whole definition.
"""

from collections.abc import Mapping
from typing import Final

from lczero_training.schema.messages import DaemonState

IDLE = DaemonState.IDLE
WAITING = DaemonState.WAITING_FOR_DATA
TRAINING = DaemonState.TRAINING
EXPORTING = DaemonState.EXPORTING
UPLOADING = DaemonState.UPLOADING
STOPPING = DaemonState.STOPPING
ERROR = DaemonState.ERROR

STATES: Final = (IDLE, WAITING, TRAINING, EXPORTING, UPLOADING, STOPPING, ERROR)

COMMANDS: Final = (
    "start_training",
    "start_training_immediately",
    "pause",
    "resume",
    "export_now",
    "stop_training",
    "get_status",
    "shutdown",
)

# What stands in place of a refusal where a command is carried out.
_OK: Final = None

_NOTHING_RUNS = "nothing runs; send start_training first"
_RUNS = "a training session runs already; send stop_training first"
_STOPPING = "the session is being stopped; wait for IDLE"
_FAILED = "the session ended with an error; send start_training to start again"
_TRAINS = "this network is being trained already"
_EXPORTS = "an export is being written already; wait for network_exported"

# Command -> state -> why it is refused, or None where it is carried out.
ANSWERS: Final[Mapping[str, Mapping[DaemonState, str | None]]] = {
    "start_training": {
        IDLE: _OK,
        WAITING: _RUNS,
        TRAINING: _RUNS,
        EXPORTING: _RUNS,
        UPLOADING: _RUNS,
        STOPPING: _STOPPING,
        ERROR: _OK,
    },
    "start_training_immediately": {
        IDLE: _NOTHING_RUNS,
        WAITING: _OK,
        TRAINING: _TRAINS,
        # Remembered: the next network does not wait for chunks.
        EXPORTING: _OK,
        UPLOADING: _OK,
        STOPPING: _STOPPING,
        ERROR: _FAILED,
    },
    "pause": {
        IDLE: _NOTHING_RUNS,
        # Remembered: training holds before its first step.
        WAITING: _OK,
        TRAINING: _OK,
        EXPORTING: _OK,
        UPLOADING: _OK,
        STOPPING: _STOPPING,
        ERROR: _FAILED,
    },
    "resume": {
        IDLE: _NOTHING_RUNS,
        WAITING: _OK,
        TRAINING: _OK,
        EXPORTING: _OK,
        UPLOADING: _OK,
        STOPPING: _STOPPING,
        ERROR: _FAILED,
    },
    "export_now": {
        IDLE: _NOTHING_RUNS,
        WAITING: _OK,
        TRAINING: _OK,
        EXPORTING: _EXPORTS,
        UPLOADING: _OK,
        STOPPING: _STOPPING,
        ERROR: _FAILED,
    },
    "stop_training": {
        IDLE: _NOTHING_RUNS,
        WAITING: _OK,
        TRAINING: _OK,
        EXPORTING: _OK,
        UPLOADING: _OK,
        STOPPING: _STOPPING,
        # Nothing is left to stop: acknowledges the error, back to IDLE.
        ERROR: _OK,
    },
    "get_status": dict.fromkeys(STATES, _OK),
    "shutdown": dict.fromkeys(STATES, _OK),
}

# State -> states that may follow it.
FOLLOWERS: Final[Mapping[DaemonState, frozenset[DaemonState]]] = {
    IDLE: frozenset({WAITING, STOPPING}),
    WAITING: frozenset({TRAINING, EXPORTING, STOPPING, ERROR}),
    TRAINING: frozenset({WAITING, EXPORTING, STOPPING, ERROR}),
    EXPORTING: frozenset({WAITING, TRAINING, UPLOADING, STOPPING, ERROR}),
    UPLOADING: frozenset({WAITING, TRAINING, STOPPING, ERROR}),
    STOPPING: frozenset({IDLE, ERROR}),
    ERROR: frozenset({WAITING, IDLE, STOPPING}),
}


def refusal(state: DaemonState, command: str) -> str | None:
    """Why `command` is refused in `state`; None if it is carried out.

    Raises KeyError for an unknown command: the transport has refused those before.
    """
    reason = ANSWERS[command][state]
    return None if reason is None else f"{command} refused in state {state.name}: {reason}"


def check_transition(before: DaemonState, after: DaemonState) -> None:
    """Raises RuntimeError (a bug of ours) unless `after` may follow `before`."""
    if after not in FOLLOWERS[before]:
        raise RuntimeError(f"no transition from {before.name} to {after.name}")
