from urllib.request import Request, urlopen

import pytest

from tools.rig.training_server import (
    PASSWORD,
    STAGES,
    Arrival,
    TrainingServer,
    check_arrivals,
)

_BOUNDARY = "b0"


def arrivals(*brought: tuple[int, str]) -> tuple[Arrival, ...]:
    return tuple(Arrival(life=life, file_name=name, sha256=name) for life, name in brought)


@pytest.mark.parametrize(
    "brought",
    [
        [(1, "a"), (1, "b"), (2, "c")],
        # The last one of a life, which the daemon may not have noted.
        [(1, "a"), (1, "b"), (2, "b"), (2, "c")],
        [(1, "a"), (2, "a"), (3, "a"), (3, "b")],
    ],
)
def test_what_may_be(brought: list[tuple[int, str]]) -> None:
    assert check_arrivals(arrivals(*brought)) == []


@pytest.mark.parametrize(
    ("brought", "message"),
    [
        ([(1, "b"), (1, "a")], "in this order"),
        ([(1, "a"), (1, "a")], "twice in life 1"),
        ([(1, "a"), (1, "b"), (2, "a")], "before another"),
    ],
)
def test_what_may_not_be(brought: list[tuple[int, str]], message: str) -> None:
    (found,) = check_arrivals(arrivals(*brought))
    assert message in found


def form(content: bytes, password: str) -> bytes:
    return (
        (
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="pwd"\r\n\r\n{password}\r\n'
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="n.pb.gz"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        + content
        + f"\r\n--{_BOUNDARY}--\r\n".encode()
    )


def post(server: TrainingServer, content: bytes, password: str = PASSWORD) -> int:
    headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    try:
        with urlopen(Request(server.url, form(content, password), headers)) as response:
            return int(response.status)
    except OSError as error:
        return int(getattr(error, "code", 0))


def test_takes_networks_and_fails_in_between() -> None:
    server = TrainingServer(seed=1, failing_share=0.5)
    try:
        answers = [post(server, bytes([number])) for number in range(40)]
        taken = [number for number, code in enumerate(answers) if code == 200]
        assert 10 < len(taken) < 30 and len(set(answers)) > 3
        assert len(server.arrivals) == len(taken)
        assert post(server, b"x", password="wrong") != 200
    finally:
        server.close()


@pytest.mark.parametrize("stage", STAGES)
def test_kills_at_each_stage(stage: str) -> None:
    server = TrainingServer(seed=1, failing_share=0.0)
    killed: list[str] = []
    try:
        server.kill_at(stage, lambda: killed.append(stage))
        code = post(server, b"x" * 1000)
        assert (code == 200) == (stage == "answered") == bool(server.arrivals)
        server.behave_normally()
        assert post(server, b"x") == 200
    finally:
        server.close()
    assert killed == [stage]
