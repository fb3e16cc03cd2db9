"""BUILD files: who may name what directly, whichever target it is, and how they are written."""

import ast
import re
from pathlib import Path

import pytest

from tools.lint.build_files import rules, sources_of_tests, strings, unsorted, unused_loads
from tools.lint.source_files import source_files

FILES = [Path(file) for file in source_files(".bazel")]
EXTENSION = Path("python/lczero_training/loader/BUILD.bazel")
# Outside of cc/: the extension, aliases of the benchmarks, these checks, a test of the generator.
NAME_CC = {
    EXTENSION: {"//cc/loader"},
    Path("tools/BUILD.bazel"): {"//cc/bench:loader_bench", "//cc/bench:pool_bench"},
    Path("tools/lint/BUILD.bazel"): {"//cc/loader"},
    Path("tools/schemagen/BUILD.bazel"): {"//cc/schema:schema_echo"},
}


def names(file: Path) -> set[str]:
    """Labels that the targets of a BUILD file name, who may see them left out."""
    return set(strings(ast.parse(file.read_text())))


def functions(file: Path) -> set[str]:
    nodes = ast.walk(ast.parse(file.read_text()))
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def test_every_package_is_looked_at() -> None:
    assert len(FILES) > 40
    assert all(file.name == "BUILD.bazel" for file in FILES)


def test_copies_for_editors_are_no_sources() -> None:
    """They are generated, and lie where git ignores them; no rule of sources may fail on them."""
    ignored = re.findall(r"(?m)^/(python/.*/schema/[\w.]+)$", Path(".gitignore").read_text())
    assert "python/lczero_training/schema/net_pb2.pyi" in ignored
    assert not set(ignored) & set(source_files(".py", ".pyi"))
    excluded = Path("tools/build/defs.bzl").read_text().partition("_COPIES_FOR_EDITORS = {")[2]
    assert all(f'"{Path(name).name}"' in excluded.partition("}")[0] for name in ignored)


def test_pybind11_appears_in_one_build_file() -> None:
    users = [
        file
        for file in FILES
        if "lc_pybind_extension" in functions(file)
        or any("pybind11" in name for name in names(file))
    ]
    assert users == [EXTENSION]


def test_cc_is_named_by_these_only() -> None:
    for file in FILES:
        if file.is_relative_to("cc"):
            continue
        named = {name for name in names(file) if name.startswith("//cc")}
        # Texts, which tests read.
        named -= {name for name in named if name.endswith(":sources")}
        assert named == NAME_CC.get(file, set()), file


def test_nothing_in_cc_names_python() -> None:
    files = [file for file in FILES if file.is_relative_to("cc")]
    assert len(files) > 12
    for file in files:
        assert not functions(file) & {"requirement", "py_library", "lc_py_library", "lc_py_test"}
        wrong = ("//python", "@pip", "@pybind11", "@local_python", "@rules_python")
        assert [name for name in names(file) if name.startswith(wrong)] == [], file


@pytest.mark.parametrize("folder", ["cc", "python/lczero_training"])
def test_packages_are_private_unless_they_say_to_whom_not(folder: str) -> None:
    public = [
        file.parent.as_posix()
        for file in FILES
        if file.is_relative_to(folder) and "//visibility:public" in file.read_text()
    ]
    # The shared modules of lczero_training itself.
    assert public == (["python/lczero_training"] if folder.startswith("python") else [])


@pytest.mark.parametrize("file", FILES, ids=str)
def test_it_is_written_as_the_others(file: Path) -> None:
    tree = ast.parse(file.read_text())
    assert unused_loads(tree) == []
    assert unsorted(tree) == []


def test_what_is_written_otherwise_is_seen() -> None:
    tree = ast.parse(
        'load("//a.bzl", "used", "unused")\n'
        'used(name = "x", deps = ["//b", ":a"], srcs = ["a.cc", "a.cc"])\n'
    )
    assert unused_loads(tree) == ["unused"]
    assert unsorted(tree) == ["line 2: deps", "line 2: srcs"]


def test_sources_of_tests_are_told_from_the_others(tmp_path: Path) -> None:
    file = tmp_path / "BUILD.bazel"
    file.write_text(
        'lc_cc_library(name = "a", hdrs = ["a.h"], visibility = ["//python:x.h"])\n'
        'lc_cc_library(name = "b", testonly = True, hdrs = ["b.h", "a.h"])\n'
        '[lc_py_test(name = n, srcs = ["c.py"]) for n in ["d.py"]]\n'
    )
    assert len(rules(file)) == 3
    assert sources_of_tests(file) == {tmp_path / "b.h", tmp_path / "c.py"}
    file.write_text('package(default_testonly = True)\nx(name = "a", srcs = ["a.cc"])\n')
    assert sources_of_tests(file) == {tmp_path / "a.cc"}
