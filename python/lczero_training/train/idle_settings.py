"""Settings that change nothing in this run: told before it begins, or refused."""

import logging

from lczero_training.config.remarks import remarks
from lczero_training.config.root import RootConfig
from lczero_training.train.selectors import check_selectors
from lczero_training.train.state import Params

_LOG = logging.getLogger(__name__)


def idle_settings(config: RootConfig, params: Params) -> list[str]:
    """A warning for each; `params` may be shapes.

    Raises FieldError if nothing at all would be trained.
    """
    return [*remarks(config), *check_selectors(config.training, params)]


def warn_of_idle_settings(config: RootConfig, params: Params) -> None:
    """Writes them to the log. Raises FieldError as above."""
    for warning in idle_settings(config, params):
        _LOG.warning("%s", warning)
