"""The config of a run that exercises the daemon: a tiny network, everything in one folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lczero_training.daemon.testing.configs import write_tiny_config


@dataclass(frozen=True, kw_only=True)
class LinearRate:
    """A learning rate that differs at each step, so that a step lost or repeated shows."""

    start: float = 0.001
    end: float = 0.002
    steps: int = 1000

    def at(self, step: int) -> float:
        """The rate of the step with this number, counted from 1."""
        done = min(1.0, (step - 1) / self.steps)
        return self.start + (self.end - self.start) * done


def write_run_config(
    folder: Path,
    *,
    steps_per_network: int,
    every_steps: int,
    chunks_per_network: int,
    rate: LinearRate,
    more: Mapping[str, Any] | None = None,
) -> Path:
    """Writes the config into `folder`; `more` is put into it by dotted keys."""
    path = write_tiny_config(
        folder,
        steps_per_network=steps_per_network,
        every_steps=every_steps,
        chunks_per_network=chunks_per_network,
    )
    config = yaml.safe_load(path.read_text())
    schedule = {"kind": "linear", "start": rate.start, "end": rate.end, "steps": rate.steps}
    for key, value in {"training.schedule": [schedule], **(more or {})}.items():
        _put(config, key.split("."), value)
    path.write_text(yaml.safe_dump(config))
    return path


def upload_settings(folder: Path, url: str) -> dict[str, Any]:
    """The section `export.upload`, with short waits between attempts."""
    return {
        "url": url,
        "training_id": 1,
        "spool_directory": str(folder / "spool"),
        "retry": {"first_seconds": 0.1, "longest_seconds": 1.0},
    }


def _put(config: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        config = config.setdefault(key, {})
    config[keys[-1]] = value
