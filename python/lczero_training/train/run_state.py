"""Where training stands, as far as the daemon's cycle is concerned."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RunState:
    """Part of every checkpoint.

    Attributes:
        step: steps since training began, over all networks.
        network_step: steps of the current network.
        anchor: the newest chunk source's sort key when the current network began; empty before
            the first network.
    """

    step: int = 0
    network_step: int = 0
    anchor: str = ""
