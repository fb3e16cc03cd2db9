"""Unpacks wheels into one folder each, with bytecode, and writes their BUILD file.

usage: unpack_wheels.py WHEELS_FOLDER PACKAGES_FOLDER BUILD_FILE

A folder looks as `pip install --target` would leave it: modules and metadata at its top, programs
in bin/. `packaging` must be one of the wheels: it tells what the others depend on.
"""

import compileall
import importlib.metadata
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from py_compile import PycInvalidationMode

_HEADER = """\
# One target a package, written by //tools/python:unpack_wheels.py.
package(default_visibility = ["//visibility:public"])

filegroup(
    name = "metadata",
    srcs = glob(["{packages}/*/*.dist-info/METADATA"]),
)
"""
_TARGET = """
py_library(
    name = "{name}",
    data = ["{folder}"],
    imports = ["{folder}"],
    deps = [{deps}],
)
"""
# Nobody imports the packages' own tests.
_NOT_COMPILED = re.compile(r"/tests?/")


def canonical(name: str) -> str:
    """The one spelling of a package's name that lock files and labels use."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_path(member: str) -> PurePosixPath | None:
    """Where a wheel's member goes, relative to the package's folder; None for C headers."""
    first, *rest = PurePosixPath(member).parts
    if not first.endswith(".data") or len(rest) < 2:
        return PurePosixPath(member)
    kind, *inner = rest
    if kind == "headers":
        return None
    return PurePosixPath("bin" if kind == "scripts" else "", *inner)


def unpack(wheel: Path, folder: Path) -> None:
    """Unpacks one wheel; what it marks as a program, and every script, can be run."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            path = installed_path(member.filename)
            if path is None or member.is_dir():
                continue
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"{wheel.name}: {member.filename} would lie outside {folder}")
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(member))
            if path.parts[0] == "bin" or member.external_attr >> 16 & 0o100:
                target.chmod(0o755)


def compile_all(folder: Path) -> None:
    """Writes the bytecode of every module; it counts whatever times and paths the sources get."""
    compileall.compile_dir(
        folder,
        quiet=2,  # Templates and code of other Pythons do not compile, and are not imported.
        rx=_NOT_COMPILED,
        workers=0,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )


def dependencies(
    requires: Mapping[str, list[str]], name: str, extras: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Packages, and which of their extras, that a package with these extras needs here."""
    from packaging.requirements import Requirement

    for line in requires[name]:
        wanted = Requirement(line)
        marker = wanted.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            continue
        other = canonical(wanted.name)
        if other not in requires:
            raise ValueError(
                f"{name} needs {other}, which is not in the lock: run tools/python/update_lock.sh"
            )
        if other != name:
            yield other, frozenset(wanted.extras)


def dependency_graph(requires: Mapping[str, list[str]]) -> dict[str, set[str]]:
    """What each package needs; an extra that anyone asks for is there for all.

    Args:
      requires: the lines of Requires-Dist, by package.
    """
    extras: dict[str, frozenset[str]] = dict.fromkeys(requires, frozenset())
    graph: dict[str, set[str]] = {name: set() for name in requires}
    pending = list(requires)
    while pending:
        name = pending.pop()
        for other, wanted in dependencies(requires, name, extras[name]):
            graph[name].add(other)
            if not wanted <= extras[other]:
                extras[other] |= wanted
                pending.append(other)
    return graph


def build_file(graph: Mapping[str, set[str]], packages: str) -> str:
    """The text of the BUILD file beside the folder `packages`."""
    text = _HEADER.format(packages=packages)
    for name, needed in sorted(graph.items()):
        deps = ", ".join(f'":{other}"' for other in sorted(needed))
        text += _TARGET.format(name=name, folder=f"{packages}/{name}", deps=deps)
    return text


def main(wheels: Path, packages: Path, build: Path) -> None:
    """Does it all."""
    requires = {}
    for wheel in sorted(wheels.glob("*.whl")):
        name = canonical(wheel.name.split("-")[0])
        unpack(wheel, packages / name)
        (distribution,) = importlib.metadata.distributions(path=[str(packages / name)])
        requires[name] = distribution.requires or []
    compile_all(packages)
    sys.path.append(str(packages / "packaging"))
    build.write_text(build_file(dependency_graph(requires), packages.name))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
