"""The pages of docs/ that are made, whole or in part, from the build."""

from collections.abc import Mapping
from pathlib import Path

from tools.docgen.picture import draw, graph_of, reduced

_HERE = Path("tools/docgen")
_INTRODUCTION = """\
# Messages, options, statistics

Everything that [proto/](schema.md) defines for processes, configs and languages, with the words
that stand there. Do not edit it: change the comments, then
`tools/bazelw run //tools/docgen:update`.

A field that is zero or empty is left out of the JSON. One that is `optional` may be absent, which
means something else than zero; where it has a default, that is used then. `A → B` is an object
whose keys are of type A.

* [The protocol](#the-protocol) between the daemon and its clients ([protocol.md](protocol.md)).
* [The loader's config](#the-loaders-config): the stages and their options ([loader.md](loader.md)).
* [The loader's statistics](#the-loaders-statistics) ([walkthrough.md](walkthrough.md) makes one).
"""
# Heading and file of each part.
_PARTS = {
    "The protocol": "messages.md",
    "The loader's config": "loader_config.md",
    "The loader's statistics": "loader_stats.md",
}
_BEGIN = "<!-- Made by //tools/docgen:update. -->\n```mermaid\n"
_END = "```\n"


def made(docs: Path) -> Mapping[str, str]:
    """Name and text of each page, as it must be; `docs` has them as they are.

    Raises:
        ValueError: the page has no place for its picture.
        picture.PictureError: see there.
    """
    page = (docs / "architecture.md").read_text()
    return {
        "architecture.md": with_picture(page, draw(reduced(graph_of(_edges())))),
        "messages.md": _messages(),
    }


def with_picture(page: str, picture: str) -> str:
    """The page with its picture exchanged.

    Raises:
        ValueError: it has none.
    """
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"no {_BEGIN!r} ... {_END!r} in the page: where shall the picture stand?")
    return before + begin + picture + end + after


def _messages() -> str:
    parts = [f"## {title}\n\n{(_HERE / name).read_text()}" for title, name in _PARTS.items()]
    return "\n".join([_INTRODUCTION, *parts])


def _edges() -> list[tuple[str, str]]:
    lines = (_HERE / "program_edges").read_text().splitlines()
    return [(user, used) for user, _, used in (line.partition(" ") for line in lines)]
