"""What makes an action hermetic: it runs in the sandbox and names nothing of the host."""

import re
from collections.abc import Iterator

from tools.proof.aquery import Action

# Actions that the compiler and the linker run in.
CPP = ("CppCompile", "CppLink", "CppArchive", "CppModuleMap")
_TOOLCHAIN = re.compile(r"external/[^/]*\bnative_dependencies[~+]zig(_tsan)?/bin/(cc|ar|ld\.lld)")
# An absolute path, where it stands alone, after a flag, or in a list; `//a:b` and `a//b` are none.
_ABSOLUTE = re.compile(r"(?:^|[\s=:;,\"'(@]|-I|-L|-B|-isystem|-iquote)(/\w[^\s:;,\"')]*)")
# All that an action may name of the host: the shell, and programs that are never there to be run.
_ALLOWED = ("/bin/bash", "/bin/sh", "/bin/false", "/dev/null")
# Set by Bazel for every machine alike; of the PATH, actions take the shell's helpers (grep, mkdir).
_FIXED = (("PATH", "/bin:/usr/bin:/usr/local/bin"), ("PWD", "/proc/self/cwd"))
_FORBIDDEN = ("requires-network", "no-sandbox", "local")


def absolute_paths(text: str) -> list[str]:
    """Absolute paths in an argument or a variable."""
    return _ABSOLUTE.findall(text)


def problems_of(action: Action) -> Iterator[str]:
    """What is wrong with an action, one sentence each."""
    for requirement in sorted(action.requirements):
        if requirement in _FORBIDDEN:
            yield f"it is tagged {requirement}"
    for argument in action.arguments:
        for path in absolute_paths(argument):
            if path not in _ALLOWED:
                yield f"its argument {argument!r} names {path}"
    for name, value in sorted(action.environment.items()):
        if (name, value) in _FIXED:
            continue
        for path in absolute_paths(value):
            if path not in _ALLOWED:
                yield f"its variable {name}={value!r} names {path}"
    if action.mnemonic in CPP and action.arguments and not _TOOLCHAIN.match(action.arguments[0]):
        yield f"it runs {action.arguments[0]}, not the pinned toolchain"
