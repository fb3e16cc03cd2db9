from dataclasses import replace

from lczero_training.schema import messages as schema
from lczero_training.schema.messages import DaemonState, Problem
from lczero_training.tui import samples, samples_training
from lczero_training.tui.state import Dashboard
from lczero_training.tui.training_troubles import PROBLEMS, TroublesView, troubles


def told(status: schema.TrainingStatus) -> list[str]:
    board = Dashboard()
    board.take_status(status)
    return [f"{each.glyph} {each.words}" for each in troubles(board)]


def test_when_all_is_well_nothing_is_said() -> None:
    well = replace(samples.session()[-1], upload=schema.UploadStatus(), problems={"X": 0})
    assert told(well) == [] and troubles(Dashboard()) == ()


def test_every_problem_has_words() -> None:
    known = {each.name for each in Problem} - {"PROBLEM_UNSPECIFIED"}
    assert PROBLEMS.keys() == known


def test_the_worst_comes_first() -> None:
    status = replace(samples_training.not_finite(), upload=samples_training.UPLOAD_FAILS)
    assert told(replace(status, exports_waiting=1, problems={"EXPORT_FAILED": 1})) == [
        "✖ The loss is not a finite number.",
        "✖ 1 network not written yet: retried",
        "✖ 1 network parked: the server refused",
        "! Upload fails: 3 networks waiting, next try in 0:42",
        "· The server's answer: https://training.example: [red]503[/] Service Unavailable",
        "! 12 steps skipped: loss was not finite",
        "! exports failed 1",
    ]


def test_an_upload_on_its_way_is_no_alarm() -> None:
    waiting = samples.status(DaemonState.UPLOADING)
    assert told(replace(waiting, upload=schema.UploadStatus(waiting=1))) == [
        "· 1 network to upload"
    ]
    trying = schema.UploadStatus(waiting=1, last_error="no route\nto host")
    assert told(replace(waiting, upload=trying)) == [
        "! Upload fails: 1 network waiting, trying now",
        "· The server's answer: no route␊to host",
    ]


def test_what_has_no_row_is_counted() -> None:
    board = Dashboard()
    board.take_status(samples_training.in_trouble())
    rows = TroublesView(()).draw(troubles(board), 40, 2).plain.split("\n")
    assert len(rows) == 2 and rows[1].endswith("+3 more") and len(rows[1]) == 40
