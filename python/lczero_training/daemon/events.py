"""What the daemon's main thread reacts to; every other thread only posts these."""

from dataclasses import dataclass

from lczero_training.daemon.ledger import LedgerEntry
from lczero_training.schema.jsonl import Envelope
from lczero_training.schema.messages import DaemonState, Problem


@dataclass(frozen=True, slots=True)
class CommandReceived:
    """A line of stdin was a valid command."""

    envelope: Envelope


@dataclass(frozen=True, slots=True)
class LineRefused:
    """A line of stdin was not a command."""

    message: str
    # Dotted name of the wrong field; empty when the line as a whole is wrong.
    field: str = ""
    # The line's id where it could be read.
    id: str | None = None


@dataclass(frozen=True, slots=True)
class InputEnded:
    """stdin is at its end."""


@dataclass(frozen=True, slots=True)
class StopRequested:
    """A signal asks for an orderly end."""

    reason: str


@dataclass(frozen=True, slots=True)
class PhaseEntered:
    """The session does something else now."""

    state: DaemonState
    reason: str


@dataclass(frozen=True, slots=True)
class CheckpointWritten:
    """A checkpoint is durable."""

    path: str
    step: int


@dataclass(frozen=True, slots=True)
class NetworkWritten:
    """Files of a network are on disk; `first`: the network was not exported before."""

    entry: LedgerEntry
    first: bool = True


@dataclass(frozen=True, slots=True)
class NetworkSent:
    """The training server has a network."""

    entry: LedgerEntry
    url: str


@dataclass(frozen=True, slots=True)
class ProblemMet:
    """Something was wrong and was survived (COMMAND_REFUSED: it had been asked for)."""

    message: str
    problem: Problem
    # Of the command that it answers.
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The session's thread is done; the loader is stopped. Its last event."""

    reason: str
    # What went wrong and what to do; None when it ended as it should.
    failure: str | None = None


SessionEvent = (
    PhaseEntered | CheckpointWritten | NetworkWritten | NetworkSent | ProblemMet | SessionEnded
)
Event = CommandReceived | LineRefused | InputEnded | StopRequested | SessionEvent
