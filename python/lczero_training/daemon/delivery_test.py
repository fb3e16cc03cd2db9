"""Ledger, spool and uploader in step, against a real server on a local port."""

import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lczero_training.config import load_config
from lczero_training.config.root import RootConfig
from lczero_training.daemon.delivery import Delivery
from lczero_training.daemon.events import NetworkSent, ProblemMet, SessionEvent
from lczero_training.daemon.ledger import Ledger, LedgerEntry
from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.fakes import write_fake_file
from lczero_training.schema.messages import Problem
from lczero_training.upload.password import Password
from lczero_training.upload.spool import SpooledNetwork
from lczero_training.upload.testing import UploadServer, answer, cut_before_answer, hang

PATIENCE_SECONDS = 60.0


class Office:
    """A run folder with a ledger, and deliveries from it."""

    def __init__(self, folder: Path, config: RootConfig) -> None:
        self.folder = folder
        self.config = config
        self.events: queue.SimpleQueue[SessionEvent] = queue.SimpleQueue()
        self.settled: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.ledger = Ledger(folder)

    def open(
        self, *, retry_parked: bool = False, clock: Callable[[], float] = lambda: 0.0
    ) -> Delivery:
        self.ledger = Ledger(self.folder)
        self.settled = queue.SimpleQueue()
        settled = self.settled
        delivery = Delivery(
            config=self.config,
            password=Password("secret"),
            ledger=self.ledger,
            report=self.events.put,
            on_settled=lambda: settled.put(None),
            clock=clock,
        )
        delivery.start(retry_parked=retry_parked)
        return delivery

    def export(self, step: int, *, requested: bool = False, to_upload: bool = True) -> Path:
        """A network's file and its line in the ledger."""
        path = self.folder / "networks" / f"{step}.pb.gz"
        file = write_fake_file(f"network {step}".encode(), path)
        self.ledger.append(
            LedgerEntry(
                step=step,
                exported_at="2026-01-02T03:04:05Z",
                files=(file,),
                requested=requested,
                to_upload=to_upload,
            )
        )
        return path

    def sent(self, count: int) -> list[int]:
        """Steps of the next networks that the server has; other events pass by."""
        steps: list[int] = []
        while len(steps) < count:
            event = self.events.get(timeout=PATIENCE_SECONDS)
            if isinstance(event, NetworkSent):
                steps.append(event.entry.step)
        return steps

    def problem(self) -> ProblemMet:
        while not isinstance(event := self.events.get(timeout=PATIENCE_SECONDS), ProblemMet):
            pass
        return event


@pytest.fixture
def server() -> Iterator[UploadServer]:
    with UploadServer() as server:
        yield server


@pytest.fixture
def office(tmp_path: Path, server: UploadServer) -> Office:
    return Office(tmp_path, load_config(write_tiny_config(tmp_path, upload_url=server.url)))


def received(server: UploadServer) -> list[bytes]:
    return [form.content for form in server.received]


def test_what_the_ledger_marks_is_sent_once(office: Office, server: UploadServer) -> None:
    delivery = office.open()
    office.export(4)
    delivery.fill_spool()
    delivery.fill_spool()
    assert office.sent(1) == [4]
    delivery.close()
    [form] = server.received
    assert form.content == b"network 4" and form.file_name == "4.pb.gz"
    assert form.fields == {"pwd": "secret", "training_id": "7", "layers": "1", "filters": "16"}
    assert Ledger(office.folder).entries[0].uploaded_at != ""
    again = office.open()
    again.fill_spool()
    again.close()
    assert server.started == 1


def test_requested_and_unmarked_networks_stay_here(office: Office, server: UploadServer) -> None:
    delivery = office.open()
    office.export(2, requested=True, to_upload=False)
    office.export(4, to_upload=False)
    delivery.fill_spool()
    office.settled.get(timeout=PATIENCE_SECONDS)
    delivery.close()
    assert server.started == 0


def test_killed_before_the_spool_had_it(office: Office, server: UploadServer) -> None:
    office.export(4)
    office.export(8)
    delivery = office.open()
    assert office.sent(2) == [4, 8]
    delivery.close()
    assert received(server) == [b"network 4", b"network 8"]


def test_killed_between_the_ledger_s_line_and_the_spool(
    office: Office, server: UploadServer
) -> None:
    """The server has it, the ledger knows, and the spool still holds it."""
    server.otherwise(answer(500))
    delivery = office.open()
    office.export(4)
    delivery.fill_spool()
    server.wait_ended(1)
    delivery.close()
    office.ledger.note_upload(4, uploaded_at="2026-01-02T04:00:00Z", url=server.url)
    started = server.started
    server.otherwise(answer(200))
    again = office.open()
    office.settled.get(timeout=PATIENCE_SECONDS)
    again.close()
    assert server.started == started and not list((office.folder / "spool").glob("*.json"))


def test_upload_that_is_cut_off_goes_on_after_a_restart(
    office: Office, server: UploadServer
) -> None:
    server.script(hang())
    delivery = office.open()
    office.export(4)
    delivery.fill_spool()
    server.wait_hanging(1)
    assert not delivery.settled and delivery.status().waiting == 1
    delivery.close()
    again = office.open()
    assert office.sent(1) == [4]
    again.close()


def test_failures_keep_the_order(office: Office, server: UploadServer) -> None:
    server.script(answer(503), cut_before_answer(), answer(500))
    delivery = office.open()
    for step in (4, 8, 12):
        office.export(step)
        delivery.fill_spool()
    assert office.sent(3) == [4, 8, 12]
    delivery.close()


def test_refused_network_is_parked_and_sent_when_asked_for(
    office: Office, server: UploadServer
) -> None:
    server.script(answer(403, b"wrong password: secret"))
    delivery = office.open()
    office.export(4)
    delivery.fill_spool()
    parked = office.problem()
    assert parked.problem is Problem.UPLOAD_PARKED and "403" in parked.message
    assert "secret" not in parked.message
    office.export(8)
    delivery.fill_spool()
    assert office.sent(1) == [8]
    assert delivery.status().parked == 1
    delivery.close()
    office.open().close()
    delivery = office.open(retry_parked=True)
    assert office.sent(1) == [4]
    delivery.close()


def test_network_that_the_spool_cannot_take_is_tried_again(
    office: Office, server: UploadServer
) -> None:
    delivery = office.open()
    path = office.export(4)
    hidden = path.rename(path.with_name("hidden"))
    delivery.fill_spool()
    problem = office.problem()
    assert problem.problem is Problem.UPLOAD_FAILED and str(path) in problem.message
    assert delivery.back_off.next_try is not None and not delivery.back_off.due
    hidden.rename(path)
    delivery.fill_spool()
    assert office.sent(1) == [4] and delivery.back_off.next_try is None
    delivery.close()


def test_upload_that_the_ledger_does_not_know_is_said_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = office.open()
    network = SpooledNetwork(
        step=9,
        file_name="9.pb.gz",
        sha256="0" * 64,
        size_bytes=1,
        layers=1,
        filters=1,
        queued_at="2026-01-02T03:04:05Z",
    )
    delivery.on_uploaded(network, "http://server/networks")
    delivery.close()
    assert "step 9 was uploaded, and the ledger does not know it" in caplog.text
    assert office.events.empty()
