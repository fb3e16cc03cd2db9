"""One process on 8 virtual devices; the BUILD file's XLA_FLAGS make them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from jax.sharding import PartitionSpec

from lczero_training.config.checks import FieldError
from lczero_training.config.daemon import MetricsConfig
from lczero_training.config.devices import DevicesConfig
from lczero_training.config.optimizer import EmaConfig
from lczero_training.config.root import RootConfig
from lczero_training.train import Trainer
from lczero_training.train.batch import BatchMover, FloatArray, UnevenBatchError
from lczero_training.train.layout import DeviceLayout, DeviceLayoutError
from lczero_training.train.state import TrainState, named_leaves, split_model
from lczero_training.train.testing import assert_same_weights, random_batch, tiny_config

STEPS = 4
ONE = DevicesConfig(data=1)
EIGHT = DevicesConfig(data=8)
MESH = DevicesConfig(data=2, fsdp=4)


@pytest.fixture(autouse=True)
def _has_devices() -> None:
    assert len(jax.devices()) == 8, "set XLA_FLAGS=--xla_force_host_platform_device_count=8"


def config_of(directory: Path, devices: DevicesConfig, **training: Any) -> RootConfig:
    config = tiny_config(
        directory,
        devices=devices,
        batch_size=16,
        steps_per_network=STEPS,
        ema=EmaConfig(decay=0.5),
        **training,
    )
    return replace(config, metrics=MetricsConfig(every_steps=1))


class Run:
    """A trainer from its first step, or its checkpoint, through `steps`; then it saves."""

    def __init__(self, config: RootConfig, steps: int = STEPS) -> None:
        trainer = Trainer(config)
        self.first_state = host_copy(trainer._state)
        first = trainer.run_state.step
        self.losses: list[float] = []
        seeds = iter(range(first, first + STEPS))
        trainer.train_network(
            lambda: random_batch(next(seeds), 16),
            before_step=steps_allowed(steps),
            on_progress=lambda progress: self.losses.append(progress.total_loss),
            on_checkpoint=lambda path, step: None,
            on_checkpoint_failed=lambda error: pytest.fail(str(error)),
            on_rolled_back=pytest.fail,
        )
        trainer.save_checkpoint()
        self.state = trainer._state
        self.last_state = host_copy(trainer._state)
        self.exported = named_leaves(split_model(trainer.model())[1])
        trainer.close()


def steps_allowed(count: int) -> Callable[[], bool]:
    answers = iter([True] * count)
    return lambda: next(answers, False)


def host_copy(state: TrainState) -> dict[str, FloatArray]:
    return {path: np.array(leaf) for path, leaf in named_leaves(state).items()}


@pytest.fixture(scope="module")
def on_one(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(config_of(tmp_path_factory.mktemp("one"), ONE))


@pytest.fixture(scope="module")
def on_mesh(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(config_of(tmp_path_factory.mktemp("mesh"), MESH))


def assert_same_training(run: Run, expected: Run) -> None:
    np.testing.assert_allclose(run.losses, expected.losses, rtol=1e-5)
    assert_same_weights(run.exported, expected.exported)


def test_a_mesh_trains_as_one_device_does(on_one: Run, on_mesh: Run) -> None:
    assert len(on_one.losses) == STEPS
    assert_same_training(on_mesh, on_one)


def test_data_parallel_in_parts_trains_as_one_device_does(on_one: Run, tmp_path: Path) -> None:
    config = config_of(tmp_path, EIGHT, accumulation=2)
    run = Run(config)
    assert_same_training(run, on_one)
    leaf = named_leaves(run.state)["params/encoder/0/attention/query/kernel"]
    assert {shard.data.shape for shard in leaf.addressable_shards} == {leaf.shape}


def test_weights_optimizer_and_averages_are_split_over_fsdp(on_mesh: Run) -> None:
    leaves = named_leaves(on_mesh.state)
    split = [leaf for leaf in leaves.values() if any(size % 4 == 0 for size in leaf.shape)]
    assert len(split) > len(leaves) / 2
    for leaf in split:
        assert len(leaf.addressable_shards) == 8
        assert {shard.data.size for shard in leaf.addressable_shards} == {leaf.size // 4}
    kernels = [path for path in leaves if path.endswith("attention/query/kernel")]
    assert {path.split("/")[0] for path in kernels} == {"params", "opt_state", "averages"}
    for path in kernels:
        assert {shard.data.shape for shard in leaves[path].addressable_shards} == {(2, 8)}


def test_the_largest_dimension_that_divides_is_split() -> None:
    layout = DeviceLayout(config_of(Path("unused"), MESH).training)
    shapes = {"wide": (8, 64), "tall": (64, 8), "odd": (8, 30), "small": (3,), "number": ()}
    split = layout.shardings({n: jax.ShapeDtypeStruct(s, np.float32) for n, s in shapes.items()})
    assert {name: sharding.spec for name, sharding in split.items()} == {
        "wide": PartitionSpec(None, "fsdp"),
        "tall": PartitionSpec("fsdp"),
        "odd": PartitionSpec("fsdp"),
        "small": PartitionSpec(),
        "number": PartitionSpec(),
    }


def test_every_device_has_its_share_of_a_batch() -> None:
    layout = DeviceLayout(config_of(Path("unused"), MESH).training)
    batch = random_batch(0, 16)
    moved = BatchMover(layout.batch)(batch)
    shards = moved.values.addressable_shards
    assert len({shard.device for shard in shards}) == 8
    for shard in shards:
        assert shard.data.shape == (2, 6, 3)
        np.testing.assert_array_equal(shard.data, batch.values[shard.index])


def test_a_batch_that_cannot_be_shared_alike_is_refused() -> None:
    layout = DeviceLayout(config_of(Path("unused"), MESH).training)
    with pytest.raises(UnevenBatchError, match=r"20 = 8 x 2 \+ 4"):
        BatchMover(layout.batch)(random_batch(0, 20))


def test_exported_weights_lie_whole_on_one_device(on_mesh: Run) -> None:
    assert {len(leaf.devices()) for leaf in on_mesh.exported.values()} == {1}
    for path, leaf in on_mesh.exported.items():
        np.testing.assert_array_equal(leaf, on_mesh.last_state["params/" + path], err_msg=path)


def test_a_checkpoint_of_one_layout_resumes_on_another(on_one: Run, tmp_path: Path) -> None:
    begun = Run(config_of(tmp_path, ONE), steps=1)
    spread = Run(config_of(tmp_path, MESH), steps=2)
    joined = Run(config_of(tmp_path, ONE), steps=1)
    for before, after in ((begun, spread), (spread, joined)):
        for path, leaf in before.last_state.items():
            np.testing.assert_array_equal(after.first_state[path], leaf, err_msg=path)
    losses = [*begun.losses, *spread.losses, *joined.losses]
    np.testing.assert_allclose(losses, on_one.losses, rtol=1e-5)


def layout_error(devices: DevicesConfig, found: int = 8, **training: Any) -> str:
    config = tiny_config(Path("unused"), devices=devices, **training).training
    with pytest.raises(DeviceLayoutError) as caught:
        DeviceLayout(config, jax.devices()[:found])
    return str(caught.value)


def test_all_devices_that_are_left_share_the_data() -> None:
    config = tiny_config(Path("unused"), devices=DevicesConfig(fsdp=2), batch_size=16).training
    assert DeviceLayout(config).shape == (4, 2)
    assert DeviceLayout(config, jax.devices()[:2]).shape == (1, 2)


def test_devices_that_do_not_suit_are_refused_with_the_arithmetic() -> None:
    too_many = layout_error(DevicesConfig(data=4, fsdp=4), batch_size=16)
    assert "4 x 4 = 16 devices, JAX finds 8" in too_many
    left_over = layout_error(DevicesConfig(fsdp=3), batch_size=12)
    assert "3 does not divide the 8 devices that JAX finds (8 = 2 x 3 + 2)" in left_over
    uneven = layout_error(DevicesConfig(), batch_size=20, accumulation=2)
    assert "20 = 16 x 1 + 4" in uneven
    assert "Set a multiple of 16" in uneven


@pytest.mark.parametrize(
    ("devices", "product"), [(DevicesConfig(data=3), "3 x 1"), (DevicesConfig(fsdp=5), "1 x 5")]
)
def test_a_config_that_no_devices_suit_is_refused(devices: DevicesConfig, product: str) -> None:
    with pytest.raises(FieldError, match=rf"data x fsdp x accumulation = {product} x 2") as caught:
        tiny_config(Path("unused"), devices=devices, batch_size=8, accumulation=2)
    assert caught.value.field == "batch_size"
