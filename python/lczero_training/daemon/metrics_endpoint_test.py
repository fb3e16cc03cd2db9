import dataclasses
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from lczero_training.config import load_config
from lczero_training.config.root import RootConfig
from lczero_training.daemon.metrics_endpoint import HOST, LastStatus, MetricsEndpoint
from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.ports import free_port
from lczero_training.schema.messages import DaemonState, TrainingProgress, TrainingStatus

PATIENCE_SECONDS = 30.0


class Clock:
    """Time as the test wants it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def config(tmp_path: Path) -> RootConfig:
    return load_config(write_tiny_config(tmp_path))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def endpoint(clock: Clock) -> Iterator[MetricsEndpoint]:
    made = MetricsEndpoint(build={"version": "0.1.0"}, last=LastStatus(clock))
    yield made
    made.on_end()


def with_port(config: RootConfig, port: int | None) -> RootConfig:
    return dataclasses.replace(config, metrics=dataclasses.replace(config.metrics, http_port=port))


def get(port: int, path: str, *, method: str = "GET", accept: str = "") -> tuple[int, str, str]:
    """Code, type and body of the answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS)
    connection.request(method, path, headers={"Accept": accept})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Content-Type", ""), body


def is_open(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), PATIENCE_SECONDS).close()
    except ConnectionRefusedError:
        return False
    return True


def open_endpoint(endpoint: MetricsEndpoint, config: RootConfig) -> int:
    port = free_port()
    assert endpoint.on_config(with_port(config, port)) is None
    return port


def test_metrics_are_those_of_the_last_status(
    endpoint: MetricsEndpoint, config: RootConfig
) -> None:
    port = open_endpoint(endpoint, config)
    for step in (1, 200):
        endpoint.on_status(
            TrainingStatus(state=DaemonState.TRAINING, training=TrainingProgress(step=step))
        )
    code, content_type, body = get(port, "/metrics")
    assert code == 200 and content_type.startswith("text/plain; version=")
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }
    assert samples["lczero_steps_total",] == 200.0
    assert samples["lczero_state", "TRAINING"] == 1.0 and samples["lczero_state", "IDLE"] == 0.0
    assert samples["lczero_build_info", "0.1.0"] == 1.0
    assert samples["process_resident_memory_bytes",] > 1e6


def test_openmetrics_is_spoken_where_it_is_asked_for(
    endpoint: MetricsEndpoint, config: RootConfig
) -> None:
    port = open_endpoint(endpoint, config)
    _, content_type, body = get(port, "/metrics", accept="application/openmetrics-text")
    assert content_type.startswith("application/openmetrics-text") and body.endswith("# EOF\n")


def test_health_tells_the_state(endpoint: MetricsEndpoint, config: RootConfig) -> None:
    port = open_endpoint(endpoint, config)
    assert get(port, "/healthz")[0] == 200
    for state in DaemonState:
        endpoint.on_status(TrainingStatus(state=state, name="rapid"))
        code, content_type, body = get(port, "/healthz?verbose")
        assert content_type == "application/json"
        answer = json.loads(body)
        assert (answer["state"], answer["name"]) == (state.name, "rapid")
        assert code == (503 if state == DaemonState.ERROR else 200)
        assert answer["healthy"] == (code == 200) == (not answer["problem"])


def test_main_thread_that_hangs_is_unhealthy(
    endpoint: MetricsEndpoint, config: RootConfig, clock: Clock
) -> None:
    port = open_endpoint(endpoint, config)
    clock.now += 30.0
    assert get(port, "/healthz")[0] == 200
    clock.now += 1.0
    code, _, body = get(port, "/healthz")
    assert code == 503 and "31 s" in json.loads(body)["problem"]
    endpoint.on_tick()
    assert get(port, "/healthz")[0] == 200


@pytest.mark.parametrize("path", ["/", "/metric", "/metrics/", "/healthz/x", "/health"])
def test_other_paths_are_not_found(
    endpoint: MetricsEndpoint, config: RootConfig, path: str
) -> None:
    assert get(open_endpoint(endpoint, config), path)[0] == 404


def test_other_methods_are_refused(endpoint: MetricsEndpoint, config: RootConfig) -> None:
    port = open_endpoint(endpoint, config)
    assert get(port, "/metrics", method="POST")[0] == 501
    assert get(port, "/healthz", method="HEAD") == (200, "application/json", "")


def test_port_moves_with_the_config(endpoint: MetricsEndpoint, config: RootConfig) -> None:
    first = open_endpoint(endpoint, config)
    assert endpoint.on_config(with_port(config, first)) is None and is_open(first)
    second = open_endpoint(endpoint, config)
    assert is_open(second) and not is_open(first)
    assert endpoint.on_config(with_port(config, None)) is None and not is_open(second)
    for _ in range(20):
        assert endpoint.on_config(with_port(config, first)) is None and is_open(first)
        assert endpoint.on_config(with_port(config, None)) is None


def test_port_that_is_taken_is_named(endpoint: MetricsEndpoint, config: RootConfig) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        message = endpoint.on_config(with_port(config, port))
        assert message is not None
        assert "metrics.http_port" in message and str(port) in message and "in use" in message
    assert endpoint.on_config(with_port(config, port)) is None and is_open(port)


def test_client_that_says_nothing_stops_neither_others_nor_the_end(
    endpoint: MetricsEndpoint, config: RootConfig
) -> None:
    port = open_endpoint(endpoint, config)
    with socket.create_connection((HOST, port)) as silent:
        silent.sendall(b"GET /metr")
        assert get(port, "/metrics")[0] == 200
        ended = threading.Thread(target=endpoint.on_end)
        ended.start()
        ended.join(PATIENCE_SECONDS)
        assert not ended.is_alive() and not is_open(port)


def test_what_is_no_http_is_survived(endpoint: MetricsEndpoint, config: RootConfig) -> None:
    port = open_endpoint(endpoint, config)
    for request in (b"\r\n\r\n", b"\x16\x03\x01\x00", b"GET " + b"x" * 100_000 + b"\r\n\r\n"):
        with socket.create_connection((HOST, port)) as client:
            client.sendall(request)
    assert get(port, "/healthz")[0] == 200
