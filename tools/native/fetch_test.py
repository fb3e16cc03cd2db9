import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from tools.native.fetch import fetch, pip_command

PROJECT = """[build-system]
requires = ["nowhere-to-be-found==7"]
build-backend = "nowhere.build"
"""


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source archive in a folder that is all that pip knows."""
    archive = tmp_path / "index" / "thing-1.5.tar.gz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as tar:
        info = tarfile.TarInfo("thing-1.5/pyproject.toml")
        info.size = len(PROJECT)
        tar.addfile(info, io.BytesIO(PROJECT.encode()))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(archive.parent))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return archive


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_sources_are_fetched_without_their_build_requirements(
    sources: Path, tmp_path: Path
) -> None:
    assert fetch("thing==1.5", digest(sources), tmp_path / "out", "nowhere.build") == 0
    assert digest(tmp_path / "out" / sources.name) == digest(sources)


def test_other_bytes_are_refused(
    sources: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert fetch("thing==1.5", 64 * "0", tmp_path / "out", "nowhere.build") != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in capfd.readouterr().err


def test_wheels_are_taken_where_no_backend_is_named(tmp_path: Path) -> None:
    command = pip_command(tmp_path / "r.txt", tmp_path, sources_of=None)
    assert command[-2:] == ["--only-binary", ":all:"]
