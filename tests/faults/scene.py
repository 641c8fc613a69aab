"""What the clients and faults of one seed share: the plan, the server, what is remembered, and how far they are."""

import asyncio
from dataclasses import dataclass, field

from tests.faults.installation import Installation, Login
from tests.faults.memory import Document, Memory
from tests.faults.plan import Plan


@dataclass
class Scene:
    """One seed while it runs."""

    plan: Plan
    installation: Installation
    memory: Memory
    login: Login
    _begun: int = 0
    _over: dict[int, asyncio.Event] = field(default_factory=dict)
    _waiting: list[tuple[int, asyncio.Event]] = field(default_factory=list)
    _rushes: dict[int, asyncio.Barrier] = field(default_factory=dict)

    def begin(self) -> None:
        """Another step begins; whoever waited for so many goes on."""
        self._begun += 1
        for number, event in self._waiting:
            if number <= self._begun:
                event.set()

    async def reached(self, number: int) -> None:
        """Wait until so many steps have begun."""
        event = asyncio.Event()
        self._waiting.append((number, event))
        if self._begun < number:
            await event.wait()

    async def meet(self, rush: int, size: int) -> None:
        """Wait for the others of a rush. They all come, since whatever comes before it waits for no part of it."""
        await self._rushes.setdefault(rush, asyncio.Barrier(size)).wait()

    def end(self, step: int) -> None:
        """A step is over; whoever waited for what it made goes on."""
        self._over.setdefault(step, asyncio.Event()).set()

    async def document_of(self, step: int) -> Document | None:
        """The document that an earlier step asked for, once it is over; None if it asked for none.

        Steps wait for earlier ones only, so they never wait for each other.
        """
        await self._over.setdefault(step, asyncio.Event()).wait()
        return self.memory.documents.get(step)
