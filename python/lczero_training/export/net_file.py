"""Reads and writes weights files: gzipped Net messages. No JAX."""

import contextlib
import errno
import fcntl
import gzip
import hashlib
import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import DecodeError

from lczero_training.durable_files import sync
from lczero_training.export.errors import BadNetFileError
from lczero_training.schema.net_pb2 import Net

MAGIC = 0x1C0

# Weights are nearly random bytes: higher levels take many times longer and save no percent.
_GZIP_LEVEL = 6

# Names of files that are being written: the target's, and the writer's process id.
_PARTIAL = re.compile(r"\..+\.\d+\.partial")


@dataclass(frozen=True)
class SavedFile:
    """A file that is whole and durable on disk."""

    path: str
    # In hex, of the file's bytes.
    sha256: str
    size_bytes: int


def load_net(path: str | Path) -> Net:
    """Reads a weights file.

    Raises OSError if it cannot be read, BadNetFileError (naming the file) if it is not gzipped,
    truncated, damaged, or no weights file.
    """
    net = _parse(_decompress(Path(path).read_bytes(), path), path)
    if net.magic != MAGIC:
        found = f"0x{net.magic:X}" if net.HasField("magic") else "none"
        raise BadNetFileError(f"{path}: magic is {found}, not 0x{MAGIC:X}: no weights file")
    return net


def save_net(net: Net, path: str | Path) -> SavedFile:
    """Writes a weights file: encode_net() and write_net_file() in one."""
    return write_net_file(encode_net(net), path)


def decode_net(data: bytes) -> Net:
    """What encode_net() made bytes of. Raises BadNetFileError."""
    place = "the weights file in memory"
    return _parse(_decompress(data, place), place)


def encode_net(net: Net) -> bytes:
    """A weights file's bytes; the same net gives the same bytes."""
    return gzip.compress(net.SerializeToString(deterministic=True), _GZIP_LEVEL, mtime=0)


def write_net_file(data: bytes, path: str | Path) -> SavedFile:
    """Writes what encode_net() gave.

    Makes the folder. The file appears under its name whole and durable, or not at all.
    Raises OSError.
    """
    target = Path(path).absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_atomically(target, data)
    except FileExistsError as error:
        raise _about(target, errno.ENOTDIR) from error
    except OSError as error:
        raise _about(target, error.errno) from error
    return SavedFile(str(target), hashlib.sha256(data).hexdigest(), len(data))


def _about(target: Path, number: int | None) -> OSError:
    """The error as one of the file that was asked for, not of what it is written through."""
    number = errno.EIO if number is None else number
    return OSError(number, f"cannot be written: {os.strerror(number)}", str(target))


def _decompress(data: bytes, path: str | Path) -> bytes:
    if not data:
        raise BadNetFileError(f"{path}: is empty; get it again")
    try:
        return gzip.decompress(data)
    except gzip.BadGzipFile as error:
        raise BadNetFileError(f"{path}: not a gzip file, or damaged ({error})") from error
    except EOFError as error:
        raise BadNetFileError(f"{path}: truncated at {len(data)} bytes; get it again") from error
    except zlib.error as error:
        raise BadNetFileError(f"{path}: damaged gzip data ({error}); get it again") from error


def _parse(data: bytes, path: str | Path) -> Net:
    net = Net()
    try:
        net.ParseFromString(data)
    except DecodeError as error:
        raise BadNetFileError(f"{path}: not a weights file ({error})") from error
    return net


def _write_atomically(target: Path, data: bytes) -> None:
    _delete_leftovers(target.parent)
    # The leading dot keeps watchers of "*.pb.gz" from seeing the file before it is whole.
    temporary = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with temporary.open("wb") as file:
            # For others who write into this folder: this is no leftover.
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(target.parent)


def _delete_leftovers(directory: Path) -> None:
    """Deletes partial files of killed processes: those that nobody holds locked any more."""
    for path in directory.iterdir():
        if not _PARTIAL.fullmatch(path.name):
            continue
        # Whatever goes wrong here, the file to be written does not depend on it.
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
