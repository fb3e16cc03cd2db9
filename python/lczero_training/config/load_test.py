import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lczero_training.config import ConfigError, RootConfig, dump_config, load_config
from lczero_training.config.optimizer import OptimizerConfig

COMPLETE = "python/lczero_training/config/testdata/complete.yaml"
STAGES = "data_loader.stages"
BATCH = "training.batch_size"
RESERVIOR = f"{STAGES}.shuffle.frame_sampler.reservior_size"


def problems_of(path: str | Path, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_config(path, overrides)
    return str(raised.value).split("\n")


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """A copy of a complete config whose text a test may change."""
    path = tmp_path / "edited.yaml"
    path.write_text(Path(COMPLETE).read_text())
    return path


def replace(path: Path, old: str, new: str) -> int:
    """Replaces text in a file; returns the line where it stood."""
    text = path.read_text()
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new))
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize("path", sorted(Path("configs").glob("*.yaml")), ids=str)
def test_every_config_in_the_repository_loads(path: Path) -> None:
    assert isinstance(load_config(path), RootConfig)


def test_there_are_configs_to_load() -> None:
    assert Path("configs/quickstart.yaml").exists()


def test_resolved(edited: Path) -> None:
    config = load_config(edited)
    folder = edited.parent
    stages = config.data_loader.stages
    assert stages["batches"].tensor_generator is not None
    assert stages["batches"].tensor_generator.batch_size == config.training.batch_size == 128
    assert stages["files"].queue_capacity == 16
    assert stages["files"].file_discovery is not None
    games = str(folder.parent / "runs/quickstart/games")
    assert stages["files"].file_discovery.directory == games
    assert config.daemon.demo_feed is not None
    assert config.daemon.demo_feed.source_directory == str(folder / "quickstart_games")
    assert config.daemon.demo_feed.target_directory == games
    assert config.training.checkpoint.directory == str(
        folder.parent / "runs/quickstart/checkpoints"
    )
    assert config.export.paths == (
        str(folder.parent / "runs/quickstart/networks/{name}-{step:08d}.pb.gz"),
    )
    assert config.training.optimizer == OptimizerConfig()
    assert isinstance(config.training.schedule, tuple)


def test_absolute_paths_stay(edited: Path) -> None:
    config = load_config(edited, ["metrics.tensorboard_directory=/var/tb"])
    assert config.metrics.tensorboard_directory == "/var/tb"
    config = load_config(edited, ["metrics.tensorboard_directory=tb"])
    assert config.metrics.tensorboard_directory == str(edited.parent / "tb")


def test_dumped_and_loaded_again(tmp_path: Path) -> None:
    config = load_config(COMPLETE, ["name='1e5'", "training.optimizer.epsilon=1e-9"])
    path = tmp_path / "elsewhere" / "dumped.yaml"
    path.parent.mkdir()
    path.write_text(dump_config(config))
    assert load_config(path) == config
    assert yaml.safe_load(path.read_text())["training"]["checkpoint"]["keep"] == 2


