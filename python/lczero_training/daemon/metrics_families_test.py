import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from lczero_training.daemon.metrics_endpoint import LastStatus
from lczero_training.daemon.metrics_families import StatusCollector
from lczero_training.schema import codec, loader_stats
from lczero_training.schema.loader_stats import PoolShare
from lczero_training.schema.messages import TrainingStatus

# Nothing is left out, and every figure is another one.
_STATUS = """
{"state": "EXPORTING", "paused": true, "uptime_seconds": 11.5, "name": "rapid",
 "schedule": {"chunks_per_network": 100, "chunks_since_anchor": 42, "networks_total": 7},
 "training": {"step": 1400, "network_step": 14, "steps_per_network": 200,
   "steps_per_second": 2.5, "positions_per_second": 320.0, "elapsed_seconds": 5.5,
   "time_shares": {"loader": 0.0625, "host": 0.1875, "device": 0.75},
   "remaining_seconds": 74.5, "learning_rate": 0.004, "total_loss": 3.25,
   "metrics": {"policy/vanilla": 2.75, "odd \\"name\\"\\n\\u265e": "NaN"},
   "evaluations": [{"split": "validation", "weights": "swa", "step": 1200,
                    "metrics": {"policy/vanilla": 2.5}}]},
 "loader": {
   "stages": [
     {"name": "files", "kind": "file_discovery", "discovery": {"quiet_seconds": 47.5}},
     {"name": "pool", "kind": "shuffling_chunk_pool", "threads": 4, "load": 3.5,
      "busy_seconds": 31.0, "input_wait_seconds": 32.0, "output_wait_seconds": 33.0,
      "items": {"total": 34}, "counters": {"inflated_bytes": {"total": 35}},
      "pool": {"chunks": 36, "capacity": 37, "sources": 38, "exhaustions": 39,
        "cache": {"chunks": 71, "used_bytes": 72, "capacity_bytes": 73, "spilled_chunks": 74,
          "spilled_bytes": 75, "spill_capacity_bytes": 76, "spill_failures": 77}}},
     {"name": "validator", "kind": "chunk_validator", "positions": {"total": 41},
      "counters": {"bad.q": {"total": 43}, "bad.size": {"total": 44}}},
     {"name": "shuffle", "kind": "frame_sampler", "reservoir": {"frames": 45, "capacity": 46}}],
   "queues": [{"from_stage": "pool", "to_stage": "validator", "size": 51, "capacity": 52,
      "put": {"total": 53}, "get": {"total": 54}, "dropped": {"total": 55}}]},
 "networks": [{"step": 1200, "exported_at": "1970-01-01T00:01:01Z"}],
 "upload": {"waiting": 61, "parked": 62, "next_attempt_seconds": 63.5},
 "exports_waiting": 64, "problems": {"UPLOAD_FAILED": 65},
 "device_memory": {"used_bytes": 66, "peak_bytes": 67, "limit_bytes": 68}}
"""
_POOL = ("pool", "shuffling_chunk_pool")
_EXPECTED = {
    ("lczero_build_info", "0.1.0", "0.10.0"): 1,
    ("lczero_state", "EXPORTING"): 1,
    ("lczero_state", "ERROR"): 0,
    ("lczero_paused",): 1,
    ("lczero_uptime_seconds",): 11.5,
    ("lczero_problems_total", "UPLOAD_FAILED"): 65,
    ("lczero_chunks_per_network",): 100,
    ("lczero_chunks_since_anchor",): 42,
    ("lczero_networks_total",): 7,
    ("lczero_exports_waiting_networks",): 64,
    ("lczero_last_network_timestamp_seconds",): 61,
    ("lczero_steps_total",): 1400,
    ("lczero_network_step",): 14,
    ("lczero_steps_per_network",): 200,
    ("lczero_steps_per_second",): 2.5,
    ("lczero_positions_per_second",): 320,
    ("lczero_network_elapsed_seconds",): 5.5,
    ("lczero_network_remaining_seconds",): 74.5,
    ("lczero_time_share", "loader"): 0.0625,
    ("lczero_time_share", "host"): 0.1875,
    ("lczero_time_share", "device"): 0.75,
    ("lczero_learning_rate",): 0.004,
    ("lczero_total_loss",): 3.25,
    ("lczero_training_metric", "policy/vanilla"): 2.75,
    ("lczero_evaluation_step", "validation", "swa"): 1200,
    ("lczero_evaluation_metric", "validation", "swa", "policy/vanilla"): 2.5,
    ("lczero_stage_threads", *_POOL): 4,
    ("lczero_stage_busy_threads", *_POOL): 3.5,
    ("lczero_stage_thread_seconds_total", *_POOL, "busy"): 31,
    ("lczero_stage_thread_seconds_total", *_POOL, "input_wait"): 32,
    ("lczero_stage_thread_seconds_total", *_POOL, "output_wait"): 33,
    ("lczero_stage_items_total", *_POOL): 34,
    ("lczero_stage_positions_total", "validator", "chunk_validator"): 41,
    ("lczero_stage_events_total", "pool", "inflated_bytes"): 35,
    ("lczero_bad_chunks_total", "validator", "q"): 43,
    ("lczero_bad_chunks_total", "validator", "size"): 44,
    ("lczero_discovery_quiet_seconds", "files"): 47.5,
    ("lczero_pool_chunks", "pool"): 36,
    ("lczero_pool_capacity_chunks", "pool"): 37,
    ("lczero_pool_sources", "pool"): 38,
    ("lczero_pool_exhaustions_total", "pool"): 39,
    ("lczero_frame_cache_chunks", "pool", "memory"): 71,
    ("lczero_frame_cache_bytes", "pool", "memory"): 72,
    ("lczero_frame_cache_capacity_bytes", "pool", "memory"): 73,
    ("lczero_frame_cache_chunks", "pool", "file"): 74,
    ("lczero_frame_cache_bytes", "pool", "file"): 75,
    ("lczero_frame_cache_capacity_bytes", "pool", "file"): 76,
    ("lczero_frame_cache_file_failures_total", "pool"): 77,
    ("lczero_reservoir_frames", "shuffle"): 45,
    ("lczero_reservoir_capacity_frames", "shuffle"): 46,
    ("lczero_queue_items", "pool", "validator"): 51,
    ("lczero_queue_capacity_items", "pool", "validator"): 52,
    ("lczero_queue_put_total", "pool", "validator"): 53,
    ("lczero_queue_get_total", "pool", "validator"): 54,
    ("lczero_queue_dropped_total", "pool", "validator"): 55,
    ("lczero_upload_waiting_networks",): 61,
    ("lczero_upload_parked_networks",): 62,
    ("lczero_upload_next_attempt_seconds",): 63.5,
    ("lczero_device_memory_used_bytes",): 66,
    ("lczero_device_memory_peak_bytes",): 67,
    ("lczero_device_memory_limit_bytes",): 68,
}


