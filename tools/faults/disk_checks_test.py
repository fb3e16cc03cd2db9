"""Each invariant is shown a folder that breaks it."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from lczero_training.export.net_file import MAGIC
from lczero_training.schema.net_pb2 import Net
from tools.faults.disk import Disk, read_disk
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
from tools.rig.deliveries import Deliveries
from tools.rig.training_server import Arrival

STEPS = 4


class MadeUpRun:
    """A run's folder, written by hand: two networks, and a checkpoint within the third."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.networks = folder / "networks"
        self.networks.mkdir()
        self.checkpoint(10, network_step=2)
        for step in (4, 8):
            self.export(step)
        (folder / "spool").mkdir()

    def checkpoint(self, step: int, *, network_step: int, anchor: str = "k") -> Path:
        newest = self.folder / "checkpoints" / f"{step:08d}"
        for item in ("about/metadata", "params/_METADATA", "optimizer/_METADATA"):
            (newest / item).parent.mkdir(parents=True)
            (newest / item).write_text("{}")
        run = {"step": step, "network_step": network_step, "anchor": anchor}
        (newest / "about/metadata").write_text(json.dumps({"run": run}))
        return newest

    def write_network(self, step: int) -> Path:
        path = self.networks / f"tiny-{step:08d}.pb.gz"
        net = Net()
        net.magic = MAGIC
        net.license = f"step {step}"
        path.write_bytes(gzip.compress(net.SerializeToString()))
        return path

    def export(self, step: int) -> None:
        path = self.write_network(step)
        data = path.read_bytes()
        file = {
            "path": str(path),
            "sha256": hashlib.sha256(data).hexdigest(),
            "size_bytes": len(data),
        }
        line = {
            "step": step,
            "requested": False,
            "exported_at": "",
            "anchor": f"k{step}",
            "files": [file],
        }
        with self.ledger.open("a") as ledger:
            ledger.write(json.dumps(line) + "\n")

    def upload(self, step: int) -> None:
        with self.ledger.open("a") as ledger:
            ledger.write(json.dumps({"step": step, "uploaded_at": "now", "url": ""}) + "\n")

    @property
    def ledger(self) -> Path:
        return self.folder / "checkpoints" / "networks.jsonl"

    @property
    def disk(self) -> Disk:
        return read_disk(self.folder)

    def networks_wrong(self, *, settled: bool = False) -> list[str]:
        return check_networks(self.disk, self.folder, NetworkFiles(), settled=settled)


@pytest.fixture
def run(tmp_path: Path) -> MadeUpRun:
    return MadeUpRun(tmp_path)


def test_a_whole_run_breaks_nothing(run: MadeUpRun) -> None:
    assert check_ledger(run.disk, STEPS) == []
    assert run.networks_wrong(settled=True) == []
    assert check_spool(run.disk) == []


def test_nothing_at_all_breaks_nothing(tmp_path: Path) -> None:
    disk = read_disk(tmp_path)
    assert check_ledger(disk, STEPS) == check_spool(disk) == []
    assert check_networks(disk, tmp_path, NetworkFiles(), settled=True) == []


def test_half_a_network_under_its_name(run: MadeUpRun) -> None:
    path = run.write_network(8)
    path.write_bytes(path.read_bytes()[:-9])
    (found,) = run.networks_wrong()
    assert "truncated" in found
    assert any("not those of the ledger" in text for text in check_ledger(run.disk, STEPS))


def test_a_file_is_looked_at_again_when_it_changes(run: MadeUpRun) -> None:
    files = NetworkFiles()
    path = run.write_network(8)
    assert files.check(path) == []
    path.write_bytes(path.read_bytes()[:-9])
    assert files.check(path) != []


def test_a_network_that_nobody_knows(run: MadeUpRun) -> None:
    run.write_network(12)
    (found,) = run.networks_wrong()
    assert "tiny-00000012.pb.gz is in no line" in found


def test_a_network_before_its_line_is_fine_until_settled(run: MadeUpRun) -> None:
    run.checkpoint(12, network_step=4)
    run.write_network(12)
    assert run.networks_wrong() == []
    assert len(run.networks_wrong(settled=True)) == 1


def test_a_partial_file_is_fine_until_settled(run: MadeUpRun) -> None:
    (run.networks / ".tiny-00000012.pb.gz.7.partial").write_bytes(b"")
    assert run.networks_wrong() == []
    (found,) = run.networks_wrong(settled=True)
    assert "left behind" in found


def test_a_file_that_is_not_there(run: MadeUpRun) -> None:
    (run.networks / "tiny-00000004.pb.gz").unlink()
    (found,) = check_ledger(run.disk, STEPS)
    assert "its file is not there" in found


@pytest.mark.parametrize("step", [8, 16])
def test_a_double_or_a_gap_in_the_ledger(run: MadeUpRun, step: int) -> None:
    run.checkpoint(16, network_step=4)
    run.export(step)
    assert any(f"[4, 8, {step}]" in text for text in check_ledger(run.disk, STEPS))


