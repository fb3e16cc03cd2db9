from pathlib import Path

import pytest

from lczero_training.user_paths import user_path


def test_bazel_tells_where_the_user_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", "/somewhere")
    assert user_path("x.yaml") == Path("/somewhere/x.yaml")
    assert user_path("/y.yaml") == Path("/y.yaml")


def test_without_bazel_it_is_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)
    assert user_path("x.yaml") == Path.cwd() / "x.yaml"
