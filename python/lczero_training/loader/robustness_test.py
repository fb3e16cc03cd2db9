"""What must not crash the process: misuse, many threads at once, forks, a late end."""

import gc
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lczero_training.loader import BadConfig, Batch, CorruptData, DataLoader, LoaderStopped, _loader
from lczero_training.loader.usual_graph import GAMES, config_for

LONE_SURROGATE = "\ud800"


@pytest.fixture
def raw_loader(tmp_path: Path) -> Iterator[_loader.Loader]:
    """Give the extension's object, over a folder without games."""
    loader = DataLoader(config_for(tmp_path))
    yield loader._loader
    loader.Stop()


@pytest.mark.parametrize("wrong", [None, 1, 1.5, b"\xff", [], object(), LONE_SURROGATE])
@pytest.mark.parametrize("name", ["get_next_batch", "get_next_packed_batch", "set_anchor"])
def test_what_is_no_text_is_refused(raw_loader: Any, name: str, wrong: object) -> None:
    if name == "set_anchor" and wrong == b"\xff":
        pytest.skip("bytes are file names, too")
    with pytest.raises((TypeError, ValueError)):
        getattr(raw_loader, name)(wrong)


@pytest.mark.parametrize("wrong", [-1, 2**64, 1.5, "1", None, float("nan")])
def test_what_is_no_count_is_refused(raw_loader: Any, wrong: object) -> None:
    with pytest.raises(TypeError):
        raw_loader.wait_for_chunks(wrong, 0.0)


@pytest.mark.parametrize("timeout", [-1e308, 0, -(2**63)])
def test_any_timeout_that_is_over_will_do(raw_loader: _loader.Loader, timeout: float) -> None:
    assert not raw_loader.wait_for_chunks(2**64 - 1, timeout)


@pytest.mark.parametrize("wrong", ["", "{", "[" * 1_000_000, "\x00", '{"stages": ' * 100_000, "[]"])
def test_a_config_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(BadConfig):
        _loader.check_config(wrong)
    with pytest.raises(BadConfig):
        _loader.Loader(wrong)


def test_configs_and_states_have_types() -> None:
    unchecked: Any = _loader
    wrong_configs: list[object] = [None, 1, [], LONE_SURROGATE]
    for wrong in wrong_configs:
        with pytest.raises((TypeError, ValueError)):
            unchecked.Loader(wrong)
    wrong_states: list[object] = ["text", 1, bytearray(b"x"), []]
    for state in wrong_states:
        with pytest.raises(TypeError):
            unchecked.Loader("{}", state)


def test_a_state_of_any_bytes_is_refused(tmp_path: Path) -> None:
    draw = random.Random(1)
    for size in (1, 100, 1_000_000):
        with pytest.raises(CorruptData):
            DataLoader(config_for(tmp_path), sampler_state=draw.randbytes(size))


def test_an_object_that_was_never_made_is_refused() -> None:
    empty = _loader.Loader.__new__(_loader.Loader)
    empty.stop()
    with pytest.raises(TypeError, match="__init__ was not called"):
        empty.get_next_batch("train")
    with pytest.raises(TypeError):
        empty.get_stats_json()


def test_a_loader_is_not_made_twice(raw_loader: Any) -> None:
    before = raw_loader.get_stats_json()
    raw_loader.__init__("{}")
    assert len(raw_loader.get_stats_json()) >= len(before) - 100


def test_loaders_are_not_copied(raw_loader: _loader.Loader) -> None:
    with pytest.raises(TypeError):
        raw_loader.__reduce_ex__(2)


def test_any_calls_from_many_threads_while_it_stops() -> None:
    for seed in range(10):
        loader = DataLoader(config_for(GAMES, batch_size=4))
        loader.GetNextBatch()
        start = threading.Barrier(7)
        threads = [
            threading.Thread(target=_call_until_it_stops, args=(loader, start, seed * 100 + number))
            for number in range(6)
        ]
        for thread in threads:
            thread.start()
        start.wait()
        loader.GetNextBatch()
        loader.Stop()
        for thread in threads:
            thread.join()
        assert loader.GetStats().stages


