import pytest

from lczero_training.daemon import states
from lczero_training.daemon.states import (
    ERROR,
    EXPORTING,
    IDLE,
    STOPPING,
    TRAINING,
    UPLOADING,
    WAITING,
)
from lczero_training.schema.messages import Command, DaemonState
from lczero_training.schema.spec import specs_of

# Which commands each state carries out, once more and by state: a second pair of eyes.
ACCEPTED = {
    IDLE: {"start_training", "get_status", "shutdown"},
    WAITING: {
        "start_training_immediately",
        "pause",
        "resume",
        "export_now",
        "stop_training",
        "get_status",
        "shutdown",
    },
    TRAINING: {"pause", "resume", "export_now", "stop_training", "get_status", "shutdown"},
    EXPORTING: {
        "start_training_immediately",
        "pause",
        "resume",
        "stop_training",
        "get_status",
        "shutdown",
    },
    UPLOADING: {
        "start_training_immediately",
        "pause",
        "resume",
        "export_now",
        "stop_training",
        "get_status",
        "shutdown",
    },
    STOPPING: {"get_status", "shutdown"},
    ERROR: {"start_training", "stop_training", "get_status", "shutdown"},
}


def test_tables_are_complete() -> None:
    assert set(states.STATES) == set(DaemonState) - {DaemonState.STATE_UNSPECIFIED}
    assert set(states.COMMANDS) == set(specs_of(Command))
    assert set(states.ANSWERS) == set(states.COMMANDS)
    assert set(states.FOLLOWERS) == set(states.STATES)


@pytest.mark.parametrize("state", states.STATES, ids=lambda state: state.name)
@pytest.mark.parametrize("command", states.COMMANDS)
def test_every_command_in_every_state(state: DaemonState, command: str) -> None:
    refusal = states.refusal(state, command)
    if command in ACCEPTED[state]:
        assert refusal is None
    else:
        assert refusal is not None
        assert command in refusal and state.name in refusal


def test_unknown_command_is_a_bug() -> None:
    with pytest.raises(KeyError):
        states.refusal(IDLE, "dance")


@pytest.mark.parametrize("before", states.STATES, ids=lambda state: state.name)
@pytest.mark.parametrize("after", states.STATES, ids=lambda state: state.name)
def test_every_transition(before: DaemonState, after: DaemonState) -> None:
    if after in states.FOLLOWERS[before]:
        states.check_transition(before, after)
    else:
        with pytest.raises(RuntimeError, match=f"{before.name} to {after.name}"):
            states.check_transition(before, after)


def test_every_state_can_be_stopped_and_left() -> None:
    for state in states.STATES:
        assert state is STOPPING or STOPPING in states.FOLLOWERS[state]
        assert any(state in followers for followers in states.FOLLOWERS.values())
