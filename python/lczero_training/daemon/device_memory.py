"""Memory of the devices that train, as JAX tells it."""

from collections.abc import Iterable, Mapping

from lczero_training.schema.messages import DeviceMemory


def device_memory(stats: Iterable[Mapping[str, int] | None]) -> DeviceMemory | None:
    """Sums `jax.Device.memory_stats()` over devices; None if none of them tells, as CPUs do not."""
    known = [each for each in stats if each]
    if not known:
        return None
    return DeviceMemory(
        used_bytes=_sum(known, "bytes_in_use"),
        peak_bytes=_sum(known, "peak_bytes_in_use"),
        limit_bytes=_sum(known, "bytes_limit"),
    )


def _sum(stats: Iterable[Mapping[str, int]], name: str) -> int:
    return sum(each.get(name, 0) for each in stats)
