import errno

import pytest

from lczero_training.daemon.failures import describe_failure
from lczero_training.upload.spool import SpoolInUse


class BadConfig(Exception):
    pass


class CorruptData(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/n/x.pb.gz"), "disk space"),
        (PermissionError(errno.EACCES, "Permission denied", "/n"), "permissions"),
        (BadConfig("stages.pool: no input"), "Correct the config"),
        (SpoolInUse("/s is in use"), "/s is in use. Then send"),
        (CorruptData("3 games"), "Check the training data"),
        (ValueError("a\n  b"), "ValueError: a b."),
        (ValueError(), "no message"),
    ],
)
def test_says_what_and_what_to_do(error: Exception, part: str) -> None:
    text = describe_failure(error)
    assert part in text and "start_training" in text and "\n" not in text


def test_message_that_says_what_to_do_stays_as_it_is() -> None:
    class CheckpointWriteError(Exception):
        pass

    told = describe_failure(CheckpointWriteError("the disk is full. Free some space."))
    assert told == "CheckpointWriteError: the disk is full. Free some space."
