"""Another place to build in: own folder, HOME, PATH without a compiler, umask and time zone."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

UMASK = 0o077
TIME_ZONE = "Pacific/Chatham"
# All that the build calls by name; python3.11 is added as a script of its own.
# fmt: off
COMMANDS = (
    "basename", "bash", "cat", "chmod", "cp", "cut", "dirname", "env", "grep", "head", "id",
    "ln", "ls", "mkdir", "mktemp", "mv", "readlink", "realpath", "rm", "rmdir", "sed", "sh",
    "sort", "stat", "tail", "touch", "tr", "true", "uname", "wc",
)
# fmt: on
# Where these are on the PATH, tools/bazelw takes them before it installs anything.
BAZELS = ("bazel", "bazelisk")
# How this machine reaches its package index is not part of the build.
# fmt: off
_KEPT = (
    "PIP_", "SSL_CERT_", "BAZELISK_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "USER", "TMPDIR",
    "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
)
# fmt: on
# What a host with a compiler has. Debian's headers of Python lie below /usr/include, too.
_COMPILERS = ("cc", "c++", "gcc", "g++", "cpp", "clang", "clang++", "ld", "as", "ar")
_SEARCHED = ("/usr/bin", "/usr/local/bin", "/bin")
_FOLDERS = ("/usr/lib/gcc", "/usr/include/c++", "/usr/local/include", "/usr/lib/python3")


@dataclass(frozen=True)
class Elsewhere:
    """Folders of one such place; `make` fills them."""

    root: Path

    @property
    def workspace(self) -> Path:
        """The copy of the sources."""
        return self.root / "a folder" / "of another name"

    @property
    def home(self) -> Path:
        """HOME, with Bazel's caches."""
        return self.root / "home"

    @property
    def commands(self) -> Path:
        """The only folder of the PATH."""
        return self.root / "commands"

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """What a process there sees, for somebody whose environment is `environ`."""
        home = Path(environ["HOME"])
        kept = {name: value for name, value in environ.items() if name.startswith(_KEPT)}
        cache = Path(environ.get("XDG_CACHE_HOME", home / ".cache"))
        own = {
            "HOME": str(self.home),
            "PATH": str(self.commands),
            "TZ": TIME_ZONE,
            "LCZERO_CACHE": environ.get("LCZERO_CACHE", str(cache / "lczero")),
        }
        settings = Path(environ.get("XDG_CONFIG_HOME", home / ".config")) / "pip" / "pip.conf"
        if settings.is_file():
            own["PIP_CONFIG_FILE"] = str(settings)
        return kept | own

    def make(self, sources: Path, python: str) -> None:
        """Copies the sources and fills the folder of commands."""
        umask = os.umask(UMASK)
        try:
            self._make(sources, python)
        finally:
            os.umask(umask)

    def _make(self, sources: Path, python: str) -> None:
        self.home.mkdir(parents=True)
        self.commands.mkdir(parents=True)
        for name in COMMANDS + BAZELS:
            found = shutil.which(name)
            if found:
                (self.commands / name).symlink_to(found)
            elif name not in BAZELS:
                raise FileNotFoundError(f"{name} is not on the PATH; the second build needs it")
        launcher = self.commands / "python3.11"
        launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(python)} "$@"\n')
        launcher.chmod(0o700)
        for name in tracked(sources):
            copy_file(sources / name, self.workspace / name)


def tracked(sources: Path) -> list[str]:
    """Files of a checkout that git knows or would take in; an uncommitted change counts."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=sources, stdout=subprocess.PIPE, check=True)
    names = done.stdout.decode().split("\0")
    return [name for name in names if name and (sources / name).is_file()]


def copy_file(source: Path, target: Path) -> None:
    """Copies content and whether it is a program; the umask decides about the rest."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    if os.access(source, os.X_OK):
        target.chmod(target.stat().st_mode | 0o100)


def blocked_paths() -> list[str]:
    """Compilers, headers and packages of this host, which actions there must do without."""
    programs = [shutil.which(name, path=folder) for name in _COMPILERS for folder in _SEARCHED]
    folders = [folder for folder in _FOLDERS if Path(folder).is_dir()]
    return sorted({program for program in programs if program}) + folders