def families(status: TrainingStatus) -> Iterable[Metric]:
    """What Prometheus reads."""
    last = LastStatus()
    last.set(status)
    registry = CollectorRegistry()
    registry.register(StatusCollector(last, {"version": "0.1.0", "orbax-checkpoint": "0.10.0"}))
    return text_string_to_metric_families(generate_latest(registry).decode())


def full_status() -> TrainingStatus:
    return codec.from_json(TrainingStatus, json.loads(_STATUS))


def test_every_figure_is_where_it_belongs() -> None:
    samples = {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in families(full_status())
        for sample in family.samples
    }
    expected = {(key[0], frozenset(key[1:])): value for key, value in _EXPECTED.items()}
    assert {key: samples.get(key) for key in expected} == pytest.approx(expected)
    odd = samples["lczero_training_metric", frozenset(['odd "name"\n\u265e'])]
    assert odd != odd
    # A figure that is new here is to be expected above.
    assert {key[0] for key in samples} == {key[0] for key in expected}


def keys(value: Any) -> set[str]:
    """All keys of a JSON value's objects."""
    if isinstance(value, list):
        return {key for item in value for key in keys(item)}
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(keys(item) for item in value.values()))


def test_a_field_that_the_loader_tells_is_a_metric_or_named_here() -> None:
    told = keys(json.loads(_STATUS)["loader"])
    messages = [m for m in vars(loader_stats).values() if is_dataclass(m) and m is not PoolShare]
    names = {field.name for message in messages for field in fields(message)}
    # The daemon's own time and count are told; Prometheus makes rates; keys of files are words.
    assert names - told == {
        *("uptime_seconds", "chunks_since_anchor", "rate"),
        *("anchor", "newest_key", "shares"),
    }


def test_names_follow_the_rules() -> None:
    for family in families(full_status()):
        assert family.documentation, family.name
        for sample in family.samples:
            assert sample.name.startswith("lczero_")
            assert sample.name.endswith("_total") == (family.type == "counter")


def test_empty_status_has_metrics_too() -> None:
    names = {sample.name for family in families(TrainingStatus()) for sample in family.samples}
    assert {"lczero_state", "lczero_networks_total", "lczero_uptime_seconds"} <= names
    assert not any("training" in name or "stage" in name or "upload" in name for name in names)


def test_odd_time_in_the_ledger_takes_nothing_else_away() -> None:
    raw = json.loads(_STATUS)
    raw["networks"][0]["exported_at"] = "yesterday"
    names = {family.name for family in families(codec.from_json(TrainingStatus, raw))}
    assert (
        "lczero_last_network_timestamp_seconds" not in names
        and "lczero_upload_waiting_networks" in names
    )
