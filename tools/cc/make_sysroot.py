"""Turns an unpacked zig into a plain clang toolchain that needs no cache.

`zig c++` compiles libc++, the C start files and the compiler's runtime on first use
and keeps them in a cache that every later call wants to write to, which a sandbox
forbids. This script lets it do so once, copies what came out into a folder, and
writes wrappers that call the clang and lld inside zig directly with the very flags
that zig would pass.

usage: make_sysroot.py ZIG_FOLDER OUTPUT_FOLDER CLANG_TARGET [extra zig flag ...]

Writes OUTPUT_FOLDER/lib (libraries and start files) and OUTPUT_FOLDER/flags.json
(compile and link flags; "@zig@" stands for ZIG_FOLDER and "@lib@" for lib).
"""

import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

PROBE = """
#include <iostream>
#include <mutex>
int main() {
  std::mutex mutex;
  std::lock_guard lock(mutex);
  try { throw 1; } catch (int value) { std::cout << value; }
}
"""

# Where zig finds its libraries' sources and headers, by a name that is the same in every folder:
# ThreadSanitizer's runtime tells the names of its sources. `work`, where zig runs, has the link.
ZIG_LIBRARY = "/proc/self/cwd/zig/lib"
CACHE_FOLDER = re.compile(rb"(?<=cache/o/)[0-9a-f]{32}(?=/)")
KEPT_FLAGS_WITH_VALUE = ("-isystem", "-D")


def run_zig(zig: Path, arguments: list[str], work: Path) -> list[list[str]]:
    """Runs `zig c++` verbosely and returns the command lines that it printed."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(work),
        "ZIG_GLOBAL_CACHE_DIR": str(work / "cache"),
        "ZIG_LOCAL_CACHE_DIR": str(work / "cache"),
        "ZIG_LIB_DIR": ZIG_LIBRARY,
    }
    done = subprocess.run(
        [str(zig / "zig"), "c++", *arguments],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"make_sysroot: zig failed ({done.returncode}) on {arguments}:\n{done.stderr}")
    lines = []
    for line in done.stderr.splitlines():
        try:
            lines.append(shlex.split(line))
        except ValueError:
            continue
    return lines


def compile_flags(lines: list[list[str]]) -> list[str]:
    """Header folders and defines of the last compilation among lines."""
    command = [line for line in lines if "-cc1" in line[1:2] and "-triple" in line][-1]
    flags = []
    for flag, value in itertools.pairwise(command):
        if flag in KEPT_FLAGS_WITH_VALUE and not value.startswith("NDEBUG"):
            flags += [flag, value.replace(ZIG_LIBRARY, "@zig@/lib")]
    return flags


def without_cache_folders(library: bytes) -> bytes:
    """A library whose members do not tell the folder that they were made in.

    zig names some archives' members by their place in its cache, which is a hash over its own
    place. The bytes would differ from folder to folder, and with them the key of every action.
    """
    return CACHE_FOLDER.sub(lambda found: b"0" * len(found[0]), library)


def link_flags(lines: list[list[str]], work: Path, library_folder: Path) -> list[str]:
    """Copies the libraries of the last link among lines and returns their order."""
    command = [line for line in lines if line[:1] == ["ld.lld"]][-1]
    flags = []
    for argument in command:
        path = work / argument
        if "cache" not in path.parts or path.name.startswith("probe"):
            continue
        (library_folder / path.name).write_bytes(without_cache_folders(path.read_bytes()))
        flags.append(f"@lib@/{path.name}")
    return flags


def refuse_traces(libraries: Path, folder: Path) -> None:
    """Ends when a library tells the folder that it was made in: elsewhere it would be another."""
    for library in sorted(libraries.iterdir()):
        if str(folder).encode() in library.read_bytes():
            sys.exit(
                f"make_sysroot: {library.name} holds the path {folder}, so that its bytes are "
                "others in each folder. Find what wrote it there: debug information, or names of "
                "sources."
            )


def main() -> None:
    """Makes the folder that the arguments describe."""
    zig, output, target = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), sys.argv[3]
    extra = sys.argv[4:]
    work = output / "work"
    library_folder = output / "lib"
    for folder in (work, library_folder):
        folder.mkdir(parents=True, exist_ok=True)
    (work / "zig").symlink_to(zig)
    (work / "probe.cc").write_text(PROBE)
    # -s: debug information would tell the folder that the libraries were made in.
    common = ["-target", target, "-std=c++23", "-O2", "-fno-sanitize=all", "-s", *extra]
    compiled = run_zig(zig, [*common, "-v", "-c", "probe.cc", "-o", "probe.o"], work)
    program = run_zig(zig, [*common, "-v", "-pie", "probe.o", "-o", "probe"], work)
    flags = {
        "compile": compile_flags(compiled),
        "link": link_flags(program, work, library_folder),
    }
    refuse_traces(library_folder, zig.parent)
    (output / "flags.json").write_text(json.dumps(flags, indent=1))
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
