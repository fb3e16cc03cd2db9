"""What can be wrong with a network on disk."""


class NetError(Exception):
    """A network cannot be read, written or represented; the message says which and why."""


class BadNetFileError(NetError):
    """The file is damaged or is no weights file."""


class UnsupportedNetError(NetError):
    """The network has something that the model, or the file, cannot hold."""


class UnusableCheckpointError(NetError):
    """The checkpoint is not there, is of another model, or cannot be written."""
