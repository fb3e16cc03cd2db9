"""How processes share and agree; together_test has real ones."""

import dataclasses
from pathlib import Path
from typing import Any, cast

import jax
import pytest
from jax.errors import JaxRuntimeError

from lczero_training.config.checks import FieldError
from lczero_training.config.processes import ProcessesConfig
from lczero_training.schema.loader_config import (
    ChunkSourceLoaderConfig,
    DataLoaderConfig,
    StageConfig,
    TensorGeneratorConfig,
)
from lczero_training.testing import disk_that_takes
from lczero_training.train.checkpoint_about import check_writable
from lczero_training.train.processes import (
    LostProcessError,
    Processes,
    ProcessesError,
    Status,
    join_processes,
)
from lczero_training.train.run import _all_ready
from lczero_training.train.stop_request import StopRequest
from lczero_training.train.testing import tiny_config


def test_each_process_has_its_share_of_games_and_batches() -> None:
    stages = {
        "sources": StageConfig(chunk_source_loader=ChunkSourceLoaderConfig(threads=2)),
        "batches": StageConfig(tensor_generator=TensorGeneratorConfig(batch_size=8)),
    }
    config = dataclasses.replace(
        tiny_config(Path("unused"), batch_size=8), data_loader=DataLoaderConfig(stages=stages)
    )
    assert Processes().with_own_games(config) == config
    own = Processes(index=1, count=2).with_own_games(config)
    assert own.training == config.training
    loader = own.data_loader.stages["sources"].chunk_source_loader
    assert loader is not None and loader.share is not None
    assert (loader.share.index, loader.share.count) == (1, 2)
    batches = own.data_loader.stages["batches"].tensor_generator
    assert batches is not None
    assert batches.batch_size == 4
    apart = Processes(index=1, count=2, games="own").with_own_games(config)
    assert apart.data_loader.stages["sources"] == config.data_loader.stages["sources"]
    with pytest.raises(ProcessesError, match=r"8 = 3 x 2 \+ 2"):
        Processes(index=0, count=3).with_own_games(config)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"coordinator": "a:1", "count": 2}, "index"),
        ({"count": 2, "index": 0}, "coordinator"),
        ({"coordinator": "a:1", "count": 2, "index": 2}, "index"),
        ({"games": "all"}, "games"),
        ({"lost_after_seconds": 1}, "lost_after_seconds"),
    ],
)
def test_a_config_without_all_that_is_needed_is_refused(fields: Any, field: str) -> None:
    with pytest.raises(FieldError) as caught:
        ProcessesConfig(**fields)
    assert caught.value.field == field


@dataclasses.dataclass(frozen=True, kw_only=True)
class Others(Processes):
    """This process and one that says what it is told to; `heard` is what it hears."""

    says: list[Status]
    heard: list[Status]

    def agree(self, status: Status) -> Status:
        self.heard.append(status)
        return max(status, self.says.pop(0))


class Feed:
    """What a trainer says of its next batch."""

    def __init__(self, *answers: bool | Exception) -> None:
        self._answers = list(answers)

    def batch_is_ready(self, next_batch: object, *, seconds: float) -> bool:
        del next_batch, seconds
        match self._answers.pop(0):
            case bool(ready):
                return ready
            case error:
                raise error


def all_ready(feed: Feed, others: Processes, stop: StopRequest | None = None) -> bool:
    return _all_ready(cast(Any, feed), pytest.fail, stop or StopRequest(), others)


def test_a_step_waits_for_the_slowest_process() -> None:
    others = Others(count=2, says=[Status.READY, Status.WAITS, Status.READY], heard=[])
    assert all_ready(Feed(False, True, True), others)
    assert others.heard == [Status.WAITS, Status.READY, Status.READY]


def test_a_stop_of_either_stops_both() -> None:
    assert not all_ready(Feed(True), Others(count=2, says=[Status.STOPS], heard=[]))
    stop = StopRequest()
    stop.request()
    others = Others(count=2, says=[Status.WAITS], heard=[])
    assert not all_ready(Feed(False), others, stop)
    assert others.heard == [Status.STOPS]


def test_a_failure_of_either_ends_both() -> None:
    with pytest.raises(ProcessesError, match="another process has failed"):
        all_ready(Feed(True), Others(count=2, says=[Status.FAILED], heard=[]))
    others = Others(count=2, says=[Status.READY], heard=[])
    with pytest.raises(ValueError, match="no games"):
        all_ready(Feed(ValueError("no games")), others)
    assert others.heard == [Status.FAILED]


def test_what_devices_cannot_do_together_is_a_lost_process() -> None:
    with pytest.raises(JaxRuntimeError), Processes().noticing_losses():
        raise JaxRuntimeError("Gloo: closed")
    with pytest.raises(LostProcessError), Processes(count=3).noticing_losses():
        raise JaxRuntimeError("NCCL")
    with pytest.raises(LostProcessError) as caught, Processes(index=1, count=3).noticing_losses():
        raise ValueError("Gloo: connection\nclosed by peer")
    assert str(caught.value).startswith(
        "process 1 of 3 cannot go on: Gloo: connection closed by peer. Another one was killed"
    )
    with pytest.raises(ValueError, match="mine"), Processes(count=3).noticing_losses():
        raise ValueError("mine")


def test_joining_says_for_how_long_one_may_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(jax.distributed, "initialize", lambda **options: asked.append(options))
    join_processes(ProcessesConfig(lost_after_seconds=7))
    assert asked == [{"heartbeat_timeout_seconds": 7}]


def test_a_folder_in_which_nothing_can_be_written_is_an_error(tmp_path: Path) -> None:
    check_writable(tmp_path)
    with disk_that_takes(1000), pytest.raises(OSError, match="File too large"):
        check_writable(tmp_path)
    with pytest.raises(FileNotFoundError):
        check_writable(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []
