"""HTTP/1.1 over a bare connection: one can stop at any byte, which no client library lets one do.

It reads what this server sends (a length, never chunks) and nothing more.
"""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.faults.plan import Manner

HOST = "127.0.0.1"
ANSWER_SECONDS = 25  # more than any fault keeps a request waiting
SLOW_SECONDS = 0.2


class Lost(Exception):
    """There is no answer, though the server may have done what was asked."""


class NotSent(Exception):
    """The server never got the whole request, so it cannot have done anything."""


class HalfSent(NotSent):
    """That was on purpose."""


class Hung(Exception):
    """The connection stands, and no answer comes."""


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def value(self) -> Any:
        """The body as a value."""
        return json.loads(self.body)


class Request(NamedTuple):
    """What is sent; `body` None sends none."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None = None

    @property
    def head(self) -> bytes:
        """The lines before the body."""
        fields = {"Host": HOST, **self.headers}
        if self.body is not None:
            fields |= {"Content-Type": "application/json", "Content-Length": str(len(self.body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{lines}\r\n".encode()


class Connection:
    """A connection to a port, opened when it is needed and kept while the server keeps it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    def close(self) -> None:
        """End the connection at once; what is under way is lost."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    async def ask(
        self, request: Request, manner: Manner = Manner.WHOLE, bite: float = 0.5
    ) -> Answer:
        """Send a request in some manner. Raises `Lost`, `NotSent` or `Hung` when there is no answer."""
        reader, writer = await self._open()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await _send(writer, request, manner, bite)
                if manner is Manner.CUT:
                    await reader.read(1 + int(bite * 300))
                    raise Lost("closed while the answer was read")
                answer = await _read(reader)
        except TimeoutError:
            self.close()
            raise Hung(f"no answer in {ANSWER_SECONDS} seconds") from None
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise Lost(type(error).__name__) from error
        except BaseException:
            self.close()
            raise
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The connection, made anew when the server has closed it. Raises `NotSent`."""
        if self._reader is None or self._writer is None or self._reader.at_eof():
            self.close()
            try:
                self._reader, self._writer = await asyncio.open_connection(HOST, self._port)
            except OSError as error:
                raise NotSent(type(error).__name__) from error
        return self._reader, self._writer


async def _send(
    writer: asyncio.StreamWriter, request: Request, manner: Manner, bite: float
) -> None:
    data = request.head + (request.body or b"")
    if manner in (Manner.HALF, Manner.SLOW):
        half = max(1, min(len(data) - 1, int(len(data) * bite)))
        writer.write(data[:half])
        await writer.drain()
        if manner is Manner.HALF:
            raise HalfSent("half of it sent")
        await asyncio.sleep(SLOW_SECONDS * bite)
        data = data[half:]
    writer.write(data)
    await writer.drain()
    if manner is Manner.DROPPED:
        if bite < 0.5:  # an orderly end; otherwise whatever closing at once does
            with contextlib.suppress(OSError):
                writer.write_eof()
        raise Lost("closed after sending")


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = (line.partition(":") for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    body = await reader.readexactly(int(headers["content-length"]))
    return Answer(int(head[0].split()[1]), headers, body)
