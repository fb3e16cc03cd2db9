from hypothesis import given
from hypothesis import strategies as st

from lczero_training.tui.training_plan import AIRY_HEIGHT, GAPS, Needs, Part, Wish, plan, share

NEEDS = st.builds(
    Needs,
    progress=st.integers(1, 3),
    facts=st.integers(0, 3),
    troubles=st.integers(0, 7),
    loss=st.sampled_from((0, 3)),
    metrics=st.integers(1, 20),
    networks=st.integers(0, 10),
)


@given(NEEDS, st.integers(0, 80))
def test_rows_are_never_more_than_there_are(needs: Needs, height: int) -> None:
    rows = plan(needs, height)
    assert set(rows) == set(Part) and min(rows.values()) >= 0
    assert sum(rows.values()) <= (height - GAPS if height >= AIRY_HEIGHT else height)
    # The digits of the loss are three rows high, or not there.
    assert rows[Part.LOSS] == 0 or rows[Part.LOSS] >= 3


@given(NEEDS)
def test_with_room_nothing_is_left_out(needs: Needs) -> None:
    rows = plan(needs, 100)
    assert rows[Part.PROGRESS] == needs.progress and rows[Part.FACTS] == needs.facts
    assert rows[Part.TROUBLES] == needs.troubles and rows[Part.METRICS] == needs.metrics
    assert rows[Part.NETWORKS] == max(needs.networks, 1)


@given(NEEDS, st.integers(0, 60))
def test_more_height_takes_rows_from_no_part(needs: Needs, height: int) -> None:
    # Where blank rows come in, they are taken from what was granted last.
    if height + 1 != AIRY_HEIGHT:
        smaller, larger = plan(needs, height), plan(needs, height + 1)
        kept = [part for part in Part if larger[part] >= smaller[part]]
        # The digits come whole, so below them a part may have had their rows.
        assert len(kept) == len(Part) or (smaller[Part.LOSS] == 0 < larger[Part.LOSS])


def test_at_ten_rows_the_most_important_is_seen() -> None:
    needs = Needs(progress=3, facts=2, troubles=0, loss=3, metrics=3, networks=2)
    assert plan(needs, 10) == {
        Part.PROGRESS: 2,
        Part.FACTS: 1,
        Part.TROUBLES: 0,
        Part.LOSS: 3,
        Part.METRICS: 3,
        Part.NETWORKS: 1,
    }
    wrong = plan(Needs(progress=3, facts=2, troubles=5, loss=3, metrics=3, networks=2), 10)
    assert wrong[Part.TROUBLES] == 2 and wrong[Part.LOSS] == 3 and wrong[Part.METRICS] == 3


def test_what_is_of_no_use_in_part_is_granted_whole_or_not_at_all() -> None:
    rows = share(4, [Wish(Part.FACTS, 2), Wish(Part.LOSS, 3, whole=True), Wish(Part.METRICS, 5)])
    assert (rows[Part.FACTS], rows[Part.LOSS], rows[Part.METRICS]) == (2, 0, 2)
