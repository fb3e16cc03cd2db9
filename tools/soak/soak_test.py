"""Half a minute with the real daemon: the soak's parts work together."""

import json
from pathlib import Path

from tools.soak.soak import Soak, SoakOptions


async def test_a_short_soak_passes(tmp_path: Path) -> None:
    lines: list[str] = []
    options = SoakOptions(
        minutes=0.4,
        seed=1,
        folder=tmp_path,
        sample_seconds=0.5,
        table_seconds=5.0,
        file_seconds=0.25,
        command_seconds=0.5,
    )
    report = await Soak(options, tell=lines.append).run()
    assert report.passed, str(report)
    assert report.networks > 0 and report.steps >= 20 * report.networks
    assert report.chunks_good > 0 and sum(report.commands.values()) > 5
    assert lines and "| memory " in lines[0]
    assert json.loads(json.dumps(report.to_json()))["passed"] is True
