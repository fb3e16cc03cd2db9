"""Compares the files of two builds, and says where they part."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

_CHUNK_BYTES = 1 << 20


def sha256(path: Path) -> str:
    """Hexadecimal digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def first_difference(first: bytes, second: bytes) -> int:
    """Offset of the first byte that differs, or the shorter one's length."""
    common = min(len(first), len(second))
    low, high = 0, common
    # Halving: comparing slices is fast, a loop over the bytes of an extension is not.
    while low < high:
        middle = (low + high) // 2
        if first[low : middle + 1] == second[low : middle + 1]:
            low = middle + 1
        else:
            high = middle
    return low


def _around(data: bytes, offset: int) -> str:
    return repr(data[max(0, offset - 16) : offset + 32])


def difference(first: Path, second: Path, traces: Iterable[str] = ()) -> str | None:
    """What differs between two files, or None.

    Args:
        first: a file of the first build.
        second: the same of the second.
        traces: texts that belong to one build only (its folders); the ones found are named.
    """
    for path in (first, second):
        if not path.is_file():
            return f"  {path} is missing"
    if sha256(first) == sha256(second):
        return None
    one, two = first.read_bytes(), second.read_bytes()
    offset = first_difference(one, two)
    lines = [
        f"  {path}: {len(data)} bytes, sha256 {sha256(path)}"
        for path, data in ((first, one), (second, two))
    ]
    lines.append(f"  they part at byte {offset}: {_around(one, offset)} and {_around(two, offset)}")
    lines += [
        f"  {path} holds {trace!r}"
        for path, data in ((first, one), (second, two))
        for trace in traces
        if trace.encode() in data
    ]
    return "\n".join(lines)


def differing(first: Path, second: Path, pattern: str) -> list[str]:
    """Relative paths of the files that both folders have, by a glob pattern, and that differ."""
    return sorted(
        str(path.relative_to(second))
        for path in second.rglob(pattern)
        if (other := first / path.relative_to(second)).is_file()
        and path.is_file()
        and sha256(other) != sha256(path)
    )
