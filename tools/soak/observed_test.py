from lczero_training.client.events import ClientEvent, LogLine, ProtocolWarning
from lczero_training.schema.jsonl import Envelope
from lczero_training.schema.loader_stats import Counter, LoaderStats, StageStats
from lczero_training.schema.messages import (
    DaemonState,
    Error,
    NetworkExported,
    NetworkInfo,
    Problem,
    ScheduleStatus,
    StateChanged,
    TrainingProgress,
    TrainingStatus,
    Warning,
)
from tools.soak.observed import Observed


def after(*events: ClientEvent | object) -> Observed:
    observed = Observed()
    for event in events:
        is_event = isinstance(event, LogLine | ProtocolWarning)
        observed.listen(event if is_event else Envelope(type="x", payload=event))  # type: ignore[arg-type]  # narrowed by hand
    return observed


def test_counts() -> None:
    stages = (
        StageStats(name="a", kind="x", counters={"bad.corrupt": Counter(total=2)}),
        StageStats(
            name="b",
            kind="chunk_validator",
            items=Counter(total=50),
            counters={"bad.corrupt": Counter(total=1), "bad.q": Counter(total=4)},
        ),
    )
    status = TrainingStatus(
        loader=LoaderStats(stages=stages),
        training=TrainingProgress(step=8),
        schedule=ScheduleStatus(networks_total=2),
    )
    observed = after(status, NetworkExported(network=NetworkInfo()))
    assert observed.bad_chunks() == {"corrupt": 3, "q": 4}
    assert observed.good_chunks() == 50
    assert (observed.step(), observed.networks(), observed.exported) == (8, 2, 1)
    assert observed.unexpected == []


def test_before_the_first_status() -> None:
    observed = after()
    assert (observed.step(), observed.networks(), observed.good_chunks()) == (0, 0, 0)
    assert observed.bad_chunks() == {}


def test_what_a_soak_provokes_is_expected() -> None:
    observed = after(
        Error(message="no", problem=Problem.LINE_REFUSED),
        Error(message="no", problem=Problem.COMMAND_REFUSED),
        Warning(message="no", problem=Problem.UPLOAD_FAILED),
        LogLine("warning", "warning"),
    )
    assert observed.unexpected == []
    assert observed.problems == {"LINE_REFUSED": 1, "COMMAND_REFUSED": 1, "UPLOAD_FAILED": 1}


def test_all_else_is_not() -> None:
    observed = after(
        Warning(message="disk", problem=Problem.CHECKPOINT_FAILED),
        StateChanged(to_state=DaemonState.ERROR, reason="broken"),
        LogLine("a traceback", "error"),
        ProtocolWarning("no JSON"),
    )
    assert observed.unexpected == [
        "CHECKPOINT_FAILED: disk",
        "state ERROR: broken",
        "log: a traceback",
        "protocol: no JSON",
    ]
