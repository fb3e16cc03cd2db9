"""Runs clang-tidy on one source, with the flags and headers of the toolchain's compiler.

usage: tidy_source.py PROGRAM REPORT CONFIG COMPILER SOURCE FLAG ...

What it finds goes to stderr, and the exit code is then 1; REPORT is written where nothing is.
"""

import itertools
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# The compiler's own headers, of which clang-tidy brings those that fit it.
OWN_HEADERS = "/ziglang/lib/include"


def hidden_flags(commands: str) -> Iterator[str]:
    """Header folders and macros that a compiler adds by itself, from what `-###` prints."""
    (command,) = [line for line in commands.splitlines() if " -cc1" in line or '"-cc1"' in line]
    words = shlex.split(command)
    for flag, value in itertools.pairwise(words):
        if flag in ("-isystem", "-D") and not value.endswith(OWN_HEADERS):
            yield from (flag, value)
        elif flag == "-triple":
            yield from ("-target", value)


def flags_of(compiler: str) -> list[str]:
    """What has to be said to clang-tidy that the compiler knows."""
    done = subprocess.run(
        [compiler, "-###", "-c", "-x", "c++", "/dev/null"],
        capture_output=True,
        text=True,
        check=True,
    )
    return ["-nostdlibinc", "-nostdinc++", *hidden_flags(done.stderr)]


def main(arguments: list[str]) -> int:
    """clang-tidy's exit code, which is not 0 for each finding: the config makes it an error."""
    program, report, config, compiler, source, *flags = arguments
    command = [program, "--quiet", f"--config-file={config}", source, "--"]
    done = subprocess.run(
        [*command, *flags, *flags_of(compiler)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        return 1
    Path(report).write_text(done.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
