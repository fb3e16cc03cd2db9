"""Each thing that a daemon must not say is said once."""

from pathlib import Path

import pytest

from lczero_training.client.events import LogLine
from lczero_training.schema import messages
from lczero_training.schema.jsonl import Envelope
from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.schema.messages import DaemonState, TrainingProgress, TrainingStatus
from tools.faults.disk import Checkpoint, Disk
from tools.faults.life_checks import Expected, LifeWatch
from tools.rig.deliveries import Deliveries
from tools.rig.run_config import LinearRate

RATE = LinearRate()
SECRET = "hush"


@pytest.fixture
def deliveries(tmp_path: Path) -> Deliveries:
    made = Deliveries(tmp_path)
    for _ in range(6):
        made.add(b"", chunks=3)
    return made


@pytest.fixture
def watch(deliveries: Deliveries) -> LifeWatch:
    checkpoint = Checkpoint(step=6, network_step=2, anchor=deliveries.all[1].key)
    expected = Expected(checkpoint=checkpoint, chunks_per_network=6, rate=RATE.at, secret=SECRET)
    return LifeWatch(expected, deliveries)


def log(watch: LifeWatch, text: str, level: str = "info") -> None:
    watch.listen(LogLine(text, level))


def tell(watch: LifeWatch, name: str, payload: object) -> None:
    watch.listen(Envelope(type=name, payload=payload))


def trained(watch: LifeWatch, step: int, rate: float) -> None:
    progress = TrainingProgress(step=step, learning_rate=rate, total_loss=1.0)
    tell(watch, "training_status", TrainingStatus(training=progress))


def counted(watch: LifeWatch, anchor: str, chunks: int) -> None:
    stats = LoaderStats(anchor=anchor, chunks_since_anchor=chunks)
    tell(watch, "training_status", TrainingStatus(loader=stats))


def test_a_life_in_order(watch: LifeWatch, deliveries: Deliveries) -> None:
    counted(watch, "", 9)
    log(watch, "restored the checkpoint of step 6")
    assert not watch.counts
    counted(watch, deliveries.all[1].key, 12)
    assert watch.counts
    log(watch, "progress_log: step 7 (3 of 4): loss 1")
    log(watch, "progress_log: step 8 (4 of 4): loss 1")
    trained(watch, 7, RATE.at(7))
    trained(watch, 8, RATE.at(8))
    counted(watch, deliveries.all[3].key, 6)
    tell(watch, "checkpoint_saved", messages.CheckpointSaved(step=8))
    assert watch.restored and watch.trained and watch.violations == []
    assert watch.against(Disk(checkpoint=Checkpoint(step=8))) == []


def test_restores_another_checkpoint(watch: LifeWatch) -> None:
    log(watch, "restored the checkpoint of step 4")
    assert watch.violations == ["restored checkpoint is 4, not 6"]


def test_begins_anew(watch: LifeWatch) -> None:
    log(watch, "no checkpoint in x: begins with random weights")
    assert watch.violations == ["restored checkpoint is 0, not 6"]


def test_leaves_out_a_step(watch: LifeWatch) -> None:
    log(watch, "progress_log: step 8 (4 of 4): loss 1")
    assert watch.violations == ["first step is 8, not 7"]


def test_goes_back(watch: LifeWatch) -> None:
    trained(watch, 5, RATE.at(5))
    assert watch.violations == ["steps go back from 6 to 5"]


def test_a_rate_of_the_step_before(watch: LifeWatch) -> None:
    trained(watch, 7, RATE.at(6))
    (found,) = watch.violations
    assert found.startswith("learning rate at step 7")


def test_counts_a_chunk_twice(watch: LifeWatch, deliveries: Deliveries) -> None:
    counted(watch, deliveries.all[1].key, 13)
    (found,) = watch.violations
    assert found.startswith("13 chunks are counted")


def test_moves_the_anchor_too_early(watch: LifeWatch, deliveries: Deliveries) -> None:
    counted(watch, deliveries.all[2].key, 9)
    (found,) = watch.violations
    assert found.endswith("after 3 chunks")


def test_fails(watch: LifeWatch) -> None:
    change = messages.StateChanged(
        from_state=DaemonState.TRAINING, to_state=DaemonState.ERROR, reason="no disk"
    )
    tell(watch, "state_changed", change)
    log(watch, "ERROR x: y", "error")
    assert watch.violations == ["state ERROR: no disk", "the log has an error: ERROR x: y"]


def test_told_what_is_not_on_disk(watch: LifeWatch) -> None:
    tell(watch, "checkpoint_saved", messages.CheckpointSaved(step=8))
    network = messages.NetworkInfo(step=8)
    tell(watch, "network_exported", messages.NetworkExported(network=network))
    checkpoint, ledger = watch.against(Disk(checkpoint=Checkpoint(step=6)))
    assert "told of step 8" in checkpoint and "{8}" in ledger


def test_tells_the_password(watch: LifeWatch) -> None:
    log(watch, f"posted with pwd={SECRET}")
    tell(watch, "warning", messages.Warning(message=f"refused: {SECRET}"))
    assert watch.violations == 2 * ["the daemon tells the password"]
