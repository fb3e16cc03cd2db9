import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lczero_training.upload.spool import Spool, SpooledNetwork, SpoolInUse


def network(step: int, content: bytes) -> SpooledNetwork:
    return SpooledNetwork(
        step=step,
        file_name=f"net-{step}.pb.gz",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        layers=2,
        filters=64,
        queued_at="2026-01-02T03:04:05Z",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "new" / "spool"


@pytest.fixture
def exported(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / f"exported-{hashlib.sha256(content).hexdigest()[:8]}"
        path.write_bytes(content)
        return path

    return write


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# Whole lives.


def test_networks_survive_reopening_in_order_of_steps(
    folder: Path, exported: Callable[[bytes], Path]
) -> None:
    with Spool(folder) as spool:
        for step in (300, 100, 10**9, 200):
            spool.add(exported(b"%d" % step), network(step, b"%d" % step))
        changed = replace(
            spool.entries()[1],
            attempts=3,
            next_attempt_at="2026-01-02T03:05:05.5Z",
            last_error='"busy" \u265e',
            parked=True,
        )
        spool.update(changed)
        before = spool.entries()
    with Spool(folder) as spool:
        assert spool.entries() == before and before[1] == changed
        assert [entry.step for entry in before] == [100, 200, 300, 10**9]
        assert spool.path(changed).read_bytes() == b"200"
        assert spool.problems == ()


def test_removed_network_leaves_nothing(folder: Path, exported: Callable[[bytes], Path]) -> None:
    source = exported(b"x")
    with Spool(folder) as spool:
        spool.add(source, network(1, b"x"))
        spool.remove(network(1, b"x"))
        assert spool.entries() == () and names(folder) == set()
        spool.add(source, network(1, b"x"))
        spool.discard([1, 2])
        assert spool.entries() == () and names(folder) == set()
    assert source.read_bytes() == b"x"


def test_same_step_replaces_whole(folder: Path, exported: Callable[[bytes], Path]) -> None:
    with Spool(folder) as spool:
        spool.add(exported(b"old"), network(1, b"old"))
        spool.update(replace(network(1, b"old"), attempts=5, parked=True))
        spool.add(exported(b"new"), network(1, b"new"))
        # What was known about the old one is out of date.
        spool.update(replace(network(1, b"old"), attempts=6))
        spool.remove(network(1, b"old"))
        assert spool.entries() == (network(1, b"new"),)
        assert spool.path(network(1, b"new")).read_bytes() == b"new"
        assert len(names(folder)) == 2


def test_same_network_twice_is_one(folder: Path, exported: Callable[[bytes], Path]) -> None:
    with Spool(folder) as spool:
        for _ in range(2):
            spool.add(exported(b"x"), network(1, b"x"))
        assert spool.entries() == (network(1, b"x"),)
        assert len(names(folder)) == 2


def test_network_is_linked_where_that_can_be(
    folder: Path, exported: Callable[[bytes], Path]
) -> None:
    source = exported(b"x")
    with Spool(folder) as spool:
        spool.add(source, network(1, b"x"))
        assert spool.path(network(1, b"x")).samefile(source)


def test_network_is_copied_from_another_file_system(
    folder: Path, exported: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_file_system(*unused: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", other_file_system)
    source = exported(b"x")
    with Spool(folder) as spool:
        spool.add(source, network(1, b"x"))
        source.unlink()
        assert spool.path(network(1, b"x")).read_bytes() == b"x"


def test_only_one_process_has_it(folder: Path) -> None:
    with Spool(folder), pytest.raises(SpoolInUse, match="spool_directory"):
        Spool(folder)
    Spool(folder)
    Spool(folder).close()  # The one before was dropped, and let go.


@pytest.mark.parametrize(
    "wrong", [{"step": -1}, {"step": "1"}, {"sha256": "../x"}, {"parked": 1}, {"size_bytes": 1.0}]
)
def test_wrong_fields_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(network(1, b"x"), **wrong)  # type: ignore[arg-type]  # That is the point.


# What goes wrong.


def test_full_disk_changes_nothing_on_disk(
    folder: Path, exported: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Spool(folder) as spool:
        spool.add(exported(b"old"), network(1, b"old"))
        before = names(folder)

        def full(*unused: object) -> None:
            raise OSError(28, "No space left on device")

        sync = os.fsync
        for successes in range(4):
            left = iter([sync] * successes)
            monkeypatch.setattr(os, "fsync", lambda fd, left=left: next(left, full)(fd))
            if successes < 3:
                with pytest.raises(OSError, match="No space"):
                    spool.add(exported(b"new"), network(2, b"new"))
                assert names(folder) == before
            monkeypatch.setattr(os, "fsync", full)
            failed = replace(network(1, b"old"), attempts=successes + 1)
            with pytest.raises(OSError, match="No space"):
                spool.update(failed)
            # In memory it counts, so that nobody tries again at once.
            assert spool.entries() == (failed,)
        monkeypatch.undo()
    with Spool(folder) as spool:
        assert spool.entries() == (network(1, b"old"),)


@pytest.mark.parametrize(
    "sidecar",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"{}",
        b'{"step": 1, "surprise": 2}',
        json.dumps({"step": "1"}).encode(),
    ],
)
def test_broken_sidecar_is_told_and_its_network_kept(
    folder: Path, exported: Callable[[bytes], Path], sidecar: bytes
) -> None:
    with Spool(folder) as spool:
        for step in (1, 2):
            spool.add(exported(b"x"), network(step, b"x"))
    (folder / "00000001.json").write_bytes(sidecar)
    before = names(folder)
    with Spool(folder) as spool:
        assert spool.entries() == (network(2, b"x"),)
        (problem,) = spool.problems
        assert "00000001.json" in problem
        assert names(folder) == before
        spool.add(exported(b"y"), network(1, b"y"))
        assert spool.entries() == (network(1, b"y"), network(2, b"x"))
    with Spool(folder) as spool:
        assert spool.problems == () and len(names(folder)) == 4


def test_sidecar_of_another_step_is_broken(folder: Path, exported: Callable[[bytes], Path]) -> None:
    with Spool(folder) as spool:
        spool.add(exported(b"x"), network(1, b"x"))
    shutil.copy(folder / "00000001.json", folder / "00000002.json")
    with Spool(folder) as spool:
        assert spool.entries() == (network(1, b"x"),)
        (problem,) = spool.problems
        assert "00000002.json" in problem and "step 1" in problem


def test_sidecar_without_its_file_is_told(folder: Path, exported: Callable[[bytes], Path]) -> None:
    with Spool(folder) as spool:
        spool.add(exported(b"x"), network(1, b"x"))
        spool.path(network(1, b"x")).unlink()
    with Spool(folder) as spool:
        assert spool.entries() == ()
        (problem,) = spool.problems
        assert "00000001.json" in problem and "net-1.pb.gz" in problem
        spool.discard([1])
    with Spool(folder) as spool:
        assert spool.problems == () and names(folder) == set()


def test_leftovers_go_and_foreign_files_stay(folder: Path) -> None:
    folder.mkdir(parents=True)
    foreign = {"README", "00000001.pb.gz", "1-0123456789ab.pb.gz", ".hidden.partial"}
    leftovers = {
        ".00000001.json.partial",
        ".00000001.pb.gz.partial",
        "00000001-0123456789ab.pb.gz",
    }
    for name in foreign | leftovers:
        (folder / name).write_bytes(b"x")
    with Spool(folder) as spool:
        assert spool.entries() == () and spool.problems == ()
    assert names(folder) == foreign


# Kills.

# Runs changes one after the other and kills itself before the n-th thing done to the file system.
_KILLED = """
import os, pickle, signal, sys
from pathlib import Path
from lczero_training.upload.spool import Spool

folder, changes_file, out = sys.argv[1:]
changes = pickle.loads(Path(changes_file).read_bytes())
fork = os.fork

def run(kill_at, report):
    count = 0
    def step():
        nonlocal count
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
    def hook(event, arguments):
        if event in {"open", "os.rename", "os.remove", "os.link", "os.mkdir", "shutil.copyfile"}:
            step()
    fsync = os.fsync
    def counted_fsync(fd):
        step()
        fsync(fd)
    os.fsync = counted_fsync
    sys.addaudithook(hook)
    spool = Spool(Path(folder) / str(kill_at))
    for name, arguments in changes:
        getattr(spool, name)(*arguments)
        os.write(report, b".")
    os._exit(0)

with open(out, "w") as results:
    for kill_at in range(1, 10_000):
        done, report = os.pipe()
        child = fork()
        if child == 0:
            run(kill_at, report)
        os.close(report)
        with os.fdopen(done, "rb") as file:
            completed = len(file.read())
        status = os.waitpid(child, 0)[1]
        print(kill_at, completed, file=results)
        if status == 0:
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
"""


def test_killed_anywhere_it_holds_the_old_or_the_new(
    tmp_path: Path, exported: Callable[[bytes], Path]
) -> None:
    a, b, c = network(1, b"aaa"), network(2, b"bbb"), network(1, b"ccc")
    failed = replace(b, attempts=1, last_error="busy")
    changes = [
        ("add", (exported(b"aaa"), a), {a}),
        ("add", (exported(b"bbb"), b), {a, b}),
        ("update", (failed,), {a, failed}),
        ("add", (exported(b"ccc"), c), {c, failed}),
        ("add", (exported(b"ccc"), c), {c, failed}),
        ("remove", (c,), {failed}),
        ("discard", ([1, 2],), set()),
    ]
    states = [set(), *(state for _, _, state in changes)]
    reached = _kill_everywhere(tmp_path, [change[:2] for change in changes])
    assert len(reached) > 50 and reached[-1] == len(changes)
    for kill_at, completed in enumerate(reached, start=1):
        folder = tmp_path / "spools" / str(kill_at)
        with Spool(folder) as spool:
            entries = set(spool.entries())
            assert entries in states[completed : completed + 2], kill_at
            assert spool.problems == (), kill_at
            for entry in entries:
                data = spool.path(entry).read_bytes()
                assert hashlib.sha256(data).hexdigest() == entry.sha256
            assert len(names(folder)) == 2 * len(entries), kill_at


def _kill_everywhere(tmp_path: Path, changes: list[tuple[str, tuple[object, ...]]]) -> list[int]:
    """How many changes were complete, for each kill."""

    changes_file, out = tmp_path / "changes", tmp_path / "out"
    changes_file.write_bytes(pickle.dumps(changes))
    subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path / "spools"), str(changes_file), str(out)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )
    results = [tuple(map(int, line.split())) for line in out.read_text().splitlines()]
    assert [kill_at for kill_at, _ in results] == list(range(1, len(results) + 1))
    return [completed for _, completed in results]
