from pathlib import Path

import pytest

from tools.proof.pins import LOCKS, MODULE, NATIVE, NativePin, module_pins, native_pins, python_pins

EXTENSION = """
_ZIG = {
    "requirement": "ziglang==0.17.1",
    "sha256": "ea",
}
    pip_archive(
        name = "libdeflate",
        build_backend = "core.build",
        requirement = "deflate==0.9.0",
        sha256 = "96",
    )
    pip_archive(
        name = "json",
        requirement = "json==1",
        sha256 = "5f",
    )
"""


def test_archives_are_read_wheels_and_sources() -> None:
    assert native_pins(EXTENSION) == [
        NativePin("ziglang", "0.17.1", "ea", None),
        NativePin("deflate", "0.9.0", "96", "core.build"),
        NativePin("json", "1", "5f", None),
    ]


def test_an_archive_that_cannot_be_read_is_no_silence() -> None:
    with pytest.raises(ValueError, match="has 4 pins, 3 can be read"):
        native_pins(EXTENSION + 'other(what = "x==1")')


def test_the_lists_of_this_project_are_read() -> None:
    assert len(native_pins(Path(NATIVE).read_text())) >= 5
    assert {"rules_cc", "rules_python"} <= set(module_pins(Path(MODULE).read_text()))
    main, cuda = (python_pins(Path(lock).read_text()) for lock in LOCKS)
    assert main["jax"] == cuda["jax-cuda12-plugin"]
