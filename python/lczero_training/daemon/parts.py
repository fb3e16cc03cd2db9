"""The real loader, trainer and exporter; importing this loads JAX and the extension."""

from collections.abc import Sequence
from pathlib import Path

import jax

from lczero_training.config.root import RootConfig
from lczero_training.daemon.ports import Loader, NetworkFile, Parts
from lczero_training.daemon.ports import Trainer as TrainerPort
from lczero_training.export import model_to_net, save_net
from lczero_training.loader import DataLoader, LoaderStopped
from lczero_training.schema.loader_config import DataLoaderConfig
from lczero_training.train import Trainer


def real_parts() -> Parts:
    """What production runs with."""
    return Parts(
        make_loader=_make_loader,
        make_trainer=_make_trainer,
        write_network=_write_network,
        device=_device,
        loader_stopped=LoaderStopped,
    )


def _make_loader(config: DataLoaderConfig) -> Loader:
    return DataLoader(config)


def _make_trainer(config: RootConfig) -> TrainerPort:
    return Trainer(config)


def _write_network(trainer: TrainerPort, paths: Sequence[Path]) -> list[NetworkFile]:
    assert isinstance(trainer, Trainer)
    net = model_to_net(
        trainer.model(),
        training_steps=trainer.run_state.step,
        learning_rate=trainer.learning_rate(),
    )
    saved = [save_net(net, path) for path in paths]
    return [
        NetworkFile(path=str(file.path), sha256=file.sha256, size_bytes=file.size_bytes)
        for file in saved
    ]


def _device() -> str:
    return str(jax.devices()[0].device_kind)
