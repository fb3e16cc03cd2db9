"""From the lines that a daemon writes to events: the same for a process and for a recording."""

from lczero_training.client.events import ClientEvent, LogLine, ProtocolWarning
from lczero_training.client.log_level import level_of
from lczero_training.schema import jsonl
from lczero_training.schema.lines import Overlong
from lczero_training.schema.messages import SCHEMA_HASH, Hello
from lczero_training.schema.problem import SchemaError


class Hearing:
    """Reads one daemon's lines in order.

    What is not a notification (an overlong line, no JSON, an unknown type), and a daemon of other
    messages than this program's, becomes a ProtocolWarning.

    Threads: not safe; one reader owns it.
    """

    def __init__(self) -> None:
        self._level = "info"
        # Whether a hello was among them; and lines that are no notification.
        self.greeted = False
        self.refused = 0

    def protocol_line(self, line: bytes | Overlong) -> list[ClientEvent]:
        """A line of the daemon's stdout."""
        if isinstance(line, Overlong):
            self.refused += 1
            return [ProtocolWarning(f"a line over {line.limit_bytes} bytes was skipped")]
        try:
            notification = jsonl.decode_notification(line)
        except SchemaError as error:
            self.refused += 1
            return [ProtocolWarning(f"not a notification ({error}): {_shown(line)}")]
        if isinstance(notification.payload, Hello):
            self.greeted = True
            return [*_strangers(notification.payload), notification]
        return [notification]

    def log_line(self, line: bytes | Overlong) -> LogLine:
        """A line of the daemon's stderr."""
        if isinstance(line, Overlong):
            text = f"(a line over {line.limit_bytes} bytes)"
        else:
            text = line.decode("utf-8", errors="replace").rstrip("\r")
        self._level = level_of(text, before=self._level)
        return LogLine(text, self._level)


def _strangers(hello: Hello) -> list[ClientEvent]:
    """Tells of a daemon that was built from other messages, before something goes amiss."""
    if hello.schema_hash == SCHEMA_HASH:
        return []
    return [
        ProtocolWarning(
            f"the daemon (version {hello.daemon_version}) speaks protocol {hello.schema_hash}, "
            f"this program {SCHEMA_HASH}: build both from the same sources, or some of what they "
            "say may be refused"
        )
    ]


def _shown(line: bytes) -> str:
    text = line.decode("utf-8", errors="replace")
    return text if len(text) <= 80 else f"{text[:80]}..."
