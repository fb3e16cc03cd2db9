"""Runs the real daemon for some minutes among all that a server and a client may do to it."""

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lczero_training.config import load_config
from lczero_training.config.root import RootConfig
from tools.rig.daemon_run import DaemonRun, environment, program
from tools.rig.deliveries import Deliveries
from tools.rig.rest import Rest
from tools.rig.run_config import LinearRate, upload_settings, write_run_config
from tools.rig.training_server import PASSWORD, PASSWORD_VARIABLE, TrainingServer
from tools.soak.chatter import Chatter
from tools.soak.flatness import TOLERANCES, Flatness, judge
from tools.soak.observed import Observed
from tools.soak.report import Report
from tools.soak.samples import Sample, take_sample
from tools.soak.supply import Supply

_UP_SECONDS = 120.0
_REST_SECONDS = 120.0
_EXIT_SECONDS = 30.0
_FAILING_SHARE = 0.5
# The pool visits chunks in random order and forgets old ones: one may never be met.
_FILES_TO_BE_MET = 5


@dataclass(frozen=True, kw_only=True)
class SoakOptions:
    """What the command line decides."""

    minutes: float
    seed: int
    folder: Path
    # None: a tiny network.
    config: Path | None = None
    sample_seconds: float = 2.0
    table_seconds: float = 60.0
    # Between two files, and between two commands, on average.
    file_seconds: float = 0.5
    command_seconds: float = 4.0


