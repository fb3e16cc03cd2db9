"""The soak: a folder that never rests, a loader over it, and the promises that must hold."""

import gc
import os
import random
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lczero_training.loader import Batch, DataLoader, PackedBatch
from lczero_training.schema.loader_config import DataLoaderConfig
from lczero_training.schema.loader_stats import LoaderStats, PoolStats, StageStats
from tools.loader_soak.folder import File, Folder
from tools.loader_soak.games import Identity, identities_in
from tools.loader_soak.graph import MOST_IN_FLIGHT, WINDOW, has_cache, make_config
from tools.loader_soak.report import Report
from tools.loader_soak.visits import Assembler, Passes, Place, Violation, check_whole_passes
from tools.soak.flatness import TOLERANCES, Flatness, judge
from tools.soak.samples import Sample, take_sample

_STABLE_ARCHIVES = 10
_STABLE_GAMES = 25
# Changes until the folder rests.
_CHANGES = 60
_SAMPLE_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class SoakOptions:
    """One soak."""

    minutes: float
    seed: int
    # Empty, and emptied afterwards if all is well.
    folder: Path


class LoaderSoak:
    """Round after round: changes, restarts, rest, and a look at whole passes while it rests."""

    def __init__(self, options: SoakOptions) -> None:
        self._options = options
        self._draw = random.Random(options.seed)
        self._begun = time.monotonic()
        self._samples: list[Sample] = []
        self._counts: Counter[str] = Counter()
        self._bad: Counter[str] = Counter()
        self._folder = Folder(options.folder, self._draw)
        stable = {
            (file.number, index)
            for file in (self._folder.add_stable(_STABLE_GAMES) for _ in range(_STABLE_ARCHIVES))
            for index in range(_STABLE_GAMES)
        }
        self._passes = Passes(stable, most_lost=MOST_IN_FLIGHT)
        self._positions = Assembler()
        # Files up to this number may have left the window since the last rest.
        self._oldest_sure = 0
        # The most and the least games of each file since the last rest.
        self._most_games: dict[int, int] = {}
        self._least_games: dict[int, int] = {}
        self._at_rest = _resources()
        self._start(None)

    def run(self) -> Report:
        """Soak for the time that was asked for, or until a promise is broken."""
        failures: list[str] = []
        end = self._begun + 60 * self._options.minutes
        try:
            while time.monotonic() < end or self._counts["rounds"] < 2:
                self._round()
        except (Violation, ValueError) as error:
            failures.append(str(error))
        self._folder.finish()
        self._note_bad()
        self._loader.Stop()
        del self._loader
        failures += self._left_behind()
        flatness = self._flatness()
        failures += [str(figure) for figure in flatness if not figure.flat]
        if not failures:
            shutil.rmtree(self._options.folder)
        return self._report(flatness, failures)

    def _round(self) -> None:
        for _ in range(_CHANGES):
            # What lies in the frame cache is not missed when its file is gone.
            self._folder.change(self._sure_files(), may_delete=not self._has_cache)
            self._note_games()
            self._take(self._draw.choice((0, 1, 1, 5, 50)))
            if self._draw.random() < 0.02:
                self._restart()
        self._come_to_rest()
        self._check_window()
        self._forget_what_left()
        self._counts["rounds"] += 1

    def _come_to_rest(self) -> None:
        """Until the pool knows what the folder holds, and is full."""
        self._folder.finish()
        self._await_mark()
        # A file that has vanished is noticed when one of its games is drawn.
        self._take_passes(2)
        missing = WINDOW - self._pool().chunks
        while missing > 0:
            missing -= len(self._folder.add_good(min(missing, 12)).chunks)
        self._await_mark()

    def _check_window(self) -> None:
        """Whole passes over the newest N games, bad ones counted under their reasons."""
        files = self._window()
        self._check_size(files)
        in_flight = MOST_IN_FLIGHT
        while in_flight > 0:
            in_flight -= len(self._visits())
        chunks = {
            (file.number, index): chunk for file in files for index, chunk in enumerate(file.chunks)
        }
        good = {place: chunk.version for place, chunk in chunks.items() if not chunk.reason}
        bad = Counter(chunk.reason for chunk in chunks.values() if chunk.reason)
        before = self._loader.GetStats()
        visits: list[Identity] = []
        while len(visits) < 4 * len(good):
            visits += self._visits()
        check_whole_passes(visits, good)
        _check_bad(before, self._loader.GetStats(), bad)
        self._counts["whole passes checked"] += len(visits) // len(good)

    def _check_size(self, files: list[File]) -> None:
        pool = self._pool()
        expected = (len(files), sum(len(file.chunks) for file in files))
        if (pool.sources, pool.chunks) != expected:
            raise Violation(
                f"the pool has {pool.chunks} games of {pool.sources} files, but the newest "
                f"{WINDOW} are {expected[1]} of {expected[0]}"
            )

    def _window(self) -> list[File]:
        """The newest files until they cover the window, newest first."""
        files, games = [], 0
        for _, file in sorted(self._folder.files.items(), reverse=True):
            if games >= WINDOW:
                break
            if file.chunks:
                files.append(file)
                games += len(file.chunks)
        return files

    def _forget_what_left(self) -> None:
        kept = {file.number for file in self._window()}
        old = [file for file in self._folder.files.values() if file.number not in kept]
        self._folder.forget(old)
        self._passes.forget({file for file in self._most_games if file not in kept})
        self._most_games, self._least_games = {}, {}
        self._oldest_sure = min(kept)
        self._note_games()

    def _note_games(self) -> None:
        """A file is in the window for sure while those that are newer cannot have covered it."""
        for file in self._folder.files.values():
            most = self._most_games.get(file.number, 0)
            self._most_games[file.number] = max(most, len(file.chunks))
            least = self._least_games.get(file.number, len(file.chunks))
            self._least_games[file.number] = min(least, len(file.chunks))
        stable = _STABLE_ARCHIVES * _STABLE_GAMES
        games = 1 + stable
        for number in sorted(self._most_games, reverse=True):
            if number > _STABLE_ARCHIVES:
                games += self._most_games[number]
                if games >= WINDOW:
                    self._oldest_sure = max(self._oldest_sure, number)
                    return

    def _is_sure(self, file: int, index: int) -> bool:
        """The game cannot have left the window, nor its place have gone from its file."""
        return file > self._oldest_sure and index < self._least_games.get(file, 0)

    def _sure_files(self) -> list[File]:
        return [
            file
            for name, file in self._folder.files.items()
            if name.startswith("a") and file.number > self._oldest_sure
        ]

    def _await_mark(self) -> None:
        # A file whose writer seems to be at it still is looked at again a little later than those
        # that came after it: hence the second.
        for _ in range(2):
            mark = self._folder.mark()
            self._note_games()
            while not any(
                (visit.file, visit.version) == (mark.file, mark.version) for visit in self._visits()
            ):
                pass

    def _take_passes(self, count: int) -> None:
        end = self._pool().exhaustions + count
        while self._pool().exhaustions < end:
            self._visits()

    def _take(self, batches: int) -> None:
        for _ in range(batches):
            self._visits()

    def _visits(self) -> list[Identity]:
        """The visits that are whole with the next batch."""
        take = self._loader.GetNextPackedBatch if self._packed else self._loader.GetNextBatch
        batch: Batch | PackedBatch = take()
        visits = self._positions.take(identities_in(batch))
        for visit in visits:
            place: Place = (visit.file, visit.game)
            self._passes.take(place, can_leave=not self._is_sure(*place))
        self._counts["positions"] += len(batch.values)
        self._sample()
        return visits

    def _restart(self) -> None:
        """Stop at any moment, in any way; go on from the state, or afresh."""
        self._note_bad()
        way = self._draw.choice(("stopped", "stopped", "dropped", "afresh"))
        self._counts["restarts, " + way] += 1
        state = None if way == "afresh" else self._loader.GetSamplerState()
        if way == "stopped":
            self._loader.Stop()
            # Counts as given what was on its way, also what came after the first.
            state = self._draw.choice((state, self._loader.GetSamplerState()))
        del self._loader
        gc.collect()
        self._positions.restart()
        self._passes.restart(goes_on=state is not None)
        self._start(state)

    def _start(self, state: bytes | None) -> None:
        self._packed = self._draw.random() < 0.5
        config: DataLoaderConfig = make_config(
            self._options.folder, self._draw, packed=self._packed
        )
        self._has_cache = has_cache(config)
        self._loader = DataLoader(config, sampler_state=state)

    def _pool(self) -> PoolStats:
        pool = _stage(self._loader.GetStats(), "pool").pool
        assert pool is not None
        return pool

    def _note_bad(self) -> None:
        for stage in self._loader.GetStats().stages:
            for reason, counter in stage.counters.items():
                if reason.startswith("bad."):
                    self._bad[f"{stage.name} {reason[4:]}"] += counter.total

    def _sample(self) -> None:
        now = time.monotonic() - self._begun
        if not self._samples or now >= self._samples[-1].seconds + _SAMPLE_SECONDS:
            self._samples.append(_sample(self._begun))

    def _left_behind(self) -> list[str]:
        gc.collect()
        now = _resources()
        if now == self._at_rest:
            return []
        return [f"threads and descriptors were {self._at_rest}, after the last stop {now}"]

    def _flatness(self) -> tuple[Flatness, ...]:
        figures = (judge(self._samples, tolerance) for tolerance in TOLERANCES)
        return tuple(figure for figure in figures if figure is not None)

    def _report(self, flatness: tuple[Flatness, ...], failures: list[str]) -> Report:
        return Report(
            seed=self._options.seed,
            minutes=(time.monotonic() - self._begun) / 60,
            counts={
                **self._counts,
                "visits": self._passes.visits,
                "passes": self._passes.passes,
            },
            changes=self._folder.done,
            bad=self._bad,
            flatness=flatness,
            failures=tuple(failures),
        )


