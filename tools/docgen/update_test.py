import difflib
from pathlib import Path

import pytest

from tools.docgen.pages import made, with_picture

DOCS = Path("docs")


@pytest.mark.parametrize(("name", "text"), made(DOCS).items(), ids=made(DOCS))
def test_a_page_is_what_the_build_says(name: str, text: str) -> None:
    committed = (DOCS / name).read_text().splitlines()
    changes = "\n".join(
        difflib.unified_diff(committed, text.splitlines(), "committed", "made", lineterm="", n=0)
    )
    assert not changes, f"run tools/bazelw run //tools/docgen:update\n{changes}"


def test_only_the_picture_is_exchanged() -> None:
    page = "# A\n<!-- Made by //tools/docgen:update. -->\n```mermaid\nold\n```\nB\n```x\n```\n"
    assert with_picture(page, "new\n") == page.replace("old", "new")
    with pytest.raises(ValueError, match="where shall the picture stand"):
        with_picture("# A\n```mermaid\nflowchart\n```\n", "new\n")
