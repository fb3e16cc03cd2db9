import threading
from pathlib import Path

import pytest

from lczero_training.config.daemon import DemoFeedConfig
from lczero_training.daemon.demo_feed import DemoFeed, archives, next_copy


@pytest.fixture
def config(tmp_path: Path) -> DemoFeedConfig:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("run1-20251122-2217", "run1-20251122-2317"):
        (source / f"{name}.tar").write_text(name)
    (source / "README.md").write_text("not an archive")
    return DemoFeedConfig(
        source_directory=str(source),
        target_directory=str(tmp_path / "target" / "games"),
        interval_seconds=3600.0,
        keep=3,
    )


def feed(config: DemoFeedConfig) -> DemoFeed:
    return DemoFeed(config, on_problem=lambda message: pytest.fail(message))


def copies(config: DemoFeedConfig) -> dict[str, str]:
    target = Path(config.target_directory)
    return {path.name: path.read_text() for path in sorted(target.iterdir())}


def test_names_are_hours_and_sources_start_over(config: DemoFeedConfig) -> None:
    for _ in range(3):
        feed(config).copy_next()
    assert copies(config) == {
        "run1-20251122-2217.tar": "run1-20251122-2217",
        "run1-20251122-2317.tar": "run1-20251122-2317",
        "run1-20251123-0017.tar": "run1-20251122-2217",
    }


def test_newest_copies_are_kept_and_foreign_files_left_alone(config: DemoFeedConfig) -> None:
    target = Path(config.target_directory)
    target.mkdir(parents=True)
    (target / "notes.txt").write_text("mine")
    for _ in range(7):
        feed(config).copy_next()
    assert list(copies(config)) == [
        "notes.txt",
        "run1-20251123-0217.tar",
        "run1-20251123-0317.tar",
        "run1-20251123-0417.tar",
    ]
    assert copies(config)["run1-20251123-0417.tar"] == "run1-20251122-2217"


def test_leftover_of_a_killed_copy_goes(config: DemoFeedConfig) -> None:
    target = Path(config.target_directory)
    target.mkdir(parents=True)
    (target / ".run1-20251122-2217.tar.partial").write_text("half")
    feed(config).copy_next()
    assert list(copies(config)) == ["run1-20251122-2217.tar"]


def test_copy_appears_whole(config: DemoFeedConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    rename = Path.rename

    def watched(self: Path, target: Path) -> Path:
        seen.append([path.name for path in self.parent.iterdir()])
        assert self.read_text() == "run1-20251122-2217"
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", watched)
    feed(config).copy_next()
    assert seen == [[".run1-20251122-2217.tar.partial"]]


def test_source_without_archives_is_refused_at_the_start(config: DemoFeedConfig) -> None:
    for path in Path(config.source_directory).glob("*.tar"):
        path.unlink()
    with pytest.raises(ValueError, match="source_directory"):
        feed(config).start()


def test_first_copy_comes_at_once_and_close_ends_the_wait(config: DemoFeedConfig) -> None:
    copied = threading.Event()

    class Watched(DemoFeed):
        def copy_next(self) -> Path:
            path = super().copy_next()
            copied.set()
            return path

    watched = Watched(config, on_problem=lambda message: pytest.fail(message))
    watched.start()
    assert copied.wait(30.0)
    watched.close()
    assert list(copies(config)) == ["run1-20251122-2217.tar"]


def test_problem_is_told_and_survived(config: DemoFeedConfig) -> None:
    Path(config.target_directory).parent.mkdir()
    Path(config.target_directory).write_text("a file stands in the way")
    told = threading.Event()
    watched = DemoFeed(config, on_problem=lambda message: told.set())
    watched.start()
    assert told.wait(30.0)
    watched.close()


def test_order_is_by_hour_not_by_run(tmp_path: Path) -> None:
    for name in ("b-20251122-0017.tar", "a-20251122-0117.tar", "b-99999999-0017.tar"):
        (tmp_path / name).touch()
    found = archives(tmp_path)
    assert [path.name for path in found] == ["b-20251122-0017.tar", "a-20251122-0117.tar"]
    assert next_copy(found, found) == (found[0], "b-20251122-0217.tar")
