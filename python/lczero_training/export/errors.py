"""What can be wrong with a network on disk."""


class BadUsageError(Exception):
    """What a command was asked for does not go together; one line a problem."""


class NetError(Exception):
    """A network cannot be read, written or represented; the message says which and why."""


class BadNetFileError(NetError):
    """The file is damaged or is no weights file."""


class UnsupportedNetError(NetError):
    """The network has something that the model, or the file, cannot hold."""


class UnusableCheckpointError(NetError):
    """The checkpoint is not there, is of another model, or cannot be written."""


class UnusablePositionsError(NetError):
    """There are no games to take positions from, or too few."""


class NotTheSameError(NetError):
    """Two networks that should compute the same do not, or are of different shapes."""
