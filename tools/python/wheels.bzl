"""The Python packages of a lock file: one repository, one folder and py_library for each package.

A package is a single input of whatever uses it, its folder. File by file, the thousands of files
of JAX and its kin cost each test more time in links than most tests run. The folders carry the
bytecode as well, or else every process that imports JAX would compile it again.
"""

load("//tools/native:pip_archive.bzl", "find_python")

def requirement(name):
    """The py_library of a package, by the name that the lock file has for it."""
    return "@pip//:" + name

def _wheel_folders_impl(rctx):
    # First, so that a change of either starts over before anything is downloaded.
    lock = rctx.path(rctx.attr.lock)
    script = rctx.path(Label("//tools/python:unpack_wheels.py"))
    python = find_python(rctx)
    command = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    rctx.report_progress("Downloading the Python packages")
    _run(rctx, command + ["--dest", "wheels", "-r", lock])
    rctx.report_progress("Unpacking the Python packages")
    _run(rctx, [python, script, "wheels", "packages", "BUILD.bazel"])
    rctx.delete("wheels")

def _run(rctx, command):
    result = rctx.execute(command, timeout = 1800)
    if result.return_code:
        fail("{} failed for {}:\n{}\n{}".format(
            " ".join([str(word) for word in command]),
            rctx.attr.lock,
            result.stdout,
            result.stderr,
        ))

_wheel_folders = repository_rule(
    implementation = _wheel_folders_impl,
    attrs = {"lock": attr.label(mandatory = True, allow_single_file = True)},
)

def _wheels_impl(_module_ctx):
    _wheel_folders(name = "pip", lock = "//tools/python:requirements_lock.txt")

wheels = module_extension(implementation = _wheels_impl)
