"""`cuadra serve` as its users meet it: a process of its own, spoken to over HTTP and signals.

A server here has its own data folder and a free port of 127.0.0.1. Leaving the context stops it, however the test
ended, and no process survives.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2

PROGRAM = (sys.executable, "-m", "cuadra.cli")
READY_SECONDS = 60
STOP_SECONDS = 40
DEMO_LOGIN = {"username": "demo@cuadra.local", "access_key": "demo-access-key"}
CLOSED = (signal.SIGTERM, signal.SIGKILL)


class NotServing(Exception):
    """The process ended, or did not answer in time; the message is what it said."""


class ServerProcess:
    """A running `cuadra serve`."""

    def __init__(
        self, process: subprocess.Popen[bytes], port: int, folder: Path, output: Path
    ) -> None:
        self.process = process
        self.port = port
        self.folder = folder
        self._output = output
        self.client = httpx2.Client(base_url=self.url, timeout=30)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """What it printed so far: the banner."""
        return self._output.read_text(encoding="utf-8")

    @property
    def complained(self) -> str:
        """What it wrote to standard error so far: its log, or the reason it ended."""
        return self._output.with_suffix(".err").read_text(encoding="utf-8")

    def wait_until_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait for the banner and for /readyz. Raises `NotServing`."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            if self.process.poll() is not None:
                raise NotServing(f"exit code {self.process.returncode}: {self.complained}")
            if "ready" in self.said and self.is_ready():
                return
            time.sleep(0.02)
        raise NotServing(f"not ready after {seconds} seconds: {self.said}{self.complained}")

    def is_ready(self) -> bool:
        """Whether /readyz says so now."""
        try:
            return self.client.get("/readyz").status_code == 200
        except httpx2.TransportError:
            return False

    def sign_in(self, login: Mapping[str, str] = DEMO_LOGIN) -> dict[str, str]:
        """The headers of a client of Siigo Nube that has signed in."""
        answer = self.client.post("/auth", json=dict(login))
        assert answer.status_code == 200, answer.text
        return {
            "Authorization": f"Bearer {answer.json()['access_token']}",
            "Partner-Id": "cuadratests",
        }

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def postgres(self) -> int:
        """The process id of its PostgreSQL."""
        return int((self.folder / "postgres/postmaster.pid").read_text().split("\n", 1)[0])


@contextlib.contextmanager
def serving(
    folder: Path,
    *arguments: str,
    program: Sequence[str] = PROGRAM,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
    wait: bool = True,
) -> Iterator[ServerProcess]:
    """A server on a data folder, ready unless `wait` says otherwise; stopped at the end if it still runs."""
    port = free_port() if port is None else port
    output = folder.parent / f"{folder.name}-{port}.out"
    with output.open("wb") as out, output.with_suffix(".err").open("wb") as err:
        process = subprocess.Popen(
            [*program, "serve", *arguments],
            stdout=out,
            stderr=err,
            env=clean_environment(folder, port) | dict(environment or {}),
            cwd=folder.parent,
        )
    server = ServerProcess(process, port, folder, output)
    try:
        if wait:
            server.wait_until_ready()
        yield server
    finally:
        server.client.close()
        for number in CLOSED:
            if process.poll() is None:
                process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_SECONDS)


def run_cuadra(
    folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run one command on a data folder to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        env=clean_environment(folder, free_port()) | environment,
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=READY_SECONDS,
        check=False,
    )


def clean_environment(folder: Path, port: int) -> dict[str, str]:
    """Our environment with this data folder and port, and none of the developer's own settings."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CUADRA_")}
    return ours | {"CUADRA_DATA": str(folder), "CUADRA_PORT": str(port), "COLUMNS": "200"}


@contextlib.contextmanager
def data_folder() -> Iterator[Path]:
    """The path of a data folder that is not there yet, removed at the end with what stands beside it."""
    parent = Path(tempfile.mkdtemp(prefix="cuadra-serving-"))
    if os.geteuid() == 0:  # PostgreSQL's own user must pass through.
        parent.chmod(0o711)
    try:
        yield parent / "data"
    finally:
        shutil.rmtree(parent)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_running(process: int) -> bool:
    """Whether there is a process with this id that has not ended."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(condition: Any, seconds: float = 30, every: float = 0.05) -> None:
    """Wait until the condition holds. Raises `AssertionError`."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(every)


def invoice(*, price: int = 100, **members: Any) -> dict[str, Any]:
    """The body of a small invoice of the demo company: one taxed item, paid in cash."""
    item = {
        "code": "Item-1",
        "description": "Camiseta de algodón",
        "quantity": 1,
        "price": price,
        "taxes": [{"id": 13156}],
    }
    return {
        "document": {"id": 24446},
        "date": "2026-03-09",
        "customer": {"identification": "13832081", "branch_office": 0},
        "seller": 629,
        "items": [item],
        "payments": [{"id": 5638, "value": round(price * 1.19, 2)}],
    } | members
