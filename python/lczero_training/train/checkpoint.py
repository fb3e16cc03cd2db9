"""Training state on disk: one folder of checkpoints, each whole or not there."""

import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp

from lczero_training.config.root import RootConfig
from lczero_training.train.checkpoint_about import (
    CheckpointError,
    CheckpointWriteError,
    check_fit,
    check_free_space,
    check_version,
    check_writable,
    config_hash,
    describe_checkpoint,
    saved_averages,
    saved_parts,
    with_averages,
)
from lczero_training.train.checkpoint_folder import (
    delete,
    folder_name,
    open_manager,
    read_some,
    set_aside,
    sync_checkpoint,
)
from lczero_training.train.checkpoint_keep import surplus_steps
from lczero_training.train.processes import failing_together, is_first, meet
from lczero_training.train.run_state import RunState
from lczero_training.train.state import (
    Average,
    Params,
    TrainState,
    from_named_leaves,
    named_leaves,
)

_LOG = logging.getLogger(__name__)

# What a loader says of how far it has come: a JSON object that only the loader reads.
SavedSampler = dict[str, Any]


class Restored(NamedTuple):
    """A checkpoint's content; `sampler` None: it has none that can be read."""

    state: TrainState
    run_state: RunState
    sampler: SavedSampler | None


class CheckpointStore:
    """Saves and restores the training state of one config.

    A checkpoint is a folder named by its step with the items `params`, `optimizer` and, where the
    config keeps any, `averages` (arrays by path), `about` (run state, model settings, hash of the
    config, shapes), and `sampler` (how far the loader had come). A state in a run of steps that
    were not finite is never saved. It is written under a temporary name and renamed, and renamed
    again before it is deleted, so that a folder with a step's name is complete. The newest `keep`
    stay, and what `keep_every` and `keep_networks` say; the rest is deleted once a newer one is
    durable.

    Threads:   one thread calls.
    Processes: all that train together have a store each, on one folder that all reach, and call
               save, wait and restore_newest together. The first one syncs and deletes.
    Ownership: the folder belongs to one store at a time; leftovers of a killed writer are
               deleted on construction. Any number of read-only stores may look on.
    Blocking:  save returns when the arrays are copied, wait when they are on disk.
    Shutdown:  close() waits for a save that is under way.
    Errors:    a save that fails (a full disk) raises CheckpointWriteError from save or wait;
               what it left is deleted, the checkpoints before it stand, and saving can be
               tried again.
    """

    def __init__(
        self, directory: str | Path, config: RootConfig, *, read_only: bool = False
    ) -> None:
        """Opens the folder; creates it unless read_only.

        Raises CheckpointError if read_only and there is no such folder.
        """
        self.directory = Path(directory).absolute()
        if read_only and not self.directory.is_dir():
            raise CheckpointError(f"no checkpoint folder {directory}. Check its path.")
        self._config = config
        self._read_only = read_only
        self._manager = open_manager(self.directory, read_only=read_only)
        # Of the save begun last.
        self._saving_step = 0
        # It may not be durable yet.
        self._unsynced = False
        # Steps that end a network, as far as it was looked up.
        self._network_ends: dict[int, bool] = {}

    def steps(self) -> list[int]:
        """The steps that have a checkpoint, ascending."""
        return sorted(self._manager.all_steps())

    def path(self, step: int) -> str:
        """Where the checkpoint of a step is, or would be."""
        return str(self.directory / folder_name(step))

    def save(
        self, state: TrainState, run_state: RunState, sampler: SavedSampler | None = None
    ) -> str:
        """Begins to save and returns the checkpoint's path.

        A step that is already saved is not saved again: that checkpoint stands.
        Raises CheckpointWriteError.
        """
        self.wait()
        if run_state.step not in self._manager.all_steps():
            about = describe_checkpoint(state, run_state, self._config)
            items = _items(state, about=about, sampler=sampler)
            with self._writing(run_state.step):
                with failing_together(True):
                    check_free_space(self.directory, state)
                    # One that cannot write would keep the others waiting.
                    check_writable(self.directory)
                self._manager.save(run_state.step, args=items)
                self._unsynced = True
        return self.path(run_state.step)

    def is_saving(self) -> bool:
        """Whether a save is still being written."""
        return bool(self._manager.is_saving_in_progress())

    def wait(self) -> None:
        """Returns when what was saved is durable. Raises CheckpointWriteError."""
        with self._writing(None), failing_together(self._unsynced):
            self._manager.wait_until_finished()
            if self._unsynced and is_first():
                sync_checkpoint(Path(self.path(self._saving_step)))
        if self._unsynced:
            self._unsynced = False
            self._delete_surplus()

    def restore_newest(self, like: TrainState) -> Restored | None:
        """The newest checkpoint that can be read; None if there is none at all.

        One that cannot be read is reported, set aside under another name, and the one before it
        taken: a damaged disk costs some steps, not the night.

        Args:
            like: structure, shapes, types and shardings of the state. The shardings need not be
                those that it was saved with.

        Raises:
            CheckpointMismatchError: it is of another model or optimizer.
            CheckpointError: there are checkpoints, and none can be read.
        """
        damaged = []
        for step in reversed(self.steps()):
            try:
                restored = self._restore_state(step, like)
            except CheckpointError:
                raise
            except Exception as error:  # Whatever a damaged file makes the readers raise.
                _LOG.warning("checkpoint %s cannot be read: %s", self.path(step), error)
                damaged.append(step)
            else:
                self._set_aside(damaged)
                return restored
        if damaged:
            raise CheckpointError(
                f"none of the {len(damaged)} checkpoints in {self.directory} can be read. "
                "Restore them from a back-up, or move the folder away to begin anew."
            )
        return None

    def restore_params(
        self, step: int, like: Params, weights: str = "current"
    ) -> tuple[Params, RunState]:
        """The weights of a checkpoint, without the optimizer's state.

        `like` has structure, shapes, types and shardings.
        `weights` are those that export.weights names; an average without a sample yet stands for
        the current ones. Raises CheckpointMismatchError if it is of another model, CheckpointError
        if it has no such average.
        """
        about = self.read_about(step)
        expected: dict[str, Any] = {"params": like}
        if weights != "current":
            self._check_kept(step, about, weights)
            count = jax.ShapeDtypeStruct((), jnp.int32, sharding=jax.tree.leaves(like)[0].sharding)
            expected["averages"] = {weights: Average(cast(Any, count), like)}
        about = with_averages(about, [weights])
        arrays = self._read_arrays(step, about, expected)
        average = arrays.get("averages", {}).get(weights)
        chosen = average.params if average is not None and int(average.count) else arrays["params"]
        return chosen, RunState(**about["run"])

    def close(self) -> None:
        """Waits for a save that is under way and releases the folder."""
        try:
            self.wait()
        finally:
            self._manager.close()

    @contextlib.contextmanager
    def _writing(self, step: int | None) -> Iterator[None]:
        """Turns what goes wrong in it into CheckpointWriteError, and makes the next save work."""
        if step is not None:
            self._saving_step = step
        try:
            yield
        except Exception as error:  # orbax raises what its threads and tensorstore raised.
            self._unsynced = False
            self._reopen()
            raise CheckpointWriteError(self.path(self._saving_step), error) from error

    def _reopen(self) -> None:
        """A manager whose save failed keeps futures that fail again: a new one takes over."""
        with contextlib.suppress(Exception):
            self._manager.close()
        self._manager = open_manager(self.directory, read_only=self._read_only)

    def _restore_state(self, step: int, like: TrainState) -> Restored:
        about = self.read_about(step)
        kept = self._kept_averages(step, about, like)
        expected = saved_parts(replace(like, averages=kept))
        arrays = self._read_arrays(step, with_averages(about, kept), expected)
        if about["config_hash"] != config_hash(self._config):
            _LOG.info("the config has changed since checkpoint %s", self.path(step))
        run_state = RunState(**about["run"])
        state = TrainState(
            step=jax.device_put(np.int32(run_state.step), like.step.sharding),
            params=arrays["params"],
            opt_state=arrays["optimizer"],
            averages={
                name: arrays["averages"][name] if name in kept else _empty(average)
                for name, average in like.averages.items()
            },
            nonfinite_run=jax.device_put(np.int32(0), like.nonfinite_run.sharding),
        )
        return Restored(state, run_state, self.read_sampler(step))

    def read_about(self, step: int) -> dict[str, Any]:
        """What a checkpoint says of itself; see describe_checkpoint."""
        item = self._manager.restore(step, args=ocp.args.Composite(about=ocp.args.JsonRestore()))
        about: dict[str, Any] = item["about"]
        check_version(self.path(step), about)
        return about

    def read_sampler(self, step: int) -> SavedSampler | None:
        """Its sampler state, if it has one that can be read."""
        if not (Path(self.path(step)) / "sampler").exists():
            return None
        args = ocp.args.Composite(sampler=ocp.args.JsonRestore())
        try:
            sampler: SavedSampler = self._manager.restore(step, args=args)["sampler"]
        except Exception as error:  # Whatever a damaged file makes the reader raise.
            _LOG.warning("sampler state of %s cannot be read: %s", self.path(step), error)
            return None
        return sampler

    def _read_arrays(
        self, step: int, about: dict[str, Any], expected: dict[str, Any]
    ) -> dict[str, Any]:
        """Pytrees like those expected, with the checkpoint's arrays."""
        check_fit(self.path(step), about, self._config.model, expected)
        items = {
            part: read_some(Path(self.path(step)) / part, named_leaves(tree))
            for part, tree in expected.items()
        }
        return {part: from_named_leaves(tree, items[part]) for part, tree in expected.items()}

    def _kept_averages(
        self, step: int, about: dict[str, Any], like: TrainState
    ) -> Mapping[str, Average]:
        """Of the averages that the config wants, those that the checkpoint has."""
        saved, wanted = saved_averages(about), like.averages.keys()
        for name in sorted(saved - wanted):
            _LOG.info("training.%s is off: that of step %d is dropped", name, step)
        for name in sorted(wanted - saved):
            _LOG.info("training.%s is new: begins from the weights of step %d", name, step)
        return {name: average for name, average in like.averages.items() if name in saved}

    def _check_kept(self, step: int, about: Mapping[str, Any], weights: str) -> None:
        kept = saved_averages(about)
        if weights not in kept:
            raise CheckpointError(
                f"checkpoint {self.path(step)} was written without training.{weights}: of its "
                f"weights there are {', '.join(['current', *sorted(kept)])}"
            )

    def _delete_surplus(self) -> None:
        surplus = surplus_steps(self.steps(), self._config.training.checkpoint, self._ends_network)
        # None deletes what another still reads, and none lists what is about to go.
        meet("checkpoints to delete are known")
        for step in surplus if is_first() else ():
            delete(Path(self.path(step)))
        meet("checkpoints are deleted")
        if surplus:
            self._manager.reload()

    def _ends_network(self, step: int) -> bool:
        if step not in self._network_ends:
            try:
                ends = bool(self.read_about(step).get("ends_network"))
            except Exception as error:  # Whatever a damaged file makes the readers raise.
                _LOG.warning("checkpoint %s cannot be read: %s", self.path(step), error)
                ends = False
            self._network_ends[step] = ends
        return self._network_ends[step]

    def _set_aside(self, steps: list[int]) -> None:
        meet("damaged checkpoints are known")
        for step in steps if is_first() else ():
            set_aside(Path(self.path(step)))
        meet("damaged checkpoints are set aside")
        if steps:
            self._manager.reload()


def _empty(like: Average) -> Average:
    """One without a sample: its first makes it the weights."""

    def zeros(leaf: jax.Array) -> jax.Array:
        return jnp.zeros(leaf.shape, leaf.dtype, device=leaf.sharding)

    empty: Average = jax.tree.map(zeros, like)
    return empty


def _items(
    state: TrainState, *, about: dict[str, Any], sampler: SavedSampler | None
) -> ocp.args.Composite:
    items = {
        part: ocp.args.StandardSave(named_leaves(tree)) for part, tree in saved_parts(state).items()
    }
    items["about"] = ocp.args.JsonSave(about)
    if sampler is not None:
        items["sampler"] = ocp.args.JsonSave(sampler)
    return ocp.args.Composite(**items)
