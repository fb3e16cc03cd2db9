"""The cycle when the disk is full, or has lost something."""

import errno
import functools
from pathlib import Path
from typing import cast

import pytest

from lczero_training.config import load_config
from lczero_training.config.root import RootConfig
from lczero_training.daemon import states
from lczero_training.daemon.delivery import Delivery
from lczero_training.daemon.events import (
    CheckpointWritten,
    ProblemMet,
    SessionEvent,
)
from lczero_training.daemon.testing.bench import Bench, later
from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.fakes import (
    FakeRunState,
    Script,
)
from lczero_training.schema.messages import DaemonState, Problem
from lczero_training.upload.retry import BackOff


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


def test_a_younger_network_does_not_overtake(config: RootConfig) -> None:
    """The disk has room again before the older one is due."""
    bench = Bench(config, Script(chunks=10, endless=True), full_disk=True)

    def room_again() -> None:
        bench.full_disk = False

    bench.reactions.append((lambda e: isinstance(e, CheckpointWritten) and e.step == 6, room_again))
    assert bench.run(max_networks=2) == "2 of 2 networks exported"
    assert bench.networks() == [(4, False), (8, False)]


def test_network_that_waited_for_the_disk_may_be_the_last(config: RootConfig) -> None:
    """It is written while the next one is trained, which then ends."""
    bench = Bench(config, Script(chunks=10, endless=True), full_disk=True)

    def room_again() -> None:
        bench.full_disk = False
        bench.seconds = 1000.0

    bench.reactions.append((lambda e: isinstance(e, CheckpointWritten) and e.step == 6, room_again))
    assert bench.run(max_networks=1) == "1 of 1 networks exported"
    assert bench.networks() == [(4, False)]
    assert bench.checkpoints()[-1] == bench.trainer.run_state.step < 8


def test_the_spool_is_filled_again_when_the_disk_has_room(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10, endless=True), full_disk=True)
    delivery = FakeDelivery(bench)
    bench.delivery = cast(Delivery, delivery)

    def room_again() -> None:
        bench.full_disk = False
        bench.seconds = 1000.0

    def spool_is_full() -> None:
        delivery.back_off.failed()
        bench.seconds = 2000.0

    for step, react in ((6, room_again), (10, spool_is_full), (14, bench.controls.stop)):
        wrote = functools.partial(wrote_checkpoint, step)
        bench.reactions.append((wrote, react))
    bench.run()
    # After the late export, when the back-off says so, and at the end.
    assert delivery.filled_at == [6, 10, 14]


def test_an_older_network_that_a_younger_one_brings_along_goes_into_the_spool(
    config: RootConfig,
) -> None:
    """The disk has room again before the older one is due, and this config uploads nothing."""
    bench = Bench(config, Script(chunks=10, endless=True), full_disk=True)
    delivery = FakeDelivery(bench)
    bench.delivery = cast(Delivery, delivery)

    def room_again() -> None:
        bench.full_disk = False

    bench.reactions.append((functools.partial(wrote_checkpoint, 6), room_again))
    bench.run(max_networks=2)
    assert bench.networks() == [(4, False), (8, False)]
    # With the younger network, and at the end.
    assert delivery.filled_at == [8, 8]


def wrote_checkpoint(step: int, event: SessionEvent) -> bool:
    return isinstance(event, CheckpointWritten) and event.step == step


class FakeDelivery:
    """Notes the steps at which its spool is filled."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.filled_at: list[int] = []
        self.settled = True
        self.back_off = BackOff(bench.config.export.retry, clock=lambda: bench.seconds)

    def fill_spool(self) -> None:
        self.filled_at.append(self._bench.trainer.run_state.step)
        self.back_off.succeeded()


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

    def still_no_room() -> None:
        bench.seconds = 1000.0
        bench.controls.look()
        bench.reactions.append((lambda e: isinstance(e, ProblemMet), room_again))

    def room_again() -> None:
        bench.trainer.save_checkpoint = save  # type: ignore[method-assign]  # a probe
        bench.seconds = 2000.0
        bench.reactions.append((lambda e: isinstance(e, CheckpointWritten), bench.controls.stop))
        bench.controls.look()

    bench.trainer.save_checkpoint = full  # type: ignore[method-assign]  # a probe
    bench.on_phase("EXPORTING", lambda: bench.on_phase("WAITING_FOR_DATA", still_no_room))
    bench.run()
    problems = [e.problem for e in bench.events if isinstance(e, ProblemMet)]
    assert problems == 2 * [Problem.CHECKPOINT_FAILED]
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
