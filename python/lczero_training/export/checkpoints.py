"""Between checkpoints of the trainer and weights files."""

from pathlib import Path

import jax.numpy as jnp

from lczero_training.config import RootConfig
from lczero_training.config.daemon import DaemonConfig, ExportConfig
from lczero_training.config.losses import LossesConfig, PolicyLossConfig
from lczero_training.config.model import ModelConfig
from lczero_training.config.optimizer import SchedulePieceConfig
from lczero_training.config.training import CheckpointConfig, TrainingConfig
from lczero_training.export.convert import model_to_net, net_to_model
from lczero_training.export.encodings import Encoding
from lczero_training.export.errors import UnusableCheckpointError
from lczero_training.model import LczeroModel
from lczero_training.schema.loader_config import DataLoaderConfig
from lczero_training.schema.net_pb2 import Net
from lczero_training.train.checkpoint_about import CheckpointError
from lczero_training.train.checkpoint_models import check_empty, read_model, write_initial
from lczero_training.train.run_state import RunState
from lczero_training.train.schedule import build_schedule


def checkpoint_model(
    directory: str, config: RootConfig, *, step: int | None
) -> tuple[LczeroModel, RunState]:
    """A checkpoint's model with the weights that export.weights names.

    Raises UnusableCheckpointError.
    """
    try:
        return read_model(directory, config, step, weights=config.export.weights)
    except CheckpointError as error:
        raise UnusableCheckpointError(str(error)) from error


def checkpoint_to_net(
    directory: str, config: RootConfig, *, step: int | None, encoding: Encoding
) -> Net:
    """The weights file of a checkpoint, the newest or the one of that step.

    Raises UnusableCheckpointError, and what model_to_net raises.
    """
    model, run_state = checkpoint_model(directory, config, step=step)
    rate = build_schedule(config.training.schedule)(jnp.int32(run_state.step))
    return model_to_net(
        model, training_steps=run_state.step, learning_rate=float(rate), encoding=encoding
    )


def net_to_checkpoint(net: Net, directory: str, config: RootConfig | None) -> None:
    """Writes a checkpoint at step 0 with the net's weights, for the trainer to start from.

    The folder must be empty, or not there. The config's model section must be the net's; None: a
    config made for the net.
    Raises UnusableCheckpointError, and what net_to_model raises.
    """
    try:
        check_empty(Path(directory))
        compute_dtype = "float32" if config is None else config.model.compute_dtype
        model_config, model = net_to_model(net, compute_dtype=compute_dtype)
        write_initial(directory, config or _config_for(model_config, directory), model)
    except CheckpointError as error:
        raise UnusableCheckpointError(str(error)) from error


def _config_for(model: ModelConfig, directory: str) -> RootConfig:
    """A config with this model; of the rest only the optimizer's defaults have an effect."""
    return RootConfig(
        name="imported",
        data_loader=DataLoaderConfig(),
        daemon=DaemonConfig(chunks_per_network=1),
        model=model,
        training=TrainingConfig(
            batch_size=1,
            steps_per_network=1,
            schedule=(SchedulePieceConfig(kind="constant", end=0.0),),
            losses=LossesConfig(policy=(PolicyLossConfig(head=next(iter(model.policy_heads))),)),
            checkpoint=CheckpointConfig(directory=directory),
        ),
        export=ExportConfig(paths=("{name}.pb.gz",)),
    )
