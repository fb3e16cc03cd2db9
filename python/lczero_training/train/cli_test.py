import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lczero_training.config import RootConfig
from lczero_training.train import cli
from lczero_training.train.errors import EXIT_FAILURE, EXIT_USAGE

QUICKSTART = "configs/quickstart.yaml"


def test_help_needs_neither_jax_nor_the_loader() -> None:
    program = (
        "import sys\n"
        "from lczero_training.train.cli import main\n"
        "try:\n"
        "    main(['train', '--help'])\n"
        "except SystemExit as exit:\n"
        "    heavy = {'jax', 'flax', 'numpy', 'lczero_training.loader'} & set(sys.modules)\n"
        "    print(exit.code, sorted(heavy))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--networks" in result.stdout
    assert result.stdout.splitlines()[-1] == "0 []"


@pytest.mark.parametrize(
    "command", ["train", "init", "migrate", "eval", "overfit", "tune-lr", "describe"]
)
def test_each_command_says_what_it_does_and_how_it_ends(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    listed = re.search(rf"^ +{command} +(.+)$", capsys.readouterr().out, re.MULTILINE)
    with pytest.raises(SystemExit) as caught:
        cli.main([command, "--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert listed and listed[1] in text
    assert "exit codes: 0 done, 1 failed at work, 2 bad usage" in text
    assert not re.search(r"  default:", text), "an option that says its default only"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["train"],
        ["fly", "--config", QUICKSTART],
        ["train", "--config", QUICKSTART, "--networks", "0"],
        ["overfit", "--config", QUICKSTART, "--steps", "many"],
        ["tune-lr", "--config", QUICKSTART, "--lowest", "0"],
        ["eval", "--config", QUICKSTART, "--weights", "best"],
        ["init", "--config", QUICKSTART, "--seed", "1", "--from", "x.pb.gz"],
        ["init", "--config", QUICKSTART, "--seed", "-1"],
    ],
)
def test_bad_usage_is_exit_code_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2


def test_bad_config_is_exit_code_2_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["train", "--config", QUICKSTART, "--set", "training.batch_siez=1"])
    assert code == EXIT_USAGE
    assert "batch_siez" in capsys.readouterr().err


def test_a_file_in_the_place_of_the_checkpoints_is_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    place = f"training.checkpoint.directory={tmp_path / 'file'}"
    assert cli.main(["train", "--config", QUICKSTART, "--set", place]) == EXIT_USAGE
    assert f"{tmp_path / 'file'} is a file, name a folder" in capsys.readouterr().err


def test_a_config_that_freezes_everything_is_exit_code_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    freeze = "training.optimizer.freeze=[{match: '*'}]"
    assert cli.main(["describe", "--config", QUICKSTART, "--set", freeze]) == EXIT_USAGE
    assert "training.optimizer.freeze: expected rules that leave" in capsys.readouterr().err


def test_rates_that_do_not_grow_are_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["tune-lr", "--config", QUICKSTART, "--lowest", "0.1", "--highest", "0.01"])
    assert code == EXIT_USAGE
    assert "--lowest 0.1 must be less than --highest 0.01" in capsys.readouterr().err


def test_a_picture_that_cannot_be_written_is_told_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for picture in (tmp_path, tmp_path / "nowhere" / "x.png"):
        code = cli.main(["tune-lr", "--config", QUICKSTART, "--picture", str(picture)])
        assert code == EXIT_USAGE
        assert f"--picture {picture} cannot be written: name another" in capsys.readouterr().err


def test_a_weights_file_that_is_not_there_is_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh = f"training.checkpoint.directory={tmp_path / 'fresh'}"
    net = str(tmp_path / "absent.pb.gz")
    code = cli.main(["init", "--config", QUICKSTART, "--set", fresh, "--from", net])
    assert code == EXIT_FAILURE
    error = capsys.readouterr().err
    assert error == f"trainer: {net}: No such file or directory. Check the path.\n"
    assert not (tmp_path / "fresh").exists()


def test_an_output_that_is_not_there_is_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["eval", "--config", QUICKSTART]) == EXIT_USAGE
    assert "--output validation is none of data_loader.outputs: train" in capsys.readouterr().err


def test_a_checkpoint_that_is_not_there_is_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = f"training.checkpoint.directory={tmp_path / 'nowhere'}"
    code = cli.main(["eval", "--config", QUICKSTART, "--output", "train", "--set", nowhere])
    assert code == EXIT_FAILURE
    assert (
        f"no checkpoint folder {tmp_path / 'nowhere'}. Check its path." in capsys.readouterr().err
    )


def test_options_become_overrides_of_the_config(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int, int]] = []

    def run(arguments: object, config: RootConfig) -> int:
        networks: int = arguments.networks  # type: ignore[attr-defined]
        seen.append((config.training.steps_per_network, config.training.batch_size, networks))
        return 0

    monkeypatch.setattr(cli, "_run", run)
    common = ["train", "--config", QUICKSTART, "--set", "training.batch_size=7"]
    assert cli.main([*common, "--steps", "3", "--networks", "2"]) == 0
    assert cli.main([*common, "--set", "training.steps_per_network=4"]) == 0
    assert seen == [(3, 7, 2), (4, 7, 1)]


def test_describe_tells_parameters_work_and_memory(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    processes = 'training.processes={coordinator: "a:1", count: 2, index: 1}'
    with caplog.at_level("INFO"):
        assert cli.main(["describe", "--config", QUICKSTART, "--set", processes]) == 0
    assert "training.processes is for `train`: this command works in one process" in caplog.text
    text = capsys.readouterr().out
    assert "        1,024    x      .     .   encoder/0/attention/query/kernel  (32 x 32)\n" in text
    assert "MFLOP a position" in text and "MB weights" in text
