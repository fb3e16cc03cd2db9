"""The config file: its dataclasses, and how it is read."""

from lczero_training.config.errors import ConfigError, ConfigProblem
from lczero_training.config.load import dump_config, load_config
from lczero_training.config.root import RootConfig

__all__ = ["ConfigError", "ConfigProblem", "RootConfig", "dump_config", "load_config"]
