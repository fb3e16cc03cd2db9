import re
from dataclasses import replace
from pathlib import Path

import pytest

from lczero_training.config.devices import DevicesConfig
from lczero_training.config.optimizer import (
    EmaConfig,
    OptimizerConfig,
    RegulariseConfig,
    SelectorRuleConfig,
)
from lczero_training.config.root import RootConfig
from lczero_training.train.describe import describe, work
from lczero_training.train.testing import tiny_config, tiny_model


def described(config: RootConfig, *, compiled: bool = False) -> list[list[str]]:
    """The blocks of the text, as lines."""
    return [block.splitlines() for block in describe(config, compiled=compiled).split("\n\n")]


def figures(lines: list[str]) -> dict[str, float]:
    """The number that each line begins with, by the rest."""
    found = (re.match(r" *([\d,.]+)  (.*)", line) for line in lines)
    return {match[2]: float(match[1].replace(",", "")) for match in found if match}


def test_what_applies_to_each_weight_and_the_sums(tmp_path: Path) -> None:
    optimizer = OptimizerConfig(
        weight_decay=0.1,
        decay=(SelectorRuleConfig(match="*/kernel"),),
        freeze=(SelectorRuleConfig(match="embedding/*"),),
    )
    l2 = RegulariseConfig(weight=0.1, select=(SelectorRuleConfig(match="value_heads/*"),))
    config = tiny_config(tmp_path, optimizer=optimizer, regularise=l2)
    table, parts, totals, *_ = described(config)
    assert table[0].split() == ["parameters", "decay", "frozen", "L2", "path"]
    rows = {row[4]: row for row in (line.split() for line in table[1:])}
    assert rows["encoder/0/attention/query/kernel"][:4] == ["64", "x", ".", "."]
    assert "  encoder/0/attention/query/kernel  (8 x 8)" in "\n".join(table)
    marks: dict[str, set[tuple[str, ...]]] = {}
    for path, row in rows.items():
        marks.setdefault(path.split("/")[0], set()).add(tuple(row[1:4]))
    assert marks["embedding"] == {(".", "x", ".")}
    assert marks["value_heads"] == {("x", ".", "x"), (".", ".", "x")}

    def total(column: int | None) -> int:
        chosen = (row for row in rows.values() if column is None or row[column] == "x")
        return sum(int(row[0].replace(",", "")) for row in chosen)

    found = figures(totals)
    assert found["total"] == total(None) == sum(figures(parts).values())
    assert found["frozen"] == total(2) == figures(parts)["embedding"]
    assert found["trained"] == found["total"] - found["frozen"]
    assert found["with weight decay"] == total(1)
    assert found["with L2 in the loss"] == total(3) == figures(parts)["value_heads"]


def test_work_is_that_of_the_matrices(tmp_path: Path) -> None:
    """Two models that differ in the width of the feed-forward parts alone."""
    config = replace(tiny_config(tmp_path), model=tiny_model(embedding_size=256))
    narrow = work(config)
    wide = work(replace(config, model=replace(config.model, dff=8 + 100)))
    # Of 64 squares, in the embedding and in the encoder: 256 x 100 weights there and back again, a
    # product and a sum each. The activation between them is some fifty operations more.
    matrices = 64 * 2 * (2 * 2 * 256 * 100)
    assert 1.0 < (wide.forward - narrow.forward) / matrices < 1.1
    # Backward has the products with the weights, and those with the activations.
    assert 3.0 < (wide.step - narrow.step) / matrices < 3.3
    parts = replace(config, training=replace(config.training, accumulation=2))
    assert work(parts) == narrow


def test_settings_that_change_nothing_are_told_last(tmp_path: Path) -> None:
    nobody = (SelectorRuleConfig(match="nobody"),)
    config = tiny_config(tmp_path, regularise=RegulariseConfig(weight=0.1, select=nobody))
    *_, rule, selector = described(config)
    assert rule[0].startswith("warning: training.regularise.select[0]: no weight's path matches")
    assert selector[0].startswith("warning: training.regularise.select: selects no weight")


def test_memory_is_that_of_the_state_and_of_the_compiled_step(tmp_path: Path) -> None:
    config = tiny_config(tmp_path, ema=EmaConfig(decay=0.5))
    *_, totals, _, memory = described(config, compiled=True)
    found = figures(memory)
    weights = 4 * figures(totals)["total"] / 1e6
    assert found["MB weights"] == pytest.approx(weights, abs=0.051)
    assert found["MB averages"] == pytest.approx(weights, abs=0.051)
    assert found["MB optimizer"] == pytest.approx(2 * weights, abs=0.051)
    [compiled] = [value for name, value in found.items() if "activations" in name]
    assert compiled > 0
    assert found["MB in all"] == pytest.approx(
        sum(value for name, value in found.items() if name != "MB in all"), abs=0.5
    )
    assert "--compile can tell" in describe(config, compiled=False)
    assert "training.devices" not in describe(config, compiled=False)


def test_memory_says_what_several_devices_would_share(tmp_path: Path) -> None:
    config = tiny_config(tmp_path, devices=DevicesConfig(data=1, fsdp=2))
    memory = described(config)[-1]
    assert memory[-1].strip() == (
        "Of training.devices each holds its part of a batch, and about 1/2 of weights, optimizer "
        "and averages"
    )
