"""What the dashboard knows: changed by the app's message handlers only, read by the panes.

Knows nothing of widgets, so that it can be tested without a terminal.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto

from lczero_training.client.events import LogLine
from lczero_training.client.replay import ReplayProgress, speed_in_words
from lczero_training.schema import loader_stats as stats_schema
from lczero_training.schema import messages as schema
from lczero_training.tui.history import History
from lczero_training.tui.log_lines import presentable
from lczero_training.tui.smoothing import Flow, Smoother

LOG_LINES = 1000
# Shown of a dead daemon.
LAST_LINES = 5


class Link(Enum):
    """Where the daemon's process stands, as seen from here."""

    STARTING = auto()
    UP = auto()
    # A shutdown was asked for.
    STOPPING = auto()
    GONE = auto()
    # There is none: a recording is played, and nothing can be asked for.
    REPLAY = auto()


@dataclass(frozen=True, kw_only=True)
class Death:
    """How the daemon's process ended."""

    # Continues "The daemon ...": "ended with signal SIGKILL", or why it could not be started.
    how: str
    # It said goodbye and ended with code 0.
    orderly: bool
    # Of its bye, or empty.
    reason: str
    # What it logged last, oldest first.
    last_lines: tuple[str, ...]


@dataclass
class Dashboard:
    """Everything on screen."""

    link: Link = Link.STARTING
    # Where the daemon is, when it is not simply ours: "replay 4x", "ssh host". Shown in the header.
    source: str = ""
    # Of a start after a stop: ours, or what the daemon said that it uses. Empty: not known.
    config_filepath: str = ""
    # How long nothing was heard that should have been; 0: all is well.
    silent_seconds: float = 0.0
    # Of a recording that is played.
    replay: ReplayProgress | None = None
    status: schema.TrainingStatus | None = None
    history: History = field(default_factory=History)
    log: deque[LogLine] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    # Newest first; told by statuses, and at once by network_exported.
    networks: tuple[schema.NetworkInfo, ...] = ()
    bye: schema.Bye | None = None
    death: Death | None = None
    # The loader's figures as they are shown; None while no loader runs.
    flow: Flow | None = None
    # The stream that was asked for last, if any. It may not exist (any more).
    stream: str | None = None
    _smoother: Smoother = field(default_factory=Smoother)

    @property
    def state(self) -> schema.DaemonState:
        """The daemon's state; unspecified before the first status."""
        return self.status.state if self.status else schema.DaemonState.STATE_UNSPECIFIED

    @property
    def paused(self) -> bool:
        """Whether training is held."""
        return self.status is not None and self.status.paused

    @property
    def loader(self) -> stats_schema.LoaderStats | None:
        """The loader's figures, when one runs."""
        return self.status.loader if self.status else None

    @property
    def training(self) -> schema.TrainingProgress | None:
        """Progress, from the first step on."""
        return self.status.training if self.status else None

    def daemon_started(self) -> None:
        """A new process runs: nothing of the old one is current, its history and log stay."""
        self.link = Link.STARTING
        self.status = self.bye = self.death = self.flow = None
        self._smoother = Smoother()
        self.silent_seconds = 0.0

    def take_hello(self) -> None:
        """A session begins. In a recording several may, one after the other."""
        self.status = self.bye = self.death = None
        if self.link is Link.STARTING:
            self.link = Link.UP

    def take_replay(self, progress: ReplayProgress) -> None:
        """The link is a recording, and this far."""
        self.link = Link.REPLAY
        self.replay = progress
        self.source = f"replay {speed_in_words(progress.speed)}"

    def take_status(self, status: schema.TrainingStatus) -> None:
        """A training_status arrived."""
        self.status = status
        self.flow = self._smoother.take(status)
        self.config_filepath = self.config_filepath or status.config_filepath
        self.networks = status.networks or self.networks
        if status.training is not None:
            self.history.take(status.training)

    def take_network(self, network: schema.NetworkInfo) -> None:
        """A network was exported or uploaded; the newer news of one path replaces the older."""
        others = tuple(known for known in self.networks if known.path != network.path)
        self.networks = (network, *others)

    def take_log(self, line: LogLine) -> LogLine:
        """A line of the daemon's log, or of our own. Returns it as it may be shown."""
        shown = presentable(line)
        self.log.append(shown)
        return shown

    def take_exit(self, how: str, last_lines: tuple[str, ...], *, clean: bool) -> None:
        """The daemon's process is gone; `clean` means exit code 0."""
        self.link = Link.GONE
        self.death = Death(
            how=how,
            orderly=clean and self.bye is not None,
            reason=self.bye.reason if self.bye else "",
            last_lines=last_lines[-LAST_LINES:],
        )
