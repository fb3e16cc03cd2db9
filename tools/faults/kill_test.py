"""Fifty kills of the real daemon. By hand: bazel run //tools/faults:kill -- --kills N --seed S."""

from pathlib import Path

import pytest

from tools.faults.harness import Harness

KILLS = 10


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
async def test_nothing_is_lost_or_counted_twice(
    tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(line: str) -> None:
        with capsys.disabled():
            print(f"seed {seed}: {line}", flush=True)

    summary = await Harness(tmp_path, seed=seed, tell=tell).run(KILLS)
    tell(str(summary))
    assert summary.kills == KILLS
    # Kills that let nothing through would prove nothing.
    assert summary.networks >= KILLS // 4