def _stage(stats: LoaderStats, name: str) -> StageStats:
    return next(stage for stage in stats.stages if stage.name == name)


def _bad_visits(stats: LoaderStats) -> Counter[str]:
    found: Counter[str] = Counter()
    for name in ("pool", "validator"):
        for reason, counter in _stage(stats, name).counters.items():
            if reason.startswith("bad."):
                found[reason.removeprefix("bad.")] += counter.total
    return found


def _exhaustions(stats: LoaderStats) -> int:
    pool = _stage(stats, "pool").pool
    return 0 if pool is None else pool.exhaustions


def _check_bad(before: LoaderStats, after: LoaderStats, expected: Counter[str]) -> None:
    """Each bad game of the window is counted once a pass, under its reason, and nothing else is."""
    passes = _exhaustions(after) - _exhaustions(before)
    counted, known = _bad_visits(after), _bad_visits(before)
    for reason in counted | expected:
        visits = counted[reason] - known[reason]
        games = expected[reason]
        # Both moments are somewhere in their passes, and games wait between the two stages.
        lag = min(games, 4)
        if not games * (passes - 1) - lag <= visits <= games * (passes + 1) + lag:
            raise Violation(
                f"{games} games are bad for reason {reason!r}, but {visits} visits were counted "
                f"in {passes} passes"
            )


def _sample(begun: float) -> Sample:
    sample = take_sample(os.getpid(), begun=begun)
    assert sample is not None
    return sample


def _resources() -> tuple[int, int]:
    """Threads and descriptors."""
    sample = _sample(time.monotonic())
    return sample.threads, sample.descriptors
