"""Rules that generate code from proto/ when it is built.

schema_py_sources and schema_cc_library run our own plugin (see plugin.py), proto_py_sources
protoc's Python generator.
"""

load("//tools/build:defs.bzl", "lc_cc_library")

def _run_protoc(ctx, arguments, protos, outputs, tools = []):
    ctx.actions.run(
        executable = ctx.executable._protoc,
        arguments = arguments,
        inputs = depset(protos, transitive = [depset(ctx.files.imports)]),
        outputs = outputs,
        tools = tools,
        mnemonic = "Schema",
        progress_message = "Generating code for %{label}",
    )
    return [
        DefaultInfo(files = depset(outputs)),
        OutputGroupInfo(
            headers = [file for file in outputs if file.extension == "h"],
            sources = [file for file in outputs if file.extension == "cc"],
        ),
    ]

def _stem(file):
    return file.basename.removesuffix(".proto")

# Our plugin names its files by their path below the folder where imports start.
def _schema_impl(ctx, lang, endings):
    folder = ctx.bin_dir.path
    package = ctx.label.package
    if lang == "python":
        folder += "/python"
        package = package.removeprefix("python/").replace("/", ".")
    outputs = [
        ctx.actions.declare_file(_stem(proto) + ending)
        for proto in ctx.files.protos
        for ending in endings
    ]
    plugin = ctx.attr._plugin[DefaultInfo].files_to_run
    return _run_protoc(
        ctx,
        [
            "-I.",
            "--plugin=protoc-gen-schema=" + plugin.executable.path,
            "--schema_out=lang={},package={}:{}".format(lang, package, folder),
        ] + [proto.path for proto in ctx.files.protos],
        ctx.files.protos,
        outputs,
        [plugin],
    )

def _attrs(plugin):
    attrs = {
        "protos": attr.label_list(allow_files = [".proto"], mandatory = True),
        "imports": attr.label_list(allow_files = [".proto"]),
        "_protoc": attr.label(
            default = "//tools/schemagen:protoc",
            executable = True,
            cfg = "exec",
        ),
    }
    if plugin:
        attrs["_plugin"] = attr.label(
            default = "//tools/schemagen:plugin",
            executable = True,
            cfg = "exec",
        )
    return attrs

schema_py_sources = rule(
    doc = "STEM.py with dataclasses for each of `protos`, in a package below //python.",
    implementation = lambda ctx: _schema_impl(ctx, "python", [".py"]),
    attrs = _attrs(plugin = True),
)

schema_pages = rule(
    doc = "STEM.md for each of `protos`: its messages as a page for people.",
    implementation = lambda ctx: _schema_impl(ctx, "markdown", [".md"]),
    attrs = _attrs(plugin = True),
)

_schema_cc_sources = rule(
    implementation = lambda ctx: _schema_impl(ctx, "cc", [".h", "_fields.h", ".cc"]),
    attrs = _attrs(plugin = True),
)

def schema_cc_library(name, proto, imports, deps = [], **kwargs):
    """C++ structs of one .proto file, included as PACKAGE/STEM.h.

    Args:
        name: the .proto file's name without its ending.
        proto: label of the .proto file.
        imports: the .proto files that it imports.
        deps: schema_cc_library targets of the imports whose types it uses.
        **kwargs: for the library.
    """
    _schema_cc_sources(
        name = name + "_generated",
        protos = [proto],
        imports = imports,
        testonly = kwargs.get("testonly", False),
        visibility = ["//visibility:private"],
    )
    for group in ["headers", "sources"]:
        native.filegroup(
            name = name + "_" + group,
            srcs = [name + "_generated"],
            output_group = group,
            testonly = kwargs.get("testonly", False),
            visibility = ["//visibility:private"],
        )
    lc_cc_library(
        name = name,
        hdrs = [name + "_headers"],
        srcs = [name + "_sources"],
        # Configs and statistics are small; the time that templates take to compile is not.
        copts = ["-O1"],
        deps = deps + ["//cc/base:error", "//cc/schema:codec", "@nlohmann_json//:json"],
        **kwargs
    )

def _proto_py_impl(ctx):
    outputs = [
        ctx.actions.declare_file(_stem(proto) + ending)
        for proto in ctx.files.protos
        for ending in ["_pb2.py", "_pb2.pyi"]
    ]
    folder = ctx.bin_dir.path + "/" + ctx.label.package
    arguments = ["--python_out=" + folder, "--pyi_out=" + folder]
    for proto in ctx.files.protos:
        arguments += ["-I" + proto.dirname, proto.basename]
    return _run_protoc(ctx, arguments, ctx.files.protos, outputs)

proto_py_sources = rule(
    doc = "STEM_pb2.py and .pyi by protoc's own generator for each of `protos`.",
    implementation = _proto_py_impl,
    attrs = _attrs(plugin = False),
)
