"""Kills the daemon again and again and looks at what it leaves, and at how it goes on."""

import asyncio
import contextlib
import json
import random
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from tools.faults.disk import CHECKPOINTS, GAMES, Disk, read_disk
from tools.faults.disk_checks import (
    NetworkFiles,
    check_anchors,
    check_checkpoint_anchor,
    check_ledger,
    check_networks,
    check_secret,
    check_spool,
    check_uploads,
)
from tools.faults.draw import draw_plan
from tools.faults.life_checks import Expected, LifeWatch
from tools.faults.plan import PLAN_FILE, POINT_FILE, KillPlan, Mode
from tools.rig.daemon_run import DaemonRun, environment, program
from tools.rig.deliveries import Deliveries
from tools.rig.games import Game, load_games, pack
from tools.rig.rest import Rest
from tools.rig.run_config import LinearRate, upload_settings, write_run_config
from tools.rig.training_server import (
    PASSWORD,
    PASSWORD_VARIABLE,
    TrainingServer,
    check_arrivals,
)

STEPS_PER_NETWORK = 4
CHUNKS_PER_NETWORK = 6
_RATE = LinearRate()

# Archives have 1 to so many games.
_GAMES_PER_ARCHIVE = 4
# Between two archives, by life: more games than networks can use, or networks that wait for games.
_LONGEST_PAUSES_SECONDS = (0.4, 1.6)
_LONGEST_DOWN_ARCHIVES = 2
# Uploads that the server lets fail.
_FAILING_SHARE = 0.3

# A start on a busy machine, the first one's compiling included. Only a failure waits for it.
_START_SECONDS = 120.0
# A life in which the planned point does not come ends so long after its first step.
_LATE_SECONDS = 2.0
_SETTLE_SECONDS = 60.0
_EXIT_SECONDS = 30.0


class InvariantBrokenError(AssertionError):
    """Something is wrong with the daemon; the message says what, when, and how to repeat it."""


@dataclass
class Summary:
    """What a run was."""

    kills: int = 0
    networks: int = 0
    steps: int = 0
    chunks: int = 0
    uploads: int = 0
    # Kills by what was about to be touched.
    points: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        points = ", ".join(f"{name} {count}" for name, count in sorted(self.points.items()))
        return (
            f"{self.kills} kills ({points}), {self.networks} networks, {self.steps} steps, "
            f"{self.uploads} uploads, {self.chunks} chunks: nothing lost, nothing counted twice, "
            "nothing partial"
        )


