"""The load generator: a process of its own that sends prepared requests over kept-alive connections.

`send` starts it. It reads its orders from standard input, and prints what happened, both as JSON. The requests are bytes before the
clock starts; of an answer it reads the status and the length, and nothing else, so that on a small machine the
server keeps most of the processor.
"""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from functools import partial
from http.client import HTTPConnection
from typing import Any

import msgspec
import uvloop

from benchmarks.figures import Row, percentile, spread


class Orders(msgspec.Struct):
    """What to send where: whole requests, taken in turn by every connection."""

    host: str
    port: int
    connections: int
    seconds: float
    requests: list[bytes]


class Outcome(msgspec.Struct):
    """What happened; latencies in milliseconds."""

    seconds: float
    statuses: dict[int, int]
    latencies: list[float]
    lost: int


def send(orders: Orders, *, expected: int) -> Outcome:
    """Send from a process of its own. Ends the run unless every answer has the expected status."""
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.client"],
        input=msgspec.json.encode(orders),
        stdout=subprocess.PIPE,
        check=True,
        timeout=orders.seconds * 3 + 60,
    )
    outcome = msgspec.json.decode(result.stdout, type=Outcome)
    if set(outcome.statuses) != {expected} or outcome.lost:
        raise SystemExit(f"statuses {outcome.statuses}, connections lost {outcome.lost}")
    return outcome


def request(method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> bytes:
    """A whole request as it travels.

    >>> request("GET", "/readyz", {"Host": "here"})
    b'GET /readyz HTTP/1.1\\r\\nHost: here\\r\\n\\r\\n'
    """
    fields = headers | ({} if body is None else {"Content-Length": str(len(body))})
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + (body or b"")


def figures_of(outcome: Outcome) -> Row:
    """Rate and latencies."""
    return {
        "per_second": len(outcome.latencies) / outcome.seconds,
        "p50_ms": percentile(outcome.latencies, 50),
        "p99_ms": percentile(outcome.latencies, 99),
    }


def time_gets(port: int, path: str, headers: dict[str, str], runs: int) -> tuple[bytes, Row]:
    """GET the same thing one time after another from this process; the last body, and how long it took."""
    times = []
    connection = HTTPConnection("127.0.0.1", port)
    with closing(connection):
        for _ in range(runs):
            started = time.perf_counter()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            times.append((time.perf_counter() - started) * 1000)
            if answer.status != 200:
                raise SystemExit(f"GET {path}: {answer.status} {body[:1000]!r}")
    return body, spread(times)


class Connection(asyncio.Protocol):
    """One connection: sends the next request as soon as the last one is answered."""

    def __init__(self, orders: Orders, begin: float, first: int) -> None:
        self.ended = asyncio.get_running_loop().create_future()
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []
        self.finished = False
        self._requests = orders.requests
        self._next = first
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
        self.statuses[int(head[9:12])] += 1
        self.latencies.append((now - self._sent) * 1000)
        if now < self._end:
            self._send()
        else:
            self.finished = True
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's own
        """The end, wanted or not: `finished` tells."""
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
    connections = []
    begin = time.perf_counter()
    for number in range(orders.connections):
        first = (
            number * len(orders.requests) // orders.connections
        )  # no two send the same at a time
        _, connection = await loop.create_connection(
            partial(Connection, orders, begin, first), orders.host, orders.port
        )
        connections.append(connection)
    await asyncio.gather(*(connection.ended for connection in connections))
    seconds = time.perf_counter() - begin
    statuses = sum((connection.statuses for connection in connections), Counter[int]())
    latencies = [one for connection in connections for one in connection.latencies]
    lost = sum(not connection.finished for connection in connections)
    return Outcome(seconds, dict(statuses), latencies, lost)


if __name__ == "__main__":
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Orders)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(given))))
