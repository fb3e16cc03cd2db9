from lczero_training.tui import samples
from lczero_training.tui.pipeline_bad import bad_chunks, chunks_seen


def test_bad_chunks_are_summed_over_stages_by_reason() -> None:
    stats = samples.loader_stats()
    assert list(bad_chunks(stats).items()) == [("probabilities", 9), ("size", 2), ("truncated", 1)]
    # What the validator let pass, and what was refused anywhere.
    assert chunks_seen(stats) == 90_101 + 12
