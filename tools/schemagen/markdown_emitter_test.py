"""Pages for people: what stands in them, and that Markdown takes nothing of it for its own."""

from pathlib import Path

from google.protobuf.compiler import plugin_pb2

from tools.schemagen import oracle
from tools.schemagen.ir import read_files
from tools.schemagen.markdown_emitter import emit_markdown

HEAD = 'syntax = "proto3"; package p; import "proto/options.proto";\n'
RULES = """
// Every kind of row.
message M {
  // How many | at once, *.tar `a|b`
  // and more.
  optional uint32 threads = 1 [(lczero.rule).default = "4", (lczero.rule).max = 1000000];
  string folder = 2 [(lczero.rule).required = true, (lczero.rule).path = true];
  map<string, N> by_name = 3;
  repeated double rates = 4;
  optional double rate = 5 [(lczero.rule).min = 0.5, (lczero.rule).max = 1.0];
  N inner = 6;
  Empty nothing = 7;
}
// First said. Then more.
message N { E e = 1; }
// Holds nothing.
message Empty {}
enum E { NONE = 0; ONE = 1; }
"""
TABLE = """\
| field | type | default | limits | means |
| --- | --- | --- | --- | --- |
| `threads` | uint32 | `4` | at most 1,000,000 | How many \\| at once, \\*.tar `a\\|b` and more. |
| `folder` | path | required | | |
| `by_name` | string → [N](#n) | | | First said. |
| `rates` | list of double | | | |
| `rate` | optional double | | 0.5 to 1 | |
| `inner` | [N](#n) | | | First said. |
| `nothing` | no fields | | | Holds nothing. |
"""


def page(folder: Path, body: str) -> str:
    (folder / "x.proto").write_text(HEAD + body)
    (folder / "proto").mkdir()
    (folder / "proto/options.proto").write_text(Path("proto/options.proto").read_text())
    files = oracle.descriptor_set("x.proto", include=str(folder)).file
    request = plugin_pb2.CodeGeneratorRequest(file_to_generate=["x.proto"], proto_file=files)
    return emit_markdown(read_files(request)[0])


def test_a_row_has_what_the_rules_say(tmp_path: Path) -> None:
    text = page(tmp_path, RULES)
    assert f"### M\n\nEvery kind of row.\n\n{TABLE}" in text
    assert "### N\n\nFirst said. Then more.\n\n| field | type |\n" in text
    assert "### E\n\n`ONE` (1).\n" in text
    # What holds nothing has no section to be linked to.
    assert "### Empty" not in text
    assert "#empty" not in text


def test_members_that_exclude_each_other_are_named(tmp_path: Path) -> None:
    text = page(
        tmp_path,
        "message A { oneof o { option (lczero.one_required) = true; int32 a = 1; int32 b = 2; } }\n"
        "message B { int32 x = 1; oneof o { int32 a = 2; int32 b = 3; } }\n",
    )
    assert "### A\n\nExactly one of these.\n" in text
    assert "### B\n\nAt most one of `a`, `b`.\n" in text


def test_values_of_an_enum_have_their_comments(tmp_path: Path) -> None:
    text = page(tmp_path, "enum E {\n  NONE = 0;\n  // Told.\n  ONE = 1;\n  TWO = 2;\n}\n")
    assert "| `ONE` | 1 | Told. |\n| `TWO` | 2 | |\n" in text
    assert "NONE" not in text


def test_prose_keeps_blocks_and_links_pages(tmp_path: Path) -> None:
    comment = "// Chance:\n//   a *\n//     b\n// where a < 1; see docs/loader.md, `a*b`.\n"
    text = page(tmp_path, f"{comment}message M {{ int32 a = 1; }}\n")
    block = "Chance:\n\n```text\na *\n  b\n```\n\n"
    assert f"{block}where a \\< 1; see [loader.md](loader.md), `a*b`.\n" in text
