import pytest

from lczero_training.daemon.progress_log import ProgressLog
from lczero_training.schema.messages import TimeShares, TrainingProgress


def test_one_line_each_interval_and_one_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    now = 100.0
    log = ProgressLog(clock=lambda: now)
    for step in range(1, 31):
        now += 1.0
        log.show(
            TrainingProgress(
                step=1000 + step, network_step=step, steps_per_network=30, total_loss=2.5
            )
        )
    steps = [record.getMessage().split(" (")[0] for record in caplog.records]
    assert steps == ["step 1001", "step 1011", "step 1021", "step 1030"]
    assert "loss 2.5000" in caplog.records[0].getMessage()


def test_what_training_waited_for_is_at_the_end_of_the_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    shares = TimeShares(loader=0.7, host=0.1, device=0.2)
    ProgressLog().show(TrainingProgress(step=7, time_shares=shares))
    assert caplog.messages[0].endswith("0 s left, bottleneck loader 70% (device 20%, host 10%)")
