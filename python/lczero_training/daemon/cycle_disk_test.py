"""The cycle when the disk is full, or has lost something."""

import errno
from pathlib import Path

import pytest

from lczero_training.config import load_config
from lczero_training.config.root import RootConfig
from lczero_training.daemon import states
from lczero_training.daemon.events import (
    CheckpointWritten,
    ProblemMet,
)
from lczero_training.daemon.testing.bench import Bench, later
from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.fakes import (
    FakeRunState,
    Script,
)
from lczero_training.schema.messages import DaemonState, Problem


@pytest.fixture
def config(tmp_path: Path) -> RootConfig:
    return load_config(write_tiny_config(tmp_path))


def test_training_goes_on_while_a_network_waits_for_the_disk(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10, endless=True), full_disk=True)

    def room_again_during_the_second_network() -> None:
        bench.reactions.append((lambda e: isinstance(e, CheckpointWritten) and e.step == 6, free))

    def free() -> None:
        bench.full_disk = False
        bench.seconds = 1000.0

    bench.on_phase("EXPORTING", room_again_during_the_second_network)
    assert bench.run(max_networks=2) == "2 of 2 networks exported"
    assert bench.networks() == [(4, False), (8, False)]
    assert bench.phases() == [
        *("WAITING_FOR_DATA", "TRAINING", "EXPORTING"),
        *("WAITING_FOR_DATA", "TRAINING", "EXPORTING", "TRAINING", "EXPORTING"),
    ]
    problems = [e.problem for e in bench.events if isinstance(e, ProblemMet)]
    assert problems == [Problem.EXPORT_FAILED]


def test_network_that_waits_for_the_disk_is_exported_by_the_next_start(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10), full_disk=True)
    bench.on_phase("EXPORTING", lambda: later(bench.controls.stop))
    bench.run()
    assert bench.networks() == []
    again = Bench(config)
    assert again.run(max_networks=1) == "1 of 1 networks exported"
    assert again.networks() == [(4, False)]


def test_network_that_nothing_can_export_any_more_is_told(config: RootConfig) -> None:
    Bench(config, Script(chunks=10, endless=True)).run(max_networks=1)
    bench = Bench(config)
    bench.trainer.run_state = FakeRunState(step=6, network_step=2, anchor="0001")
    bench.ledger.path.unlink()
    bench.ledger.entries = ()
    bench.on_phase("TRAINING", bench.controls.stop)
    bench.run()
    [lost] = [e for e in bench.events if isinstance(e, ProblemMet)]
    assert lost.problem is Problem.EXPORT_LOST and "step 4 was never exported" in lost.message


def test_checkpoint_that_fails_at_the_end_is_saved_while_waiting(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10))
    save = bench.trainer.save_checkpoint

    def full() -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    def room_again() -> None:
        bench.trainer.save_checkpoint = save  # type: ignore[method-assign]  # a probe
        bench.seconds = 1000.0
        bench.reactions.append((lambda e: isinstance(e, CheckpointWritten), bench.controls.stop))
        bench.controls.look()

    bench.trainer.save_checkpoint = full  # type: ignore[method-assign]  # a probe
    bench.on_phase("EXPORTING", lambda: bench.on_phase("WAITING_FOR_DATA", room_again))
    bench.run()
    problems = [e.problem for e in bench.events if isinstance(e, ProblemMet)]
    assert problems == [Problem.CHECKPOINT_FAILED]
    assert bench.networks() == [(4, False)] and bench.checkpoints() == [4]


def test_network_that_the_ledger_has_is_not_exported_again(config: RootConfig) -> None:
    """Its checkpoint was lost, and it was trained once more from the one before."""
    Bench(config, Script(chunks=10, endless=True)).run(max_networks=1)
    bench = Bench(config, Script(chunks=10))
    bench.trainer.run_state = FakeRunState(step=2, network_step=2, anchor="0001")
    bench.on_phase("WAITING_FOR_DATA", bench.controls.stop)
    bench.run()
    assert bench.phases() == ["TRAINING", "WAITING_FOR_DATA"]
    assert bench.networks() == []
    states.check_transition(DaemonState.TRAINING, DaemonState.WAITING_FOR_DATA)


def test_checkpoints_that_fail_one_after_the_other_are_told_with_back_off(
    config: RootConfig,
) -> None:
    bench = Bench(config, Script(chunks=10, endless=True))

    def full() -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    bench.trainer.save_checkpoint = full  # type: ignore[method-assign]  # a probe
    with pytest.raises(OSError, match="No space left"):
        bench.run(max_networks=3)
    problems = [e.problem for e in bench.events if isinstance(e, ProblemMet)]
    assert problems == [Problem.CHECKPOINT_FAILED], "six failed, within the first wait"