def test_numbers_take_each_others_forms_where_nothing_is_lost() -> None:
    config = load_config(
        COMPLETE, ["training.optimizer.weight_decay=1e-3", "daemon.demo_feed.interval_seconds=3"]
    )
    assert config.training.optimizer.weight_decay == 0.001
    assert config.daemon.demo_feed is not None
    assert repr(config.daemon.demo_feed.interval_seconds) == "3.0"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("batch_size: 128", "batch_size: yes", f'{BATCH}: expected an integer, got "yes"'),
        ("batch_size: 128", "batch_size: 1.5", f"{BATCH}: expected an integer, got 1.5"),
        ("batch_size: 128", "batch_size: true", f"{BATCH}: expected an integer, got true"),
        ("batch_size: 128", "batch_size: 0", f"{BATCH}: expected a number >= 1, got 0"),
        ("batch_size: 128", "batch_sise: 128", "unknown key; did you mean batch_size?"),
        ("  steps_per_network: 200\n", "",
         "training.steps_per_network: is missing; expected an integer"),
        ("  schedule:\n", "  x:\n", "training.schedule: is missing; expected a list"),
        ("  losses:\n", "  x:\n", "training.losses: is missing; expected a mapping"),
        ("name: quickstart\n", "name: ''\n", 'name: expected a value that is not empty, got ""'),
        ("name: quickstart\n", "name: 5\n", "name: expected a string, got 5"),
        ("heads: 4", "heads: 3", "model.d_model: expected a multiple of heads (3), got 64"),
        ("interval_seconds: 45", "interval_seconds: true",
         "daemon.demo_feed.interval_seconds: expected a number, got true"),
        ("losses:", "losses: []\n  x:", "training.losses: expected a mapping, got an empty list"),
        ("policy: [{head: vanilla}]", "policy: {head: vanilla}",
         "training.losses.policy: expected a list, got an object"),
        ("policy: [{head: vanilla}]", "policy: [{head: soft}]",
         'policy[0].head: expected a head of model.policy_heads (vanilla), got "soft"'),
        ("end: 0.002, steps: 50", "end: -1, steps: 50",
         "training.schedule[0].end: expected a number >= 0.0, got -1.0"),
        ("- {kind: linear, start: 0.0,", "- {kind: linear,",
         "training.schedule[0]: expected a start in the first piece"),
        ("vanilla: {d_model: 64}", "vanila: {d_model: 64}",
         "model.policy_heads.vanila: expected one of vanilla, optimistic_st, soft, opponent"),
        ("{name}-", "{nam}-",
         "export.paths[0]: expected only the fields {datetime}, {step:08d} and {name}, got "),
        ("reservoir_size: 4000", "reservior_size: 4000",
         f"{RESERVIOR}: unknown field; did you mean reservoir_size?"),
        ("reservoir_size: 4000", "reservoir_size: 0",
         "frame_sampler.reservoir_size: expected a value from 1 to 100000000, got 0"),
        ("chunk_validator: {}", "chunk_validator:", f"{STAGES}.validator: needs one kind: "),
        ("tensor_generator: {packed: true}", "tensor_generator: {batch_size: 64}",
         "tensor_generator.batch_size: expected training.batch_size (128) or none, got 64"),
    ],
)  # fmt: skip
def test_one_thing_wrong(edited: Path, old: str, new: str, message: str) -> None:
    line = replace(edited, old, new)
    problems = problems_of(edited)
    assert any(message in problem for problem in problems), problems
    (problem,) = (problem for problem in problems if message in problem)
    where, _, _ = problem.partition(": ")
    path, _, number = where.rpartition(":")
    assert path == str(edited)
    # What is missing, or needs another value beside it, is told at the mapping around it.
    around = ("is missing", "a multiple of", "needs one kind", "[]")
    assert int(number) == line or any(word in problem + new for word in around)


def test_a_null_kind_says_how_to_write_it(edited: Path) -> None:
    replace(edited, "chunk_validator: {}", "chunk_validator:")
    (problem,) = problems_of(edited)
    assert problem.endswith("; chunk_validator is null, write `chunk_validator: {}`")


def test_every_problem_is_told_at_once(edited: Path) -> None:
    first = replace(edited, "batch_size: 128", "batch_size: many")
    second = replace(edited, "heads: 4", "haeds: 4")
    third = replace(edited, "reservoir_size: 4000", "reservoir_size: -1")
    problems = problems_of(edited, "metrics.every_steps=0", "extra.key=1")
    assert {problem.split(": ")[0] + ": " + problem.split(": ")[1] for problem in problems} == {
        f"{edited}:{first}: training.batch_size",
        f"{edited}:{second}: model.haeds",
        f"{edited}:{second - 3}: model.heads",
        f"{edited}:{third}: {STAGES}.shuffle.frame_sampler.reservoir_size",
        "--set metrics.every_steps=0: metrics.every_steps",
        "--set extra.key=1: extra",
    }


def test_an_override_is_blamed_instead_of_a_line() -> None:
    assert problems_of(COMPLETE, "training.losses.policy.0.head=q") == [
        "--set training.losses.policy.0.head=q: training.losses.policy[0].head: "
        'expected a head of model.policy_heads (vanilla), got "q"'
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty; expected a mapping"),
        (b"# only a comment\n", "the file is empty; expected a mapping"),
        (b"- a\n", "expected a mapping, got a list"),
        (b"just text", 'expected a mapping, got "just text"'),
        (b"name: \xff", "cannot be read: byte 6 is not UTF-8"),
        (b"name:\n\tx: 1", "YAML takes no tabs"),
    ],
)
def test_files_that_are_no_config(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    (problem,) = problems_of(path)
    assert problem.startswith(str(path))
    assert message in problem


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    missing = tmp_path / "missing.yaml"
    assert problems_of(missing) == [f"{missing}: cannot be read: No such file or directory"]
    assert problems_of(tmp_path) == [f"{tmp_path}: cannot be read: Is a directory"]


def test_config_is_frozen() -> None:
    config = load_config(COMPLETE)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.name = "other"  # type: ignore[misc]


def test_the_config_is_light() -> None:
    code = (
        "import lczero_training.config; "
        "print(sorted({'jax', 'numpy', 'flax', 'google.protobuf', 'textual'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_input_format_is_one_of_the_frames() -> None:
    assert load_config(COMPLETE, ["model.input_format=132"]).model.input_format == 132
    (problem,) = problems_of(COMPLETE, "model.input_format=6")
    assert "one of 1, 2, 3, 4, 5, 132, 133" in problem
