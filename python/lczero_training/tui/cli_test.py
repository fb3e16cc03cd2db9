import subprocess
import sys
from pathlib import Path

import pytest

from lczero_training.tui import cli, locate


def modules_after(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after `statement`."""
    script = f"import sys; sys.path[:] = {sys.path!r}; {statement}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()} | set(done.stdout.split())


def test_the_app_imports_nothing_heavy() -> None:
    loaded = modules_after("import lczero_training.tui.app, lczero_training.client.process")
    assert "textual" in loaded
    heavy = {"jax", "flax", "optax", "orbax", "numpy", "google", "lczero_training.loader"}
    assert not loaded & heavy


def test_the_command_line_imports_no_user_interface() -> None:
    loaded = modules_after("import lczero_training.tui.cli as c; c._parser().format_help()")
    assert not loaded & {"textual", "rich", "asyncio", "jax"}


def test_a_config_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "x.yaml"
    assert cli.main(["--config", str(missing)]) == cli.EXIT_USAGE
    assert f"{missing}: no such file" in capsys.readouterr().err


def test_without_a_terminal_it_names_the_daemon(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(locate, "daemon_program", lambda: locate.Program(("true",), {}))
    monkeypatch.setattr(locate, "quickstart_config", lambda: Path(__file__))
    assert cli.main([]) == cli.EXIT_USAGE
    assert "//python:daemon" in capsys.readouterr().err


def test_the_workspace_has_the_default_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "configs" / "quickstart.yaml"
    config.parent.mkdir()
    config.touch()
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(tmp_path))
    assert locate.quickstart_config() == config
