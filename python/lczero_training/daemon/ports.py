"""What the daemon needs of the loader, the trainer and the exporter.

The real ones import JAX and the extension and take seconds to load, so the daemon names only
these protocols; parts.py brings the real ones, in the session's thread. Tests bring fakes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from lczero_training.config.root import RootConfig
from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.schema.messages import DeviceMemory, TrainingProgress

if TYPE_CHECKING:
    from lczero_training.loader import Batch, PackedBatch


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkFile:
    """One file of an exported network."""

    path: str
    sha256: str
    size_bytes: int


class RunState(Protocol):
    """Where training stands; part of every checkpoint."""

    @property
    def step(self) -> int:
        """Steps since training began."""

    @property
    def network_step(self) -> int:
        """Steps of the current network."""

    @property
    def anchor(self) -> str:
        """Newest sort key when the current network began; empty before the first."""


class Loader(Protocol):
    """lczero_training.loader.DataLoader, as far as the daemon uses it."""

    def GetNext(self, split: str = "train") -> "Batch | PackedBatch":
        """The next batch of `split`, in the form of its output; waits for it."""

    def point_after(self, batches: int) -> dict[str, Any]:
        """How far it had come when so many batches had been given, for a checkpoint."""

    def GetStats(self) -> LoaderStats:
        """What the loader tells about itself. Never waits; at any time, also after Stop()."""

    def SetAnchor(self, sort_key: str) -> None:
        """Counts only chunks of sources newer than `sort_key`."""

    def ResetAnchor(self) -> str:
        """Sets the anchor to the newest sort key seen, and returns it."""

    def WaitForChunks(self, count: int, timeout_seconds: float) -> bool:
        """True once `count` chunks newer than the anchor are there."""

    def Stop(self) -> None:
        """Ends all threads and wakes all waits; may be called twice."""


class Trainer(Protocol):
    """lczero_training.train.Trainer, as far as the daemon uses it."""

    @property
    def run_state(self) -> RunState:
        """Where training stands."""

    @property
    def restored_sampler(self) -> dict[str, Any] | None:
        """What point_after() of the loader said for the checkpoint that was restored."""

    def follow_sampler(self, sampler_after: Callable[[int], dict[str, Any]]) -> None:
        """Checkpoints hold what it says of the number of batches that are in steps."""

    def begin_network(self, anchor: str) -> None:
        """Sets network_step to 0 and remembers `anchor`."""

    def train_network(
        self,
        next_batch: "Callable[[], Batch | PackedBatch]",
        *,
        held_out: "Callable[[str], Batch | PackedBatch]",
        before_step: Callable[[], bool],
        on_progress: Callable[[TrainingProgress], None],
        on_checkpoint: Callable[[str, int], None],
        on_checkpoint_failed: Callable[[Exception], None],
        on_rolled_back: Callable[[str], None],
    ) -> bool:
        """Trains to the network's last step; False if before_step said stop."""

    def save_checkpoint(self) -> str:
        """Saves now; returns the path when it is durable. Parts.checkpoint_failed if it fails."""

    def close(self) -> None:
        """Waits for running saves and frees the device."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Makes the heavy parts of a session."""

    # As training_loader: config, restored_sampler, and who is told of each loader before
    # anything waits for it.
    make_loader: Callable[[RootConfig, dict[str, Any] | None, Callable[[Loader], None]], Loader]
    make_trainer: Callable[[RootConfig], Trainer]
    # The bytes of a weights file with the current weights.
    encode_network: Callable[[Trainer], bytes]
    # Writes such bytes: a whole and durable file, or OSError.
    write_file: Callable[[bytes, Path], NetworkFile]
    # Name of the device that trains.
    device: Callable[[], str]
    # What is used of its memory; None where it does not tell.
    device_memory: Callable[[], DeviceMemory | None]
    # What waits in the loader raise after Stop().
    loader_stopped: type[Exception]
    # What save_checkpoint() raises if the disk does not take it.
    checkpoint_failed: type[Exception]
