"""Targets as folders of files."""

from collections.abc import Iterable


def folders(targets: Iterable[str]) -> tuple[str, ...]:
    """Where files of targets lie: `cc/chunks/` for `//cc/chunks/...` and for `//cc/chunks:gzip`."""
    names = (target.removeprefix("//").partition(":")[0].removesuffix("...") for target in targets)
    return tuple(name.rstrip("/") + "/" for name in names if not name.startswith("-"))
