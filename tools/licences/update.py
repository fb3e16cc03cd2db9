"""Writes docs/third_party.md anew: `tools/bazelw run //tools/licences:update`."""

import os
import sys
from pathlib import Path

from tools.licences.inputs import read_pins
from tools.licences.page import PageError, render


def main() -> int:
    """Returns 1 when something pinned is not known well enough."""
    try:
        text = render(read_pins())
    except PageError as error:
        print(f"licences: {error}", file=sys.stderr)
        return 1
    page = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"]) / "docs" / "third_party.md"
    page.write_text(text)
    print(f"licences: wrote {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
