"""A short soak of the real loader."""

from pathlib import Path

from tools.loader_soak.soak import LoaderSoak, SoakOptions


def test_the_loader_keeps_its_promises(tmp_path: Path) -> None:
    report = LoaderSoak(SoakOptions(minutes=0.3, seed=17, folder=tmp_path)).run()
    assert report.passed, str(report)
    # It was a soak.
    assert report.counts["passes"] > 10, str(report)
    assert report.counts["whole passes checked"] >= 8
    assert len(report.bad) > 10
