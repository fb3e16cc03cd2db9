"""Writes what docs/ has from the build anew: `tools/bazelw run //tools/docgen:update`."""

import os
from pathlib import Path

from tools.docgen.pages import made


def main() -> None:
    """Writes each page, and says so."""
    docs = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"]) / "docs"
    for name, text in made(docs).items():
        (docs / name).write_text(text)
        print(f"docgen: wrote {docs / name}")


if __name__ == "__main__":
    main()
