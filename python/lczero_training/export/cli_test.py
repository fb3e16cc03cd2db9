import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from lczero_training.export.cli import main
from lczero_training.export.describe import describe
from lczero_training.export.encodings import LINEAR16, decode
from lczero_training.export.messages import layers
from lczero_training.export.net_file import load_net
from lczero_training.export.testing import GOLDEN_NET

_QUICKSTART = Path("configs/quickstart.yaml")


def _config(directory: Path, **model_changes: Any) -> str:
    """A config file for the golden net, its model section changed."""
    config = yaml.safe_load(_QUICKSTART.read_text(encoding="utf-8"))
    section = describe(load_net(GOLDEN_NET)).split("\n\n")[1]
    config["model"] = yaml.safe_load(section)["model"] | model_changes
    path = directory / "config.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return str(path)


def test_weights_to_checkpoint_to_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint, output = str(tmp_path / "checkpoints"), str(tmp_path / "out" / "net.pb.gz")
    config = _config(tmp_path)

    assert main(["import", str(GOLDEN_NET), "--output", checkpoint, "--config", config]) == 0
    exported = ["export", "--checkpoint", checkpoint, "--config", config, "--output", output]
    assert main(exported) == 0

    assert "wrote" in capsys.readouterr().out
    before, after = (dict(layers(load_net(path).weights)) for path in (GOLDEN_NET, output))
    assert set(before) == set(after)
    for name, layer in before.items():
        step = (layer.max_val - layer.min_val) / 65535
        difference = decode(after[name], LINEAR16, name) - decode(layer, LINEAR16, name)
        assert np.abs(difference).max() <= step + 1e-7, name

    # A checkpoint that is there already is not overwritten, one that is not there not exported.
    assert main(["import", str(GOLDEN_NET), "--output", checkpoint, "--config", config]) == 1
    assert main([*exported, "--step", "5"]) == 1
    assert "step 5" in capsys.readouterr().err


def test_import_without_a_config(tmp_path: Path) -> None:
    checkpoint, output = str(tmp_path / "checkpoints"), str(tmp_path / "net.pb.gz")

    assert main(["import", str(GOLDEN_NET), "--output", checkpoint]) == 0
    assert (
        main(
            [
                "export",
                "--checkpoint",
                checkpoint,
                "--config",
                _config(tmp_path),
                "--output",
                output,
            ]
        )
        == 0
    )


def test_import_into_another_model_lists_the_differences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = _config(tmp_path, dff=64, position_embedding_size=16)

    code = main(["import", str(GOLDEN_NET), "--output", str(tmp_path / "x"), "--config", config])

    assert code == 2
    error = capsys.readouterr().err
    assert "model.dff: 48 in the weights file, 64 in the config" in error
    assert "model.position_embedding_size: 8 in the weights file, 16 in the config" in error
    assert not (tmp_path / "x").exists()


def test_describe_prints_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", str(GOLDEN_NET)]) == 0
    assert "embedding_size: 32" in capsys.readouterr().out


def test_paths_are_relative_to_where_bazel_was_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(GOLDEN_NET.parent.absolute()))
    assert main(["describe", GOLDEN_NET.name]) == 0
    assert "vanilla" in capsys.readouterr().out


def test_bad_file_is_a_failure_with_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.pb.gz").write_bytes(b"no network")

    assert main(["describe", str(tmp_path / "bad.pb.gz")]) == 1
    assert main(["describe", str(tmp_path / "absent.pb.gz")]) == 1

    bad, absent = capsys.readouterr().err.splitlines()
    assert "bad.pb.gz: not a gzip file" in bad
    assert "absent.pb.gz" in absent


def test_bad_config_is_bad_usage(tmp_path: Path) -> None:
    config = _config(tmp_path, dff=0)

    assert main(["import", str(GOLDEN_NET), "--output", str(tmp_path), "--config", config]) == 2


@pytest.mark.parametrize("arguments", [[], ["import"], ["no_such_command"]])
def test_bad_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2


@pytest.mark.parametrize("arguments", [["--help"], ["describe", str(GOLDEN_NET)]])
def test_commands_that_must_answer_at_once_load_no_jax(arguments: list[str]) -> None:
    program = (
        "import sys\n"
        "from lczero_training.export.cli import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "except SystemExit:\n"
        "    pass\n"
        "sys.exit(','.join({'jax', 'flax', 'orbax'} & set(sys.modules)) or None)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
