"""The machine's Python 3.11 as a toolchain: interpreter and headers, nothing else of it."""

load("//tools/native:pip_archive.bzl", "find_python")

_PROBE = """
import sys, sysconfig
print("%d.%d" % sys.version_info[:2])
print(sysconfig.get_path("include"))
print(sysconfig.get_config_var("MULTIARCH"))
"""

# -S keeps the machine's site-packages out of every program.
_LAUNCHER = """#!/bin/sh
exec {python} -S "$@"
"""

_BUILD = """
load("@bazel_tools//tools/python:toolchain.bzl", "py_runtime_pair")

package(default_visibility = ["//visibility:public"])

py_runtime(
    name = "py3_runtime",
    interpreter = "python3",
    python_version = "PY3",
    stub_shebang = "#!{python}",
)

py_runtime_pair(
    name = "runtime_pair",
    py3_runtime = ":py3_runtime",
)

toolchain(
    name = "toolchain",
    toolchain = ":runtime_pair",
    toolchain_type = "@bazel_tools//tools/python:toolchain_type",
)

cc_library(
    name = "headers",
    hdrs = glob(["include/**/*.h", "platform/**/*.h"], allow_empty = True),
    includes = ["include", "platform"],
)
"""

def _local_python_impl(rctx):
    python = find_python(rctx)
    result = rctx.execute([python, "-c", _PROBE])
    if result.return_code:
        fail("{} does not run: {}".format(python, result.stderr))
    version, include, multiarch = result.stdout.strip().split("\n")
    if version != "3.11":
        fail("python3.11 ({}) is Python {}; Python 3.11 is needed.".format(python, version))
    if not rctx.path(include + "/Python.h").exists:
        fail(("{}/Python.h is missing. Install the headers of Python 3.11 " +
              "(Debian 12: apt-get install python3.11-dev; anywhere: uv python install 3.11).").format(include))
    rctx.symlink(include, "include")
    # Debian keeps pyconfig.h apart, in a folder named by the machine.
    inner = "{}/python3.11".format(multiarch)
    platform = rctx.path(include).dirname.get_child(inner)
    if platform.exists:
        rctx.symlink(platform, "platform/" + inner)
    rctx.file("python3", _LAUNCHER.format(python = python), executable = True)
    rctx.file("BUILD.bazel", _BUILD.format(python = python))

local_python = repository_rule(
    implementation = _local_python_impl,
    configure = True,
    environ = ["PATH"],
    local = True,
)
