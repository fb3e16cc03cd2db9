import difflib
from pathlib import Path

from tools.licences.inputs import read_pins
from tools.licences.page import render
from tools.licences.third_parties import BUILD, SHIPPED, TOOLS


def test_the_page_is_what_the_pins_say() -> None:
    """Names, versions, licences and uses."""
    committed = Path("docs/third_party.md").read_text().splitlines()
    made = render(read_pins()).splitlines()
    changes = "\n".join(
        difflib.unified_diff(committed, made, "committed", "made", lineterm="", n=0)
    )
    assert not changes, f"run tools/bazelw run //tools/licences:update\n{changes}"


def test_uses_are_read_from_the_build_graph() -> None:
    reached = read_pins().reached
    assert {"jax", "textual", "numpy"} <= reached[SHIPPED]
    assert not {"pytest", "chess", "mypy"} & reached[SHIPPED]
    assert "chess" in reached[TOOLS]
    assert "grpcio-tools" in reached[BUILD]
