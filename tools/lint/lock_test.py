import hashlib
import re
from pathlib import Path

REQUIREMENTS = Path("tools/python/requirements.in")
LOCK = Path("tools/python/requirements_lock.txt")


def test_lock_was_made_from_these_requirements() -> None:
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    assert f"sha256:{digest}" in LOCK.read_text(), (
        f"{LOCK} was made from another {REQUIREMENTS}: run tools/python/update_lock.sh"
    )


def test_every_package_is_pinned_by_hash() -> None:
    entries = re.split(r"(?m)^(?=[a-z0-9])", LOCK.read_text())[1:]
    assert len(entries) > 50
    for entry in entries:
        assert re.match(r"[a-z0-9.-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", entry), entry


def test_every_requirement_is_locked() -> None:
    locked = set(re.findall(r"(?m)^([a-z0-9.-]+)==", LOCK.read_text()))
    lines = [line for line in REQUIREMENTS.read_text().splitlines() if line[:1] not in ("", "#")]
    wanted = {line.partition("==")[0] for line in lines}
    assert wanted <= locked
