import jax

from lczero_training.daemon.device_memory import device_memory
from lczero_training.schema.messages import DeviceMemory

GPU = {"bytes_in_use": 5, "peak_bytes_in_use": 7, "bytes_limit": 80, "num_allocs": 3}


def test_summed_over_devices() -> None:
    assert device_memory([GPU, {**GPU, "bytes_in_use": 6}]) == DeviceMemory(
        used_bytes=11, peak_bytes=14, limit_bytes=160
    )


def test_what_a_device_does_not_tell_is_left_out() -> None:
    assert device_memory([None, {"bytes_in_use": 5}]) == DeviceMemory(used_bytes=5)


def test_cpus_do_not_tell() -> None:
    cpus = jax.local_devices(backend="cpu")
    assert device_memory(device.memory_stats() for device in cpus) is None
