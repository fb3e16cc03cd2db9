import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from lczero_training.config.root import RootConfig
from lczero_training.schema.loader_config import ChunkSourceSplitterConfig, StageConfig
from lczero_training.testing import disk_that_takes
from lczero_training.train.batch import HostBatch, PackedHostBatch
from lczero_training.train.held_out import HeldOutBatches, HeldOutFiles
from lczero_training.train.held_out_file import joined, kept_file, part_of
from lczero_training.train.testing import random_batch, tiny_config


class Source:
    """Numbered batches, by output; after `last` it waits until it is stopped."""

    def __init__(self, make: Callable[[int], Any] = random_batch, last: int = 99) -> None:
        self.given: list[str] = []
        self.waits = threading.Event()
        self.stopped = threading.Event()
        self._make = make
        self._last = last

    def __call__(self, output: str) -> HostBatch:
        if len(self.given) == self._last:
            self.waits.set()
            self.stopped.wait()
            raise RuntimeError("loader stopped")
        self.given.append(output)
        batch: HostBatch = self._make(len(self.given))
        return batch


class Packed(NamedTuple):
    """As the loader gives it."""

    bitboards: np.ndarray
    scalars: np.ndarray
    probabilities: np.ndarray
    values: np.ndarray
    opponent_moves: np.ndarray
    input_format: int


def packed(seed: int) -> Packed:
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 256, (2, 104, 8), np.uint8)
    plain = random_batch(seed, batch_size=2)
    moves = np.array([seed, -1], np.int16)
    return Packed(bits, bits[:, 0], plain.probabilities, plain.values, moves, 1)


@pytest.fixture
def config(tmp_path: Path) -> RootConfig:
    return tiny_config(tmp_path)


def had(config: RootConfig, source: Source, batches: int = 2) -> HeldOutBatches:
    """After the thread has ended."""
    held_out = held_out_of(config, batches)
    held_out.begin(source)
    held_out.wait()
    return held_out


def held_out_of(config: RootConfig, batches: int) -> HeldOutBatches:
    files = HeldOutFiles(config, batches=batches)
    return HeldOutBatches(("validation", "test"), batches=batches, files=files)


@pytest.mark.parametrize("make", [random_batch, packed])
def test_a_restart_has_the_same_batches(make: Callable[[int], Any], config: RootConfig) -> None:
    first = Source(make)
    had(config, first)
    assert first.given == ["validation"] * 2 + ["test"] * 2
    again = Source(lambda number: make(number + 50))
    held_out = had(config, again)
    assert again.given == []
    for output, numbers in (("validation", (1, 2)), ("test", (3, 4))):
        kept = held_out.get(output)
        for batch, number in zip(kept, numbers, strict=True):
            expected = make(number)
            assert isinstance(batch, PackedHostBatch) == isinstance(expected, Packed)
            for name in expected._fields:
                np.testing.assert_array_equal(getattr(batch, name), getattr(expected, name))


@pytest.mark.parametrize("make", [random_batch, packed])
def test_parts_of_a_batch_make_it_again(make: Callable[[int], Any]) -> None:
    batch = make(1)
    parts = [part_of(batch, index, 2) for index in range(2)]
    assert {len(part.values) for part in parts} == {len(batch.values) // 2}
    whole = joined(parts)
    assert isinstance(whole, PackedHostBatch) == isinstance(batch, Packed)
    for name in batch._fields:
        np.testing.assert_array_equal(getattr(whole, name), getattr(batch, name))


def test_missing_batches_keep_nobody_waiting(config: RootConfig) -> None:
    source = Source(last=3)
    held_out = held_out_of(config, 2)
    held_out.begin(source)
    source.waits.wait()
    held_out.begin(source)
    assert len(held_out.get("validation")) == 2
    assert held_out.get("test") == ()
    assert held_out.come() == {"validation": 2, "test": 1}
    source.stopped.set()
    held_out.wait()
    more = Source()
    held_out.begin(more)
    held_out.wait()
    assert more.given == ["test", "test"], "those that are there stay"
    assert len(held_out.get("test")) == 2


def other_number(config: RootConfig) -> tuple[RootConfig, int]:
    return config, 3


def other_size(config: RootConfig) -> tuple[RootConfig, int]:
    return replace(config, training=replace(config.training, batch_size=8)), 2


def other_split(config: RootConfig) -> tuple[RootConfig, int]:
    splitter = StageConfig(chunk_source_splitter=ChunkSourceSplitterConfig(weights={"a": 1}))
    return replace(config, data_loader=replace(config.data_loader, stages={"s": splitter})), 2


@pytest.mark.parametrize("change", [other_number, other_size, other_split])
def test_batches_of_another_origin_are_not_taken(
    change: Callable[[RootConfig], tuple[RootConfig, int]],
    config: RootConfig,
    caplog: pytest.LogCaptureFixture,
) -> None:
    had(config, Source())
    source = Source()
    changed, batches = change(config)
    with caplog.at_level(logging.INFO):
        had(changed, source, batches)
    assert len(source.given) == 2 * batches
    assert "validation.npz has batches of another number, size or split" in caplog.text


@pytest.mark.parametrize("size", [0, 1, 100, -1])
def test_a_file_that_was_cut_is_replaced(size: int, config: RootConfig) -> None:
    had(config, Source())
    file = kept_file(config, "validation")
    content = file.read_bytes()
    file.write_bytes(content[:size])
    source = Source()
    had(config, source)
    assert source.given == ["validation"] * 2
    assert len(file.read_bytes()) == len(content)


@pytest.mark.parametrize("part", range(1, 20))
def test_a_file_with_a_damaged_byte_is_replaced(part: int, config: RootConfig) -> None:
    had(config, Source())
    file = kept_file(config, "validation")
    content = bytearray(file.read_bytes())
    place = len(content) * part // 20
    content[place : place + 4] = bytes(byte ^ 0xFF for byte in content[place : place + 4])
    file.write_bytes(content)
    source = Source()
    assert len(had(config, source).get("validation")) == 2
    assert source.given == ["validation"] * 2


def test_a_full_disk_is_a_warning(config: RootConfig, caplog: pytest.LogCaptureFixture) -> None:
    with disk_that_takes(500):
        held_out = had(config, Source())
    assert len(held_out.get("validation")) == 2
    assert "could not be written" in caplog.text and "not comparable" in caplog.text
    assert list(kept_file(config, "validation").parent.iterdir()) == []
