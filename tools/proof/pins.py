"""Reads what this project pins: the Python locks, tools/native/extension.bzl and MODULE.bazel."""

import re
from dataclasses import dataclass

LOCKS = ("tools/python/requirements_lock.txt", "tools/python/requirements_cuda_lock.txt")
NATIVE = "tools/native/extension.bzl"
MODULE = "MODULE.bazel"

_REQUIREMENT = re.compile(
    r'requirement"?(?: =|:) "([^"=]+)==([^"]+)",\s+"?sha256"?(?: =|:) "(\w+)"'
)


@dataclass(frozen=True)
class NativePin:
    """One archive of native sources or tools, as the package index has it."""

    package: str
    version: str
    sha256: str
    # Of the source archive; None where the pin is a wheel.
    build_backend: str | None


def python_pins(lock: str) -> dict[str, str]:
    """Versions by package of one lock, in its order."""
    return dict(re.findall(r"(?m)^([a-z0-9.-]+)==(\S+)", lock))


def native_pins(extension: str) -> list[NativePin]:
    """What the extension fetches, in its order.

    Errors: ValueError when a requirement stands there in a way that this cannot read.
    """
    found = list(_REQUIREMENT.finditer(extension))
    if len(found) != extension.count("=="):
        raise ValueError(f"{NATIVE} has {extension.count('==')} pins, {len(found)} can be read")
    pins = []
    for match in found:
        call = extension[extension.rfind("(", 0, match.start()) : match.end()]
        backend = re.search(r'build_backend = "([^"]+)"', call)
        pins.append(NativePin(match[1], match[2], match[3], backend[1] if backend else None))
    return pins


def module_pins(module: str) -> dict[str, str]:
    """Versions by name of Bazel's rule sets."""
    return dict(re.findall(r'(?m)^bazel_dep\(name = "([^"]+)", version = "([^"]+)"\)', module))
