"""What must hold of a run's folder after a kill, and at the end. Each check returns violations."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from lczero_training.export.errors import BadNetFileError
from lczero_training.export.net_file import load_net
from tools.faults.disk import NETWORKS, Disk, Network
from tools.rig.deliveries import Deliveries
from tools.rig.training_server import Arrival

_SPOOLED = re.compile(r"(\d{8,})-[0-9a-f]+\.pb\.gz")
_SIDECAR = re.compile(r"(\d{8,})\.json")


class NetworkFiles:
    """Checks files of networks, each version of a file once."""

    def __init__(self) -> None:
        self._whole: dict[Path, tuple[int, int]] = {}

    def check(self, path: Path) -> list[str]:
        """A file that others see must load."""
        status = path.stat()
        version = (status.st_mtime_ns, status.st_size)
        if self._whole.get(path) == version:
            return []
        try:
            load_net(path)
        except (OSError, BadNetFileError) as error:
            return [f"visible, but no whole network: {error}"]
        self._whole[path] = version
        return []


def check_networks(disk: Disk, folder: Path, files: NetworkFiles, *, settled: bool) -> list[str]:
    """Every visible file is a whole network, and a known one.

    After a kill the network of the newest checkpoint may be there before its line in the ledger;
    not so in a `settled` run.
    """
    violations = []
    for name in sorted(disk.networks):
        violations += files.check(folder / NETWORKS / name)
    known = {Path(network.path).name for network in disk.ledger}
    for name in sorted(disk.networks - known):
        if settled or f"{disk.checkpoint.step:08d}" not in name:
            violations.append(f"{NETWORKS}/{name} is in no line of the ledger")
    if settled:
        violations += [f"{NETWORKS}/{name} was left behind" for name in disk.hidden_networks]
    return violations


def check_ledger(disk: Disk, steps_per_network: int) -> list[str]:
    """Steps without gaps or doubles, none ahead of the checkpoint; files as stated."""
    violations = list(disk.damage)
    steps = [network.step for network in disk.ledger if not network.requested]
    wanted = [steps_per_network * (index + 1) for index in range(len(steps))]
    if steps != wanted:
        violations.append(f"the ledger's steps are {steps}, not {wanted}")
    if steps and steps[-1] > disk.checkpoint.step:
        violations.append(f"the ledger has step {steps[-1]}, the newest checkpoint is older")
    missing = disk.checkpoint.step // steps_per_network - len(steps)
    if missing > 1 or (missing == 1 and disk.checkpoint.step % steps_per_network):
        violations.append(f"{missing} networks up to step {disk.checkpoint.step} not in the ledger")
    return violations + [text for network in disk.ledger for text in _check_file(network)]


def check_checkpoint_anchor(disk: Disk, steps_per_network: int) -> list[str]:
    """The checkpoint says of its network what the ledger says of it."""
    newest = disk.checkpoint
    last = newest.step - newest.network_step + steps_per_network
    return [
        f"the checkpoint of step {newest.step} has the anchor {newest.anchor!r}, the ledger says "
        f"of its network {network.anchor!r}"
        for network in disk.ledger
        if network.step == last and not network.requested and network.anchor != newest.anchor
    ]


def _check_file(network: Network) -> list[str]:
    try:
        data = Path(network.path).read_bytes()
    except OSError as error:
        return [f"step {network.step} is in the ledger, its file is not there: {error}"]
    if (len(data), hashlib.sha256(data).hexdigest()) != (network.size_bytes, network.sha256):
        return [f"{network.path}: {len(data)} bytes are not those of the ledger's line"]
    return []


def check_anchors(
    anchors: Sequence[tuple[int, str]], deliveries: Deliveries, chunks_per_network: int
) -> list[str]:
    """Each network began with enough chunks that no network before it had counted.

    Args:
        anchors: (last step of a network, its anchor), in order of steps.
        deliveries: what had been delivered.
        chunks_per_network: how many are enough.
    """
    violations = []
    before = ""
    for step, anchor in anchors:
        chunks = deliveries.chunks_between(before, anchor)
        if anchor <= before or chunks < chunks_per_network:
            violations.append(
                f"the network of step {step} began at anchor {anchor!r}, {chunks} chunks "
                f"after {before!r}: fewer than {chunks_per_network}"
            )
        before = anchor
    return violations


def check_spool(disk: Disk) -> list[str]:
    """A settled spool has one file for each sidecar, and nothing else."""
    data = {match[1]: name for name in disk.spool if (match := _SPOOLED.fullmatch(name))}
    sidecars = {match[1]: name for name in disk.spool if (match := _SIDECAR.fullmatch(name))}
    alone = sorted(data.keys() ^ sidecars.keys())
    violations = [f"spool/{(data | sidecars)[step]} is alone" for step in alone]
    other = disk.spool - set(data.values()) - set(sidecars.values())
    return violations + [f"spool/{name} was left behind" for name in sorted(other)]


def check_uploads(disk: Disk, arrivals: Sequence[Arrival], *, settled: bool) -> list[str]:
    """The server has what the ledger says it has; at the end all of it, as it was exported."""
    arrived = {arrival.sha256 for arrival in arrivals}
    violations = []
    for network in disk.ledger:
        if network.requested:
            continue
        if network.step in disk.uploaded and network.sha256 not in arrived:
            violations.append(f"step {network.step} is marked as uploaded, and never arrived")
        if settled and network.step not in disk.uploaded:
            violations.append(f"step {network.step} is not marked as uploaded")
    known = {network.sha256 for network in disk.ledger}
    strangers = [arrival.file_name for arrival in arrivals if arrival.sha256 not in known]
    return violations + [f"{name} arrived, and is in no line of the ledger" for name in strangers]


def check_secret(folder: Path, secret: str) -> list[str]:
    """No file of the run holds the upload's password."""
    return [
        f"{path} holds the password"
        for path in sorted(folder.rglob("*.json*"))
        if path.is_file() and secret.encode() in path.read_bytes()
    ]
