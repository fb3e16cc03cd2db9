"""Downloads one archive from the package index with pip, which refuses any other bytes.

usage: fetch.py NAME==VERSION SHA256 FOLDER [BUILD_BACKEND]

With a build backend, it is the source archive that is downloaded. pip would install the archive's
build requirements, which nothing pins, and run its backend to learn name and version. It is
told both by a backend of that name which knows nothing else, and runs nothing of the archive.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

_BACKEND = """
from pathlib import Path


def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = Path(folder, "{name}-{version}.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    return info.name
"""


def write_backend(folder: Path, backend: str, name: str, version: str) -> None:
    """Writes the module `backend` below folder."""
    module = folder.joinpath(*backend.split(".")).with_suffix(".py")
    module.parent.mkdir(parents=True, exist_ok=True)
    module.write_text(_BACKEND.format(name=name, version=version))


def pip_command(requirements: Path, folder: Path, sources_of: str | None) -> list[str]:
    """The call of pip; packages of which sources are wanted are named."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "-r", str(requirements), "--dest", str(folder)]
    if sources_of is None:
        return [*command, "--only-binary", ":all:"]
    return [*command, "--no-binary", sources_of, "--no-build-isolation"]


def fetch(requirement: str, sha256: str, folder: Path, backend: str | None) -> int:
    """Downloads the archive into folder; returns pip's exit code."""
    name, _, version = requirement.partition("==")
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        (work / "requirement.txt").write_text(f"{requirement} --hash=sha256:{sha256}\n")
        environment = dict(os.environ)
        if backend:
            write_backend(work, backend, name, version)
            environment["PYTHONPATH"] = str(work)
        command = pip_command(work / "requirement.txt", folder, name if backend else None)
        return subprocess.run(command, env=environment, check=False).returncode


def main(arguments: Sequence[str]) -> int:
    """Downloads what the arguments name."""
    requirement, sha256, folder, *backend = arguments
    return fetch(requirement, sha256, Path(folder), backend[0] if backend else None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
