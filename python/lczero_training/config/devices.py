"""On which devices the network is trained: section `training.devices` of the config."""

from dataclasses import dataclass

from lczero_training.config import checks


@dataclass(frozen=True, kw_only=True)
class DevicesConfig:
    """A mesh of data x fsdp devices. All share each batch; what fsdp means is the second axis."""

    # Devices along the first axis, whose rows each hold the whole state. None: as many as are left
    # of all that JAX finds.
    data: int | None = None
    # Devices that share one copy of weights, optimizer state and averages.
    fsdp: int = 1

    def __post_init__(self) -> None:
        checks.optional(checks.at_least, "data", self.data, 1)
        checks.at_least("fsdp", self.fsdp, 1)
