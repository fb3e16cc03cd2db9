"""Models in and out of checkpoints, for whoever does not train."""

from pathlib import Path

from lczero_training.config.root import RootConfig
from lczero_training.model import LczeroModel
from lczero_training.train.checkpoint import CheckpointStore, SavedSampler
from lczero_training.train.checkpoint_about import CheckpointError
from lczero_training.train.run_state import RunState
from lczero_training.train.state import (
    TrainState,
    default_sharding,
    merge_model,
    shapes_on,
    split_model,
)
from lczero_training.train.step import build_recipe, initial_state, model_shapes


def read_model(
    directory: str | Path, config: RootConfig, step: int | None = None, *, weights: str = "current"
) -> tuple[LczeroModel, RunState]:
    """A checkpoint's model, without its optimizer; `step` None: the newest.

    `weights`: its present ones, or the average "swa" or "ema".

    Only reads, so that it can be used beside a running trainer.

    Raises:
        CheckpointError: there is no such checkpoint.
        CheckpointMismatchError: it is of another model than config.model.
    """
    store = CheckpointStore(directory, config, read_only=True)
    try:
        graphdef, shapes = model_shapes(config.model)
        step = existing_step(store, step)
        like = shapes_on(shapes, default_sharding())
        params, run_state = store.restore_params(step, like, weights)
    finally:
        store.close()
    return merge_model(graphdef, params), run_state


def write_initial(directory: str | Path, config: RootConfig, model: LczeroModel) -> str:
    """Writes a checkpoint at step 0 with this model's weights; returns its path.

    Raises CheckpointError if the folder is not empty.
    """
    graphdef, params = split_model(model)
    return write_first(
        directory, config, initial_state(params, build_recipe(graphdef, config.training))
    )


def write_first(
    directory: str | Path,
    config: RootConfig,
    state: TrainState,
    run_state: RunState | None = None,
    sampler: SavedSampler | None = None,
) -> str:
    """Writes a state as the folder's first checkpoint, at step 0 if no run state says otherwise.

    Returns its path.

    Raises CheckpointError if the folder is not empty.
    """
    check_empty(Path(directory))
    store = CheckpointStore(directory, config)
    try:
        path = store.save(state, run_state or RunState(), sampler)
        store.wait()
    finally:
        store.close()
    return path


def check_empty(directory: Path) -> None:
    """Raises CheckpointError if a folder is there and has anything in it, or if it is a file."""
    if not directory.exists():
        return
    if not directory.is_dir():
        raise CheckpointError(f"{directory} is a file: name a folder")
    names = sorted(path.name for path in directory.iterdir())
    if names:
        raise CheckpointError(
            f"the checkpoint folder {directory} is not empty: it has {', '.join(names[:5])}"
            f"{' and more' if names[5:] else ''}. A run begins in an empty folder: choose another, "
            "or move this one away."
        )


def existing_step(store: CheckpointStore, step: int | None) -> int:
    """The step, or the newest for None. Raises CheckpointError if there is no such checkpoint."""
    steps = store.steps()
    if not steps:
        raise CheckpointError(f"no checkpoint in {store.directory}. Train, or import a network.")
    if step is None:
        return steps[-1]
    if step not in steps:
        raise CheckpointError(
            f"no checkpoint of step {step} in {store.directory}; there are those of {steps}"
        )
    return step
