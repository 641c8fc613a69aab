"""HTTP in one process or several: uvicorn with uvloop and httptools over an already listening socket.

With several workers each is a child process of its own with the same socket; a worker that dies is
started again. What they share (tokens, idempotency, catalogs' versions) they share through the database.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator

import structlog
import uvicorn

from cuadra.app import open_server
from cuadra.database.pool import DatabaseUnavailable

STOP_SECONDS = 30
RESTART_SECONDS = 1.0
URL_VARIABLE = "CUADRA_WORKER_DATABASE_URL"
_READY = b"ready\n"
_log = structlog.get_logger("cuadra")


class HttpServer(uvicorn.Server):
    """uvicorn that says when it answers, and leaves signals to us: PostgreSQL has to stop after it."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then say so."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing to capture."""
        yield


async def serve_here(
    database_url: str, listener: socket.socket, stop: asyncio.Event, on_ready: Callable[[], None]
) -> None:
    """Serve in this process until `stop` is set; requests under way are finished.

    Raises `DatabaseUnavailable` when the database does not answer at the start.
    """
    async with open_server(database_url) as app:
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            lifespan="off",
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        server = HttpServer(config, on_ready)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        server.should_exit = True
        await serving


async def serve_with_workers(
    count: int,
    database_url: str,
    listener: socket.socket,
    stop: asyncio.Event,
    on_ready: Callable[[], None],
) -> None:
    """Serve in `count` child processes until `stop` is set."""
    waiting = count

    def one_is_ready() -> None:
        nonlocal waiting
        waiting -= 1
        if waiting == 0:
            on_ready()

    workers = (_keep_worker(database_url, listener, stop, one_is_ready) for _ in range(count))
    await asyncio.gather(*workers)


async def _keep_worker(
    database_url: str, listener: socket.socket, stop: asyncio.Event, on_ready: Callable[[], None]
) -> None:
    """Run one worker, and run it again whenever it dies before its time."""
    while not stop.is_set():
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cuadra.http",
            str(listener.fileno()),
            str(os.getpid()),
            pass_fds=(listener.fileno(),),
            env=os.environ | {URL_VARIABLE: database_url},
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C reaches us, and we stop the workers in order
        )
        assert worker.stdout is not None
        if await worker.stdout.readline() == _READY:
            on_ready()
        ended = asyncio.create_task(worker.wait())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not ended.done():
            worker.send_signal(signal.SIGTERM)
            await ended
        elif not stop.is_set():
            _log.warning("a worker ended and is started again", exit_code=worker.returncode)
            await asyncio.sleep(RESTART_SECONDS)


async def _work(database_url: str, listener: socket.socket, parent: int) -> None:
    """The life of one worker: until it is told to stop, or the process that started it is gone."""
    stop = asyncio.Event()
    ready = False
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def watch_parent() -> None:
        if os.getppid() != parent:
            if not ready:  # nobody is being answered yet, and nothing else would end a start
                os._exit(1)
            stop.set()
        loop.call_later(1, watch_parent)

    watch_parent()

    def on_ready() -> None:
        nonlocal ready
        ready = True
        sys.stdout.buffer.write(_READY)
        sys.stdout.buffer.flush()

    try:
        await serve_here(database_url, listener, stop, on_ready)
    except DatabaseUnavailable as error:  # it is started again
        _log.warning("a worker found no database", error=str(error))


if __name__ == "__main__":
    import uvloop

    from cuadra.logs import configure_logs

    configure_logs()
    uvloop.run(
        _work(os.environ[URL_VARIABLE], socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
    )
