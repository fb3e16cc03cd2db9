from dataclasses import replace
from pathlib import Path

import pytest

from lczero_training.daemon.ledger import FILE_NAME, Ledger, LedgerEntry
from lczero_training.daemon.ports import NetworkFile


def entry(step: int, *, requested: bool = False) -> LedgerEntry:
    return LedgerEntry(
        step=step,
        exported_at="2026-01-02T03:04:05Z",
        files=(NetworkFile(path=f"/n/{step}.pb.gz", sha256="ab", size_bytes=step),),
        requested=requested,
    )


def test_entries_outlive_the_process(tmp_path: Path) -> None:
    directory = tmp_path / "not" / "there"
    ledger = Ledger(directory)
    ledger.append(entry(200))
    ledger.append(entry(300, requested=True))
    ledger.append(entry(400))
    again = Ledger(directory)
    assert again.entries == ledger.entries == (entry(200), entry(300, requested=True), entry(400))
    assert again.networks_total == 2
    assert again.find(200) == entry(200) and again.find(400) == entry(400)
    assert again.find(300) is None and again.find(300, requested=True) is not None


def test_every_torn_tail_is_cut_and_the_rest_kept(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append(entry(200))
    first = ledger.path.stat().st_size
    ledger.append(entry(400))
    whole = ledger.path.read_bytes()
    for length in range(first, len(whole)):
        ledger.path.write_bytes(whole[:length])
        torn = Ledger(tmp_path)
        assert torn.entries == (entry(200),)
        torn.append(entry(400))
        assert ledger.path.read_bytes() == whole


@pytest.mark.parametrize(
    "line", ["", "no json", "[]", "{}", '{"step": 1}', '{"step": "x", "files": 3}']
)
def test_line_that_is_no_entry_is_skipped(tmp_path: Path, line: str) -> None:
    ledger = Ledger(tmp_path)
    ledger.append(entry(200))
    path = tmp_path / FILE_NAME
    path.write_text(f"{line}\n{path.read_text()}")
    assert Ledger(tmp_path).entries == (entry(200),)


def test_later_files_join_their_network(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append(entry(200))
    late = NetworkFile(path="/late/200.pb.gz", sha256="ab", size_bytes=200)
    both = ledger.append(replace(entry(200), files=(late,)))
    assert both.files == (*entry(200).files, late)
    assert ledger.append(entry(200)) == both, "a file written again is the same file"
    assert Ledger(tmp_path).entries == ledger.entries == (both,)
    assert ledger.networks_total == 1


def test_upload_is_noted_of_the_network_and_not_of_a_requested_export(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append(replace(entry(200), to_upload=True, anchor="games-7.tar"))
    ledger.append(entry(200, requested=True))
    ledger.note_upload(200, uploaded_at="2026-01-02T04:00:00Z", url="http://example.org/")
    network, requested = Ledger(tmp_path).entries
    assert network.uploaded_at == "2026-01-02T04:00:00Z" and network.to_upload
    assert network.anchor == "games-7.tar"
    assert requested.uploaded_at == ""
    assert ledger.entries == Ledger(tmp_path).entries
