"""The load generator: a process of its own that posts prepared requests over kept-alive connections.

It reads its orders from standard input, and prints what happened, both as JSON. The requests are bytes before the
clock starts; of an answer it reads the status and the length, and nothing else, so that on a small machine the
server keeps most of the processor.
"""

import asyncio
import sys
import time
from collections import Counter
from typing import Any

import msgspec
import uvloop


class Orders(msgspec.Struct):
    """What to send where: whole requests, taken in turn by every connection."""

    host: str
    port: int
    connections: int
    warm_up_seconds: float
    seconds: float
    requests: list[bytes]


class Outcome(msgspec.Struct):
    """What was measured after the warm-up. Latencies in milliseconds, in no order."""

    seconds: float
    statuses: dict[int, int]
    latencies: list[float]


class Connection(asyncio.Protocol):
    """One connection: sends the next request as soon as the last one is answered."""

    def __init__(self, orders: Orders, begin: float, first: int) -> None:
        self.ended = asyncio.get_running_loop().create_future()
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []
        self._requests = orders.requests
        self._next = first
        self._begin = begin
        self._end = begin + orders.seconds
        self._buffer = b""
        self._sent = 0.0

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Note the answer when it is complete, and go on."""
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < content_length(head):
            return
        now = time.perf_counter()
        self._buffer = b""
        if self._sent >= self._begin:
            self.statuses[int(head[9:12])] += 1
            self.latencies.append((now - self._sent) * 1000)
        if now < self._end:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's own
        """The end, wanted or not: the time tells."""
        if not self.ended.done():
            self.ended.set_result(None)

    def _send(self) -> None:
        request = self._requests[self._next % len(self._requests)]
        self._next += 1
        self._sent = time.perf_counter()
        self._transport.write(request)


def content_length(head: bytes) -> int:
    """The length of the body that follows a head.

    >>> content_length(b"HTTP/1.1 201 Created\\r\\nContent-Length: 42\\r\\nx: y")
    42
    """
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0])


async def run(orders: Orders) -> Outcome:
    """Send from all connections until the time is up."""
    loop = asyncio.get_running_loop()
    begin = time.perf_counter() + orders.warm_up_seconds
    connections = []
    for number in range(orders.connections):
        _, connection = await loop.create_connection(
            lambda number=number: Connection(orders, begin, number * 7), orders.host, orders.port
        )
        connections.append(connection)
    await asyncio.gather(*(connection.ended for connection in connections))
    seconds = time.perf_counter() - begin
    statuses = sum((connection.statuses for connection in connections), Counter())
    latencies = [one for connection in connections for one in connection.latencies]
    return Outcome(seconds, dict(statuses), latencies)


if __name__ == "__main__":
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Orders)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(given))))
