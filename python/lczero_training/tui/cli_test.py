import math
import subprocess
import sys
from pathlib import Path

import pytest

from lczero_training.client.process import DaemonClient
from lczero_training.tui import cli, locate
from lczero_training.tui.connection import connection


def modules_after(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after `statement`."""
    script = f"import sys; sys.path[:] = {sys.path!r}; {statement}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()} | set(done.stdout.split())


def test_the_whole_program_imports_nothing_heavy() -> None:
    modules = ("tui.app", "tui.connection", "tui.terminal", "client.process", "client.recording")
    loaded = modules_after("import " + ", ".join(f"lczero_training.{name}" for name in modules))
    assert "textual" in loaded
    heavy = {"jax", "flax", "optax", "orbax", "numpy", "google", "plotext", "textual_plotext"}
    ours = {"loader", "config", "daemon", "model", "train", "export", "upload"}
    assert not loaded & (heavy | {f"lczero_training.{name}" for name in ours})


def test_the_command_line_imports_no_user_interface() -> None:
    loaded = modules_after("import lczero_training.tui.cli as c; c.make_parser().format_help()")
    assert not loaded & {"textual", "rich", "asyncio", "jax"}


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What main() says to arguments that it must refuse: one line."""
    try:
        code = cli.main(arguments)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else -1
    assert code == cli.EXIT_USAGE
    said = capsys.readouterr().err
    assert said.startswith("tui: ") and said.count("\n") == 1 and said.endswith("\n")
    return said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--replay", "x", "--config", "y"), "leave out --config"),
        (("--replay", "x", "--set", "a=1"), "leave out --set"),
        (("--replay", "x", "--attach", "y"), "leave out --attach"),
        (("--replay", "x", "--record", "y"), "leave out --record"),
        (("--speed", "4"), "--speed is for --replay"),
        (("--replay", "x", "--speed", "-1"), "0.01 to 10000"),
        (("--replay", "x", "--speed", "nan"), "0.01 to 10000"),
        (("--replay", "x", "--speed", "fast"), "'fast'"),
        (("--replay", "/nowhere/x"), "/nowhere/x: no such file"),
        (("--replay", "/"), "not a file"),
        (("--attach", ""), "needs a command"),
        (("--attach", "a 'b"), "No closing quotation"),
        (("--attach", "/nowhere/daemon --x"), "/nowhere/daemon: no such command"),
        (("--attach", "no-such-command"), "no-such-command: no such command"),
        (("--attach", "true", "--set", "a=1"), "--set needs --config"),
        (("--conf", "x"), "--conf"),
        (("extra",), "extra"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], why: str
) -> None:
    assert why in refusal(capsys, *arguments)


def test_files_that_hold_no_session_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x"
    path.touch()
    assert f"{path}: no recorded session, it is empty" in refusal(capsys, "--replay", str(path))
    path.write_text("a\nb\n")
    assert "none of its 2 lines" in refusal(capsys, "--replay", str(path))


@pytest.mark.parametrize(
    ("text", "speed"), [("4", 4.0), ("0.25x", 0.25), ("0", math.inf), ("max", math.inf)]
)
def test_speeds(text: str, speed: float) -> None:
    assert cli.make_parser().parse_args(["--speed", text]).speed == speed


def test_a_file_to_record_that_cannot_be_opened_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for stream in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(getattr(sys, stream), "isatty", lambda: True)
    said = refusal(capsys, "--attach", "true", "--record", str(tmp_path))
    assert str(tmp_path) in said and "--record" in said


def test_attached_command_is_split_as_a_shell_would_and_gets_the_config() -> None:
    chosen = connection(
        cli.make_parser().parse_args(["--attach", "env 'a b' c", "--config", "there.yaml"])
    )
    assert isinstance(client := chosen.connect(), DaemonClient)
    assert client._argv == ("env", "a b", "c")
    assert (chosen.config_filepath, chosen.start_when_idle) == ("there.yaml", True)
    assert chosen.source == "attached: env 'a b' c"
    plain = connection(cli.make_parser().parse_args(["--attach", "env"]))
    assert (plain.config_filepath, plain.start_when_idle) == ("", False)


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
