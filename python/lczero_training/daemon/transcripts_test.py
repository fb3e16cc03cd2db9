"""Golden transcripts: what goes into stdin, and what must come out of stdout.

testdata/transcripts/NAME.stdin is sent line by line. Lines that begin with "# " are for this test:

    # arguments --exit-on-eof      more arguments of the daemon
    # script {"chunks": 10}        how the fake loader and trainer behave
    # until NOTIFICATION [TEXT]    waits for one of this type that contains TEXT
    # long 1048577                 sends a line of so many bytes
    # end                          ends stdin

{folder} stands for the run's folder, in both files. Periodic statuses are left out of
NAME.stdout, and what differs from run to run is replaced. To write these files anew:
LC_UPDATE_TRANSCRIPTS=1 pytest transcripts_test.py, and read the difference.
"""

import json
import os
import re
import shlex
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.fakes import Script
from lczero_training.daemon.testing.harness import FAKE_DAEMON, PATIENCE_SECONDS, environment
from lczero_training.schema.messages import Command, Notification
from lczero_training.schema.spec import specs_of
from lczero_training.upload.testing import UploadServer

TRANSCRIPTS = Path("python/lczero_training/daemon/testdata/transcripts")
NAMES = sorted(path.stem for path in TRANSCRIPTS.glob("*.stdin"))
_JITTERED = re.compile(r"tried again in \d+ s")
# Differ from run to run, wherever they stand.
VOLATILE = ("uptime_seconds", "memory_bytes", "pid", "versions", "schema_hash", "exported_at")


class Conversation:
    """A daemon that is sent a transcript's lines."""

    def __init__(self, name: str, folder: Path, server: UploadServer) -> None:
        self.folder = folder
        self._server = server
        text = (TRANSCRIPTS / f"{name}.stdin").read_bytes()
        self._lines = text.replace(b"{folder}", os.fsencode(folder)).splitlines()
        self._process = self._start()
        self._said: list[str] = []

    def run(self) -> list[str]:
        """All lines of stdout, as they are."""
        watchdog = threading.Timer(PATIENCE_SECONDS, self._process.kill)
        watchdog.start()
        try:
            for line in self._lines:
                self._send(line)
            self._said.extend(self._stdout)
        finally:
            watchdog.cancel()
            self._process.kill()
            self._process.wait()
        return self._said

    def _start(self) -> "subprocess.Popen[bytes]":
        arguments = shlex.split(self._directive(b"arguments") or "")
        script = Script(**json.loads(self._directive(b"script") or "{}"))
        return subprocess.Popen(
            [*FAKE_DAEMON, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(script),
        )

    def _directive(self, name: bytes) -> str | None:
        start = b"# " + name + b" "
        found = [line.removeprefix(start) for line in self._lines if line.startswith(start)]
        return found[0].decode() if found else None

    def _send(self, line: bytes) -> None:
        if not line.startswith(b"# "):
            self._write(line)
            return
        directive, _, rest = line.decode().removeprefix("# ").partition(" ")
        if directive == "until":
            self._wait_for(*rest.partition(" ")[::2])
        elif directive == "long":
            self._write(b"x" * int(rest))
        elif directive == "end":
            self._stdin.close()

    def _write(self, line: bytes) -> None:
        self._stdin.write(line + b"\n")
        self._stdin.flush()

    def _wait_for(self, type_: str, text: str) -> None:
        for line in self._stdout:
            self._said.append(line)
            if json.loads(line)["type"] == type_ and text in line:
                return
        pytest.fail(f"the daemon ended before it said {type_} {text}")

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _stdout(self) -> Iterator[str]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield line.decode()


def comparable(lines: list[str], replacements: dict[str, str]) -> list[str]:
    """The lines without periodic statuses and without what differs from run to run."""
    kept = []
    for line in lines:
        message = json.loads(line)
        if message["type"] == "training_status" and "reply_to" not in message:
            continue
        text = json.dumps(_steady(message), ensure_ascii=False)
        for found, written in replacements.items():
            text = text.replace(found, written)
        text = _JITTERED.sub("tried again in N s", text)
        kept.append(text)
    return kept


def _steady(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "..." if key in VOLATILE else _steady(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_steady(member) for member in value]
    return value


@pytest.mark.parametrize("name", NAMES)
def test_transcript(name: str, tmp_path: Path) -> None:
    with UploadServer() as server:
        write_tiny_config(tmp_path)
        upload = tmp_path / "upload"
        upload.mkdir()
        write_tiny_config(upload, upload_url=server.url)
        lines = Conversation(name, tmp_path, server).run()
        found = comparable(lines, {str(tmp_path): "{folder}", server.url: "{server}"})
    golden = TRANSCRIPTS / f"{name}.stdout"
    if os.environ.get("LC_UPDATE_TRANSCRIPTS"):
        golden.write_text("\n".join(found) + "\n")
    assert found == golden.read_text().splitlines()


def test_transcripts_have_every_command_and_notification() -> None:
    said = "".join(path.read_text() for path in TRANSCRIPTS.glob("*.stdout"))
    for message in specs_of(Notification):
        assert f'"type": "{message}"' in said, message
    asked = b"".join(path.read_bytes() for path in TRANSCRIPTS.glob("*.stdin")).decode(
        errors="replace"
    )
    for command in specs_of(Command):
        assert f'"type":"{command}"' in asked, command
