"""What a run's folder holds, read as anyone would who knows the documented layout.

Deliberately shares no code with the daemon, whose reading is under test.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKPOINTS = "checkpoints"
LEDGER = "checkpoints/networks.jsonl"
NETWORKS = "networks"
SPOOL = "spool"
GAMES = "games"

_STEP = re.compile(r"\d{8}")
# What a checkpoint needs, relative to its folder.
_ITEMS = ("about/metadata", "params/_METADATA", "optimizer/_METADATA")


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The newest checkpoint, as it says of itself."""

    step: int = 0
    network_step: int = 0
    anchor: str = ""


@dataclass(frozen=True, kw_only=True)
class Network:
    """A line of the ledger, by its first file."""

    step: int
    path: str
    sha256: str
    size_bytes: int
    requested: bool = False
    anchor: str = ""


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A run's folder at one moment, while no daemon runs."""

    # Step 0: none yet.
    checkpoint: Checkpoint = Checkpoint()
    ledger: tuple[Network, ...] = ()
    # Steps of networks that the ledger says the server has.
    uploaded: frozenset[int] = frozenset()
    # Names in the networks folder: those that others see, and the hidden ones.
    networks: frozenset[str] = frozenset()
    hidden_networks: frozenset[str] = frozenset()
    # All names in the spool.
    spool: frozenset[str] = frozenset()
    # What cannot be read.
    damage: tuple[str, ...] = ()


def read_disk(folder: Path) -> Disk:
    """Reads the folder. A torn last line of the ledger is none: the next start cuts it off."""
    damage: list[str] = []
    names = _names(folder / NETWORKS)
    ledger, uploaded = _ledger(folder / LEDGER, damage)
    return Disk(
        checkpoint=_newest_checkpoint(folder / CHECKPOINTS, damage),
        ledger=tuple(ledger),
        uploaded=frozenset(uploaded),
        networks=frozenset(name for name in names if not name.startswith(".")),
        hidden_networks=frozenset(name for name in names if name.startswith(".")),
        spool=_names(folder / SPOOL),
        damage=tuple(damage),
    )


def _names(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.iterdir()) if folder.is_dir() else frozenset()


def _newest_checkpoint(folder: Path, damage: list[str]) -> Checkpoint:
    names = _names(folder)
    damage += [f"{folder / name}: a checkpoint set aside" for name in names if "damaged" in name]
    steps = sorted(name for name in names if _STEP.fullmatch(name))
    if not steps:
        return Checkpoint()
    newest = folder / steps[-1]
    missing = [item for item in _ITEMS if not (newest / item).is_file()]
    try:
        run = json.loads((newest / "about/metadata").read_text())["run"]
        found = Checkpoint(**run)
    except (OSError, ValueError, TypeError, KeyError) as error:
        damage.append(f"{newest}: visible, but cannot be read: {error!r}")
        return Checkpoint(step=int(steps[-1]))
    if missing or found.step != int(steps[-1]):
        damage.append(f"{newest}: visible, but without {missing}, or of another step: {found}")
    return found


def _ledger(path: Path, damage: list[str]) -> tuple[list[Network], set[int]]:
    networks: list[Network] = []
    uploaded: set[int] = set()
    *lines, _ = path.read_text().split("\n") if path.exists() else [""]
    for number, line in enumerate(lines, start=1):
        try:
            fields = json.loads(line)
            if "uploaded_at" in fields:
                uploaded.add(fields["step"])
            else:
                networks.append(_network(fields))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            damage.append(f"{path}:{number}: {error!r}")
    return networks, uploaded


def _network(fields: dict[str, Any]) -> Network:
    file = fields["files"][0]
    return Network(
        step=fields["step"],
        path=file["path"],
        sha256=file["sha256"],
        size_bytes=file["size_bytes"],
        requested=fields["requested"],
        anchor=fields["anchor"],
    )