def test_a_network_without_its_checkpoint(run: MadeUpRun) -> None:
    run.export(12)
    (found,) = check_ledger(run.disk, STEPS)
    assert "the newest checkpoint is older" in found


def test_a_network_that_was_trained_and_forgotten(run: MadeUpRun) -> None:
    run.checkpoint(14, network_step=2)
    (found,) = check_ledger(run.disk, STEPS)
    assert "1 networks up to step 14 not in the ledger" in found


def test_a_damaged_line(run: MadeUpRun) -> None:
    with run.ledger.open("a") as ledger:
        ledger.write("{}\n")
    (found,) = check_ledger(run.disk, STEPS)
    assert "networks.jsonl:3" in found


def test_a_torn_last_line_is_what_a_kill_may_leave(run: MadeUpRun) -> None:
    with run.ledger.open("a") as ledger:
        ledger.write('{"step": 12,')
    assert check_ledger(run.disk, STEPS) == []


@pytest.mark.parametrize("item", ["about/metadata", "params/_METADATA", "optimizer/_METADATA"])
def test_half_a_checkpoint_under_its_name(run: MadeUpRun, item: str) -> None:
    (run.checkpoint(11, network_step=3) / item).unlink()
    (found,) = check_ledger(run.disk, STEPS)
    assert "00000011: visible, but" in found


def test_a_checkpoint_of_another_step(run: MadeUpRun) -> None:
    newest = run.checkpoint(11, network_step=3)
    newest.rename(newest.with_name("00000013"))
    assert any("of another step" in text for text in check_ledger(run.disk, STEPS))


def test_a_checkpoint_set_aside(run: MadeUpRun) -> None:
    newest = run.checkpoint(11, network_step=3)
    newest.rename(newest.with_name("damaged-00000011"))
    assert any("set aside" in text for text in check_ledger(run.disk, STEPS))


def test_files_alone_and_leftovers_in_the_spool(run: MadeUpRun) -> None:
    spool = run.folder / "spool"
    for name in ("00000004-0123456789ab.pb.gz", "00000004.json"):
        (spool / name).touch()
    assert check_spool(run.disk) == []
    for name in ("00000008-0123456789ab.pb.gz", "00000012.json", ".00000016.json.partial"):
        (spool / name).touch()
    assert check_spool(run.disk) == [
        "spool/00000008-0123456789ab.pb.gz is alone",
        "spool/00000012.json is alone",
        "spool/.00000016.json.partial was left behind",
    ]


def test_anchors_that_count_a_chunk_twice_or_go_back(tmp_path: Path) -> None:
    deliveries = Deliveries(tmp_path)
    keys = [deliveries.add(b"", chunks=3).key for _ in range(6)]
    assert check_anchors([(4, keys[1]), (8, keys[3])], deliveries, 6) == []
    assert len(check_anchors([(4, keys[1]), (8, keys[2])], deliveries, 6)) == 1
    assert len(check_anchors([(4, keys[1]), (8, keys[1])], deliveries, 6)) == 1
    assert len(check_anchors([(4, keys[5]), (8, keys[2])], deliveries, 6)) == 1
    assert len(check_anchors([(4, "")], deliveries, 6)) == 1


def test_uploads_that_are_missing_or_strange(run: MadeUpRun) -> None:
    arrivals = [
        Arrival(life=1, file_name=Path(network.path).name, sha256=network.sha256)
        for network in run.disk.ledger
    ]
    assert check_uploads(run.disk, arrivals, settled=False) == []
    assert len(check_uploads(run.disk, arrivals, settled=True)) == 2
    run.upload(4)
    assert check_uploads(run.disk, arrivals, settled=True) == [
        "step 8 is not marked as uploaded",
    ]
    run.upload(8)
    assert check_uploads(run.disk, arrivals, settled=True) == []
    assert check_uploads(run.disk, arrivals[:1], settled=False) == [
        "step 8 is marked as uploaded, and never arrived",
    ]
    stranger = Arrival(life=1, file_name="x", sha256="0")
    assert check_uploads(run.disk, [*arrivals, stranger], settled=False) == [
        "x arrived, and is in no line of the ledger",
    ]


def test_a_secret_in_a_sidecar(run: MadeUpRun) -> None:
    assert check_secret(run.folder, "hush") == []
    (run.folder / "spool" / "00000004.json").write_text('{"last_error": "pwd=hush"}')
    (found,) = check_secret(run.folder, "hush")
    assert "00000004.json holds" in found


def test_a_checkpoint_that_has_lost_its_anchor(run: MadeUpRun) -> None:
    assert check_checkpoint_anchor(run.disk, STEPS) == []
    run.export(12)
    run.checkpoint(12, network_step=4, anchor="k12")
    assert check_checkpoint_anchor(run.disk, STEPS) == []
    run.export(16)
    run.checkpoint(16, network_step=4, anchor="")
    (found,) = check_checkpoint_anchor(run.disk, STEPS)
    assert "'k16'" in found
