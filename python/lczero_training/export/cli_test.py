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
from lczero_training.export.diff import diff
from lczero_training.export.encodings import ENCODINGS, LINEAR16, decode
from lczero_training.export.messages import layers
from lczero_training.export.net_file import load_net, save_net
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

    # One that is not there is not exported.
    assert main([*exported, "--step", "5"]) == 1
    assert "step 5" in capsys.readouterr().err


def test_checkpoint_is_exported_and_verified_in_every_encoding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint, config = str(tmp_path / "checkpoints"), _config(tmp_path)
    assert main(["import", str(GOLDEN_NET), "--output", checkpoint, "--config", config]) == 0
    source = ["--checkpoint", checkpoint, "--config", config]

    for encoding in ENCODINGS:
        output = str(tmp_path / f"{encoding}.pb.gz")
        how = ["--output", output, "--encoding", encoding, "--verify"]
        assert main(["export", *source, *how]) == 0
        assert "verified on 256 positions" in capsys.readouterr().out

    coarse, fine = str(tmp_path / "BFLOAT16.pb.gz"), str(tmp_path / "FLOAT32.pb.gz")
    assert main(["verify", coarse, *source]) == 0
    assert main(["verify", coarse, "--against", fine]) == 0
    # What bfloat16 loses is more than this, in one of the heads at least.
    assert main(["verify", coarse, "--against", fine, "--tolerance", "1e-6"]) == 1
    assert "the outputs are not the same: policy" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--checkpoint", "x"],
        ["--config", "x"],
        ["--checkpoint", "x", "--config", "y", "--against", "z"],
        ["--checkpoint", "x", "--against", "z"],
        ["--set", "name=x", "--against", "z"],
    ],
)
def test_verify_needs_one_thing_to_compare_with(options: list[str]) -> None:
    assert main(["verify", str(GOLDEN_NET), *options]) == 2


def test_diff_says_by_its_exit_code_whether_two_files_are_one_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    golden, other = str(GOLDEN_NET), str(tmp_path / "other.pb.gz")
    net = load_net(GOLDEN_NET)
    net.weights.ip_emb_b.max_val += 1
    save_net(net, other)

    assert main(["diff", golden, golden]) == 0
    assert main(["diff", golden, other]) == 1

    out = capsys.readouterr().out
    assert "0 of 115 tensors differ" in out
    assert "1 of 115 tensors differ" in out


def test_average_is_between_its_networks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    golden, other, output = str(GOLDEN_NET), str(tmp_path / "other"), str(tmp_path / "mean")
    net = load_net(GOLDEN_NET)
    net.weights.ip_emb_b.min_val += 1
    net.weights.ip_emb_b.max_val += 1
    save_net(net, other)

    average = ["average", golden, other, "--output", output, "--encoding", "FLOAT32"]
    assert main([*average, "--weights", "1,3"]) == 0

    (tensor,) = diff(load_net(GOLDEN_NET), load_net(output)).tensors
    assert tensor.largest == pytest.approx(0.75, abs=1e-5)
    assert main([*average, "--weights", "1,2,3"]) == 2
    assert "3 weights for 2 networks" in capsys.readouterr().err


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


def test_the_config_and_its_overrides_say_which_checkpoint_and_which_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = _config(tmp_path)
    checkpoint, output = str(tmp_path / "there"), str(tmp_path / "net.pb.gz")
    # Weights of averages that the checkpoint does not have.
    ema = ["--set", "training.ema={decay: 0.5}", "--set", "export.weights=ema"]
    place = ["--config", config, "--set", f"training.checkpoint.directory={checkpoint}"]

    assert main(["import", str(GOLDEN_NET), "--output", checkpoint, *place]) == 0
    assert main(["export", *place, "--output", output]) == 0
    assert main(["verify", output, *place]) == 0
    assert capsys.readouterr().err == ""
    assert main(["export", *place, *ema, "--output", output]) == 1
    assert "00000000 was written without training.ema" in capsys.readouterr().err
    assert main(["import", str(GOLDEN_NET), "--output", "x", "--set", "name=x"]) == 2
    assert main(["export", "--config", config, "--set", "nmae=x", "--output", output]) == 2
    assert "nmae: unknown key; did you mean name?" in capsys.readouterr().err


def test_import_leaves_what_is_in_its_folder_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full" / "00000007").mkdir(parents=True)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a").write_text("a")
    for folder, told in (
        ("full", "is not empty: it has 00000007. A run begins in an empty folder"),
        ("letters", "is not empty: it has a. A run begins in an empty folder"),
        ("letters/a", "is a file: name a folder"),
    ):
        before = sorted(tmp_path.rglob("*"))
        assert main(["import", str(GOLDEN_NET), "--output", str(tmp_path / folder)]) == 1
        assert told in capsys.readouterr().err
        assert sorted(tmp_path.rglob("*")) == before
    below = str(tmp_path / "letters" / "a" / "b")
    assert main(["import", str(GOLDEN_NET), "--output", below]) == 1
    assert "Not a directory" in capsys.readouterr().err


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


def test_every_bad_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = GOLDEN_NET.read_bytes()
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "truncated").write_bytes(content[:20_000])
    (tmp_path / "folder").mkdir()
    for name, told in (
        ("empty", "is empty; get it again"),
        ("truncated", "truncated at 20000 bytes; get it again"),
        ("folder", "Is a directory. Name a file."),
        ("absent", "No such file or directory. Check the path."),
    ):
        path = str(tmp_path / name)
        for command in (
            ["describe", path],
            ["diff", str(GOLDEN_NET), path],
            ["average", str(GOLDEN_NET), path, "--output", str(tmp_path / "out")],
            ["import", path, "--output", str(tmp_path / "out")],
            ["verify", str(GOLDEN_NET), "--against", path],
        ):
            assert main(command) == 1, command
            assert capsys.readouterr().err == f"exporter: {path}: {told}\n", command
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x")
    for output, told in (
        ("file/net.pb.gz", "Not a directory. Check the path: a part of it is a file."),
        ("file/below/net.pb.gz", "Not a directory. Check the path: a part of it is a file."),
        (".", "Is a directory. Name a file."),
    ):
        path = tmp_path / output
        assert main(["average", str(GOLDEN_NET), "--output", str(path)]) == 1
        assert capsys.readouterr().err == f"exporter: {path}: cannot be written: {told}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_bad_config_is_bad_usage(tmp_path: Path) -> None:
    config = _config(tmp_path, dff=0)

    assert main(["import", str(GOLDEN_NET), "--output", str(tmp_path), "--config", config]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["import"],
        ["no_such_command"],
        ["describe", str(GOLDEN_NET), "--no-such-flag"],
        ["verify", str(GOLDEN_NET), "--against", str(GOLDEN_NET), "--tolerance", "-1"],
        ["verify", str(GOLDEN_NET), "--against", str(GOLDEN_NET), "--tolerance", "nan"],
        ["average", str(GOLDEN_NET), "--output", "x", "--weights", "1,b"],
        ["export", "--checkpoint", "x", "--config", "y", "--output", "z", "--step", "-1"],
    ],
)
def test_bad_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["verify", "--help"],
        ["describe", str(GOLDEN_NET)],
        ["diff", str(GOLDEN_NET), str(GOLDEN_NET)],
    ],
)
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
