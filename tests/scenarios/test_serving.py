"""`cuadra serve` from the outside: it starts, says why when it cannot, survives its database, and stops in order."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cuadra.banner import DEMO_COMPANIES
from cuadra.catalog.company_file import load_built_in
from tests.serving import (
    DEMO_LOGIN,
    NotServing,
    ServerProcess,
    data_folder,
    free_port,
    invoice,
    is_running,
    run_cuadra,
    serving,
    wait_for,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def used_folder() -> Iterator[Path]:
    """A data folder that was served from before, with the demo companies in it."""
    with data_folder() as folder:
        with serving(folder) as server:
            assert server.stop() == 0
        yield folder


@pytest.fixture
def folder(used_folder: Path) -> Path:
    """The same, for one test after the other."""
    return used_folder


def refusal(folder: Path, *arguments: str, **environment: str) -> str:
    """Why the server does not start: exactly one line, with exit code 1 and nothing on standard output."""
    result = run_cuadra(folder, "serve", *arguments, **environment)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("cuadra: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("cuadra: ").strip()


class TestStarting:
    def test_the_banner_tells_all_a_newcomer_needs(self, folder: Path) -> None:
        with serving(folder) as server:
            wait_for(lambda: server.said.count("\n") > 10)
            said = server.said
        assert server.url in said
        assert f"{server.url}/readyz" in said
        assert str(folder) in said
        assert "rate limits and blocking are off" in said
        for name in DEMO_COMPANIES:
            file = load_built_in(name)
            assert file.company.legal_name in said
            for credential in file.credentials:
                assert credential.secret in said
                assert credential.identity in said

    def test_an_existing_folder_is_served_soon(self, folder: Path) -> None:
        started = time.monotonic()
        with serving(folder):
            assert time.monotonic() - started < 15  # measured: under 2; the machine may be busy

    def test_without_the_demo_it_says_nothing_of_it_and_lets_nobody_in(self) -> None:
        with data_folder() as folder, serving(folder, "--no-demo") as server:
            assert "demo" not in server.said.lower()
            answer = server.client.post("/auth", json=DEMO_LOGIN)
            assert (answer.status_code, "access_token" in answer.text) == (400, False)

    def test_the_command_line_works_on_the_books_being_served(self, folder: Path) -> None:
        with serving(folder):
            listed = run_cuadra(folder, "company", "list")
        assert listed.returncode == 0, listed.stderr
        assert "Comercial Demo S.A.S." in listed.stdout


class TestRefusing:
    def test_a_port_in_use(self, folder: Path) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            reason = refusal(folder, "--port", str(port))
        assert f"port {port} of 127.0.0.1 is in use by another program" in reason
        assert "CUADRA_PORT" in reason

    def test_a_folder_in_use(self, folder: Path) -> None:
        with serving(folder) as server:
            reason = refusal(folder)
            assert "data folder in use by another process" in reason
            assert str(server.process.pid) in reason
            assert server.is_ready()

    def test_a_port_that_is_none(self, folder: Path) -> None:
        assert "CUADRA_PORT is '80a20'" in refusal(folder, CUADRA_PORT="80a20")

    def test_a_database_that_is_not_there(self, folder: Path) -> None:
        url = f"postgresql://nobody@127.0.0.1:{free_port()}/none?connect_timeout=2"
        assert "database" in refusal(folder, CUADRA_DATABASE_URL=url)

    def test_the_demo_where_others_could_reach_it(self, folder: Path) -> None:
        # An address of nobody (RFC 5737): should the check be lost, binding fails instead of opening a door.
        reason = refusal(folder, "--host", "192.0.2.1")
        assert "demo companies' keys are public" in reason
        assert "--no-demo" in reason and "--demo-anywhere" in reason
        anyway = refusal(folder, "--host", "192.0.2.1", "--demo-anywhere")
        assert "cannot be used" in anyway


class TestTheDatabaseDies:
    def test_it_is_restarted_and_the_server_with_it(self, folder: Path) -> None:
        with serving(folder) as server:
            headers = server.sign_in()
            killed = server.postgres()
            os.kill(killed, signal.SIGKILL)
            statuses = []
            give_up = time.monotonic() + 30
            while 201 not in statuses and time.monotonic() < give_up:
                answer = server.client.post("/v1/invoices", json=invoice(), headers=headers)
                statuses.append(answer.status_code)
                assert answer.status_code in (201, 503), answer.text
            assert statuses[-1] == 201
            assert server.postgres() != killed
            assert server.stop() == 0

    def test_meanwhile_requests_get_the_vendors_503(self, folder: Path) -> None:
        control = folder / "postgres/global/pg_control"
        aside = control.with_name("pg_control.aside")
        with serving(folder) as server:
            headers = server.sign_in()
            control.rename(aside)  # so that it cannot come back before we have looked
            try:
                os.kill(server.postgres(), signal.SIGKILL)
                wait_for(lambda: not server.is_ready())
                read = server.client.get("/v1/invoices", headers=headers)
                write = server.client.post("/v1/invoices", json=invoice(), headers=headers)
                alive = server.client.get("/healthz")
            finally:
                aside.rename(control)
            for answer in (read, write):
                assert answer.status_code == 503
                body = answer.json()
                assert body["Status"] == 503
                assert body["Errors"][0]["Code"]
                assert answer.headers["siigoapi-error-code"] == body["Errors"][0]["Code"]
            assert alive.status_code == 200
            wait_for(server.is_ready)
            answer = server.client.post("/v1/invoices", json=invoice(), headers=headers)
            assert answer.status_code == 201, answer.text


class TestStopping:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_it_stops_with_its_database(self, folder: Path, number: int) -> None:
        with serving(folder) as server:
            database = server.postgres()
            assert server.stop(number) == 0
            assert not is_running(database)
            assert not (folder / "address").exists()
            assert not (folder / "postgres/postmaster.pid").exists()

    def test_requests_under_way_are_finished(self, folder: Path) -> None:
        with serving(folder) as server:
            headers = server.sign_in()
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
                body = json.dumps(invoice()).encode()
                _send_head(connection, headers, len(body))
                server.process.send_signal(signal.SIGTERM)
                wait_for(lambda: not _accepts(server))
                connection.sendall(body)
                answer = _read_answer(connection)
            assert b" 201 " in answer.split(b"\r\n", 1)[0]
            assert server.process.wait(20) == 0

    def test_a_killed_server_leaves_its_books_whole(self, folder: Path) -> None:
        acknowledged: list[str] = []
        with serving(folder) as server:
            before = _count(server)
            headers = server.sign_in()
            database = server.postgres()
            killer = threading.Timer(1.0, server.process.kill)
            killer.start()
            try:
                while True:
                    answer = server.client.post("/v1/invoices", json=invoice(), headers=headers)
                    assert answer.status_code == 201, answer.text
                    acknowledged.append(answer.json()["id"])
            except Exception as error:
                if isinstance(error, AssertionError):
                    raise
            killer.join()
            assert server.process.wait(10) == -signal.SIGKILL
        wait_for(lambda: not is_running(database))
        assert acknowledged
        with serving(folder) as server:
            headers = server.sign_in()
            # The one in flight may have been posted; nothing acknowledged may be missing.
            assert _count(server) - before - len(acknowledged) in (0, 1)
            last = server.client.get(f"/v1/invoices/{acknowledged[-1]}", headers=headers)
            assert last.status_code == 200
            if "verify" in run_cuadra(folder, "--help").stdout:
                verified = run_cuadra(folder, "verify")
                assert verified.returncode == 0, verified.stdout + verified.stderr


class TestWorkers:
    def test_several_serve_the_same_books_and_are_replaced_when_they_die(
        self, folder: Path
    ) -> None:
        with serving(folder, "--workers", "2") as server:
            workers = _children(server.process.pid, "cuadra.http")
            assert len(workers) == 2
            headers = server.sign_in()
            os.kill(workers[0], signal.SIGKILL)
            wait_for(lambda: len(_children(server.process.pid, "cuadra.http")) == 2)
            server.wait_until_ready()
            for _ in range(4):
                answer = server.client.post("/v1/invoices", json=invoice(), headers=headers)
                assert answer.status_code == 201, answer.text
            workers = _children(server.process.pid, "cuadra.http")
            assert server.stop() == 0
            assert not any(is_running(worker) for worker in workers)


def test_a_server_that_cannot_start_says_so_to_its_helper(folder: Path) -> None:
    with (
        pytest.raises(NotServing, match="cannot be used"),
        serving(folder, "--host", "192.0.2.1", "--no-demo"),
    ):
        pass


def _send_head(connection: socket.socket, headers: dict[str, str], length: int) -> None:
    """Begin a POST, and wait until the server asks for its body: then the request is under way."""
    fields = headers | {
        "Host": "127.0.0.1",
        "Content-Type": "application/json",
        "Content-Length": str(length),
        "Expect": "100-continue",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    connection.sendall(f"POST /v1/invoices HTTP/1.1\r\n{head}\r\n".encode())
    assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")


def _read_answer(connection: socket.socket) -> bytes:
    """All the server sends until it closes."""
    answer = b""
    while chunk := connection.recv(65536):
        answer += chunk
    return answer


def _accepts(server: ServerProcess) -> bool:
    """Whether new connections are taken."""
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
    except OSError:
        return False
    return True


def _count(server: ServerProcess) -> int:
    """How many invoices the demo company has."""
    answer = server.client.get("/v1/invoices", headers=server.sign_in())
    return int(answer.json()["pagination"]["total_results"])


def _children(parent: int, words: str) -> list[int]:
    """The running children of a process whose command line has these words."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            command = status.with_name("cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z" and words in command:
            found.append(int(status.parent.name))
    return sorted(found)
