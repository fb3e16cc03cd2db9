"""Third parties that are no Python packages of the locks, and data: what no metadata tell.

Versions are read from what pins them; a pin without an entry here fails the page's test.
"""

from dataclasses import dataclass

SHIPPED, TOOLS, BUILD, TESTS, CUDA = "shipped", "tools", "build", "tests only", "with CUDA"


@dataclass(frozen=True)
class Part:
    """One project inside of an archive."""

    name: str
    licence: str
    upstream: str
    use: str


_LLVM = "https://github.com/llvm/llvm-project"
_LLVM_LICENCE = "Apache-2.0 WITH LLVM-exception"
# Package of the index that carries it -> the projects inside.
NATIVE = {
    "ziglang": (
        Part("zig (packaging, compiler-rt)", "MIT", "https://codeberg.org/ziglang/zig", SHIPPED),
        Part("clang and lld, in it", _LLVM_LICENCE, _LLVM, BUILD),
        Part("libc++, libc++abi, libunwind, in it", _LLVM_LICENCE, _LLVM, SHIPPED),
        Part(
            "headers, stubs and start files of the GNU C library, in it",
            "LGPL-2.1-or-later",
            "https://sourceware.org/glibc",
            SHIPPED,
        ),
        Part(
            "headers of Linux, in it",
            "GPL-2.0-only WITH Linux-syscall-note",
            "https://kernel.org",
            BUILD,
        ),
    ),
    "clang-tidy": (Part("clang-tidy", _LLVM_LICENCE, _LLVM, TESTS),),
    "pybind11": (Part("pybind11", "BSD-3-Clause", "https://github.com/pybind/pybind11", SHIPPED),),
    "ros-gtest-vendor": (
        Part("GoogleTest", "BSD-3-Clause", "https://github.com/google/googletest", TESTS),
    ),
    "nlohmann-json": (
        Part("JSON for Modern C++", "MIT", "https://github.com/nlohmann/json", SHIPPED),
    ),
    "deflate": (Part("libdeflate", "MIT", "https://github.com/ebiggers/libdeflate", SHIPPED),),
}

MODULES = {
    "bazel_skylib": Part(
        "bazel_skylib", "Apache-2.0", "https://github.com/bazelbuild/bazel-skylib", BUILD
    ),
    "platforms": Part("platforms", "Apache-2.0", "https://github.com/bazelbuild/platforms", BUILD),
    "rules_cc": Part("rules_cc", "Apache-2.0", "https://github.com/bazelbuild/rules_cc", BUILD),
    "rules_python": Part(
        "rules_python", "Apache-2.0", "https://github.com/bazel-contrib/rules_python", BUILD
    ),
}
BAZEL = Part("Bazel", "Apache-2.0", "https://github.com/bazelbuild/bazel", BUILD)
PATCHELF = Part("patchelf", "GPL-3.0-or-later", "https://github.com/NixOS/patchelf", BUILD)
