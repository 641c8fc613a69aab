"""Thousands of seeds: `python -m tests.faults.soak --seeds N --first F --parallel P`, or `make soak SEEDS=N`.

Each of P streams has a server and data folder of its own, every second one in memory, and runs seed after seed on it, a
new company for each. What fails is told at once, and its stream goes on with a new folder. At the end `cuadra verify`
checks every company of every server once more. The exit code is 1 when anything failed.
"""

import argparse
import asyncio
import shutil
import signal
import sys
import time
from collections.abc import Iterator

from tests.books_check import find_contradictions
from tests.faults.installation import Installation
from tests.faults.plan import draw_plan
from tests.faults.report import Tally, kept, story
from tests.faults.seed import run_seed
from tests.serving import run_cuadra

TOLD_EVERY = 10
TOGETHER = 20  # seeds that are sorted by the number of workers, so that servers restart less often


class Soak:
    """The streams and what they have come to."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.tally = Tally()
        self.unsound = 0
        self._options = options
        self._seeds = _in_order(options.first, options.seeds)
        self._began = time.monotonic()

    async def run(self) -> None:
        """Run all seeds."""
        async with asyncio.TaskGroup() as together:
            for number in range(min(self._options.parallel, self._options.seeds)):
                together.create_task(self._stream(memory=number % 2 == 1))

    async def _stream(self, *, memory: bool) -> None:
        installation = Installation.make(memory=memory)
        try:
            for seed in self._seeds:
                if await self._failed(installation, seed):
                    await self._leave(installation)
                    installation = Installation.make(memory=memory)
            await self._verify(installation)
        finally:
            await installation.close()
            shutil.rmtree(installation.parent)

    async def _failed(self, installation: Installation, seed: int) -> bool:
        result = await run_seed(installation, seed)
        self.tally.add(result)
        if result.wrong:
            say(story(result))
            if self._options.keep:
                say(kept(installation, result))
        if self.tally.seeds % TOLD_EVERY == 0:
            say(self.progress())
        return bool(result.wrong)

    async def _leave(self, installation: Installation) -> None:
        """End a server that failed."""
        await installation.close()
        if not self._options.keep:
            shutil.rmtree(installation.parent)

    async def _verify(self, installation: Installation) -> None:
        """Check all companies of a server together, on the command line and as the database's owner."""
        if not installation.running:
            return
        checked = await asyncio.to_thread(run_cuadra, installation.folder, "verify")
        if checked.returncode:
            self.unsound += 1
            say(f"cuadra verify: exit code {checked.returncode}\n{checked.stdout}{checked.stderr}")
        owner_url = installation.address.owner_url
        for name, rows in (await asyncio.to_thread(find_contradictions, owner_url)).items():
            self.unsound += 1
            say(f"{name}: {rows[:5]}")

    def progress(self) -> str:
        """How far it is."""
        return self.tally.line(self._options.seeds, time.monotonic() - self._began)


def _in_order(first: int, count: int) -> Iterator[int]:
    """The seeds; near ones with the same number of workers follow each other."""
    for start in range(first, first + count, TOGETHER):
        near = range(start, min(start + TOGETHER, first + count))
        yield from sorted(near, key=lambda seed: draw_plan(seed).workers)


def say(text: str) -> None:
    """Tell whoever watches."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def soak(options: argparse.Namespace) -> int:
    """Run until all seeds are through, or a signal comes; the exit code."""
    running = Soak(options)
    task = asyncio.create_task(running.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        say("Stopped.")
    say(running.progress())
    say(running.tally.summary())
    complete = running.tally.seeds == options.seeds
    return int(bool(running.tally.failed) or running.unsound > 0 or not complete)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Run clients and faults against real servers.")
    parser.add_argument("--seeds", type=int, default=50, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--parallel", type=int, default=2, help="servers at a time")
    parser.add_argument("--keep", action="store_true", help="keep the data folder of what failed")
    sys.exit(asyncio.run(soak(parser.parse_args())))


if __name__ == "__main__":
    main()
