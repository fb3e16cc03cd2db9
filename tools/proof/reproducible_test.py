from pathlib import Path
from typing import cast

import pytest

from tools.proof import reproducible
from tools.proof.bazel import Bazel, BazelError
from tools.proof.elsewhere import Elsewhere
from tools.proof.report import Report
from tools.proof.reproducible import Build, compare, prove, remove

OBJECT, EXTENSION = "bazel-out/bin/_objs/a.o", "bazel-out/bin/a.so"
LIBRARY = "external/_main~native_dependencies~zig/lib/libc++.a"


class FakeBazel:
    """Answers as Bazel would, about a folder that holds what the build made."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "workspace"
        self._answers = {
            "fetch": "",
            "query": "//a:generated\n",
            "build": "",
            "cquery": f"{EXTENSION}\n{EXTENSION}\n",
            "info output_base": f"{folder}\n",
            "info output_path": f"{folder}/bazel-out\n",
        }

    def run(self, command: str, *arguments: str) -> str:
        return self._answers[f"info {arguments[0]}" if command == "info" else command]


def build(folder: Path, content: str = "same", library: str = "same") -> Build:
    for name, text in {OBJECT: content, EXTENSION: content, LIBRARY: library}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Build(cast(Bazel, FakeBazel(folder)))


def problems(first: Build, second: Build) -> dict[str, str | None]:
    report = Report("reproducible")
    compare(first, second, report)
    return report.checks


def test_equal_builds_pass(tmp_path: Path) -> None:
    found = problems(build(tmp_path / "1"), build(tmp_path / "2"))
    assert found == {EXTENSION: None, "~zig/lib/libc++.a": None}


def test_an_extension_that_differs_names_its_objects(tmp_path: Path) -> None:
    found = problems(build(tmp_path / "1"), build(tmp_path / "2", f"in {tmp_path}/2/workspace"))
    problem = found[EXTENSION]
    assert problem is not None
    assert f"holds '{tmp_path}/2/workspace'" in problem
    assert "these differ: bin/_objs/a.o" in problem


def test_a_toolchain_that_differs_is_told(tmp_path: Path) -> None:
    found = problems(build(tmp_path / "1"), build(tmp_path / "2", library="other"))
    assert found[EXTENSION] is None
    assert "part at byte 0" in (found["~zig/lib/libc++.a"] or "")


def test_a_toolchain_that_is_not_found_is_told(tmp_path: Path) -> None:
    first, second = build(tmp_path / "1"), build(tmp_path / "2")
    for folder in ("1", "2"):
        (tmp_path / folder / LIBRARY).unlink()
    assert "in either output base" in (problems(first, second)["libraries of the toolchain"] or "")


def test_a_file_of_one_build_only_is_told(tmp_path: Path) -> None:
    first, second = build(tmp_path / "1"), build(tmp_path / "2")
    (tmp_path / "2" / EXTENSION).unlink()
    assert "2/bazel-out/bin/a.so is missing" in (problems(first, second)[EXTENSION] or "")


def test_a_build_that_fails_is_a_failed_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise BazelError("`tools/bazelw query` ended with 1")

    monkeypatch.setattr(Bazel, "run", fail)
    report = Report("reproducible")
    prove([Elsewhere(tmp_path)], report)
    assert report.checks == {"both builds run to their end": "`tools/bazelw query` ended with 1"}


def test_two_copies_are_compared_with_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {"1": "same", "2": "other"}
    monkeypatch.setattr(
        reproducible,
        "build_elsewhere",
        lambda place: build(place.root, contents[place.root.name]),
    )
    report = Report("reproducible")
    prove([Elsewhere(tmp_path / name) for name in contents], report)
    problem = report.checks[EXTENSION]
    assert problem is not None
    assert f"{tmp_path}/1/{EXTENSION}: 4 bytes" in problem
    assert f"{tmp_path}/2/{EXTENSION}: 5 bytes" in problem


def test_the_checkouts_own_build_may_have_a_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = FakeBazel(tmp_path / "own")
    commands: list[tuple[str, ...]] = []

    def run(_: Bazel, *words: str) -> str:
        commands.append(words)
        return own.run(*words)

    build(tmp_path / "own")
    monkeypatch.setattr(Bazel, "run", run)
    monkeypatch.setattr(reproducible, "build_elsewhere", lambda _: build(tmp_path / "other"))
    report = Report("reproducible")
    prove([Elsewhere(tmp_path / "other")], report, ("--disk_cache=/cache",))
    assert report.checks == {EXTENSION: None, "~zig/lib/libc++.a": None}
    builds = [words for words in commands if words[0] == "build"]
    assert builds == [("build", "--disk_cache=/cache", reproducible.EXTENSION, "//a:generated")]


def test_what_bazel_made_read_only_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "file").write_text("")
    (folder / "in").chmod(0o500)
    remove(folder)
    assert not folder.exists()
