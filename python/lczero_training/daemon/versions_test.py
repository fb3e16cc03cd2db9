import platform
import subprocess
import sys
from importlib import metadata

import pytest

from lczero_training.daemon import versions as module
from lczero_training.daemon.testing.harness import environment
from lczero_training.daemon.versions import versions


def test_names_python_and_the_packages_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PACKAGES", ("pytest", "there-is-no-such-package"))
    assert versions() == {
        "python": platform.python_version(),
        "pytest": metadata.version("pytest"),
    }


def test_imports_nothing_of_it() -> None:
    script = (
        "import sys\n"
        "from lczero_training.daemon.versions import versions\n"
        "versions()\n"
        "sys.exit(str({'jax', 'numpy', 'flax'} & set(sys.modules) or 0))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, env=environment(), check=False
    )
    assert done.stderr == b"0\n"
