"""One seed from beginning to end: its clients and faults against an installation, and then what must hold."""

import asyncio
from dataclasses import dataclass

from tests.faults.checks import everything_wrong
from tests.faults.client import Client
from tests.faults.found import Found, read_all
from tests.faults.injection import inject
from tests.faults.installation import COMPLAINT, PANIC, Installation, NotServing
from tests.faults.memory import Memory
from tests.faults.plan import Plan, draw_plan
from tests.faults.scene import Scene
from tests.faults.session import Session, Stuck

SEED_SECONDS = 180


@dataclass
class Result:
    """What became of a seed. `found` is None when it did not get that far."""

    plan: Plan
    memory: Memory
    company: str = ""
    found: Found | None = None

    @property
    def wrong(self) -> list[str]:
        """What is wrong; empty when nothing."""
        return self.memory.wrong


async def run_seed(installation: Installation, seed: int) -> Result:
    """Run a seed on an installation, which is started as the plan wants it, and left running."""
    plan = draw_plan(seed)
    memory = Memory(seed)
    result = Result(plan, memory)
    try:
        async with asyncio.timeout(SEED_SECONDS):
            await _run(installation, result)
    except* (Stuck, NotServing, TimeoutError) as errors:
        for error in errors.exceptions:
            memory.complain(f"not carried through: {error!r}")
    for line in installation.log.complaints(COMPLAINT):
        memory.complain(f"the server's log: {line}")
    for line in installation.postgres_log.complaints(PANIC):
        memory.complain(f"PostgreSQL's log: {line}")
    return result


async def _run(installation: Installation, result: Result) -> None:
    plan, memory = result.plan, result.memory
    await installation.serve(plan.workers)
    installation.clock.set(plan.start)
    login = await installation.make_company(plan.seed)
    result.company = login.company
    scene = Scene(plan, installation, memory, login)
    clients = [Client(scene, f"c{number}") for number in range(plan.clients)]
    async with asyncio.TaskGroup() as together:
        together.create_task(inject(scene))
        for number, client in enumerate(clients):
            together.create_task(client.run(number))
    for client in clients:
        client.close()
    await _be_quiet(installation, memory)
    last = Client(scene, "last")
    await last.settle()
    last.close()
    session = Session(scene, "check")
    found = await read_all(session, memory, installation.address.owner_url, login.company)
    session.close()
    result.found = found
    for wrong in everything_wrong(memory, found):
        memory.complain(wrong)
    for difference in await installation.differences(login.company):
        memory.complain(f"verify: {difference}")
    for path in ("/healthz", "/readyz"):
        if not await installation.answers(path):
            memory.complain(f"{path} does not answer")


async def _be_quiet(installation: Installation, memory: Memory) -> None:
    """Let what clients have left under way come to an end: a stop in order waits for it."""
    if code := await installation.stop():
        memory.complain(f"a server told to stop ended with exit code {code}")
    await installation.start()
