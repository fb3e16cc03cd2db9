"""What the generator refuses, and what it writes."""

import ast
import re
from pathlib import Path

import pytest
from google.protobuf.compiler import plugin_pb2

from tools.schemagen import oracle, plugin

HEAD = 'syntax = "proto3"; package p; import "proto/options.proto";\n'


def generate(folder: Path, body: str, lang: str = "python") -> plugin_pb2.CodeGeneratorResponse:
    (folder / "x.proto").write_text(HEAD + body)
    (folder / "proto").mkdir(exist_ok=True)
    (folder / "proto/options.proto").write_text(Path("proto/options.proto").read_text())
    files = oracle.descriptor_set("x.proto", include=str(folder)).file
    package = {"python": "a.b", "cc": "a/b", "markdown": "a/b"}[lang]
    request = plugin_pb2.CodeGeneratorRequest(
        file_to_generate=["x.proto"], proto_file=files, parameter=f"lang={lang},package={package}"
    )
    return plugin.generate(request)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("message M { message N {} N n = 1; }", "message M: nested types"),
        ("message M { oneof o { int32 a = 1; } enum E { Z = 0; } }", "message M: nested types"),
        ("message M { optional M m = 1; }", "M -> M: messages hold each other in a circle"),
        ("message A { repeated B b = 1; } message B { A a = 1; }", "A -> B -> A"),
        ("message M { int32 class = 1; }", "field name class is reserved"),
        ("message M { int32 namespace = 1; }", "field name namespace is reserved"),
        ('message M { int32 a = 1 [(lczero.rule).default = "1"]; }', "only an `optional` scalar"),
        ('message M { optional int32 a = 1 [(lczero.rule).default = "x"]; }', "'x'"),
        ('message M { optional bool a = 1 [(lczero.rule).default = "1"]; }', "neither true nor"),
        ("message M { string a = 1 [(lczero.rule).min = 1]; }", "only a number has min and max"),
        ("message M {} service S { rpc Do(M) returns (M); }", "x.proto: services"),
    ],
)
def test_refused(tmp_path: Path, body: str, error: str) -> None:
    response = generate(tmp_path, body)
    assert error in response.error
    assert not response.file


def test_proto2_is_refused() -> None:
    files = oracle.descriptor_set("proto/net.proto").file
    request = plugin_pb2.CodeGeneratorRequest(
        file_to_generate=["proto/net.proto"], proto_file=files, parameter="lang=python,package=a"
    )
    assert "proto/net.proto: syntax proto2" in plugin.generate(request).error


def test_unknown_language() -> None:
    request = plugin_pb2.CodeGeneratorRequest(
        file_to_generate=["proto/loader_stats.proto"],
        proto_file=oracle.descriptor_set("proto/loader_stats.proto").file,
        parameter="lang=fortran,package=a",
    )
    assert "lang=fortran is neither python nor cc" in plugin.generate(request).error


def test_files_lie_where_they_are_imported_from(tmp_path: Path) -> None:
    body = "message M { int32 a = 1; }"
    assert [file.name for file in generate(tmp_path, body).file] == ["a/b/x.py"]
    cc = [file.name for file in generate(tmp_path, body, "cc").file]
    assert cc == ["a/b/x.h", "a/b/x_fields.h", "a/b/x.cc"]


def test_comments_become_docstrings(tmp_path: Path) -> None:
    body = '// A "thing"\n// with \\ and """.\nmessage M {\n  // How many.\n  int32 count = 1;\n}'
    (file,) = generate(tmp_path, body).file
    ast.parse(file.content)
    assert "count: How many." in file.content
    assert "with \\\\ and '''." in file.content
    (header, _, _) = generate(tmp_path, body, "cc").file
    assert "  // How many.\n  int32_t count = 0;" in header.content


def _hash(folder: Path, body: str) -> tuple[str, str]:
    (python,) = generate(folder, body).file
    (header, _, _) = generate(folder, body, "cc").file
    found = [re.search(r'(?:HASH =|Hash =) *"([0-9a-f]{16})"', f.content) for f in (python, header)]
    assert found[0] is not None
    assert found[1] is not None
    return found[0][1], found[1][1]


def test_the_hash_changes_with_the_language_only(tmp_path: Path) -> None:
    python, cc = _hash(tmp_path, "message M { int32 a = 1; }")
    assert python == cc
    assert _hash(tmp_path, "// Told.\nmessage M {\n  // More.\n  int32 a = 1;\n}")[0] == python
    for other in (
        "message M { int64 a = 1; }",
        "message M { int32 b = 1; }",
        "message M { repeated int32 a = 1; }",
        "message M { int32 a = 1 [(lczero.rule).min = 1]; }",
        "message M { int32 a = 1; } message N {}",
        "message M { int32 a = 1; } enum E { Z = 0; }",
    ):
        assert _hash(tmp_path, other)[0] != python, other


def test_the_hash_counts_imports() -> None:
    files = oracle.descriptor_set("proto/messages.proto").file
    request = plugin_pb2.CodeGeneratorRequest(
        file_to_generate=["proto/messages.proto"],
        proto_file=files,
        parameter="lang=python,package=a",
    )
    before = plugin.generate(request).file[0].content
    for file in request.proto_file:
        if file.name == "proto/loader_stats.proto":
            file.message_type[0].field[0].name = "renamed"
    after = plugin.generate(request).file[0].content
    assert before != after
