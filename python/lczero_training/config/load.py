"""Config file -> RootConfig and back.

Light: imports neither JAX nor the loader's extension, so that `--help` and `--check` are quick.
"""

from __future__ import annotations

import dataclasses
import enum
import os
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from lczero_training.config.build import Builder
from lczero_training.config.document import Document, Dumper, parse_document
from lczero_training.config.errors import ConfigError, ConfigProblem
from lczero_training.config.overrides import apply_override
from lczero_training.config.root import RootConfig
from lczero_training.schema.problem import Path, dotted
from lczero_training.schema.spec import is_message


def load_config(path: str | os.PathLike[str], overrides: Iterable[str] = ()) -> RootConfig:
    """Reads, checks and resolves a config file.

    Args:
        path: a YAML file.
        overrides: "KEY=VALUE" each, applied over the file in order.

    Returns:
        The config with defaults filled in, paths absolute (relative ones are relative to the
        file, those in overrides too) and tensor_generator.batch_size taken from `training`.

    Raises:
        ConfigError: with every problem that was found.
    """
    name = os.fspath(path)
    document = parse_document(_read_text(name), name)
    for override in overrides:
        apply_override(document, override)
    if document.value is None:
        raise ConfigError([ConfigProblem(name, "", "the file is empty; expected a mapping")])
    builder = Builder(os.path.dirname(os.path.abspath(name)))
    config = builder.build(RootConfig, document.value, ())
    if not builder.problems:
        config, builder.problems = _with_batch_size(config)
    if builder.problems:
        raise ConfigError(_located(document, builder.problems))
    assert isinstance(config, RootConfig)
    return config


def dump_config(config: RootConfig) -> str:
    """The config as YAML, which load_config reads back as an equal one."""
    return yaml.dump(_plain(config), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)


def _read_text(name: str) -> str:
    try:
        with open(name, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        problem = ConfigProblem(name, "", f"cannot be read: {error.strerror or error}")
    except UnicodeDecodeError as error:
        problem = ConfigProblem(name, "", f"cannot be read: byte {error.start} is not UTF-8")
    raise ConfigError([problem])


def _located(document: Document, problems: list[tuple[Path, str]]) -> list[ConfigProblem]:
    return [
        ConfigProblem(document.place(path), dotted(path), message) for path, message in problems
    ]


def _with_batch_size(config: RootConfig) -> tuple[RootConfig, list[tuple[Path, str]]]:
    """Gives tensor generators the trainer's batch size; another one is a problem."""
    size = config.training.batch_size
    stages = dict(config.data_loader.stages)
    problems: list[tuple[Path, str]] = []
    for name, stage in stages.items():
        generator = stage.tensor_generator
        if generator is None:
            continue
        if generator.batch_size not in (None, size):
            key = ("data_loader", "stages", name, "tensor_generator", "batch_size")
            message = f"expected training.batch_size ({size}) or none, got {generator.batch_size}"
            problems.append((key, message))
        generator = dataclasses.replace(generator, batch_size=size)
        stages[name] = dataclasses.replace(stage, tensor_generator=generator)
    loader = dataclasses.replace(config.data_loader, stages=stages)
    return dataclasses.replace(config, data_loader=loader), problems


def _plain(value: Any) -> Any:
    """Dicts, lists and scalars as they would stand in the file."""
    if dataclasses.is_dataclass(value):
        items = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        # In a message an absent field and one that is null are the same.
        return {k: v for k, v in items.items() if v is not None} if is_message(value) else items
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.name if isinstance(value, enum.Enum) else value
