"""One attempt to post a network to the training server, and what came of it."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import httpx

from lczero_training.config.daemon import UploadConfig
from lczero_training.upload.password import Password, Scrubber
from lczero_training.upload.spool import SpooledNetwork

# Statuses between 400 and 499 that say "later", not "no".
_TRY_AGAIN = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)

# For a host that does not answer at all, which is no reason to wait as long as for a slow one.
_CONNECT_SECONDS = 30.0
# For the text of an answer whose status is known already.
_ANSWER_SECONDS = 10.0
# Read of that text, and shown.
_ANSWER_BYTES = 1 << 14
_SHOWN_CHARACTERS = 300

_HASHED_AT_ONCE_BYTES = 1 << 22

# Never through the proxy that the environment names for everybody else.
_LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")


@dataclass(frozen=True)
class Uploaded:
    """The server has the network."""


@dataclass(frozen=True)
class TryAgain:
    """It did not work, and may later."""

    reason: str
    # What the server asked for.
    retry_after_seconds: float | None = None


@dataclass(frozen=True)
class Refused:
    """It will not work, however often it is tried."""

    reason: str


Outcome = Uploaded | TryAgain | Refused


def utc_now() -> datetime:
    """The time, as Uploader and UploadClient want it."""
    return datetime.now(UTC)


def shown_url(url: str) -> str:
    """The URL as people may see it: what follows its path may be secret."""
    return urlsplit(url)._replace(query="", fragment="").geturl()


def _shown_target(location: str) -> str:
    """A server's redirection without its query, which may repeat what was posted."""
    try:
        return shown_url(location)
    except ValueError:
        return "no valid URL"


class UploadClient:
    """Posts networks to one training server.

    Threads: none of its own; send() from one event loop.
    Errors:  none; everything that can go wrong is an Outcome, without the password.
    """

    def __init__(
        self, config: UploadConfig, password: Password, *, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._config = config
        self._password = password
        self._now = now
        query = urlsplit(config.url).query
        self._scrubber = Scrubber(password.reveal(), f"?{query}" if query else "")
        # These log URLs with their query at INFO, and headers at DEBUG.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)

    def hide(self, text: str) -> str:
        """`text` without secrets."""
        return self._scrubber.clean(text)

    def clean(self, text: str, *, cut: bool = False) -> str:
        """`text` on one line, bounded, without secrets. `cut`: it is the beginning of more."""
        printable = "".join(char if char.isprintable() else " " for char in text)
        # Twice: closing gaps in the text may make a secret that has one.
        closed = " ".join(self._scrubber.clean(printable, cut=cut).split())
        cleaned = self._scrubber.clean(closed)
        if len(cleaned) > _SHOWN_CHARACTERS:
            return cleaned[:_SHOWN_CHARACTERS] + "..."
        return cleaned

    async def send(self, network: SpooledNetwork, path: Path) -> Outcome:
        """Posts the file at `path`. May be cancelled at any time."""
        try:
            with path.open("rb") as file:
                if damage := await _damage(file, network):
                    return Refused(f"{path} is damaged: {damage}. Export the network again")
                return await self._send_in_time(network, file)
        except FileNotFoundError:
            return Refused(f"{path} is missing. Export the network again")
        except OSError as error:
            return TryAgain(self.clean(f"{path} cannot be read: {error}"))

    async def _send_in_time(self, network: SpooledNetwork, file: BinaryIO) -> Outcome:
        limit = self._config.timeout_seconds
        try:
            async with asyncio.timeout(limit):
                return await self._post(network, file)
        except (TimeoutError, httpx.ReadTimeout):
            return TryAgain(f"no answer within {limit:g} s")
        except httpx.ConnectTimeout:
            return TryAgain(f"no connection within {min(limit, _CONNECT_SECONDS):g} s")
        except Exception as error:
            # The libraries below httpx have exceptions of their own that it lets through, e.g. for
            # a file that shrinks. Some have no text, and a name that says it.
            detail = str(error) or "the connection failed"
            return TryAgain(self.clean(f"{detail} ({type(error).__name__})"))

    async def _post(self, network: SpooledNetwork, file: BinaryIO) -> Outcome:
        fields = {
            "pwd": self._password.reveal(),
            "training_id": str(self._config.training_id),
            "layers": str(network.layers),
            "filters": str(network.filters),
        }
        limit = self._config.timeout_seconds
        async with (
            httpx.AsyncClient(
                timeout=httpx.Timeout(limit, connect=min(limit, _CONNECT_SECONDS)),
                # A password goes where the config says and nowhere else.
                follow_redirects=False,
                mounts=dict.fromkeys(_LOOPBACK),
                headers={"Accept-Encoding": "identity", "User-Agent": "lczero-training"},
            ) as client,
            client.stream(
                "POST",
                self._config.url,
                data=fields,
                files={"file": (network.file_name, file, "application/octet-stream")},
            ) as response,
        ):
            return await self._judge(response)

    async def _judge(self, response: httpx.Response) -> Outcome:
        status = response.status_code
        if response.is_success:
            return Uploaded()
        said = self.clean(f"{status} {response.reason_phrase}")
        if response.is_redirect:
            target = self.clean(_shown_target(response.headers.get("location", "")))
            return Refused(
                f"the server answered {said} and names another address, {target!r}, which is not "
                "followed: the password goes to no other. Set export.upload.url if it is right"
            )
        text = await self._text(response)
        reason = f"the server answered {said}" + (f": {text!r}" if text else "")
        if status in _TRY_AGAIN or response.is_server_error:
            return TryAgain(reason, self._retry_after(response.headers.get("retry-after", "")))
        return Refused(reason)

    async def _text(self, response: httpx.Response) -> str:
        """The beginning of the answer; an answer that does not end changes nothing."""
        content = b""
        with suppress(httpx.HTTPError, TimeoutError):
            async with asyncio.timeout(_ANSWER_SECONDS):
                async for piece in response.aiter_raw(_ANSWER_BYTES):
                    content += piece
                    if len(content) >= _ANSWER_BYTES:
                        break
                else:
                    return self.clean(content.decode("utf-8", "replace"))
        return self.clean(content[:_ANSWER_BYTES].decode("utf-8", "replace"), cut=True)

    def _retry_after(self, value: str) -> float | None:
        """Seconds, from seconds or a date; None if there is neither."""
        if value.isascii() and value.isdigit():
            seconds = float(value)
        else:
            try:
                seconds = (parsedate_to_datetime(value) - self._now()).total_seconds()
            except (TypeError, ValueError):
                return None
        return min(max(seconds, 0.0), self._config.retry.longest_seconds)


async def _damage(file: BinaryIO, network: SpooledNetwork) -> str:
    """What is wrong with the file; empty if nothing. Lets other tasks run in between."""
    digest = hashlib.sha256()
    size = 0
    while piece := file.read(_HASHED_AT_ONCE_BYTES):
        digest.update(piece)
        size += len(piece)
        await asyncio.sleep(0)
    if digest.hexdigest() == network.sha256:
        return ""
    return (
        f"{size} bytes with sha256 {digest.hexdigest()}, expected {network.size_bytes} bytes with "
        f"sha256 {network.sha256}"
    )
