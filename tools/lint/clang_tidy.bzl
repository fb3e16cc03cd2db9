"""Looks at C++ sources with clang-tidy: each target's, as the pinned toolchain compiles them.

What only tests are made of is left out.

An aspect, so that it sees generated headers and needs no list of files, and that what has not
changed is not looked at again. `tools/tidy` runs it.
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain", "use_cpp_toolchain")

def _compile_flags(ctx, toolchain, compilation_context):
    """What the toolchain's compiler is given for a source of the target, but for its name."""
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + ctx.rule.attr.copts,
        include_directories = compilation_context.includes,
        quote_include_directories = compilation_context.quote_includes,
        system_include_directories = depset(transitive = [
            compilation_context.system_includes,
            compilation_context.external_includes,
        ]),
        preprocessor_defines = compilation_context.defines,
    )
    return cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = ACTION_NAMES.cpp_compile,
        variables = variables,
    )

def _clang_tidy_impl(target, ctx):
    # Tests do on purpose what the checks warn of: they use what was moved, and pass what is wrong.
    if ctx.rule.attr.testonly or CcInfo not in target:
        return [OutputGroupInfo(tidy = depset())]
    sources = [
        source
        for source in getattr(ctx.rule.files, "srcs", [])
        if source.extension == "cc" and source.is_source
    ]
    toolchain = find_cpp_toolchain(ctx)
    context = cc_common.merge_compilation_contexts(compilation_contexts = [
        dependency[CcInfo].compilation_context
        for dependency in [target] + ctx.rule.attr.deps
        if CcInfo in dependency
    ])
    flags = _compile_flags(ctx, toolchain, context)
    reports = []
    for source in sources:
        report = ctx.actions.declare_file("{}.{}.tidy".format(ctx.label.name, source.basename))
        ctx.actions.run(
            mnemonic = "ClangTidy",
            progress_message = "Looking at " + source.short_path,
            executable = ctx.executable._tidy_source,
            arguments = [
                ctx.file._program.path,
                report.path,
                ctx.file._config.path,
                toolchain.compiler_executable,
                source.path,
            ] + flags,
            inputs = depset(
                [source, ctx.file._config, ctx.file._program] + ctx.rule.files.srcs + ctx.files._headers,
                transitive = [context.headers, toolchain.all_files],
            ),
            outputs = [report],
        )
        reports.append(report)
    return [OutputGroupInfo(tidy = depset(reports))]

clang_tidy = aspect(
    implementation = _clang_tidy_impl,
    attrs = {
        "_tidy_source": attr.label(
            default = "//tools/lint:tidy_source",
            executable = True,
            cfg = "exec",
        ),
        "_program": attr.label(
            default = "@clang_tidy//:data/bin/clang-tidy",
            allow_single_file = True,
            cfg = "exec",
        ),
        "_headers": attr.label(default = "@clang_tidy//:headers"),
        "_config": attr.label(default = "//:.clang-tidy", allow_single_file = True),
    },
    fragments = ["cpp"],
    toolchains = use_cpp_toolchain(),
)
