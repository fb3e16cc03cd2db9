"""The process of the harness, with a stand-in for the daemon's work."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.faults.plan import PLAN_FILE, POINT_FILE, KillPlan, Mode

# Touches what a network's export touches, under the kill point of the plan.
_WORK = """
import os, sys
from pathlib import Path
from tools.faults import entry
folder = Path(sys.argv[1])
def work(arguments, *, load_parts, check_loader):
    (folder / "networks").mkdir()
    with (folder / "networks/.x.partial").open("wb") as file:
        file.write(b"x")
        file.flush()
        os.fsync(file.fileno())
    os.replace(folder / "networks/.x.partial", folder / "networks/x")
    (folder / "networks/x").read_bytes()
    (folder / "networks/x").unlink()
    return 0
import lczero_training.daemon.cli
lczero_training.daemon.cli.main = work
sys.exit(entry.main(sys.argv[1:]))
"""
POINTS = [
    "os.mkdir networks",
    "open networks/.x.partial",
    "fsync networks/.x.partial",
    "os.rename networks/x",
    "os.remove networks/x",
]


def work(folder: Path, plan: KillPlan) -> int:
    """Runs the work; returns how it ended."""
    (folder / PLAN_FILE).write_text(json.dumps(plan.to_json()))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}
    return subprocess.run([sys.executable, "-c", _WORK, str(folder)], env=env).returncode


@pytest.mark.parametrize("number", range(1, 6))
def test_dies_before_the_nth_touch(tmp_path: Path, number: int) -> None:
    plan = KillPlan(mode=Mode.EVENT, category="networks", number=number)
    assert work(tmp_path, plan) == -signal.SIGKILL
    assert (tmp_path / POINT_FILE).read_text() == POINTS[number - 1] + "\n"
    assert (tmp_path / "networks").exists() == (number > 1)
    assert (tmp_path / "networks/x").exists() == (number > 4)


@pytest.mark.parametrize("number", range(1, 6))
def test_dies_after_the_nth_touch(tmp_path: Path, number: int) -> None:
    plan = KillPlan(mode=Mode.EVENT, category="networks", number=number, after=True)
    assert work(tmp_path, plan) == -signal.SIGKILL
    assert (tmp_path / POINT_FILE).read_text() == POINTS[number - 1] + " (done)\n"
    assert (tmp_path / "networks").exists()
    partial = tmp_path / "networks/.x.partial"
    assert partial.exists() == (number in (2, 3))
    assert not partial.exists() or partial.stat().st_size == number - 2
    assert (tmp_path / "networks/x").exists() == (number == 4)


def test_counts_only_openings(tmp_path: Path) -> None:
    plan = KillPlan(mode=Mode.EVENT, category="networks", number=1, only_opening=True, after=True)
    assert work(tmp_path, plan) == -signal.SIGKILL
    assert (tmp_path / POINT_FILE).read_text() == POINTS[1] + " (done)\n"


@pytest.mark.parametrize("plan", [("networks", 6), ("ledger", 1)])
def test_lives_on_where_the_point_does_not_come(tmp_path: Path, plan: tuple[str, int]) -> None:
    category, number = plan
    assert work(tmp_path, KillPlan(mode=Mode.EVENT, category=category, number=number)) == 0
    assert (tmp_path / POINT_FILE).read_text() == ""


def test_lists_the_points(tmp_path: Path) -> None:
    assert work(tmp_path, KillPlan(mode=Mode.LIST)) == 0
    assert (tmp_path / POINT_FILE).read_text() == "".join(f"networks: {p}\n" for p in POINTS)
