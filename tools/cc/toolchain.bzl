"""The cc_toolchain over the wrappers that zig_repository writes."""

load("@bazel_tools//tools/cpp:unix_cc_toolchain_config.bzl", "cc_toolchain_config")

def zig_toolchain():
    """Declares :toolchain in the repository that calls it, for register_toolchains."""
    repository = native.repository_name()

    # The folders are inputs as wholes: thousands of headers one by one would cost each
    # sandboxed action more time than its compilation.
    native.filegroup(
        name = "files",
        srcs = ["bin", "lib", "ziglang"],
    )

    cc_toolchain_config(
        name = "config",
        abi_libc_version = "glibc_2.28",
        abi_version = "gcc",
        compile_flags = [
            "-Wall",
            "-fno-omit-frame-pointer",
            "-fstack-protector",
            # Paths that end up in objects must not tell the folder they were built in.
            "-ffile-compilation-dir=.",
            "-Wno-builtin-macro-redefined",
            "-D__DATE__=\"redacted\"",
            "-D__TIMESTAMP__=\"redacted\"",
            "-D__TIME__=\"redacted\"",
        ],
        compiler = "clang",
        cpu = "k8",
        cxx_builtin_include_directories = ["%package(@{}//)%/ziglang/lib".format(repository)],
        cxx_flags = ["-std=c++23"],
        dbg_compile_flags = ["-g"],
        host_system_name = "local",
        link_flags = ["-Wl,--build-id=none", "-Wl,-z,relro,-z,now", "-Wl,--eh-frame-hdr"],
        opt_compile_flags = ["-O3", "-DNDEBUG", "-ffunction-sections", "-fdata-sections"],
        opt_link_flags = ["-Wl,--gc-sections", "-Wl,--strip-debug"],
        supports_start_end_lib = True,
        target_libc = "glibc_2.28",
        target_system_name = "local",
        tool_paths = {
            "ar": "bin/ar",
            "cpp": "bin/cc",
            "dwp": "/bin/false",
            "gcc": "bin/cc",
            "gcov": "/bin/false",
            "llvm-cov": "/bin/false",
            "llvm-profdata": "/bin/false",
            "ld": "bin/ld.lld",
            "nm": "/bin/false",
            "objcopy": "/bin/false",
            "objdump": "/bin/false",
            "strip": "/bin/false",
        },
        toolchain_identifier = "zig-clang",
    )

    native.cc_toolchain(
        name = "cc_toolchain",
        all_files = ":files",
        ar_files = ":files",
        as_files = ":files",
        compiler_files = ":files",
        dwp_files = ":files",
        linker_files = ":files",
        objcopy_files = ":files",
        strip_files = ":files",
        supports_param_files = True,
        toolchain_config = ":config",
    )

    native.toolchain(
        name = "toolchain",
        exec_compatible_with = ["@platforms//os:linux", "@platforms//cpu:x86_64"],
        target_compatible_with = ["@platforms//os:linux", "@platforms//cpu:x86_64"],
        toolchain = ":cc_toolchain",
        toolchain_type = "@bazel_tools//tools/cpp:toolchain_type",
    )
