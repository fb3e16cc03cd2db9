import ast
import dataclasses
import re
from pathlib import Path

import pytest
from textual.keys import format_key

from lczero_training.config import load_config
from lczero_training.config.daemon import UploadConfig
from lczero_training.daemon import arguments, states
from lczero_training.daemon.ledger import LedgerEntry
from lczero_training.daemon.metrics_endpoint import LastStatus
from lczero_training.daemon.metrics_families import StatusCollector
from lczero_training.schema.loader_config import StageConfig
from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.schema.messages import (
    Command,
    DaemonState,
    DeviceMemory,
    NetworkInfo,
    Problem,
    TimeShares,
    TrainingProgress,
    TrainingStatus,
    UploadStatus,
)
from lczero_training.tui.controls import CONTROLS, LOG_CONTROLS
from lczero_training.tui.plot_controls import PLOT_CONTROLS
from lczero_training.upload.spool import SpooledNetwork
from tools.lint.build_files import rules, strings
from tools.lint.source_files import source_files

PAGES = [
    Path("README.md"),
    *sorted(Path("docs").glob("*.md")),
    Path("cc/bench/README.md"),
    Path("cc/fuzz/README.md"),
    Path("proto/golden/README.md"),
]
OPERATIONS = Path("docs/operations.md").read_text()
PROTOCOL = Path("docs/protocol.md").read_text()
LOADER = Path("docs/loader.md").read_text()
TUI = Path("docs/tui.md").read_text()
ARCHITECTURE = Path("docs/architecture.md").read_text()
PRODUCTION = Path("configs/production.yaml")


def section(page: str, heading: str) -> str:
    """The text from a heading to the next of its level or above."""
    level, _, _ = heading.partition(" ")
    _, found, rest = page.partition(f"\n{heading}\n")
    assert found, heading
    return re.split(rf"(?m)^#{{1,{len(level)}}} ", rest)[0]


def first_cells(text: str) -> list[str]:
    """The first cell of each row of a text's tables, without headings."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [row.split(" | ")[0].removeprefix("| ").strip("`") for row in rows if "---" not in row]


def anchors(page: Path) -> set[str]:
    """What a link to a heading of the page may say after its #, as GitHub names it."""
    text = re.sub(r"(?ms)^```.*?^```", "", page.read_text())
    headings = re.findall(r"(?m)^#+ (.*)$", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"(?ms)^```.*?^```", "", page.read_text())
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), f"{page}: {target}"
        assert not anchor or anchor in anchors(file), f"{page}: {target}"


def test_every_problem_has_a_row() -> None:
    heading, *rows = first_cells(section(OPERATIONS, "## What each message means"))
    assert heading == "problem"
    assert sorted(rows) == sorted(p.name for p in Problem if p != Problem.PROBLEM_UNSPECIFIED)


def test_every_state_has_a_row() -> None:
    heading, *rows = first_cells(section(OPERATIONS, "## What each state means"))
    assert heading == "state"
    assert rows == [state.name for state in states.STATES]
    assert len(states.STATES) == len(DaemonState) - 1


def test_every_flag_has_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments.parse(["--help"])
    options = capsys.readouterr().out.partition("options:")[2].partition("SIGINT")[0]
    flags = set(re.findall(r"(?m)^  (?:-h, )?(--[a-z-]+)", options))
    assert {"--config", "--retry-parked", "--help"} <= flags
    rows = first_cells(section(OPERATIONS, "## Command line"))[1:]
    assert sorted(row.split()[0] for row in rows) == sorted(flags)


def test_every_command_has_a_row() -> None:
    rows = first_cells(section(PROTOCOL, "## Commands"))
    assert sorted(rows) == sorted(["command", *(f.name for f in dataclasses.fields(Command))])


def test_the_table_of_commands_is_that_of_the_daemon() -> None:
    names = " | ".join(state.name for state in states.STATES)
    _, found, table = PROTOCOL.partition(f"| command | {names} |\n")
    assert found
    for command, answers in states.ANSWERS.items():
        cells = " | ".join("no" if answers[state] else "yes" for state in states.STATES)
        assert f"| `{command}` | {cells} |\n" in table


def test_the_drawn_states_are_those_of_the_daemon() -> None:
    edges = re.findall(r"(?m)^    (\w+) --> (\w+)", section(ARCHITECTURE, "## The daemon's states"))
    assert len(edges) == len(set(edges))
    assert set(edges) == {
        (before.name, after.name)
        for before, followers in states.FOLLOWERS.items()
        for after in followers
    }


def test_the_table_of_stages_is_that_of_the_loader() -> None:
    kinds = {field.name for field in dataclasses.fields(StageConfig)} - {"inputs", "queue_capacity"}
    stages = LOADER.partition("\n## ")[0]
    assert set(first_cells(stages)) == {"stage", *kinds}


def test_every_benchmark_has_a_row() -> None:
    """A folder named bench holds one of the same name, or several, which have names in //tools."""
    commands = Path("docs/benchmarks.md").read_text().replace("-c opt ", "").replace("`", " ")
    labels = [
        f"//{build.parent}" if name == "bench" else f"//tools:{name}"
        for build in map(Path, source_files(".bazel"))
        if build.parent.name == "bench"
        for rule in rules(build)
        if ast.unparse(rule.func).endswith("_binary")
        for name in strings(rule.keywords[0])
    ]
    assert "//tools:pool_bench" in labels
    assert [label for label in labels if f" tools/bazelw run {label} " not in commands] == []


def test_every_key_of_the_dashboard_is_explained() -> None:
    controls = (*CONTROLS, *LOG_CONTROLS, *PLOT_CONTROLS)
    keys = {format_key(control.key) for control in controls} - {"←", "→"}
    for key in keys:
        shown = key.upper() if re.fullmatch(r"f\d", key) else key
        assert f"**{shown}**" in TUI or f"\n| {shown} |" in TUI, key


def test_every_metric_is_explained_and_none_besides() -> None:
    last = LastStatus()
    last.set(
        TrainingStatus(
            training=TrainingProgress(time_shares=TimeShares()),
            upload=UploadStatus(),
            device_memory=DeviceMemory(),
            loader=LoaderStats(),
            networks=(NetworkInfo(exported_at="2026-01-02T03:04:05Z"),),
        )
    )
    suffixes = {"counter": "_total", "info": "_info"}
    metrics = StatusCollector(last, {}).collect()
    known = {metric.name + suffixes.get(metric.type, "") for metric in metrics}
    assert set(re.findall(r"\blczero_(?!training\b)\w+", OPERATIONS)) == known


def test_fields_of_files_are_explained() -> None:
    disk = section(OPERATIONS, "## On disk")
    for kept in (LedgerEntry, SpooledNetwork):
        for field in dataclasses.fields(kept):
            assert f"`{field.name}`" in disk, field.name


def test_the_upload_of_the_production_config_can_be_taken_in(tmp_path: Path) -> None:
    text = PRODUCTION.read_text()
    head, found, upload = text.partition("  # upload:\n")
    assert found
    copy = tmp_path / "copy.yaml"
    copy.write_text(head + re.sub(r"(?m)^  # ", "  ", found + upload))
    loaded = load_config(copy).export.upload
    assert loaded is not None
    assert {field.name for field in dataclasses.fields(UploadConfig)} == set(
        re.findall(r"(?m)^    (\w+):", copy.read_text().partition("  upload:\n")[2])
    )
    assert str(PRODUCTION) in OPERATIONS
