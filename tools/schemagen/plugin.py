"""protoc-gen-schema: the project's code generator, run by protoc.

    protoc --plugin=protoc-gen-schema=PLUGIN --schema_out=OPTIONS:FOLDER proto/x.proto

OPTIONS are NAME=VALUE, joined by commas:

    lang     python, cc, or markdown: a page for people.
    package  Python package of the generated modules, e.g. lczero_training.schema; for cc the
             include folder, e.g. cc/schema; for markdown the pages' folder.

Files are written below FOLDER at the path of that package.
"""

from __future__ import annotations

import sys
from pathlib import Path

from google.protobuf.compiler import plugin_pb2

if __package__ in (None, ""):  # Started by path, outside Bazel.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.schemagen import cc_emitter, ir, markdown_emitter, python_emitter


def generate(request: plugin_pb2.CodeGeneratorRequest) -> plugin_pb2.CodeGeneratorResponse:
    """Answers protoc; a schema that cannot be generated becomes protoc's error."""
    response = plugin_pb2.CodeGeneratorResponse()
    response.supported_features = plugin_pb2.CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
    try:
        options = dict(item.split("=", 1) for item in request.parameter.split(","))
        for file in ir.read_files(request):
            for name, content in _emit(file, options["lang"], options["package"]):
                response.file.add(name=name, content=content)
    except (ir.SchemaUnsupportedError, KeyError, ValueError) as error:
        response.error = f"schema generator: {type(error).__name__}: {error}"
    return response


def _emit(file: ir.File, lang: str, package: str) -> list[tuple[str, str]]:
    if lang == "python":
        text = python_emitter.emit_python(file, package)
        return [(f"{package.replace('.', '/')}/{file.stem}.py", text)]
    if lang == "cc":
        return list(cc_emitter.emit_cc(file, package).items())
    if lang == "markdown":
        return [(f"{package}/{file.stem}.md", markdown_emitter.emit_markdown(file))]
    raise ValueError(f"lang={lang} is neither python nor cc nor markdown")


def main() -> None:
    """Reads a request from stdin and writes the response to stdout."""
    request = plugin_pb2.CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    sys.stdout.buffer.write(generate(request).SerializeToString())


if __name__ == "__main__":
    main()
