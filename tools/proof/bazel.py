"""Runs tools/bazelw in a workspace."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class BazelError(Exception):
    """A command of Bazel failed; the message says which, where and how it ended."""


@dataclass(frozen=True)
class Bazel:
    """Bazel in one folder, with an environment and a umask of its own where given."""

    workspace: Path
    environment: Mapping[str, str] | None = None
    umask: int = -1

    def run(self, command: str, *arguments: str) -> str:
        """Runs one command, its messages going to stderr, and returns what it prints to stdout.

        Errors: BazelError when it ends with another code than 0.
        """
        words: Sequence[str] = ["tools/bazelw", command, *arguments]
        done = subprocess.run(
            words,
            cwd=self.workspace,
            env=self.environment,
            umask=self.umask,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BazelError(
                f"`{' '.join(words)}` in {self.workspace} ended with {done.returncode}; "
                "its messages stand above"
            )
        return done.stdout
