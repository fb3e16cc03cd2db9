"""The native third parties: their versions and checksums, in one place."""

load("//tools/cc:zig_repository.bzl", "zig_repository")
load("//tools/native:pip_archive.bzl", "pip_archive")
load("//tools/python:local_python.bzl", "local_python")

_ZIG = {
    "requirement": "ziglang==0.17.1",
    "sha256": "ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54",
}

def _native_impl(_module_ctx):
    local_python(name = "local_python")
    zig_repository(name = "zig", **_ZIG)
    zig_repository(name = "zig_tsan", sanitizer = "thread", **_ZIG)
    # Fetched by tools/tidy only.
    pip_archive(
        name = "clang_tidy",
        build_file = "//third_party:clang_tidy.BUILD",
        requirement = "clang-tidy==23.1.4",
        sha256 = "6bb31e4f319ecbe14acb75f23c3050d0f1d4b1d92ea1c66091bc76e4eac2c1ac",
        strip_prefix = "clang_tidy",
    )
    pip_archive(
        name = "pybind11",
        build_file = "//third_party:pybind11.BUILD",
        requirement = "pybind11==3.1.0",
        sha256 = "b8488090f8acffbcb6b5d6a85571a6827a0a2981ffb75e5a0b27b87c4a6b7dd0",
        strip_prefix = "pybind11",
    )
    pip_archive(
        name = "googletest",
        build_file = "//third_party:googletest.BUILD",
        requirement = "ros-gtest-vendor==1.15.1",
        sha256 = "6a578c55eca01c7d215e54bf1dd3172ada677b591dd2f5d3c8260b882364ee6e",
        strip_prefix = "ros_gtest_vendor-1.15.1.data/data/src/gtest_vendor",
    )
    pip_archive(
        name = "nlohmann_json",
        build_file = "//third_party:nlohmann_json.BUILD",
        requirement = "nlohmann-json==3.12.0",
        sha256 = "5f6132720fb25d0d70bf0742f8397b49a540dcc193e7312a914f6aa49f054810",
        strip_prefix = "nlohmann_json",
    )
    pip_archive(
        name = "libdeflate",
        build_backend = "scikit_build_core.build",
        build_file = "//third_party:libdeflate.BUILD",
        patch = "//third_party:libdeflate.patch",
        requirement = "deflate==0.9.0",
        sha256 = "962e0a6f1ea3a94b900a8ea0ce138fa92bfcbafda5b86367104a259ffcd3462b",
        strip_prefix = "deflate-0.9.0/libdeflate",
    )

native_dependencies = module_extension(implementation = _native_impl)
