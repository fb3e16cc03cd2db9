"""Builds the extension and the generated code a second time, elsewhere, and compares the bytes.

The first build is this checkout's own; the second one runs in a copy of it below another folder,
with another HOME (so another output base, fetched and compiled from nothing), a PATH that has no
compiler, another umask and another time zone, where the sandbox hides this host's compilers,
their headers and its Python packages. With --two-copies the first build is such a copy, too.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tools.proof.bazel import Bazel, BazelError
from tools.proof.compare import difference, differing
from tools.proof.elsewhere import UMASK, Elsewhere, blocked_paths
from tools.proof.report import Report

EXTENSION = "//python/lczero_training/loader:_loader.so"
GENERATED = 'kind("schema_py_sources|_schema_cc_sources|proto_py_sources", //cc/... + //python/...)'
# What takes long to fetch. A build would fetch one after the other.
REPOSITORIES = ("@zig", "@pip")
# Made when a repository is fetched, so no output of an action.
TOOLCHAIN = "external/*native_dependencies*zig/lib/*"


class Build:
    """One build of the targets, and where its files lie."""

    def __init__(self, bazel: Bazel, flags: tuple[str, ...] = ()) -> None:
        self.bazel = bazel
        started = time.monotonic()
        bazel.run("fetch", *(f"--repo={name}" for name in REPOSITORIES))
        targets = [EXTENSION, *bazel.run("query", GENERATED).split()]
        bazel.run("build", *flags, *targets)
        self.seconds = time.monotonic() - started
        found = bazel.run("cquery", *flags, "--output=files", f"set({' '.join(targets)})")
        self.files = sorted(set(found.split()))
        self.output_base = Path(bazel.run("info", "output_base").strip())
        # Names of files start with bazel-out, whose place `output_path` is.
        self.root = Path(bazel.run("info", "output_path").strip()).parent

    def traces(self) -> tuple[str, ...]:
        """Texts by which a file would betray where it was built."""
        return (str(self.bazel.workspace), str(self.output_base))

    def toolchain(self) -> list[str]:
        """The compiled parts of the toolchain: libc++ and what the C library starts with."""
        found = self.output_base.glob(TOOLCHAIN)
        return sorted(str(path.relative_to(self.output_base)) for path in found)


def compare(first: Build, second: Build, report: Report) -> None:
    """One check for each file that either build has, and for each library of the toolchain."""
    traces = (*first.traces(), *second.traces())
    for name in sorted({*first.files, *second.files}):
        problem = difference(first.root / name, second.root / name, traces)
        if problem and name.endswith(".so"):
            objects = differing(first.root / "bazel-out", second.root / "bazel-out", "*.o")
            problem += "\n  of the object files, these differ: " + (", ".join(objects) or "none")
        report.add(name, problem)
    libraries = sorted({*first.toolchain(), *second.toolchain()})
    if not libraries:
        report.add("libraries of the toolchain", f"there is no {TOOLCHAIN} in either output base")
    for name in libraries:
        problem = difference(first.output_base / name, second.output_base / name, traces)
        report.add(name.partition("native_dependencies")[2], problem)


def build_elsewhere(place: Elsewhere) -> Build:
    """Builds in a new place; the caller ends its server."""
    place.make(Path.cwd(), sys.executable)
    flags = [f"--action_env=PATH={place.commands}"]
    flags += [f"--sandbox_block_path={path}" for path in blocked_paths()]
    build = Build(bazel_of(place), tuple(flags))
    print(f"reproducible: built from nothing in {build.seconds:.0f} s", flush=True)
    return build


def bazel_of(place: Elsewhere) -> Bazel:
    """Bazel as it runs there."""
    return Bazel(place.workspace, place.environment(os.environ), UMASK)


def prove(places: list[Elsewhere], report: Report, flags: tuple[str, ...] = ()) -> None:
    """Builds everywhere and compares; a build that fails is a failed check.

    `flags` are for the checkout's own build, which is the first where there is one place only.
    """
    try:
        builds = [Build(Bazel(Path.cwd()), flags)] if len(places) == 1 else []
        builds += [build_elsewhere(place) for place in places]
        compare(builds[0], builds[1], report)
    except (BazelError, OSError) as error:
        report.add("both builds run to their end", str(error))
    finally:
        for place in places:
            if (place.workspace / "tools" / "bazelw").is_file():
                bazel_of(place).run("shutdown")


def remove(folder: Path) -> None:
    """Removes what Bazel made read-only."""
    for path, _, _ in os.walk(folder):
        os.chmod(path, 0o700)
    shutil.rmtree(folder)


def main() -> int:
    """Returns 1 when something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--two-copies", action="store_true", help="the first build is a copy, too")
    parser.add_argument("--below", type=Path, metavar="FOLDER", help="put the copies there")
    parser.add_argument("--keep", action="store_true", help="leave the copies, to look into them")
    parser.add_argument(
        "--disk_cache", metavar="FOLDER", help="Bazel's, for the checkout's own build only"
    )
    parser.add_argument("--xml", type=Path, metavar="FILE", help="write a JUnit file")
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="reproducible.", dir=options.below))
    names = ["one", "two"] if options.two_copies else ["two"]
    report = Report("reproducible")
    flags = (f"--disk_cache={options.disk_cache}",) if options.disk_cache else ()
    try:
        prove([Elsewhere(root / name) for name in names], report, flags)
    finally:
        if options.keep:
            print(f"reproducible: the copies are in {root}")
        else:
            remove(root)
    return report.close(options.xml)


if __name__ == "__main__":
    sys.exit(main())
