"""The map in docs/architecture.md is what the sources import, outside of their tests."""

import functools
import re
from collections import defaultdict
from pathlib import Path

import pytest

from tools.lint.build_files import sources_of_tests
from tools.lint.source_files import source_files
from tools.lint.source_imports import folder, imports

PAGE = Path("docs/architecture.md")
ROOTS = ("cc", "python/lczero_training", "tools")
# Third parties that are heavy, or that stand for one concern: who imports them, and nobody else.
THIRD_PARTIES = {
    "jax": {"daemon", "export", "losses", "model", "train"},
    "flax": {"export", "model", "train"},
    "optax": {"train"},
    "orbax": {"train"},
    "tensorstore": set(),
    "tensorboardX": {"train"},
    "numpy": {"export", "loader", "model", "records", "train"},
    "google": {"export"},
    "yaml": {"config", "export", "train"},
    "dacite": {"config"},
    "httpx": {"upload"},
    "prometheus_client": {"daemon"},
    "textual": {"tui"},
    "textual_plotext": {"tui"},
    "rich": {"tui"},
}
OF_PYTHON = ("Python.h", "pybind11/", "numpy/")

Edges = dict[str, set[str]]


def layer_of(file: Path) -> str | None:
    """The folder of the map that a file lies in."""
    for root in ROOTS:
        if file.is_relative_to(root) and len(file.relative_to(root).parts) > 1:
            return f"{root}/{file.relative_to(root).parts[0]}"
    return None


def sources_by_layer() -> dict[str, list[Path]]:
    """Without tests and what only they use, but for folders that serve tests as wholes."""
    of_tests = {s for file in source_files(".bazel") for s in sources_of_tests(Path(file))}
    every = defaultdict(list)
    for file in map(Path, source_files(".py", ".cc", ".h")):
        layer = layer_of(file)
        if layer and not file.stem.endswith("_test"):
            every[layer].append(file)
    return {
        layer: [file for file in files if file not in of_tests] or files
        for layer, files in every.items()
    }


SOURCES = sources_by_layer()


@functools.cache
def imported(file: Path) -> set[str]:
    return imports(file)


def edges_of_the_code() -> Edges:
    return {
        layer: {target for file in files for name in imported(file) if (target := folder(name))}
        - {layer}
        for layer, files in SOURCES.items()
    }


def resolve(name: str, layer: str) -> str:
    """`records` in a row of tools/ is Python's, in a row of cc/ that of cc/."""
    own = next(root for root in ROOTS if layer.startswith(root))
    candidates = [name, f"{own}/{name}", f"python/lczero_training/{name}"]
    return next((path for path in candidates if path in SOURCES), name)


def edges_of_the_map(page: str) -> Edges:
    """Rows of the table with a folder each and what it imports."""
    rows = re.findall(r"(?m)^\| `((?:cc|python|tools)/[\w/]+)/` \|.*\|([^|]*)\|$", page)
    return {
        layer: {resolve(name, layer) for name in cell.strip().split(", ") if name}
        for layer, cell in rows
    }


MAP = edges_of_the_map(PAGE.read_text())


@pytest.mark.parametrize("layer", MAP)
def test_a_row_says_what_the_folder_imports(layer: str) -> None:
    assert sorted(edges_of_the_code()[layer]) == sorted(MAP[layer])


def test_every_layer_has_a_row() -> None:
    layers = {layer for layer in SOURCES if not layer.startswith("tools/")}
    # These serve tests and measurements: whoever is in cc/ may be used by them.
    assert layers - set(MAP) == {"cc/bench", "cc/fuzz", "cc/testing"}


def importers(third_party: str) -> set[str]:
    return {
        layer.removeprefix("python/lczero_training/")
        for layer, files in SOURCES.items()
        if layer.startswith("python/")
        for file in files
        if any(name.split(".")[0] == third_party for name in imported(file))
    }


@pytest.mark.parametrize("third_party", THIRD_PARTIES)
def test_a_third_party_is_imported_by_these_only(third_party: str) -> None:
    assert importers(third_party) == THIRD_PARTIES[third_party]


def test_nothing_of_python_is_included_below_cc() -> None:
    files = [Path(file) for file in source_files(".cc", ".h") if file.startswith("cc/")]
    assert len(files) > 200
    wrong = [(f, name) for f in files for name in imported(f) if name.startswith(OF_PYTHON)]
    assert wrong == []


def test_pybind11_is_included_in_one_folder() -> None:
    files = map(Path, source_files(".cc", ".h"))
    users = {f.parent for f in files if any(n.startswith("pybind11/") for n in imported(f))}
    assert users == {Path("python/lczero_training/loader")}


def test_one_folder_of_python_includes_cc() -> None:
    users = {layer for layer, targets in edges_of_the_code().items() if "cc/loader" in targets}
    assert {user for user in users if not user.startswith("cc/")} == {
        "python/lczero_training/loader"
    }


def test_imports_are_seen_wherever_they_stand(tmp_path: Path) -> None:
    python = tmp_path / "late.py"
    python.write_text(
        "import os.path\nfrom tools.rig import rest\n"
        "def f():\n    from lczero_training import train\n    import lczero_training.tui.app as a\n"
    )
    assert {folder(name) for name in imports(python)} == {
        None,
        "python/lczero_training/train",
        "python/lczero_training/tui",
        "tools/rig",
    }
    header = tmp_path / "x.h"
    header.write_text(
        '#include <Python.h>\n#  include "cc/loader/stages/pool.h"\n// #include "cc/base/error.h"\n'
    )
    assert imports(header) == {"Python.h", "cc/loader/stages/pool.h"}
    assert {folder(name) for name in imports(header)} == {None, "cc/loader"}


def test_a_row_that_is_wrong_is_seen() -> None:
    row = "| `cc/base/` | errors | sync, records |\n| `tools/soak/` | runs | rig, records |\n"
    assert edges_of_the_map(row) == {
        "cc/base": {"cc/sync", "cc/records"},
        "tools/soak": {"tools/rig", "python/lczero_training/records"},
    }
