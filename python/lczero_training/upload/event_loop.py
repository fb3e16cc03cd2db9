"""The uploader's event loop: one that a name server without an answer cannot hold up."""

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class UploadLoop(asyncio.SelectorEventLoop):
    """An event loop that looks names up in threads which nobody joins.

    asyncio's own lookups run in a pool that is joined when the loop or the process ends, and a
    lookup cannot be cancelled: it may take half a minute where the network is down.
    """

    async def getaddrinfo(
        self,
        host: bytes | str | None,
        port: bytes | str | int | None,
        *,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        """As socket.getaddrinfo."""
        found: asyncio.Future[list[Any]] = self.create_future()

        def look_up() -> None:
            try:
                result = socket.getaddrinfo(host, port, family, type, proto, flags)
            except Exception as error:
                self._deliver(found, found.set_exception, error)
            else:
                self._deliver(found, found.set_result, result)

        threading.Thread(target=look_up, name="upload-lookup", daemon=True).start()
        return await found

    def _deliver(
        self, found: "asyncio.Future[list[Any]]", setter: Callable[[Any], None], value: object
    ) -> None:
        def unless_cancelled() -> None:
            if not found.done():
                setter(value)

        # Closed meanwhile: nobody wants to know any more.
        with suppress(RuntimeError):
            self.call_soon_threadsafe(unless_cancelled)
