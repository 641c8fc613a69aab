"""Many clients at once, of one process or of several over the same books."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from tests.dialects.siigo.client import Siigo

CLIENTS = 10
Call = Callable[[int], Awaitable[httpx2.Response]]


class Crowd:
    """Everybody's client: each request goes to the next of the processes."""

    def __init__(self, processes: list[Siigo]) -> None:
        self.processes = processes
        self._next = itertools.cycle(processes)

    def __getattr__(self, name: str) -> Any:
        return getattr(next(self._next), name)


async def at_once(call: Call, clients: int = CLIENTS) -> list[httpx2.Response]:
    """What ten clients get that ask at the same time."""
    return await asyncio.gather(*(call(client) for client in range(clients)))


def outcomes(answers: list[httpx2.Response]) -> Counter[tuple[int, str]]:
    """How often each status and error code came."""
    return Counter((a.status_code, a.headers.get("siigoapi-error-code", "")) for a in answers)
