import hashlib
import re
from pathlib import Path

import pytest

FOLDER = Path("tools/python")
# Requirements, the lock made from them, and how many packages it has at the least.
LOCKS = [
    pytest.param("requirements.in", "requirements_lock.txt", 50, id="main"),
    pytest.param("requirements_cuda.in", "requirements_cuda_lock.txt", 10, id="cuda"),
]


def read(name: str) -> str:
    return (FOLDER / name).read_text()


def locked(lock: str) -> dict[str, str]:
    """Versions by package."""
    return dict(re.findall(r"(?m)^([a-z0-9.-]+)==(\S+)", read(lock)))


@pytest.mark.parametrize(("requirements", "lock", "least"), LOCKS)
def test_lock_was_made_from_these_requirements(requirements: str, lock: str, least: int) -> None:
    digest = hashlib.sha256(read(requirements).encode()).hexdigest()
    assert f"sha256:{digest}" in read(lock), (
        f"{lock} was made from another {requirements}: run tools/python/update_lock.sh"
    )


@pytest.mark.parametrize(("requirements", "lock", "least"), LOCKS)
def test_every_package_is_pinned_by_hash(requirements: str, lock: str, least: int) -> None:
    entries = re.split(r"(?m)^(?=[a-z0-9])", read(lock))[1:]
    assert len(entries) > least
    for entry in entries:
        assert re.match(r"[a-z0-9.-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize(("requirements", "lock", "least"), LOCKS)
def test_every_requirement_is_locked(requirements: str, lock: str, least: int) -> None:
    lines = [line for line in read(requirements).splitlines() if line[:1] not in ("", "#")]
    wanted = {re.split(r"==|\[", line)[0] for line in lines}
    assert wanted <= set(locked(lock))


def test_locks_have_no_package_in_common_and_the_plugin_is_jaxs() -> None:
    main, cuda = locked("requirements_lock.txt"), locked("requirements_cuda_lock.txt")
    assert not set(main) & set(cuda)
    assert cuda["jax-cuda12-plugin"] == cuda["jax-cuda12-pjrt"] == main["jax"]
