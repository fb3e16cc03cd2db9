"""The cycle with a fake loader and trainer, step by step in the test's own thread."""

from pathlib import Path

import pytest

from lczero_training.config import load_config
from lczero_training.config.root import RootConfig
from lczero_training.daemon.controls import Wake
from lczero_training.daemon.cycle import export_paths
from lczero_training.daemon.events import (
    CheckpointWritten,
    NetworkWritten,
    ProblemMet,
)
from lczero_training.daemon.ledger import Ledger
from lczero_training.daemon.testing.bench import NOW, Bench, later
from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.fakes import (
    FakeLoaderStopped,
    Script,
)
from lczero_training.schema.messages import Problem


@pytest.fixture
def config(tmp_path: Path) -> RootConfig:
    return load_config(write_tiny_config(tmp_path))


def test_networks_follow_each_other(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10, endless=True))
    assert bench.run(max_networks=2) == "2 of 2 networks exported"
    assert bench.phases() == ["WAITING_FOR_DATA", "TRAINING", "EXPORTING"] * 2
    assert bench.networks() == [(4, False), (8, False)]
    assert bench.checkpoints() == [2, 4, 6, 8]
    assert Path(config.export.paths[0].format(name="tiny", step=8)).read_text() == "8"
    assert Ledger(bench.ledger.path.parent).networks_total == 2


def test_waits_until_enough_chunks_are_there(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=9))
    wait_for_chunks = bench.loader.WaitForChunks

    def last_chunk_comes_late(count: int, timeout_seconds: float) -> bool:
        if timeout_seconds:
            bench.loader.add_chunks(1)
        return wait_for_chunks(count, timeout_seconds)

    bench.loader.WaitForChunks = last_chunk_comes_late  # type: ignore[method-assign]  # a probe
    bench.run(max_networks=1)
    assert bench.networks() == [(4, False)]
    assert bench.trainer.run_state.anchor == "0002"


def test_chunks_that_came_during_training_count_for_the_next_network(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10))
    bench.on_phase("TRAINING", lambda: bench.loader.add_chunks(10))
    bench.run(max_networks=2)
    assert bench.networks() == [(4, False), (8, False)]
    assert bench.trainer.run_state.anchor == "0002"


def test_start_now_does_not_wait(config: RootConfig) -> None:
    bench = Bench(config)
    bench.on_phase("WAITING_FOR_DATA", lambda: later(bench.controls.start_now))
    bench.run(max_networks=1)
    assert bench.networks() == [(4, False)]


def test_start_now_during_an_export_starts_the_next_network(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10))
    bench.on_phase("EXPORTING", bench.controls.start_now)
    bench.run(max_networks=2)
    assert bench.networks() == [(4, False), (8, False)]


def test_start_now_that_came_too_late_is_forgotten(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10))
    bench.on_phase("TRAINING", bench.controls.start_now)
    left: list[Wake] = []

    def look_and_stop() -> None:
        bench.controls.look()
        left.append(bench.controls.wait())
        bench.controls.stop()

    bench.on_phase("EXPORTING", look_and_stop)
    assert bench.run() == "stopped on request"
    assert left == [Wake.LOOK]


def test_stop_while_waiting_saves_nothing(config: RootConfig) -> None:
    bench = Bench(config)
    bench.on_phase("WAITING_FOR_DATA", lambda: later(bench.controls.stop))
    assert bench.run() == "stopped on request"
    assert bench.phases() == ["WAITING_FOR_DATA"] and bench.checkpoints() == []


def test_stop_of_the_loader_while_waiting_needs_a_request(config: RootConfig) -> None:
    bench = Bench(config)
    bench.loader.Stop()
    with pytest.raises(FakeLoaderStopped):
        bench.run()


def test_stop_of_the_loader_while_training_needs_a_request(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10))
    bench.on_phase("TRAINING", bench.loader.Stop)
    with pytest.raises(FakeLoaderStopped):
        bench.run()


def test_stop_while_the_loader_is_asked_for_chunks(config: RootConfig) -> None:
    bench = Bench(config)
    wait_for_chunks = bench.loader.WaitForChunks

    def stopped_in_the_meantime(count: int, timeout_seconds: float) -> bool:
        bench.controls.stop()
        bench.loader.Stop()
        return wait_for_chunks(count, timeout_seconds)

    bench.loader.WaitForChunks = stopped_in_the_meantime  # type: ignore[method-assign]  # a probe
    assert bench.run() == "stopped on request"
    assert bench.phases() == ["WAITING_FOR_DATA"]


