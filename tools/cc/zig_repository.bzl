"""A hermetic C++ toolchain: the clang, lld, libc++ and glibc stubs that zig carries.

The repository holds what a build needs of zig and nothing that depends on a cache,
so every compilation runs in the default sandbox. Fetching it compiles libc++ once,
which takes one to two minutes.
"""

load("//tools/native:pip_archive.bzl", "download_archive", "find_python")

# glibc 2.28 is the oldest that manylinux wheels of today still support.
_ZIG_TARGET = "x86_64-linux-gnu.2.28"
_CLANG_TARGET = "x86_64-unknown-linux-gnu"

_HEADERS = [
    "include",
    "libc/include/any-linux-any",
    "libc/include/generic-glibc",
    "libc/include/x86-linux-any",
    "libc/include/x86-linux-gnu",
    "libcxx/include",
    "libcxxabi/include",
    "libunwind/include",
]

_DRIVER = """#!/bin/sh
# Compiles with zig's clang, links with zig's lld. All paths are relative to the
# folder that Bazel runs actions in.
bin=${{0%/*}}
root=${{bin%/*}}
zig=$root/ziglang
lib=$root/lib
link=1
shared=
for argument in "$@"; do
  case "$argument" in
    -c | -S | -E | -M | -MM) link= ;;
    -shared) shared=1 ;;
    @*) grep -qx -e -shared "${{argument#@}}" && shared=1 ;;
  esac
done
if [ -z "$link" ]; then
  exec "$zig/zig" clang -target {target} -nostdinc "$@" {compile}
fi
if [ -n "$shared" ]; then
  exec "$zig/zig" clang -target {target} --ld-path="$bin/ld.lld" -nostdlib "$@" {link}
fi
exec "$zig/zig" clang -target {target} --ld-path="$bin/ld.lld" -nostdlib -pie "$lib/Scrt1.o" "$@" {link}
"""

# The toolchain stands in toolchain.bzl, so that a change of flags fetches nothing anew.
_BUILD = """
load("@lczero_training//tools/cc:toolchain.bzl", "zig_toolchain")

package(default_visibility = ["//visibility:public"])

zig_toolchain()
"""

_TOOL = """#!/bin/sh
bin=${{0%/*}}
exec "${{bin%/*}}/ziglang/zig" {tool} "$@"
"""

def _zig_repository_impl(rctx):
    download_archive(rctx, rctx.attr.requirement, rctx.attr.sha256)
    rctx.execute(["chmod", "+x", "ziglang/zig"])
    sanitize = ["-fsanitize=" + rctx.attr.sanitizer] if rctx.attr.sanitizer else []
    rctx.report_progress("Compiling libc++ (one to two minutes)")
    script = rctx.path(Label("//tools/cc:make_sysroot.py"))
    result = rctx.execute(
        [find_python(rctx), script, "ziglang", ".", _ZIG_TARGET] + sanitize,
        timeout = 1800,
    )
    if result.return_code:
        fail("the C++ toolchain could not be made:\n" + result.stderr)
    flags = json.decode(rctx.read("flags.json"))
    link = [flag for flag in flags["link"] if not flag.endswith("crt1.o")]
    rctx.file("bin/cc", _DRIVER.format(
        target = _CLANG_TARGET,
        compile = _shell_words(flags["compile"]),
        link = _shell_words(link),
    ), executable = True)
    rctx.file("bin/ar", _TOOL.format(tool = "ar"), executable = True)
    rctx.file("bin/ld.lld", _TOOL.format(tool = "ld.lld"), executable = True)
    result = rctx.execute(["sh", "-c", _KEEP_HEADERS, "keep"] + _HEADERS)
    if result.return_code:
        fail("could not trim zig's files: " + result.stderr)
    rctx.file("BUILD.bazel", _BUILD)

# Moves the needed header folders out of ziglang/lib, removes the rest, moves them back.
_KEEP_HEADERS = """
set -e
mkdir kept
for folder in "$@"; do
  mkdir -p "kept/$(dirname "$folder")"
  mv "ziglang/lib/$folder" "kept/$folder"
done
rm -rf ziglang/lib ziglang/doc
mv kept ziglang/lib
"""

def _shell_words(flags):
    words = [flag.replace("@zig@", "$zig").replace("@lib@", "$lib") for flag in flags]
    return " ".join(["\"{}\"".format(word) for word in words])

zig_repository = repository_rule(
    implementation = _zig_repository_impl,
    attrs = {
        "requirement": attr.string(mandatory = True),
        "sanitizer": attr.string(doc = "Also link this sanitizer's runtime, e.g. 'thread'."),
        "sha256": attr.string(mandatory = True),
    },
)
