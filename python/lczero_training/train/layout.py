"""Where state and batches lie on a mesh of devices."""

import functools
import math
from collections.abc import Sequence
from typing import Any

import jax
from jax.sharding import NamedSharding, PartitionSpec

from lczero_training.config.training import TrainingConfig
from lczero_training.train.state import Params

# Axes of the mesh. A batch is divided over both, the state over FSDP alone.
DATA, FSDP = "data", "fsdp"


class DeviceLayoutError(Exception):
    """Devices that do not suit the config; the message has the arithmetic and a remedy."""


class DeviceLayout:
    """A mesh of data x fsdp devices, and what lies where on it.

    Every device has its share of each batch. Each array of the state whose size allows is split
    into fsdp parts along its largest dimension that fsdp divides; the others are on all devices.
    The compiler adds the communication that follows from this.
    """

    def __init__(self, config: TrainingConfig, devices: Sequence[jax.Device] | None = None) -> None:
        """Lays `config.devices` out over `devices`, by default all that JAX finds.

        Raises DeviceLayoutError if there are too few, or if they cannot share a batch alike.
        """
        found = jax.devices() if devices is None else devices
        self.shape = _mesh_shape(config, len(found))
        _check_shares(config, self.shape)
        mesh = jax.make_mesh(
            self.shape,
            (DATA, FSDP),
            axis_types=(jax.sharding.AxisType.Auto,) * 2,
            devices=found[: math.prod(self.shape)],
        )
        # Of an array that every device has.
        self.whole = NamedSharding(mesh, PartitionSpec())
        # Of a batch's arrays, [B, ...].
        self.batch = NamedSharding(mesh, PartitionSpec((DATA, FSDP)))

    def placed(self, shapes: Any) -> Any:
        """A state's jax.ShapeDtypeStructs with the sharding of each."""
        return jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=self._of(leaf)),
            shapes,
        )

    def shardings(self, shapes: Any) -> Any:
        """The sharding of each array of a state, or of a part of one."""
        return jax.tree.map(self._of, shapes)

    def gather(self, params: Params) -> Params:
        """Within a compiled function: the weights as every device needs them for its positions.

        The gradient through it is summed over the devices and divided as the weights are.
        """
        if self.shape[1] == 1:
            return params
        return jax.tree.map(self._gathered, params)

    def on_first_device(self, tree: Any) -> Any:
        """A copy of a part of the state, whole, on one device."""
        gathered = jax.tree.map(lambda leaf: leaf.addressable_data(0), self._gather_all(tree))
        return jax.device_put(gathered, jax.local_devices()[0], may_alias=False)

    @functools.cached_property
    def _gather_all(self) -> Any:
        return jax.jit(lambda tree: tree, out_shardings=self.whole)

    def _of(self, leaf: Any) -> NamedSharding:
        fsdp = self.shape[1]
        fitting = [i for i, size in enumerate(leaf.shape) if size % fsdp == 0]
        if fsdp == 1 or not fitting:
            return self.whole
        split = max(fitting, key=lambda i: leaf.shape[i])
        return NamedSharding(self.whole.mesh, PartitionSpec(*[None] * split, FSDP))

    def _gathered(self, weight: jax.Array) -> jax.Array:
        constrain: Any = jax.lax.with_sharding_constraint
        gather: Any = jax.custom_vjp(lambda x: constrain(x, self.whole))
        gather.defvjp(
            lambda x: (constrain(x, self.whole), None),
            lambda _, gradient: (constrain(gradient, self._of(gradient)),),
        )
        gathered: jax.Array = gather(weight)
        return gathered


def _mesh_shape(config: TrainingConfig, found: int) -> tuple[int, int]:
    data, fsdp = config.devices.data, config.devices.fsdp
    if data is None:
        data, rest = divmod(found, fsdp)
        if rest:
            raise DeviceLayoutError(
                f"training.devices.fsdp: {fsdp} does not divide the {found} devices that JAX finds "
                f"({found} = {data} x {fsdp} + {rest}). Set a divisor, or training.devices.data."
            )
    elif data * fsdp > found:
        raise DeviceLayoutError(
            f"training.devices: data x fsdp = {data} x {fsdp} = {data * fsdp} devices, JAX finds "
            f"{found}. Set less, or give the process more devices."
        )
    elif data * fsdp < found and jax.process_count() > 1:
        raise DeviceLayoutError(
            f"training.devices: data x fsdp = {data} x {fsdp} = {data * fsdp} devices of {found} "
            f"in {jax.process_count()} processes. Several processes use all: leave data out."
        )
    return data, fsdp


def _check_shares(config: TrainingConfig, shape: tuple[int, int]) -> None:
    (data, fsdp), parts = shape, config.accumulation
    share, rest = divmod(config.batch_size, data * fsdp * parts)
    if rest:
        raise DeviceLayoutError(
            f"training.batch_size: {config.batch_size} positions cannot be shared alike by "
            f"{data} x {fsdp} devices (data x fsdp) in {parts} parts (training.accumulation): "
            f"{config.batch_size} = {data * fsdp * parts} x {share} + {rest}. "
            f"Set a multiple of {data * fsdp * parts}, or training.devices.data."
        )
