"""The rules that this project's BUILD files use.

They add what every target of ours has: warnings as errors and the thread-safety
analysis in C++, the import root in Python, gtest and pytest as test runners.
"""

load("//tools/build:header_alone.bzl", "header_alone")
load("//tools/python:wheels.bzl", _requirement = "requirement")

requirement = _requirement

_COPTS = [
    "-Wall",
    "-Wextra",
    "-Werror",
]

# gcc, which the asan and ubsan configs use, does not know these.
_CLANG_COPTS = select({
    "//tools/build:zig_clang": [
        "-Wthread-safety",
        "-Wshadow",
        "-D_LIBCPP_ENABLE_THREAD_SAFETY_ANNOTATIONS",
    ],
    "//conditions:default": [],
})

def source_tree():
    """Collects the source files of this package and of all packages below it as `:sources`.

    The checks in //tools/lint read them. Every BUILD file has it, by this call or through one
    of the rules below, so that no file escapes: a package without it fails to build.
    """
    if native.existing_rule("sources"):
        return
    native.filegroup(
        name = "sources",
        testonly = True,
        srcs = native.glob(
            ["**/*" + extension for extension in _SOURCE_EXTENSIONS],
            exclude = _COPIES_FOR_EDITORS.get(native.package_name(), []),
            allow_empty = True,
        ) + [
            "//{}/{}:sources".format(native.package_name(), package).replace("///", "//")
            for package in native.subpackages(include = ["**"], allow_empty = True)
        ],
        visibility = ["//visibility:public"],
    )

_SOURCE_EXTENSIONS = [
    ".bazel",
    ".bzl",
    ".cc",
    ".h",
    ".in",
    ".jsonl",
    ".md",
    ".proto",
    ".py",
    ".pyi",
    ".sh",
    ".txt",
]

# They are generated code (docs/schema.md, .gitignore), and the rules of sources are not theirs.
_COPIES_FOR_EDITORS = {
    "python/lczero_training/schema": [
        "loader_config.py",
        "loader_stats.py",
        "messages.py",
        "net_pb2.py",
        "net_pb2.pyi",
        "sample.py",
    ],
}

def _visible_to_checks(visibility):
    """The same visibility, and that of //tools/lint, which looks at the layers."""
    if not visibility or "//visibility:public" in visibility or "//visibility:private" in visibility:
        return visibility
    return visibility + ["//tools/lint:__pkg__"]

def _copts():
    return _COPTS + _CLANG_COPTS

def lc_cc_library(name, srcs = [], hdrs = [], copts = [], visibility = None, **kwargs):
    """cc_library with this project's warnings.

    Every header is compiled with nothing before it: by the source of its name, which includes it
    first (//tools/lint:headers_test), or, in a library of headers, by a source made here.
    """
    source_tree()
    native.cc_library(
        name = name,
        srcs = srcs or _headers_alone(hdrs, kwargs.get("testonly")),
        hdrs = hdrs,
        copts = _copts() + copts,
        visibility = _visible_to_checks(visibility),
        **kwargs
    )

def _headers_alone(headers, testonly):
    """Targets of sources that include one of the headers each."""
    targets = [header.removesuffix(".h") + "_alone" for header in headers]
    for target, header in zip(targets, headers):
        header_alone(name = target, header = header, testonly = testonly)
    return targets

def lc_cc_binary(name, copts = [], **kwargs):
    """cc_binary with this project's warnings."""
    source_tree()
    native.cc_binary(name = name, copts = _copts() + copts, **kwargs)

# Optimising the checks themselves in full only takes time. What they link is optimised as ever.
_TEST_COPTS = select({
    "//tools/build:optimised": ["-O1"],
    "//conditions:default": [],
})

def lc_cc_test(name, deps = [], size = "small", copts = [], **kwargs):
    """cc_test on GoogleTest."""
    source_tree()
    native.cc_test(
        name = name,
        size = size,
        copts = _copts() + _TEST_COPTS + copts,
        deps = deps + ["@googletest//:gtest_main"],
        **kwargs
    )

def lc_cc_fuzz_test(name, srcs, deps = [], seconds = 8, copts = [], **kwargs):
    """A fuzz target (cc/fuzz/fuzz_target.h), run for `seconds` as a test."""
    source_tree()
    native.cc_test(
        name = name,
        size = "small",
        srcs = srcs,
        args = ["--seconds={}".format(seconds)],
        copts = _copts() + copts,
        deps = deps + ["//cc/fuzz:fuzz_target"] + select({
            "//tools/build:libfuzzer": [],
            "//conditions:default": ["//cc/fuzz:driver"],
        }),
        tags = ["fuzz"],
        **kwargs
    )

def lc_pybind_extension(name, srcs, deps = [], visibility = None):
    """A CPython extension module `name.so`, and a py_library `name` around it."""
    source_tree()
    native.cc_binary(
        name = name + ".so",
        srcs = srcs,
        copts = _copts() + ["-fvisibility=hidden"],
        linkshared = True,
        deps = deps + ["@pybind11//:pybind11"],
        visibility = ["//visibility:private"],
    )
    native.py_library(
        name = name,
        data = [":" + name + ".so"],
        imports = [_import_root()],
        visibility = visibility,
    )

def _import_root():
    """Path from the current package to the folder python/, where imports start."""
    parts = native.package_name().split("/")
    return "/".join([".."] * (len(parts) - 1)) if len(parts) > 1 else "."

def _py_deps(deps):
    root = "//python/lczero_training"
    package = native.package_name()
    if not package.startswith("python/lczero_training/"):
        return deps
    return deps + [root + ":lczero_training"]

def lc_py_library(name, srcs, deps = [], visibility = None, **kwargs):
    """py_library whose modules are imported from the folder python/."""
    source_tree()
    native.py_library(
        name = name,
        srcs = srcs,
        visibility = _visible_to_checks(visibility),
        srcs_version = "PY3",
        imports = [_import_root()],
        deps = _py_deps(deps),
        **kwargs
    )

def lc_py_test(name, srcs, deps = [], data = [], args = [], env = {}, size = "small", **kwargs):
    """py_test that runs pytest over srcs."""
    source_tree()
    native.py_test(
        name = name,
        size = size,
        srcs = srcs + ["//tools/build:pytest_main.py"],
        main = "//tools/build:pytest_main.py",
        args = ["$(location {})".format(src) for src in srcs if src.endswith("_test.py")] + args,
        data = data + ["//:pyproject.toml"],
        # Hypothesis then draws the same examples each time; by hand it goes on exploring.
        env = {"CI": "true"} | env,
        imports = [_import_root()],
        deps = _py_deps(deps) + [
            requirement("pytest"),
            requirement("pytest-asyncio"),
        ] + select({
            "//tools/build:python_coverage": ["//tools/covered:notes"],
            "//conditions:default": [],
        }),
        python_version = "PY3",
        **kwargs
    )
