import os
from pathlib import Path

import pytest

from tools.lint.tidy_source import hidden_flags, main

GOOD = "namespace {\nint* p = nullptr;\n}  // namespace\n"
BAD = "namespace {\nint* p = 0;\n}  // namespace\n"


def look_at(source: str, folder: Path) -> int:
    """Exit code of the tool for a source with the project's checks."""
    file = folder / "x.cc"
    file.write_text(source)
    compiler = folder / "cc"
    compiler.write_text('#!/bin/sh\necho \'"clang" "-cc1" "-triple" "x86_64-linux"\' >&2\n')
    compiler.chmod(0o755)
    config = str(Path(".clang-tidy").absolute())
    program = os.environ["CLANG_TIDY"]
    return main([program, str(folder / "report"), config, str(compiler), str(file), "-std=c++23"])


def test_a_finding_is_a_failure(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert look_at(BAD, tmp_path) == 1
    assert "[modernize-use-nullptr" in capfd.readouterr().err
    assert not (tmp_path / "report").exists()


def test_a_good_source_has_an_empty_report(tmp_path: Path) -> None:
    assert look_at(GOOD, tmp_path) == 0
    assert (tmp_path / "report").read_text() == ""


def test_what_the_compiler_adds_is_found() -> None:
    commands = (
        'clang version 1\n "zig" "-cc1" "-triple" "x86_64-gnu" "-O2"'
        ' "-isystem" "z/ziglang/lib/include" "-isystem" "z/ziglang/lib/libcxx/include" "-D" "A=1"\n'
    )
    assert list(hidden_flags(commands)) == [
        *("-target", "x86_64-gnu"),
        *("-isystem", "z/ziglang/lib/libcxx/include"),
        *("-D", "A=1"),
    ]
