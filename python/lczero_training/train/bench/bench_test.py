from dataclasses import replace
from pathlib import Path

import pytest

from lczero_training.loader.usual_graph import GAMES, config_for
from lczero_training.schema.messages import TimeShares
from lczero_training.train.bench.main import as_text
from lczero_training.train.bench.measure import Figures, Round, measure
from lczero_training.train.testing import BATCH_SIZE, tiny_config


def test_it_measures_every_part_and_leaves_nothing_in_the_config_s_folders(tmp_path: Path) -> None:
    config = tiny_config(tmp_path / "run")
    config = replace(config, data_loader=config_for(GAMES, batch_size=BATCH_SIZE))
    found = measure(config, tmp_path / "scratch", steps=4, rounds=2)
    assert [each.steps for each in found.rounds] == [4, 4]
    for each in found.rounds:
        assert each.bare_seconds > 0 and each.loop_seconds > 0
        shares = each.shares
        assert shares.loader + shares.host + shares.device == pytest.approx(1.0)
    assert found.loader_seconds > 0
    assert not (tmp_path / "run").exists()


def figures(loop: float, loader: float) -> Figures:
    shares = TimeShares(loader=0.125, host=0.25, device=0.625)
    rounds = [
        Round(steps=10, bare_seconds=1.0, loop_seconds=loop + more, shares=shares)
        for more in (0.0, 0.01, 5.0)
    ]
    return Figures(rounds=rounds, loader_seconds=loader)


def test_the_target_counts_only_where_the_loader_keeps_up() -> None:
    assert figures(1.05, 0.05).missed
    assert not figures(1.03, 0.05).missed
    slow = figures(1.5, 0.2)
    assert not slow.missed
    assert "200.00 ms, 20 positions/s by itself: cannot keep up" in as_text(slow, batch_size=4)


def test_the_text_has_the_medians() -> None:
    text = as_text(figures(1.01, 0.05), batch_size=4)
    assert "bare step   100.00 ms, 40 positions/s" in text
    assert "loop        102.00 ms" in text
    assert "loop / bare 1.020 (median of 3 rounds of 10 steps, 1.010 to 6.010); target 1.05" in text
    assert "bottleneck device 62.5% (host 25.0%, loader 12.5%)" in text
