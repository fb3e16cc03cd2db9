"""The pages of docs/ that are made, whole or in part, from the build."""

from collections.abc import Mapping
from pathlib import Path

from tools.docgen.picture import draw, graph_of, reduced

_HERE = Path("tools/docgen")
_BEGIN = "<!-- Made by //tools/docgen:update. -->\n```mermaid\n"
_END = "```\n"


def made(docs: Path) -> Mapping[str, str]:
    """Name and text of each page, as it must be; `docs` has them as they are.

    Raises:
        ValueError: the page has no place for its picture.
        picture.PictureError: see there.
    """
    page = (docs / "architecture.md").read_text()
    return {"architecture.md": with_picture(page, draw(reduced(graph_of(_edges()))))}


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


def _edges() -> list[tuple[str, str]]:
    lines = (_HERE / "program_edges").read_text().splitlines()
    return [(user, used) for user, _, used in (line.partition(" ") for line in lines)]
