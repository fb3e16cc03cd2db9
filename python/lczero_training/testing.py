"""What tests of several packages share."""

import contextlib
import resource
from collections.abc import Iterator


@contextlib.contextmanager
def disk_that_takes(file_bytes: int) -> Iterator[None]:
    """Within it no file of this process can grow beyond `file_bytes`, as on a disk nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
