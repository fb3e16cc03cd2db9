import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.proof import elsewhere
from tools.proof.elsewhere import Elsewhere, blocked_paths, copy_file


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "program").write_text("#!/bin/sh\n")
    (sources / "program").chmod(0o755)
    (sources / "text").write_text("text")
    monkeypatch.setattr(elsewhere, "tracked", lambda folder: ["program", "text"])
    made = Elsewhere(tmp_path / "made")
    made.make(sources, "/opt/some python")
    return made


def test_nothing_of_the_caller_is_seen_but_how_to_reach_the_index(tmp_path: Path) -> None:
    config = tmp_path / ".config" / "pip" / "pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text("")
    caller = {"HOME": str(tmp_path), "PATH": "/usr/bin", "CC": "gcc", "CPATH": "/usr/include"}
    caller |= {"PIP_INDEX_URL": "https://index", "https_proxy": "p", "PYTHONPATH": "/x"}
    place = Elsewhere(Path("/there"))
    assert place.environment(caller) == {
        "HOME": "/there/home",
        "PATH": "/there/commands",
        "TZ": elsewhere.TIME_ZONE,
        "LCZERO_CACHE": f"{tmp_path}/.cache/lczero",
        "PIP_CONFIG_FILE": str(config),
        "PIP_INDEX_URL": "https://index",
        "https_proxy": "p",
    }


def test_a_place_has_the_sources_and_no_compiler(place: Elsewhere) -> None:
    assert os.access(place.workspace / "program", os.X_OK)
    assert not os.access(place.workspace / "text", os.X_OK)
    assert (place.workspace / "text").read_text() == "text"
    commands = {path.name for path in place.commands.iterdir()}
    assert commands - set(elsewhere.BAZELS) == {*elsewhere.COMMANDS, "python3.11"}
    assert "exec '/opt/some python'" in (place.commands / "python3.11").read_text()


def test_only_its_owner_may_look_into_it(place: Elsewhere) -> None:
    for path in (place.home, place.workspace / "text", place.workspace / "program"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_making_leaves_the_umask_as_it_was(tmp_path: Path, place: Elsewhere) -> None:
    before = os.umask(0o027)
    try:
        Elsewhere(tmp_path / "again").make(place.workspace, "python")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


@pytest.mark.skipif(shutil.which("git") is None, reason="the host has no git")
def test_uncommitted_files_count_and_ignored_ones_do_not(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for name in ("committed", "gone", "new", "ignored"):
        (tmp_path / name).write_text(name)
    (tmp_path / ".gitignore").write_text("ignored\n")
    subprocess.run(["git", "add", "committed", "gone"], cwd=tmp_path, check=True)
    (tmp_path / "gone").unlink()
    assert sorted(elsewhere.tracked(tmp_path)) == [".gitignore", "committed", "new"]


def test_a_copy_is_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    copy_file(tmp_path / "a", tmp_path / "deep" / "b")
    (tmp_path / "a").write_text("changed")
    assert (tmp_path / "deep" / "b").read_text() == "a"


def test_what_is_blocked_exists() -> None:
    assert all(Path(path).exists() for path in blocked_paths())
