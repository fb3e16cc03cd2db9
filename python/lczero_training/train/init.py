"""A run's first checkpoint: of new random weights, or of a weights file's."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lczero_training.config.root import RootConfig
from lczero_training.export.convert import net_to_model
from lczero_training.export.errors import NetError
from lczero_training.export.infer import differences
from lczero_training.export.net_file import load_net
from lczero_training.model import LczeroModel
from lczero_training.train.checkpoint_about import CheckpointError
from lczero_training.train.checkpoint_models import check_empty, write_first, write_initial
from lczero_training.train.errors import CommandError, ConfigRefusedError
from lczero_training.train.first_state import first_state

_LOG = logging.getLogger(__name__)


def init_from_seed(config: RootConfig, *, seed: int) -> None:
    """Writes a checkpoint at step 0 with the random weights that training would begin with.

    Raises CommandError if the folder is not empty or cannot be written.
    """
    with _commands_errors():
        directory = _empty_folder(config)
        path = write_first(directory, config, first_state(config, seed=seed))
    _LOG.info("wrote random weights of seed %d as checkpoint %s", seed, path)


def init_from_net(config: RootConfig, *, net_file: Path) -> None:
    """Writes a checkpoint at step 0 with the weights of a file.

    Raises CommandError as above and for a damaged file, ConfigRefusedError if it is of another
    model than the config's.
    """
    with _commands_errors():
        directory = _empty_folder(config)
        model = _read_net(config, net_file)
        path = write_initial(directory, config, model)
    _LOG.info("wrote the weights of %s as checkpoint %s", net_file, path)


def _read_net(config: RootConfig, net_file: Path) -> LczeroModel:
    found, model = net_to_model(load_net(str(net_file)), compute_dtype=config.model.compute_dtype)
    unlike = differences(found, config.model)
    if unlike:
        raise ConfigRefusedError(
            f"{net_file} is of another model than the config's:\n  " + "\n  ".join(unlike)
        )
    return model


def _empty_folder(config: RootConfig) -> Path:
    directory = Path(config.training.checkpoint.directory)
    check_empty(directory)
    return directory


@contextmanager
def _commands_errors() -> Iterator[None]:
    try:
        yield
    except (CheckpointError, NetError) as error:
        raise CommandError(str(error)) from error
