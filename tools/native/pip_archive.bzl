"""Native third-party sources, fetched from the Python package index and pinned by sha256.

The package index is the one registry that every machine of ours reaches, and pip
the one client that honours whatever mirror and certificates a machine is set up
with.
"""

def find_python(rctx):
    """Returns the path of the Python 3.11 that everything here runs with.

    `python3.11` may be a shell shim, so the interpreter is asked for its own path.
    """
    command = rctx.which("python3.11")
    if not command:
        fail("python3.11 is not on the PATH. Install Python 3.11 (Debian 12: " +
             "apt-get install python3.11 python3.11-dev python3-pip; anywhere: uv python install 3.11).")
    result = rctx.execute([command, "-c", "import sys; print(sys.executable)"])
    if result.return_code:
        fail("python3.11 does not run: " + result.stderr)
    return result.stdout.strip()

def download_archive(rctx, requirement, sha256, build_backend = "", strip_prefix = ""):
    """Downloads one wheel (or source archive) with pip and unpacks it into the repository.

    Args:
      rctx: the repository context.
      requirement: "NAME==VERSION".
      sha256: of the file; pip refuses any other.
      build_backend: take the source archive, whose backend this is, instead of the wheel.
      strip_prefix: folder inside the archive that becomes the root.
    """
    command = [find_python(rctx), rctx.path(Label("//tools/native:fetch.py"))]
    command += [requirement, sha256, "download"]
    if build_backend:
        command.append(build_backend)
    rctx.report_progress("Downloading " + requirement)
    result = rctx.execute(command, timeout = 900)
    if result.return_code:
        fail("could not download {} with pip:\n{}\n{}".format(requirement, result.stdout, result.stderr))
    archive = [path for path in rctx.path("download").readdir()][0]
    if archive.basename.endswith(".whl"):
        renamed = rctx.path("download/archive.zip")
        result = rctx.execute(["mv", str(archive), str(renamed)])
        if result.return_code:
            fail("could not rename {}: {}".format(archive, result.stderr))
        archive = renamed
    rctx.extract(archive, stripPrefix = strip_prefix)
    rctx.delete("download")

def _pip_archive_impl(rctx):
    download_archive(
        rctx,
        requirement = rctx.attr.requirement,
        sha256 = rctx.attr.sha256,
        build_backend = rctx.attr.build_backend,
        strip_prefix = rctx.attr.strip_prefix,
    )
    if rctx.attr.patch:
        rctx.patch(rctx.attr.patch, strip = 1)
    rctx.file("BUILD.bazel", rctx.read(rctx.attr.build_file))

pip_archive = repository_rule(
    implementation = _pip_archive_impl,
    attrs = {
        "build_backend": attr.string(doc = "Of the source archive, which is then taken instead of a wheel."),
        "build_file": attr.label(mandatory = True, allow_single_file = True),
        "patch": attr.label(allow_single_file = True, doc = "Unified diff of a/... and b/... to apply to the sources."),
        "requirement": attr.string(mandatory = True),
        "sha256": attr.string(mandatory = True),
        "strip_prefix": attr.string(),
    },
)
