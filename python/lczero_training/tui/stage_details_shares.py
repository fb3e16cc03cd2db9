"""A pool's window by source: one bar for each share, oldest first."""

from textual.content import Content

from lczero_training.schema.loader_stats import PoolShare, PoolStats
from lczero_training.tui import figures, paint

_RANGE = "…"
_MARKS = "-_/. "
# Least cells of a bar, and the cells of "100 %".
_BAR = 3
_PERCENT = 6


def shares(pool: PoolStats, width: int) -> list[Content]:
    """One row a share: its sort keys, bar, chunks, part of the window.

    What all keys begin and end with stands once, above; the keys show where they differ.
    """
    if not pool.shares:
        return []
    keys = [key for share in pool.shares for key in (share.first_key, share.last_key)]
    head, tail = _common(keys)
    names = [_name(share, len(head), len(tail)) for share in pool.shares]
    counts = [f" {figures.count(share.chunks)}" for share in pool.shares]
    most = max(share.chunks for share in pool.shares)
    right = max(map(len, counts)) + _PERCENT
    left = min(max(map(len, names)), max(width - right - 1 - _BAR, _BAR)) + 1
    rows = []
    for share, name, count in zip(pool.shares, names, counts, strict=True):
        part = figures.percent(share.chunks, pool.chunks)
        bar = paint.bar(paint.ratio(share.chunks, most), width - left - right, "$primary")
        number = Content.assemble(
            (count.rjust(right - _PERCENT), "bold"), (part.rjust(_PERCENT), "$muted")
        )
        rows.append(paint.fit(paint.fit(Content(name), left) + bar + number, width))
    if head or tail:
        rows.insert(0, paint.text(f"{head}…{tail} (number of sources)", "$muted"))
    return rows


def _name(share: PoolShare, head: int, tail: int) -> str:
    first, last = (
        paint.safe(key[head : len(key) - tail]) or figures.UNKNOWN
        for key in (share.first_key, share.last_key)
    )
    if first == last:
        return first
    # The last key only where it differs: "20260101-0817…0937".
    shared = _cut_at_mark(_shared([first, last]))
    return f"{first}{_RANGE}{last[len(shared) :]} ({figures.count(share.sources)})"


def _common(keys: list[str]) -> tuple[str, str]:
    """What all keys begin with, and what all end with, cut where a part of the name ends."""
    if len(set(keys)) < 2:
        return "", ""
    head = _cut_at_mark(_shared(keys))
    tail = _shared([key[len(head) :][::-1] for key in keys])[::-1]
    start = tail.find(".")
    return head, tail[start:] if start >= 0 else ""


def _cut_at_mark(text: str) -> str:
    """Up to the last mark: half a number would mislead."""
    return text[: max(map(text.rfind, _MARKS)) + 1]


def _shared(keys: list[str]) -> str:
    """What all of them begin with: what the first and the last in order do."""
    first, last = min(keys), max(keys)
    pairs = enumerate(zip(first, last, strict=False))
    return first[: next((place for place, (a, b) in pairs if a != b), len(first))]
