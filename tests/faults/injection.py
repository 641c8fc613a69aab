"""Faults as they are done to a running installation, each when so many steps of the clients have begun."""

import asyncio
import signal
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.faults.installation import Installation
from tests.faults.plan import Fault, FaultKind
from tests.faults.processes import Process, command_of, send
from tests.faults.scene import Scene

CLIENT = "[local]"  # in the command line of a PostgreSQL process that serves a connection
AIM_SECONDS = 0.1
COMMITTED = b"COMMIT waiting for"  # it is done, and not yet told
COMMIT_SECONDS = 1.0


async def inject(scene: Scene) -> None:
    """Do all faults of the plan, in order. Raises `NotServing` when the server does not come up again."""
    for fault in scene.plan.faults:
        await scene.reached(fault.after)
        await asyncio.sleep(fault.delay)
        committing = None
        if fault.aimed:
            committing = await _find_backend(scene.installation, b"COMMIT", AIM_SECONDS)
        scene.memory.faults[fault.kind] += 1
        scene.memory.note("FAULT", f"{fault.kind}{' at a commit' if committing else ''}")
        told = await _do(scene, fault, committing)
        scene.memory.note("FAULT", f"{fault.kind}: {told}")


async def _do(scene: Scene, fault: Fault, committing: Process | None) -> str:
    """Do one fault; what is worth telling of it."""
    server = scene.installation
    match fault.kind:
        case FaultKind.KILL_SERVER:
            await server.kill()
            await asyncio.sleep(fault.rest * 0.2)
            await server.start()
        case FaultKind.KILL_STARTING:
            await server.kill()
            await server.launch()
            await asyncio.sleep(fault.rest)
            await server.kill()
            await server.start()
        case FaultKind.STOP_SERVER:
            if code := await server.stop():
                scene.memory.complain(f"a server told to stop ended with exit code {code}")
            await server.start()
        case FaultKind.KILL_WORKER:
            return _signal(server.worker_processes(), fault, signal.SIGKILL)
        case FaultKind.KILL_POSTGRES:
            return _signal(_some(server.postmaster()), fault, signal.SIGKILL)
        case FaultKind.KILL_BACKEND:
            return _signal(_some(committing) or server.backends(), fault, signal.SIGKILL)
        case FaultKind.END_BACKEND:
            clients = [one for one in server.backends() if CLIENT in one.command]
            return _signal(_some(committing) or clients, fault, signal.SIGTERM)
        case FaultKind.LOSE_COMMIT:
            async with server.commits_unanswered():
                waiting = await _find_backend(server, COMMITTED, COMMIT_SECONDS)
                number = signal.SIGKILL if fault.chance < 0.3 else signal.SIGTERM
                return _signal(_some(waiting), fault, number)
        case FaultKind.MOVE_CLOCK:
            server.clock.set(_moved(server.clock.now, fault))
            return f"{server.clock.now:%Y-%m-%d %H:%M:%S} UTC"
    return f"ready again with {server.workers} workers"


async def _find_backend(server: Installation, doing: bytes, seconds: float) -> Process | None:
    """Wait for a connection's process to do something; what it does is in its command line."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        clients = [one for one in server.backends() if CLIENT in one.command]
        for _ in range(100):  # looking who is there takes longer than looking what they do
            for one in clients:
                if doing in command_of(one):
                    return one
            await asyncio.sleep(0)
    return None


def _some(process: Process | None) -> list[Process]:
    return [] if process is None else [process]


def _signal(processes: Sequence[Process], fault: Fault, number: signal.Signals) -> str:
    """Signal one of the processes; there may be none just now, which is the fault of an earlier fault."""
    if not processes:
        return "there is none"
    target = processes[int(fault.chance * len(processes))]
    send(target, number)
    return target.command.strip()[:70]


def _moved(now: datetime, fault: Fault) -> datetime:
    """Where the clock goes: just before midnight or a new month in Bogotá, days ahead, or back."""
    local = now - timedelta(hours=5)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    if fault.chance < 0.25:
        return midnight + timedelta(hours=5) - timedelta(seconds=fault.rest)
    if fault.chance < 0.5:
        next_month = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
        return next_month + timedelta(hours=5) - timedelta(seconds=fault.rest)
    if fault.chance < 0.75:
        return now + timedelta(days=40 * fault.rest)
    return now - timedelta(days=40 * fault.rest)
