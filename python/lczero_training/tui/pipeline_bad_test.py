from lczero_training.tui import samples
from lczero_training.tui.pipeline_bad import bad_chunks, chunks_seen


def test_bad_chunks_are_summed_over_stages_by_reason() -> None:
    stats = samples.loader_stats()
    assert list(bad_chunks(stats).items()) == [("probabilities", 9), ("size", 2), ("truncated", 1)]
    # What the validator let pass, and what was refused anywhere.
    assert chunks_seen(stats) == 90_101 + 12


def test_what_several_branches_let_pass_is_added_up() -> None:
    stats = samples.twelve_stages()
    passed = {stage.name: stage.items.total for stage in stats.stages}
    # Not what left the pools: their chunks go through the validators.
    good = passed["new_validator"] + passed["old_validator"]
    assert chunks_seen(stats) == good + sum(bad_chunks(stats).values())
