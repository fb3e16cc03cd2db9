from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lczero_training.schema.messages import NetworkInfo, UploadStatus
from lczero_training.tui import samples
from lczero_training.tui.training_networks import Networks, NetworksView, moment, went

SAVED, UPLOADED = samples.NETWORKS


@pytest.mark.parametrize(
    ("network", "upload", "words"),
    [
        (UPLOADED, None, "uploaded"),
        (UPLOADED, UploadStatus(waiting=1, parked=1), "uploaded"),
        (SAVED, None, "saved"),
        (SAVED, UploadStatus(), "saved"),
        (SAVED, UploadStatus(waiting=1), "waiting"),
        (SAVED, UploadStatus(parked=1), "parked"),
        (SAVED, UploadStatus(waiting=1, parked=1), "not sent"),
    ],
)
def test_where_a_network_went(
    network: NetworkInfo, upload: UploadStatus | None, words: str
) -> None:
    assert went(network, upload)[1] == words


def test_the_file_comes_before_its_folder_and_its_age() -> None:
    view = NetworksView(Networks())
    networks = Networks(networks=samples.NETWORKS)
    wide = view.draw(networks, 110, 2).plain.split("\n")
    assert "/home/lc0/runs/quickstart/networks" in wide[0] and "1.3 MB" in wide[0]
    assert "2026-01-01 08:17" in wide[1] and wide[1].endswith("⇧ uploaded")
    narrow = view.draw(networks, 51, 1).plain
    assert "quickstart-00000400.pb.gz" in narrow and "08:17" not in narrow
    assert "No network" in view.draw(Networks(), 51, 1).plain


def test_a_time_that_is_none_is_left_out() -> None:
    assert moment("2026-01-01T08:17:00Z", with_year=False) == "01-01 08:17"
    assert moment("yesterday", with_year=True) == "" and moment("", with_year=True) == ""
    never = replace(SAVED, exported_at="9999-99-99", path="")
    assert "⇩ saved" in NetworksView(Networks()).draw(Networks(networks=(never,)), 110, 1).plain


@given(st.text(max_size=60), st.integers(0, 2**64 - 1), st.integers(0, 120))
def test_no_name_and_no_number_is_too_wide(path: str, number: int, width: int) -> None:
    network = replace(SAVED, path=path, step=number, size_bytes=number, exported_at=path)
    drawn = NetworksView(Networks()).draw(Networks(networks=(network, SAVED)), width, 2)
    assert all(row.cell_length <= max(width, 12) for row in drawn.split("\n"))
