"""Each header of cc/ is compiled with nothing before it, so that it includes all that it uses."""

import ast
import re
from pathlib import Path

from tools.lint.build_files import rules, strings
from tools.lint.source_files import source_files


def entries(rule: ast.Call, attribute: str) -> list[str]:
    return [s for keyword in rule.keywords if keyword.arg == attribute for s in strings(keyword)]


def first_include(source: Path) -> str:
    found = re.search(r'(?m)^#include [<"]([^>"]+)[>"]', source.read_text())
    return found[1] if found else ""


def stands_alone(build: Path, root: Path = Path()) -> dict[str, bool]:
    """Headers of a package: whether something is compiled that begins with them.

    A library without sources gets one for each header from lc_cc_library.
    """
    found = {}
    for rule in rules(build):
        sources = entries(rule, "srcs")
        for header in (name for name in entries(rule, "hdrs") + sources if name.endswith(".h")):
            path = (build.parent / header).relative_to(root)
            own = header.removesuffix(".h") + ".cc"
            is_first = own in sources and first_include(build.parent / own) == str(path)
            found[str(path)] = not sources or is_first
    return found


def test_every_header_of_cc_stands_alone() -> None:
    builds = [Path(file) for file in source_files(".bazel") if file.startswith("cc/")]
    found = {header: alone for build in builds for header, alone in stands_alone(build).items()}
    assert sorted(found) == [file for file in source_files(".h") if file.startswith("cc/")]
    assert [header for header, alone in found.items() if not alone] == []


def test_a_header_that_comes_second_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.cc").write_text('#include "a.h"\n\n#include <vector>\n')
    (tmp_path / "b.cc").write_text('#include <vector>\n\n#include "b.h"\n')
    build = tmp_path / "BUILD.bazel"
    build.write_text(
        'lc_cc_library(name = "a", srcs = ["a.cc"], hdrs = ["a.h", "more.h"])\n'
        'lc_cc_library(name = "b", srcs = ["b.cc"], hdrs = ["b.h"])\n'
        'lc_cc_library(name = "c", hdrs = ["c.h"])\n'
    )
    alone = {"a.h": True, "b.h": False, "c.h": True, "more.h": False}
    assert stands_alone(build, tmp_path) == alone