def _call_until_it_stops(loader: DataLoader, start: threading.Barrier, seed: int) -> None:
    draw = random.Random(seed)
    calls: list[Callable[[], object]] = [
        loader.GetNextBatch,
        loader.GetStats,
        loader.GetSamplerState,
        loader.ResetAnchor,
        lambda: loader.SetAnchor(draw.choice(("", "a", "\x00", "é" * 1000))),
        lambda: loader.WaitForChunks(1, 0.0),
    ]
    start.wait()
    try:
        while True:
            draw.choice(calls)()
    except LoaderStopped:
        pass
    # All that does not need the stream goes on.
    for call in calls[1:-1]:
        call()


def test_batches_of_many_dead_loaders_stay_what_they_were() -> None:
    kept: list[tuple[Batch, tuple[np.ndarray[Any, Any], ...]]] = []
    for _ in range(5):
        loader = DataLoader(config_for(GAMES, batch_size=8))
        for _ in range(5):
            batch = loader.GetNextBatch()
            kept.append((batch, tuple(array.copy() for array in batch)))
        del loader
        gc.collect()
    # Half of them go, in other threads, while others are made.
    dying = kept[::2]
    del kept[::2]
    threads = [threading.Thread(target=dying.pop) for _ in range(len(dying))]
    for thread in threads:
        thread.start()
    loader = DataLoader(config_for(GAMES, batch_size=8))
    for thread in threads:
        thread.join()
    loader.GetNextBatch()
    loader.Stop()
    for batch, copies in kept:
        for array, copy in zip(batch, copies, strict=True):
            np.testing.assert_array_equal(array, copy)
            # It is the holder's own.
            array[...] = 1


PRELUDE = """
import faulthandler, os, signal, sys, threading
from pathlib import Path
from lczero_training.loader import DataLoader
from lczero_training.loader.usual_graph import GAMES, config_for

loader = DataLoader(config_for(GAMES, batch_size=2))
batch = loader.GetNextBatch()
"""


def run(script: str) -> "subprocess.CompletedProcess[str]":
    """Run a script in an interpreter of its own."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + script],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("busy", [False, True], ids=["at rest", "while threads take batches"])
@pytest.mark.parametrize(
    "in_child",
    [
        "pass",
        "del loader",
        "loader.Stop(); loader.Stop()",
        "refused(loader.GetNextBatch); refused(loader.GetStats); refused(loader.ResetAnchor)",
        "own = DataLoader(config_for(GAMES)); own.GetNextBatch(); own.Stop(); own.GetStats()",
        "own = DataLoader(config_for(GAMES)); own.GetNextBatch()",
    ],
)
def test_a_forked_child_can_neither_use_nor_harm_the_loader(in_child: str, busy: bool) -> None:
    done = run(f"""
def refused(call):
    try:
        call()
    except RuntimeError as error:
        assert f"belongs to process {{os.getppid()}}" in str(error), error
    else:
        raise AssertionError

def take():
    try:
        while True:
            loader.GetNextBatch()
    except Exception:
        pass

if {busy}:
    for _ in range(3):
        threading.Thread(target=take, daemon=True).start()
for _ in range(10):
    child = os.fork()
    if child == 0:
        {in_child}
        batch.planes[...] = 2
        sys.exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert not (batch.planes == 2).any()
loader.GetNextBatch()
loader.Stop()
""")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "call",
    [
        "loader.WaitForChunks(10**9, 1e9)",
        "loader.GetStats()",
        "loader.GetSamplerState()",
        "DataLoader(config_for(GAMES)).Stop()",
    ],
)
def test_the_interpreter_ends_during_any_call(call: str) -> None:
    done = run(f"""
def repeat():
    while True:
        try:
            {call}
        except Exception:
            pass

for _ in range(3):
    threading.Thread(target=repeat, daemon=True).start()
loader.GetNextBatch()
""")
    assert done.returncode == 0, done.stderr


def test_the_interpreter_ends_while_batches_live() -> None:
    done = run("""
import builtins
builtins.kept = [loader.GetNextBatch() for _ in range(5)]
builtins.loader = loader
""")
    assert (done.returncode, done.stderr) == (0, "")
