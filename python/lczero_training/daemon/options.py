"""What a daemon is started with."""

from dataclasses import dataclass
from typing import Final

from lczero_training.config.root import RootConfig
from lczero_training.upload.password import Password

# How long an orderly end waits for the step or the export in flight before it leaves them. With
# what comes after it, it stays under the 20 seconds that service managers are promised.
STOP_SECONDS: Final = 15.0


@dataclass(frozen=True, kw_only=True)
class LoadedConfig:
    """A config and where it came from."""

    config: RootConfig
    filepath: str
    # None where no upload is configured.
    password: Password | None = None


@dataclass(frozen=True, kw_only=True)
class DaemonOptions:
    """What the command line decides."""

    # Starts at once with it; None: waits for start_training.
    initial: LoadedConfig | None = None
    # Ends with code 0 after so many networks in this process; 0: never.
    max_networks: int = 0
    # Ends in order when stdin ends.
    exit_on_eof: bool = False
    stop_seconds: float = STOP_SECONDS
    # Tries networks once more that the training server refused.
    retry_parked: bool = False
