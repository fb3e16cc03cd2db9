"""What a restarted process need not compile again."""

import os
import subprocess
import sys
from pathlib import Path

# Trains on two batches and prints how many programs came from the cache, and how many did not.
# Small ones are cached too, so that nothing depends on how long a compilation takes.
_PROGRAM = """
import sys
from pathlib import Path
import jax
import pytest
from lczero_training.train import Trainer, compilation_cache
from lczero_training.train.testing import random_batches, tiny_config

compilation_cache._MIN_COMPILE_SECONDS = 0.0
events = []
jax.monitoring.register_event_listener(lambda event, **fields: events.append(event))
trainer = Trainer(tiny_config(Path(sys.argv[1]), steps_per_network=2))
batches = random_batches()
trainer.begin_network("games")
trainer.train_network(
    lambda: next(batches),
    before_step=lambda: True,
    on_progress=lambda progress: None,
    on_checkpoint=lambda path, step: None,
    on_checkpoint_failed=lambda error: pytest.fail(str(error)),
    on_rolled_back=pytest.fail,
)
print(trainer.run_state.step, *(events.count(f"/jax/compilation_cache/cache_{what}")
      for what in ("hits", "misses")))
trainer.close()
"""


def run(directory: Path) -> tuple[int, int, int]:
    """Steps trained, programs from the cache, programs compiled; in a process of its own."""
    names = ("JAX_COMPILATION_CACHE_DIR", "XLA_FLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    result = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(directory)],
        env=environment | {"PYTHONPATH": os.pathsep.join(sys.path), "JAX_PLATFORMS": "cpu"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    step, hits, misses = map(int, result.stdout.split())
    return step, hits, misses


def cached(directory: Path) -> set[str]:
    """The programs in the run's cache."""
    folder = directory / "checkpoints-compiled"
    return {file.name for file in folder.iterdir() if file.name.endswith("-cache")}


def test_a_restart_compiles_nothing(tmp_path: Path) -> None:
    step, hits, misses = run(tmp_path)
    assert (step, hits) == (2, 0) and misses > 0
    before = cached(tmp_path)
    assert any("train_step" in name for name in before), before
    step, hits, misses = run(tmp_path)
    assert step == 4, "it went on from the checkpoint"
    assert hits > 0 and misses == 0
    assert cached(tmp_path) == before
