import importlib.util
import zipfile
from pathlib import Path

import pytest

from tools.python.unpack_wheels import (
    build_file,
    canonical,
    dependency_graph,
    main,
    unpack,
)


def make_wheel(folder: Path, name: str, members: dict[str, str], metadata: str = "") -> Path:
    """A wheel with these members; `metadata` are further lines of its METADATA."""
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in members.items():
            archive.writestr(path, text)
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{metadata}"
        archive.writestr(f"{name}-1.0.dist-info/METADATA", head)
    return wheel


def test_names_have_one_spelling() -> None:
    assert canonical("Orbax_Checkpoint") == canonical("orbax.checkpoint") == "orbax-checkpoint"


def test_members_lie_where_pip_would_put_them(tmp_path: Path) -> None:
    members = {
        "one/__init__.py": "",
        "one-1.0.data/scripts/run": "#!/bin/sh\n",
        "one-1.0.data/platlib/two.py": "",
        "one-1.0.data/data/share/three": "",
        "one-1.0.data/headers/four.h": "",
    }
    wheel = make_wheel(tmp_path, "one", members)
    unpack(wheel, tmp_path / "out")
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert {str(path.relative_to(tmp_path / "out")) for path in files} == {
        "bin/run",
        "one-1.0.dist-info/METADATA",
        "one/__init__.py",
        "share/three",
        "two.py",
    }
    assert (tmp_path / "out/bin/run").stat().st_mode & 0o111
    assert not (tmp_path / "out/two.py").stat().st_mode & 0o111


@pytest.mark.parametrize("member", ["../evil.py", "one/../../evil.py", "/evil.py"])
def test_no_member_leaves_the_folder(tmp_path: Path, member: str) -> None:
    wheel = make_wheel(tmp_path, "one", {member: ""})
    with pytest.raises(ValueError, match=r"one-1\.0.*evil\.py would lie outside"):
        unpack(wheel, tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("evil.py"))


def test_dependencies_follow_markers_and_extras() -> None:
    requires = {
        "app": ["lib[fast]>=1", 'other; python_version < "3"', "app[all]; extra == 'all'"],
        "lib": ["base", 'speed; extra == "fast"', 'looks; extra == "pretty"'],
        "base": [],
        "speed": [],
        "other": [],
        "looks": [],
    }
    graph = dependency_graph(requires)
    assert graph["app"] == {"lib"}
    assert graph["lib"] == {"base", "speed"}
    assert not graph["base"]


def test_a_package_that_the_lock_lacks_is_named() -> None:
    with pytest.raises(ValueError, match=r"app needs gone-lib, .*update_lock"):
        dependency_graph({"app": ["Gone_lib"]})


def test_targets_name_their_folder_and_dependencies() -> None:
    text = build_file({"b": {"c", "a"}, "a": set(), "c": set()}, "packages")
    assert text.index('name = "a"') < text.index('name = "b"')
    assert 'data = ["packages/b"],\n    imports = ["packages/b"],\n    deps = [":a", ":c"]' in text


def test_bytecode_is_there_and_counts_whatever_times_the_sources_get(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    make_wheel(wheels, "One_Two", {"one.py": "VALUE = 1\n", "bad.py": "no python"})
    make_wheel(wheels, "packaging", {})
    main(wheels, tmp_path / "packages", tmp_path / "BUILD.bazel")
    source = tmp_path / "packages" / "one-two" / "one.py"
    # Python would take a newer source for changed, were the bytecode tied to times.
    source.write_text("VALUE = 2\n")
    spec = importlib.util.spec_from_file_location("one", source)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.VALUE == 1
    assert 'name = "one-two"' in (tmp_path / "BUILD.bazel").read_text()