def test_stop_before_the_first_step_keeps_the_older_anchor(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10))
    bench.on_phase("TRAINING", bench.controls.stop)
    bench.run()
    assert bench.checkpoints() == []
    again = Bench(config, Script(chunks=10))
    again.run(max_networks=1)
    assert again.networks() == [(4, False)]


def test_stop_between_two_steps_saves_the_step(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10))
    stop_at_step(bench, 3)
    bench.run()
    assert bench.checkpoints() == [2, 3]
    assert bench.trainer.run_state.step == 3


def stop_at_step(bench: Bench, step: int) -> None:
    """Stops while the step before `step` is behind and its batch is asked for."""
    next_batch = bench.loader.GetNext

    def counted(split: str = "train") -> object:
        if bench.trainer.run_state.step == step - 1:
            bench.controls.stop()
        return next_batch(split)

    bench.loader.GetNext = counted  # type: ignore[method-assign]  # a probe


def test_stop_while_a_batch_is_awaited(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10, no_batches=True))

    def stop() -> None:
        bench.controls.stop()
        bench.loader.Stop()

    bench.on_phase("TRAINING", lambda: later(stop))
    assert bench.run() == "stopped on request"


@pytest.mark.parametrize("step", [1, 2, 3])
def test_network_that_was_stopped_goes_on_without_waiting(config: RootConfig, step: int) -> None:
    bench = Bench(config, Script(chunks=10))
    stop_at_step(bench, step)
    bench.run()
    again = Bench(config)
    again.loader.add_chunks(4)
    again.run(max_networks=1)
    assert again.phases() == ["TRAINING", "EXPORTING"]
    assert again.networks() == [(4, False)]
    assert again.loader.GetStats().anchor == "0001"


def test_trained_network_without_a_ledger_line_is_exported_first(config: RootConfig) -> None:
    Bench(config, Script(chunks=10)).run(max_networks=1)
    Path(config.training.checkpoint.directory, "networks.jsonl").unlink()
    again = Bench(config)
    again.run(max_networks=1)
    assert again.phases() == ["EXPORTING"] and again.networks() == [(4, False)]


def test_exported_network_is_not_exported_again(config: RootConfig) -> None:
    Bench(config, Script(chunks=10)).run(max_networks=1)
    again = Bench(config)
    again.on_phase("WAITING_FOR_DATA", lambda: later(again.controls.stop))
    again.run()
    assert again.networks() == [] and again.ledger.networks_total == 1


def test_export_now_between_two_steps(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10))
    bench.reactions.append((lambda e: isinstance(e, CheckpointWritten), bench.controls.export_now))
    bench.run(max_networks=1)
    assert bench.networks() == [(2, True), (4, False)]
    assert bench.phases()[1:4] == ["TRAINING", "EXPORTING", "TRAINING"]
    assert bench.ledger.networks_total == 1


def test_export_now_while_paused_and_waiting(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10))
    bench.controls.pause()
    bench.on_phase("TRAINING", bench.controls.export_now)
    bench.reactions.append((lambda e: isinstance(e, ProblemMet), bench.controls.resume))
    bench.run(max_networks=1)
    assert [e for e in bench.events if isinstance(e, ProblemMet)] == [
        ProblemMet(
            "export_now refused: no step is trained yet; wait for the first",
            Problem.COMMAND_REFUSED,
        )
    ]
    again = Bench(config)
    again.on_phase("WAITING_FOR_DATA", lambda: later(again.controls.export_now))
    again.reactions.append((lambda e: isinstance(e, NetworkWritten), again.controls.stop))
    again.run()
    assert again.networks() == [(4, True)]
    assert again.phases() == ["WAITING_FOR_DATA", "EXPORTING", "WAITING_FOR_DATA"]


def test_failure_in_training_comes_out(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10, fail_at_step=3))
    with pytest.raises(ValueError, match="step 3"):
        bench.run()
    assert bench.checkpoints() == [2]


def test_export_paths(config: RootConfig, tmp_path: Path) -> None:
    assert export_paths(config, step=12, now=NOW) == (
        tmp_path / "networks" / "tiny-00000012.pb.gz",
    )
    several = load_config(
        write_tiny_config(tmp_path), ['export.paths=["/a/{datetime}", "/b/{step}"]']
    )
    assert export_paths(several, step=12, now=NOW) == (
        Path("/a/20260102-030405"),
        Path("/b/12"),
    )


def test_a_roll_back_is_told_and_the_network_is_trained_all_the_same(config: RootConfig) -> None:
    bench = Bench(config, Script(chunks=10, roll_back_at_step=2))
    bench.run(max_networks=1)
    assert [e for e in bench.events if isinstance(e, ProblemMet)] == [
        ProblemMet("went back", Problem.TRAINING_ROLLED_BACK)
    ]
    assert bench.networks() == [(4, False)]
