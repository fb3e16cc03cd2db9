import fcntl
import gzip
import hashlib
import os
from pathlib import Path

import pytest

from lczero_training.export.errors import BadNetFileError
from lczero_training.export.net_file import MAGIC, load_net, save_net
from lczero_training.export.testing import GOLDEN_NET
from lczero_training.schema.net_pb2 import Net


def _net() -> Net:
    net = Net(magic=MAGIC, license="none")
    net.weights.ip_emb_b.params = bytes(range(200))
    return net


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    saved = save_net(_net(), tmp_path / "new" / "folder" / "net.pb.gz")

    data = Path(saved.path).read_bytes()
    assert load_net(saved.path) == _net()
    assert saved.size_bytes == len(data)
    assert saved.sha256 == hashlib.sha256(data).hexdigest()
    assert os.listdir(tmp_path / "new" / "folder") == ["net.pb.gz"]


def test_same_net_gives_the_same_bytes(tmp_path: Path) -> None:
    first = save_net(_net(), tmp_path / "a")
    os.utime(tmp_path / "a", (0, 0))

    assert save_net(_net(), tmp_path / "b").sha256 == first.sha256
    # The gzip header's time of writing.
    assert (tmp_path / "a").read_bytes()[4:8] == bytes(4)


def test_failed_save_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_net(_net(), tmp_path / "net.pb.gz")
    before = (tmp_path / "net.pb.gz").read_bytes()

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save_net(Net(magic=MAGIC), tmp_path / "net.pb.gz")

    assert os.listdir(tmp_path) == ["net.pb.gz"]
    assert (tmp_path / "net.pb.gz").read_bytes() == before


def test_partial_files_of_killed_processes_go(tmp_path: Path) -> None:
    (tmp_path / ".net-4.pb.gz.17.partial").write_bytes(b"half")
    with (tmp_path / ".net-5.pb.gz.18.partial").open("wb") as written_by_another:
        fcntl.flock(written_by_another, fcntl.LOCK_EX)
        (tmp_path / ".other.partial").write_bytes(b"not ours")

        save_net(_net(), tmp_path / "net-8.pb.gz")

    assert set(os.listdir(tmp_path)) == {
        ".net-5.pb.gz.18.partial",
        ".other.partial",
        "net-8.pb.gz",
    }


def _load(directory: Path, data: bytes) -> Net:
    (directory / "bad.pb.gz").write_bytes(data)
    return load_net(directory / "bad.pb.gz")


def test_absent_file() -> None:
    with pytest.raises(FileNotFoundError):
        load_net("no/such/net.pb.gz")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (_net().SerializeToString(), r"bad\.pb\.gz: not a gzip file"),
        (b"", r"bad\.pb\.gz: is empty; get it again"),
        (gzip.compress(b""), "magic is none"),
        (gzip.compress(b"\xff" * 30), "not a weights file"),
        (gzip.compress(Net(magic=0x1234).SerializeToString()), "magic is 0x1234, not 0x1C0"),
        (gzip.compress(_net().SerializeToString()[:-5]), "not a weights file"),
    ],
    ids=["not_gzip", "empty", "nothing", "garbage", "magic", "short_message"],
)
def test_bad_files_are_named_with_the_reason(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(BadNetFileError, match=message):
        _load(tmp_path, data)


def test_every_truncation_is_reported(tmp_path: Path) -> None:
    data = gzip.compress(_net().SerializeToString())

    for size in range(len(data)):
        with pytest.raises(BadNetFileError, match=r"bad\.pb\.gz"):
            _load(tmp_path, data[:size])


def test_flipped_bits_of_the_content_are_reported(tmp_path: Path) -> None:
    data = GOLDEN_NET.read_bytes()

    for place in range(20, len(data), len(data) // 20):
        broken = data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]
        with pytest.raises(BadNetFileError, match=r"bad\.pb\.gz"):
            _load(tmp_path, broken)
