"""Files and targets that documents, comments and messages name are there."""

import re
from pathlib import Path

import pytest

from tools.lint.build_files import rules
from tools.lint.source_files import source_files

ROOTS = "(?:cc|configs|docs|proto|python|tools)"
PATH = re.compile(rf"(?<![\w/.@~-]){ROOTS}/[\w./-]*\w")
LABEL = re.compile(rf"(?<![\w:@])//({ROOTS}[\w/]*)(?::([\w.]*\w))?")
# An include is the compiler's to check; tests name what is not there.
INCLUDE = re.compile(r"\s*#\s*include")
READ = (".py", ".pyi", ".cc", ".h", ".bzl", ".md", ".proto")
PAGES = [*Path("docs").glob("*.md"), *Path("configs").glob("*.yaml"), Path("README.md")]
FILES = [
    path
    for path in (*map(Path, source_files(*READ)), *PAGES)
    if not path.stem.endswith("_test") and path.name != "plugin.py"
]


def lines(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if not INCLUDE.match(line)]


def targets(build: Path) -> set[str]:
    """Names that a BUILD file says; a comprehension makes more of them."""
    return {
        keyword.value.value
        for rule in rules(build)
        for keyword in rule.keywords
        if keyword.arg == "name" and hasattr(keyword.value, "value")
    }


def is_target(package: str, name: str) -> bool:
    """Whether a label leads somewhere; patterns and packages' default targets are named bare."""
    build = Path(package, "BUILD.bazel")
    if not build.exists():
        return False
    made = " for " in build.read_text()
    # An extension NAME.so stands beside its library NAME.
    by_name = bool({name, name.removesuffix(".so")} & targets(build))
    return not name or by_name or made or Path(package, name).exists()


def dead_references(text: list[str]) -> list[str]:
    """What the lines name and is not there.

    Names that end in _ are only begun, and what is in a folder testdata this test does not have.
    """
    found = [name for line in text for name in PATH.findall(line)]
    named = [name for name in found if not name.endswith("_") and "/testdata" not in name]
    paths = [name for name in named if not Path(name).exists()]
    labels = [f"//{a}:{b}" for line in text for a, b in LABEL.findall(line) if not is_target(a, b)]
    return paths + labels


@pytest.mark.parametrize("file", FILES, ids=str)
def test_what_is_named_is_there(file: Path) -> None:
    assert dead_references(lines(file)) == []


def test_what_is_not_there_is_seen() -> None:
    text = [
        "# See docs/gone.md and `cc/base/error.h`; run tools/gone, or //cc/gone:x.",
        "//cc/base:gone, //cc/base:error, //cc/... and https://example.org/docs/gone",
    ]
    assert dead_references(text) == ["docs/gone.md", "tools/gone", "//cc/gone:x", "//cc/base:gone"]


def test_every_kind_of_file_is_read() -> None:
    assert {path.suffix for path in FILES} >= {*READ}
    assert len(FILES) > 500
