"""When a daemon has nothing left to do: everything delivered is counted, and too little of it."""

from lczero_training.schema.messages import DaemonState, TrainingStatus
from tools.rig.deliveries import Deliveries


class Rest:
    """Compares a status with what was delivered.

    The last delivery must be one that the loader accepts.
    """

    def __init__(self, deliveries: Deliveries, chunks_per_network: int) -> None:
        self._deliveries = deliveries
        self._chunks_per_network = chunks_per_network

    def is_at_rest(self, status: TrainingStatus | None) -> bool:
        """Waits for data, has seen all there is, and counts exactly what no network used."""
        if status is None or status.loader is None or not status.loader.anchor:
            return False
        counted = status.loader.chunks_since_anchor
        return (
            status.state is DaemonState.WAITING_FOR_DATA
            and status.loader.newest_key == self._deliveries.all[-1].key
            and counted == self._deliveries.chunks_between(status.loader.anchor)
            and counted < self._chunks_per_network
        )

    def describe(self, status: TrainingStatus | None) -> str:
        """What the status says and what should be, for a message."""
        if status is None or status.loader is None:
            return "no status with a loader"
        anchor, counted = status.loader.anchor, status.loader.chunks_since_anchor
        return (
            f"state {status.state.name}, {counted} chunks counted since {anchor!r}, "
            f"{self._deliveries.chunks_between(anchor)} were delivered; the newest file seen is "
            f"{status.loader.newest_key!r}, the newest one there {self._deliveries.all[-1].key!r}"
        )
