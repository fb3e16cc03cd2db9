"""What can be wrong with a weights file."""


class NetError(Exception):
    """A weights file cannot be read, written or represented; the message says which and why."""


class BadNetFileError(NetError):
    """The file is damaged or is no weights file."""


class UnsupportedNetError(NetError):
    """The network has something that the model, or the file, cannot hold."""