class Soak:
    """One soak.

    Threads: one event loop, and the upload server's own.
    """

    def __init__(self, options: SoakOptions, *, tell: Callable[[str], None]) -> None:
        self._options = options
        self._tell = tell
        self._server = TrainingServer(seed=options.seed, failing_share=_FAILING_SHARE)
        self._config_file = options.config or write_soak_config(options.folder, self._server.url)
        config = load_config(self._config_file)
        deliveries = Deliveries(Path(games_folder(config)))
        self._rest = Rest(deliveries, config.daemon.chunks_per_network)
        self._supply = Supply(
            deliveries,
            random.Random(f"supply {options.seed}"),
            mean_seconds=options.file_seconds,
        )
        self._observed = Observed()
        self._samples: list[Sample] = []
        self._failures: list[str] = []
        self._daemon = DaemonRun(
            (*program("lczero_training.daemon"), "--config", str(self._config_file)),
            env=environment(**{PASSWORD_VARIABLE: PASSWORD}),
            listen=self._observed.listen,
        )
        self._chatter = Chatter(
            self._daemon.client,
            random.Random(f"chatter {options.seed}"),
            mean_seconds=options.command_seconds,
        )
        self._begun = time.monotonic()

    async def run(self) -> Report:
        """The whole soak."""
        try:
            await self._daemon.start()
            await self._live()
            await self._come_to_rest()
            self._daemon.signal(signal.SIGTERM)
            exited = await self._daemon.ended(seconds=_EXIT_SECONDS)
            if exited.returncode != 0:
                self._failures.append(f"ended with {exited.how}: {exited.last_lines[-5:]}")
        finally:
            await self._daemon.ended(seconds=0.0)
            self._server.close()
        return self._report()

    async def _live(self) -> None:
        self._supply.deliver()
        has_loader = await self._daemon.until(self._has_loader, seconds=_UP_SECONDS)
        if not has_loader:
            self._failures.append(f"no loader within {_UP_SECONDS:.0f} s")
        async with _running(self._supply.run(), self._chatter.run(), self._sample(), self._show()):
            left = self._options.minutes * 60 - (time.monotonic() - self._begun)
            await self._daemon.until(lambda: self._daemon.exited is not None, seconds=left)

    def _has_loader(self) -> bool:
        return self._observed.status is not None and self._observed.status.loader is not None

    async def _come_to_rest(self) -> None:
        """All that was delivered must be counted, exactly, and all networks uploaded."""
        if self._daemon.exited is not None:
            self._failures.append(f"the daemon ended by itself: {self._daemon.exited.how}")
            return
        self._supply.deliver()
        if not await self._daemon.until(self._is_at_rest, seconds=_REST_SECONDS):
            self._failures.append(
                f"did not come to rest: {self._rest.describe(self._observed.status)}"
            )

    def _is_at_rest(self) -> bool:
        status = self._observed.status
        waiting = status.upload.waiting if status is not None and status.upload else 0
        return self._rest.is_at_rest(status) and not waiting

    async def _sample(self) -> None:
        while True:
            sample = take_sample(self._daemon.client.pid, begun=self._begun)
            if sample is not None:
                self._samples.append(sample)
            await asyncio.sleep(self._options.sample_seconds)

    async def _show(self) -> None:
        while True:
            await asyncio.sleep(self._options.table_seconds)
            self._tell(self._table_line())

    def _table_line(self) -> str:
        seen, sample = self._observed, self._samples[-1]
        return (
            f"{sample.seconds / 60:5.1f} min | networks {seen.networks():4} | "
            f"step {seen.step():6} | files {sum(self._supply.made.values()):5} | "
            f"visits {seen.good_chunks():7} good {sum(seen.bad_chunks().values()):6} bad | "
            f"uploaded {seen.uploaded:4} | memory {sample.memory_bytes / (1 << 20):7.1f} MiB | "
            f"descriptors {sample.descriptors:3} | threads {sample.threads:3} | "
            f"problems {sum(seen.problems.values()):4}"
        )

    def _report(self) -> Report:
        seen = self._observed
        flatness = self._flatness()
        return Report(
            seed=self._options.seed,
            minutes=(time.monotonic() - self._begun) / 60,
            networks=seen.networks(),
            steps=seen.step(),
            exports=seen.exported,
            uploads=seen.uploaded,
            upload_requests=self._server.requests,
            checkpoints=seen.checkpoints,
            chunks_delivered=self._supply.deliveries.chunks_between(""),
            chunks_good=seen.good_chunks(),
            chunks_bad=seen.bad_chunks(),
            files=dict(self._supply.made),
            commands=dict(self._chatter.said),
            problems=dict(seen.problems),
            statuses=seen.statuses,
            flatness=flatness,
            failures=(
                *self._failures,
                *seen.unexpected,
                *self._check_counts(),
                *(str(found) for found in flatness if not found.flat),
            ),
        )

    def _flatness(self) -> tuple[Flatness, ...]:
        found = [judge(self._samples, tolerance) for tolerance in TOLERANCES]
        return tuple(flatness for flatness in found if flatness is not None)

    def _check_counts(self) -> list[str]:
        found = self._observed.bad_chunks().keys()
        failures = []
        if self._observed.networks() == 0:
            failures.append("no network was made")
        for reason in sorted(found - self._supply.reasons.keys()):
            failures.append(f"bad chunks: {reason} was counted, nothing gave cause")
        for reason, files in sorted(self._supply.reasons.items()):
            if files >= _FILES_TO_BE_MET and reason not in found:
                failures.append(f"bad chunks: {reason} was never counted, in {files} files")
        return failures


def write_soak_config(folder: Path, url: str) -> Path:
    """A tiny network that is trained as often as games allow, with all that leaves traces."""
    return write_run_config(
        folder,
        steps_per_network=20,
        every_steps=10,
        chunks_per_network=12,
        rate=LinearRate(steps=100_000),
        more={
            "daemon.status_interval_seconds": 0.5,
            # More visits for as many positions: all that is broken is met.
            "data_loader.stages.unpacker.chunk_unpacker.position_sampling_rate": 0.05,
            "metrics.tensorboard_directory": str(folder / "tensorboard"),
            "export.upload": upload_settings(folder, url),
        },
    )


def games_folder(config: RootConfig) -> str:
    """The folder that the config's loader watches. ValueError if there is none, or several."""
    folders = [
        stage.file_discovery.directory
        for stage in config.data_loader.stages.values()
        if stage.file_discovery is not None
    ]
    if len(folders) != 1:
        raise ValueError(f"the config watches {len(folders)} folders; a soak fills exactly one")
    return folders[0]


@contextlib.asynccontextmanager
async def _running(*parts: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs the parts beside what is inside, and ends them with it. Raises what a part raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if not isinstance(result, asyncio.CancelledError | None):
            raise result
