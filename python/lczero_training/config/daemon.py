"""The daemon's cycle, metrics and exports: sections `daemon`, `metrics` and `export`."""

from dataclasses import dataclass, field

from lczero_training.config import checks
from lczero_training.config.paths import PATH

EXPORTED_WEIGHTS = ("current", "swa", "ema")


@dataclass(frozen=True, kw_only=True)
class DemoFeedConfig:
    """Plays bundled games into the watched folder, as a training server would.

    Only for the quickstart and for demonstrations: archives of `source_directory` are copied
    one after the other, each under the name of a later hour, starting over after the last.
    """

    source_directory: str = field(metadata=PATH)
    # The folder that the loader's file_discovery watches.
    target_directory: str = field(metadata=PATH)
    # Time between two archives.
    interval_seconds: float = 60.0
    # Copies kept; older ones are deleted.
    keep: int = 8

    def __post_init__(self) -> None:
        checks.filled("source_directory", self.source_directory)
        checks.filled("target_directory", self.target_directory)
        if self.source_directory == self.target_directory:
            expectation = "another folder than source_directory"
            raise checks.FieldError("target_directory", expectation, self.target_directory)
        checks.above("interval_seconds", self.interval_seconds, 0.0)
        checks.at_least("keep", self.keep, 1)


@dataclass(frozen=True, kw_only=True)
class DaemonConfig:
    """When the next network is trained."""

    # New chunks (games) to wait for before each network.
    chunks_per_network: int
    # Time between two training_status notifications.
    status_interval_seconds: float = 1.0
    # None: games come from outside.
    demo_feed: DemoFeedConfig | None = None

    def __post_init__(self) -> None:
        checks.at_least("chunks_per_network", self.chunks_per_network, 1)
        checks.above("status_interval_seconds", self.status_interval_seconds, 0.0)


@dataclass(frozen=True, kw_only=True)
class EvaluationConfig:
    """Losses after each network on games that are not trained on, the same batches each time."""

    # Outputs of data_loader that the games come from, e.g. of a chunk_source_splitter.
    outputs: tuple[str, ...] = ("validation",)
    # Batches of each, of training.batch_size positions; kept in memory, and in a file beside the
    # checkpoints.
    batches: int = 8

    def __post_init__(self) -> None:
        checks.filled("outputs", self.outputs)
        checks.each_once("outputs", self.outputs, "output")
        checks.within("batches", self.batches, 1, 10000)


@dataclass(frozen=True, kw_only=True)
class MetricsConfig:
    """Where metrics go besides the status notifications."""

    # Folder for TensorBoard event files; None: none are written.
    tensorboard_directory: str | None = field(default=None, metadata=PATH)
    # Steps between two reads of metrics from the device; reading each step would stall it.
    every_steps: int = 10
    # Port on 127.0.0.1 that serves /metrics (Prometheus) and /healthz; None: none is opened.
    http_port: int | None = None
    # None: no losses on held-out games.
    evaluation: EvaluationConfig | None = None

    def __post_init__(self) -> None:
        checks.at_least("every_steps", self.every_steps, 1)
        if self.http_port is not None:
            checks.within("http_port", self.http_port, 1, 65535)


@dataclass(frozen=True, kw_only=True)
class RetryConfig:
    """Exponential back-off with jitter between attempts at something that failed."""

    # Before the second attempt; doubles with each that follows.
    first_seconds: float = 10.0
    # No wait is longer.
    longest_seconds: float = 1800.0

    def __post_init__(self) -> None:
        checks.above("first_seconds", self.first_seconds, 0.0)
        checks.at_least("longest_seconds", self.longest_seconds, self.first_seconds)


@dataclass(frozen=True, kw_only=True)
class UploadConfig:
    """The training server that networks are posted to."""

    # http or https; user and password do not belong here.
    url: str
    # The server's number of the training run that the networks belong to.
    training_id: int
    # Networks wait here until the server has them.
    spool_directory: str = field(metadata=PATH)
    # Name of the environment variable that holds the password.
    password_variable: str = "LCZERO_UPLOAD_PASSWORD"
    # A whole attempt, from connecting to the answer; large networks over slow lines need it.
    timeout_seconds: float = 600.0
    retry: RetryConfig = field(default_factory=RetryConfig)

    def __post_init__(self) -> None:
        checks.web_url("url", self.url)
        checks.at_least("training_id", self.training_id, 0)
        checks.filled("spool_directory", self.spool_directory)
        checks.filled("password_variable", self.password_variable)
        checks.above("timeout_seconds", self.timeout_seconds, 0.0)


@dataclass(frozen=True, kw_only=True)
class ExportConfig:
    """Where networks are written."""

    # One file for each path; {datetime}, {step:08d} and {name} are filled in.
    paths: tuple[str, ...] = field(metadata=PATH)
    # Which weights: the present ones, or the average that training.swa or training.ema keeps.
    weights: str = "current"
    # Whether each network is read back from its bytes before it is written, and compared with the
    # weights on positions of the bundled games; a difference ends the session and writes nothing.
    verify: bool = False
    # For files that could not be written, e.g. because the disk was full.
    retry: RetryConfig = field(default_factory=RetryConfig)
    # None: networks stay here.
    upload: UploadConfig | None = None

    def __post_init__(self) -> None:
        checks.filled("paths", self.paths)
        checks.each_once("paths", self.paths, "path")
        checks.one_of("weights", self.weights, EXPORTED_WEIGHTS)
        for path in self.paths:
            if not path:
                raise checks.FieldError("paths", "a path", path)
            try:
                path.format(datetime="20260101-000000", step=0, name="name")
            except (KeyError, IndexError, ValueError) as error:
                raise checks.FieldError(
                    "paths", "only the fields {datetime}, {step:08d} and {name}", path
                ) from error
