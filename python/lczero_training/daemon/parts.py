"""The real loader, trainer and exporter; importing this loads JAX and the extension."""

from pathlib import Path

import jax

from lczero_training.daemon.device_memory import device_memory
from lczero_training.daemon.ports import NetworkFile, Parts
from lczero_training.daemon.ports import Trainer as TrainerPort
from lczero_training.export import encode_net, model_to_net, write_net_file
from lczero_training.export.verify import verify_bytes
from lczero_training.loader import LoaderStopped
from lczero_training.schema.messages import DeviceMemory
from lczero_training.train import Trainer
from lczero_training.train.checkpoint_about import CheckpointWriteError
from lczero_training.train.training_loader import training_loader


def real_parts() -> Parts:
    """What production runs with."""
    return Parts(
        make_loader=training_loader,
        make_trainer=Trainer,
        encode_network=_encode_network,
        write_file=_write_file,
        device=_device,
        device_memory=_device_memory,
        loader_stopped=LoaderStopped,
        checkpoint_failed=CheckpointWriteError,
    )


def _encode_network(trainer: TrainerPort) -> bytes:
    assert isinstance(trainer, Trainer)
    model = trainer.model()
    net = model_to_net(
        model,
        training_steps=trainer.run_state.step,
        learning_rate=trainer.learning_rate(),
    )
    data = encode_net(net)
    if trainer.verifies_networks:
        verify_bytes(data, model, step=trainer.run_state.step)
    return data


def _write_file(data: bytes, path: Path) -> NetworkFile:
    file = write_net_file(data, path)
    return NetworkFile(path=str(file.path), sha256=file.sha256, size_bytes=file.size_bytes)


def _device() -> str:
    return str(jax.devices()[0].device_kind)


def _device_memory() -> DeviceMemory | None:
    return device_memory(device.memory_stats() for device in jax.local_devices())