class Harness:
    """One run: a folder, its daemon, who fills it, and what must hold of it.

    Threads: one event loop.
    """

    def __init__(self, folder: Path, *, seed: int, tell: Callable[[str], None]) -> None:
        self._folder = folder.absolute()
        self._seed = seed
        self._tell = tell
        self._random = random.Random(f"feed {seed}")
        self._games: tuple[Game, ...] = load_games()
        self._deliveries = Deliveries(self._folder / GAMES)
        self._server = TrainingServer(seed=seed, failing_share=_FAILING_SHARE)
        self._rest = Rest(self._deliveries, CHUNKS_PER_NETWORK)
        self._config = write_run_config(
            self._folder,
            steps_per_network=STEPS_PER_NETWORK,
            every_steps=2,
            chunks_per_network=CHUNKS_PER_NETWORK,
            rate=_RATE,
            more={"export.upload": upload_settings(self._folder, self._server.url)},
        )
        self._files = NetworkFiles()
        self._disk = read_disk(self._folder)
        # Last step of a network -> the anchor that it began at, as far as seen.
        self._anchors: dict[int, str] = {}
        self._kill = 0
        self._daemon: DaemonRun | None = None
        self.summary = Summary()

    async def run(self, kills: int) -> Summary:
        """Kills so many daemons, and ends one in order. Raises InvariantBrokenError."""
        try:
            for self._kill in range(1, kills + 1):
                await self._live_and_die()
            await self._live_and_settle()
        finally:
            if self._daemon is not None:
                await self._daemon.ended(seconds=0.0)
            self._server.close()
        self.summary.uploads = len(self._server.arrivals)
        self.summary.networks = len(self._disk.ledger)
        self.summary.steps = self._disk.checkpoint.step
        self.summary.chunks = self._deliveries.chunks_between("")
        return self.summary

    async def _live_and_die(self) -> None:
        plan = draw_plan(self._seed, self._kill)
        for _ in range(self._random.randint(0, _LONGEST_DOWN_ARCHIVES)):
            self._deliver()
        daemon, watch = await self._start(plan)
        async with self._feeding(watch):
            point = await self._wait_for_kill(daemon, watch, plan)
        exited = await daemon.ended(seconds=_EXIT_SECONDS)
        self._server.behave_normally()
        before, self._disk = self._disk, read_disk(self._folder)
        violations = self._check_life(watch) + self._check_leftovers(before)
        if exited.returncode != -signal.SIGKILL:
            violations.append(f"ended with {exited.how} before it was killed")
        self._tell(
            f"kill {self._kill}: {plan.describe()}: {point}; checkpoint "
            f"{self._disk.checkpoint.step}, {len(self._disk.ledger)} networks, "
            f"{len(self._deliveries.all)} archives"
        )
        self._judge(violations, exited.last_lines)
        self._count(plan, point)

    async def _live_and_settle(self) -> None:
        """The last life: everything that was delivered is used or counted, and it ends."""
        self._kill += 1
        self._deliver()
        daemon, watch = await self._start(KillPlan(mode=Mode.NONE))
        up = await daemon.until(lambda: watch.restored, seconds=_START_SECONDS)
        for _ in range(self._random.randint(1, 2 * CHUNKS_PER_NETWORK)):
            self._deliver()
        settled = await daemon.until(lambda: self._is_settled(watch), seconds=_SETTLE_SECONDS)
        daemon.signal(signal.SIGTERM)
        exited = await daemon.ended(seconds=_EXIT_SECONDS)
        self._disk = read_disk(self._folder)
        violations = self._check_life(watch)
        violations += check_networks(self._disk, self._folder, self._files, settled=True)
        violations += check_spool(self._disk)
        violations += check_uploads(self._disk, self._server.arrivals, settled=True)
        violations += check_secret(self._folder, PASSWORD)
        if not up or not settled:
            violations.append(f"did not come to rest: {self._rest.describe(watch.status)}")
        if exited.returncode != 0:
            violations.append(f"SIGTERM ended it with {exited.how}")
        self._judge(violations, exited.last_lines)

    async def _start(self, plan: KillPlan) -> tuple[DaemonRun, LifeWatch]:
        self._server.life = self._kill
        (self._folder / PLAN_FILE).write_text(json.dumps(plan.to_json()))
        expected = Expected(
            checkpoint=self._disk.checkpoint,
            chunks_per_network=CHUNKS_PER_NETWORK,
            rate=_RATE.at,
            secret=PASSWORD,
        )
        watch = LifeWatch(expected, self._deliveries)
        daemon = DaemonRun(
            (*program("tools.faults.entry"), str(self._folder), "--config", str(self._config)),
            env=environment(**{PASSWORD_VARIABLE: PASSWORD}),
            listen=watch.listen,
        )
        await daemon.start()
        self._daemon = daemon
        return daemon, watch

    async def _wait_for_kill(self, daemon: DaemonRun, watch: LifeWatch, plan: KillPlan) -> str:
        """Waits until the plan is carried out; returns the point at which it was."""
        if plan.mode is Mode.TIME:
            await daemon.until(lambda: daemon.exited is not None, seconds=plan.delay_seconds)
            daemon.kill()
            return "up" if watch.restored else "starting"
        if plan.mode is Mode.UPLOAD:
            self._server.kill_at(plan.stage, daemon.kill)
        trains = await daemon.until(
            lambda: watch.trained or bool(watch.violations), seconds=_START_SECONDS
        )
        await daemon.until(lambda: daemon.exited is not None, seconds=_LATE_SECONDS)
        if daemon.exited is None:
            daemon.kill()
            if not trains:
                watch.violations.append(f"does not train within {_START_SECONDS:.0f} s")
            return "late"
        if plan.mode is Mode.UPLOAD:
            return f"upload {plan.stage}"
        return (self._folder / POINT_FILE).read_text().strip()

    @contextlib.asynccontextmanager
    async def _feeding(self, watch: LifeWatch) -> AsyncIterator[None]:
        feeding = asyncio.create_task(self._feed(watch))
        try:
            yield
        finally:
            feeding.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await feeding

    async def _feed(self, watch: LifeWatch) -> None:
        # In half of the lives nothing comes until the daemon counts: what it then counts from
        # shows what it has forgotten.
        late = self._random.random() < 0.5
        longest = self._random.choice(_LONGEST_PAUSES_SECONDS)
        while True:
            await asyncio.sleep(self._random.uniform(0.0, longest))
            if watch.counts or not late:
                self._deliver()

    def _deliver(self) -> None:
        games = self._random.sample(self._games, self._random.randint(1, _GAMES_PER_ARCHIVE))
        self._deliveries.add(pack(games), chunks=len(games))

    def _check_life(self, watch: LifeWatch) -> list[str]:
        self._learn_anchors()
        return [
            *watch.violations,
            *watch.against(self._disk),
            *check_ledger(self._disk, STEPS_PER_NETWORK),
            *check_checkpoint_anchor(self._disk, STEPS_PER_NETWORK),
            *check_networks(self._disk, self._folder, self._files, settled=False),
            *check_arrivals(self._server.arrivals),
            *check_uploads(self._disk, self._server.arrivals, settled=False),
            *check_anchors(sorted(self._anchors.items()), self._deliveries, CHUNKS_PER_NETWORK),
        ]

    def _is_settled(self, watch: LifeWatch) -> bool:
        status = watch.status
        sent = status is not None and status.upload is not None and not status.upload.waiting
        return sent and self._rest.is_at_rest(status)

    def _learn_anchors(self) -> None:
        for network in self._disk.ledger:
            if not network.requested:
                self._anchors[network.step] = network.anchor
        newest = self._disk.checkpoint
        if newest.step:
            last = newest.step - newest.network_step + STEPS_PER_NETWORK
            self._anchors.setdefault(last, newest.anchor)

    def _check_leftovers(self, before: Disk) -> list[str]:
        """Partial files of one life must be gone when a later one has exported."""
        if len(self._disk.ledger) == len(before.ledger):
            return []
        stale = before.hidden_networks & self._disk.hidden_networks
        return [f"{name} was left behind by an earlier kill" for name in sorted(stale)]

    def _count(self, plan: KillPlan, point: str) -> None:
        names = {Mode.EVENT: plan.category, Mode.UPLOAD: "upload"}
        name = point if point == "late" else names.get(plan.mode, point)
        self.summary.kills += 1
        self.summary.points[name] = self.summary.points.get(name, 0) + 1

    def _judge(self, violations: list[str], last_lines: tuple[str, ...]) -> None:
        if not violations:
            return
        log = self._folder / "last-life.log"
        log.write_text("\n".join(last_lines) + "\n")
        listed = "\n  ".join(dict.fromkeys(violations))
        raise InvariantBrokenError(
            f"seed {self._seed}, kill {self._kill}, folder {self._folder} "
            f"(its {CHECKPOINTS}, networks and {log.name} are left for you):\n  {listed}\n"
            f"Repeat: bazel run //tools/faults:kill -- --seed {self._seed} --kills {self._kill}"
        )
