"""Serving on a PostgreSQL of the machine's own, named by URL: another version, another installation.

The machine's binaries are run on a temporary folder; without any, these tests are skipped and say so.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.serving import data_folder, invoice, run_cuadra, serving, wait_for

OLDEST = 15
SYSTEM = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))


def user() -> str:
    """Who may run PostgreSQL: not root, but the user its package made."""
    name = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    try:
        pwd.getpwnam(name)
    except KeyError:
        pytest.skip("there is no user postgres to run the machine's PostgreSQL as")
    return name


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """A running server of the machine's own PostgreSQL: a superuser's login over a private socket."""
    binaries = next((path for path in SYSTEM if int(path.parent.name) >= OLDEST), None)
    if binaries is None:
        pytest.skip(f"this machine has no PostgreSQL {OLDEST} or newer of its own")
    runner = user()
    folder = Path(tempfile.mkdtemp(prefix="cuadra-system-"))
    shutil.chown(folder, runner)
    cluster = folder / "cluster"
    run_as = {"user": runner, "cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    subprocess.run(
        [binaries / "initdb", "-D", cluster, "-U", "boss", "--auth=trust", "-E", "UTF8", "-N"],
        check=True,
        **run_as,
    )
    process = subprocess.Popen(
        [binaries / "postgres", "-D", cluster, "-k", folder, "-c", "listen_addresses="], **run_as
    )
    url = f"postgresql://boss@/postgres?host={folder}"
    try:
        wait_for(lambda: answers(url))
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        shutil.rmtree(folder)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.slow
def test_a_superuser_and_a_plain_owner_both_serve(server_url: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE shop LOGIN CREATEROLE")
        connection.execute("CREATE DATABASE books OWNER shop")
    plain = server_url.replace("boss@/postgres", "shop@/books")
    for url in (server_url, plain):
        with data_folder() as folder:
            settings = {"CUADRA_DATABASE_URL": url}
            with serving(folder, environment=settings) as server:
                headers = server.sign_in()
                answer = server.client.post("/v1/invoices", json=invoice(), headers=headers)
                assert answer.status_code == 201, answer.text
                assert server.stop() == 0
            checked = run_cuadra(folder, "verify", **settings)
            assert (checked.returncode, "demo: the books balance" in checked.stdout) == (0, True)
            assert not (folder / "postgres").exists()


@pytest.mark.slow
def test_a_database_that_is_not_there_is_one_line() -> None:
    with data_folder() as folder:
        nowhere = f"postgresql://nobody@/none?host={folder}"
        done = run_cuadra(folder, "serve", CUADRA_DATABASE_URL=nowhere)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
