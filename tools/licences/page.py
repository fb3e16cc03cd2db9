"""Renders docs/third_party.md."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tools.licences import overrides, third_parties
from tools.licences.metadata import Origin, licence_of, parse, upstream_of
from tools.licences.overrides import Override
from tools.licences.third_parties import BUILD, CUDA, SHIPPED, TESTS, TOOLS, Part
from tools.proof.pins import NativePin

Row = tuple[str, str, str, str, str]
_HEADING: Row = ("name", "version", "licence", "from", "used for")

_TEMPLATE = Path(__file__).with_name("template.md")


class PageError(Exception):
    """Something pinned cannot be told of; the message says what is missing and where to add it."""


@dataclass(frozen=True)
class Pins:
    """What is pinned, and what is known of it."""

    python: Mapping[str, str]
    cuda: Mapping[str, str]
    native: tuple[NativePin, ...]
    modules: Mapping[str, str]
    bazel: str
    patchelf: str
    # METADATA by package.
    metadata: Mapping[str, str]
    # Packages that are reached, by use: the first that has a package says what it is used for.
    reached: Mapping[str, frozenset[str]]


def origin_of(package: str, metadata: str, override: Override | None) -> Origin:
    """Licence and page of a Python package.

    Errors: PageError where neither its metadata nor an override tell them, or both do.
    """
    headers = parse(metadata)
    licence, upstream = licence_of(headers), upstream_of(headers)
    if override:
        for kind, told, own in (
            ("licence", licence, override.licence),
            ("page", upstream, override.upstream),
        ):
            if told and own:
                raise PageError(
                    f"{package}: its metadata give the {kind} {told}: drop the override"
                )
        licence, upstream = override.licence or licence, override.upstream or upstream
    for kind, value in (("licence", licence), ("page", upstream)):
        if not value:
            where = "PYTHON of tools/licences/overrides.py, with the reason"
            raise PageError(f"{package}: its metadata give no {kind}; add one to {where}")
    return Origin(licence or "", upstream or "")


def python_rows(pins: Pins) -> list[Row]:
    """One row for each package of the usual lock.

    Errors: PageError.
    """
    rows = []
    for package, version in pins.python.items():
        if package not in pins.metadata:
            raise PageError(f"{package}: its wheel was not found among the inputs")
        override = overrides.PYTHON.get(package)
        origin = origin_of(package, pins.metadata[package], override)
        uses = (use for use in (SHIPPED, TOOLS, BUILD) if package in pins.reached[use])
        rows.append((package, version, origin.licence, origin.upstream, next(uses, TESTS)))
    return rows


def cuda_rows(pins: Pins) -> list[Row]:
    """One row for each package of the lock of --config=cuda.

    Errors: PageError.
    """
    rows = []
    for package, version in pins.cuda.items():
        known = [own for start, own in overrides.CUDA.items() if package.startswith(start)]
        if not known:
            raise PageError(f"{package} is new: add it to CUDA of tools/licences/overrides.py")
        rows.append((package, version, known[0].licence or "", known[0].upstream or "", CUDA))
    return rows


def part_row(part: Part, version: str) -> Row:
    """A row of what has no metadata."""
    return (part.name, version, part.licence, part.upstream, part.use)


def native_rows(pins: Pins) -> list[Row]:
    """The projects inside of each archive.

    Errors: PageError.
    """
    versions = {pin.package: pin.version for pin in pins.native}
    _same(versions, third_parties.NATIVE, "NATIVE")
    return [
        part_row(part, f"{package} {version}")
        for package, version in versions.items()
        for part in third_parties.NATIVE[package]
    ]


def bazel_rows(pins: Pins) -> list[Row]:
    """Bazel, its rule sets, and what installs it.

    Errors: PageError.
    """
    _same(pins.modules, third_parties.MODULES, "MODULES")
    rows = [part_row(third_parties.BAZEL, pins.bazel)]
    rows += [part_row(third_parties.MODULES[name], at) for name, at in pins.modules.items()]
    return [*rows, part_row(third_parties.PATCHELF, pins.patchelf)]


def _same(pinned: Mapping[str, str], known: Mapping[str, object], table: str) -> None:
    where = f"{table} of tools/licences/third_parties.py"
    for name in pinned:
        if name not in known:
            raise PageError(f"{name} is pinned and not in {where}: add it")
    for name in known:
        if name not in pinned:
            raise PageError(f"{name} is in {where} and no longer pinned: drop it")


def table(rows: Iterable[Row]) -> str:
    """A Markdown table of rows."""
    lines = [" | ".join(_HEADING), " | ".join("---" for _ in _HEADING)]
    lines += [" | ".join(row) for row in rows]
    return "".join(f"| {line} |\n" for line in lines)


def notes() -> str:
    """Why some rows do not say what the metadata do."""
    return "".join(f"* {name}: {own.reason}.\n" for name, own in overrides.PYTHON.items())


def render(pins: Pins) -> str:
    """The whole page.

    Errors: PageError.
    """
    return Template(_TEMPLATE.read_text()).substitute(
        python=table(python_rows(pins)),
        notes=notes(),
        cuda=table(cuda_rows(pins)),
        native=table(native_rows(pins)),
        bazel=table(bazel_rows(pins)),
    )
