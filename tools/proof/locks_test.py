import hashlib
import zipfile
from pathlib import Path

import pytest

from tools.proof.locks import prove_locks, prove_native
from tools.proof.report import Report

METADATA = "Metadata-Version: 2.1\nName: {}\nVersion: 1\n{}"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that pip knows: `one` requires `two`, `three` requires `one`."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name, requires in ("one", "two"), ("two", ""), ("three", "one"):
        line = f"Requires-Dist: {requires}\n" if requires else ""
        with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}-1.dist-info/METADATA", METADATA.format(name, line))
            wheel.writestr(f"{name}-1.dist-info/WHEEL", WHEEL)
            wheel.writestr(f"{name}-1.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def digest(index: Path, name: str) -> str:
    return hashlib.sha256((index / f"{name}-1-py3-none-any.whl").read_bytes()).hexdigest()


def lock(index: Path, *names: str) -> str:
    path = index.parent / f"{'_'.join(names)}_lock.txt"
    pins = (f"{name}==1 \\\n    --hash=sha256:{digest(index, name)}\n" for name in names)
    path.write_text("".join(pins))
    return str(path)


def problems(index: Path, *locks: str) -> list[str | None]:
    report = Report("locks")
    prove_locks(locks, index.parent / "wheels", report)
    return list(report.checks.values())


def test_whole_locks_pass_and_a_later_one_may_rest_on_an_earlier(index: Path) -> None:
    assert problems(index, lock(index, "one", "two"), lock(index, "three")) == [None] * 4


def test_a_package_that_no_lock_names_is_missing_though_the_index_has_it(index: Path) -> None:
    fetched, missing = problems(index, lock(index, "one"))
    assert fetched is None
    assert missing is not None
    assert "two" in missing


def test_other_bytes_are_told(index: Path) -> None:
    path = lock(index, "two")
    Path(path).write_text(Path(path).read_text().replace(digest(index, "two"), 64 * "0"))
    fetched, _ = problems(index, path)
    assert fetched is not None
    assert "DO NOT MATCH THE HASHES" in fetched


def test_native_archives(index: Path) -> None:
    report = Report("locks")
    pin = '"requirement": "two==1",\n"sha256": "{}",\n'
    folder = index.parent / "native"
    prove_native(
        pin.format(digest(index, "two")) + pin.format(64 * "0").replace("two", "one"),
        folder,
        report,
    )
    assert list(report.checks.values()) == [None, "pip ended with 1; its messages stand above"]
