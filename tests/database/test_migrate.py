"""Migrations on real servers of two PostgreSQL versions: what is applied, what is refused, and who may do it."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import pytest_asyncio

from cuadra.database import binaries
from cuadra.database.embedded import EmbeddedServer
from cuadra.database.migrate import migrate
from cuadra.errors import SetupError

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST = "CREATE TABLE books.first (id int);\nINSERT INTO books.first SELECT 100 % 7;\n"
SECOND = "CREATE TABLE books.second (id int);\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[18, 16])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[EmbeddedServer]:
    folder = Path(tempfile.mkdtemp(prefix="cuadra-test-"))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    cluster = folder / "postgres"
    password = folder / "password"
    password.touch(0o600)
    password.write_text("secret")
    account = binaries.choose_account(cluster)
    binaries.create_cluster(
        binaries.find_programs(request.param), cluster, "cuadra", "secret", account
    )
    server = EmbeddedServer(folder)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
        shutil.rmtree(folder)


@pytest_asyncio.fixture(loop_scope="module")
async def url(server: EmbeddedServer) -> AsyncIterator[str]:
    """A new empty database."""
    await execute(server.url, "CREATE DATABASE fresh")
    yield urlsplit(server.url)._replace(path="/fresh").geturl()
    await execute(server.url, "DROP DATABASE fresh WITH (FORCE)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two migrations."""
    (tmp_path / "0001_first.sql").write_text(FIRST)
    (tmp_path / "0002_second.sql").write_text(SECOND)
    (tmp_path / "__init__.py").touch()
    return tmp_path


async def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(statement.encode())
        return await cursor.fetchall() if cursor.description else []


async def login(url: str, name: str, rights: str) -> str:
    """Make a login of its own for the test; the URL it connects with."""
    await execute(url, f"CREATE ROLE {name} LOGIN PASSWORD 'p' {rights}")
    parts = urlsplit(url)
    return parts._replace(netloc=f"{name}:p@").geturl()


async def forget(url: str, *names: str) -> None:
    """Drop roles and what they hold in this database."""
    for name in names:
        await execute(url, f"DROP OWNED BY {name} CASCADE")
        for database, *_ in await execute(
            url, f"SELECT datname FROM pg_database d WHERE datdba = '{name}'::regrole"
        ):
            await execute(url, f"ALTER DATABASE {database} OWNER TO cuadra")
        await execute(url, f"DROP ROLE {name}")


async def test_applies_in_order_and_once(url: str, folder: Path) -> None:
    assert await migrate(url, folder=folder) == ["0001_first", "0002_second"]
    assert await migrate(url, folder=folder) == []
    assert await execute(url, "SELECT id FROM books.first") == [(2,)]
    (folder / "0010_third.sql").write_text("ALTER TABLE books.first ADD name text")
    assert await migrate(url, folder=folder) == ["0010_third"]
    applied = await execute(url, "SELECT number, name FROM control.migration ORDER BY 1")
    assert applied == [(1, "0001_first"), (2, "0002_second"), (10, "0010_third")]


async def test_everything_belongs_to_the_owner_role(url: str, folder: Path) -> None:
    await migrate(url, folder=folder)
    schemas = "SELECT nspname, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname IN ('books', 'control')"
    assert {owner for _, owner in await execute(url, schemas)} == {"cuadra_owner"}
    tables = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('books', 'control')"
    assert await execute(url, tables) == [("cuadra_owner",)]
    roles = "SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname IN ('cuadra_owner', 'cuadra_application')"
    assert await execute(url, roles) == [(False, False), (False, False)]


async def test_processes_that_start_together_apply_it_once(url: str, folder: Path) -> None:
    results = await asyncio.gather(*(migrate(url, folder=folder) for _ in range(4)))
    assert sorted(map(len, results)) == [0, 0, 0, 2]


async def test_a_changed_file_is_noticed_but_not_a_newline(url: str, folder: Path) -> None:
    await migrate(url, folder=folder)
    (folder / "0001_first.sql").write_bytes(FIRST.replace("\n", "\r\n").encode())
    assert await migrate(url, folder=folder) == []
    (folder / "0001_first.sql").write_text(FIRST + "-- more\n")
    with pytest.raises(SetupError, match="0001_first was changed after it was applied"):
        await migrate(url, folder=folder)


async def test_a_newer_database_is_refused(url: str, folder: Path) -> None:
    await migrate(url, folder=folder)
    (folder / "0002_second.sql").unlink()
    with pytest.raises(SetupError, match=r"database is newer than this program.*0002_second"):
        await migrate(url, folder=folder)


async def test_a_migration_slipped_in_below_is_refused(url: str, folder: Path) -> None:
    (folder / "0002_second.sql").rename(folder / "0003_second.sql")
    await migrate(url, folder=folder)
    (folder / "0002_late.sql").write_text("SELECT 1")
    with pytest.raises(SetupError, match="0002_late was never applied"):
        await migrate(url, folder=folder)


async def test_a_failing_migration_leaves_nothing_and_can_be_repaired(
    url: str, folder: Path
) -> None:
    (folder / "0002_second.sql").write_text(SECOND + "SELECT nothing_like_that;")
    with pytest.raises(
        SetupError, match=r'0002_second failed: column "nothing_like_that" does not exist'
    ):
        await migrate(url, folder=folder)
    assert await execute(
        url, "SELECT to_regclass('books.first') IS NULL, to_regclass('books.second') IS NULL"
    ) == [(False, True)]
    (folder / "0002_second.sql").write_text(SECOND)
    assert await migrate(url, folder=folder) == ["0002_second"]


async def test_a_migration_may_not_end_its_transaction(url: str, folder: Path) -> None:
    (folder / "0001_first.sql").write_text("CREATE TABLE books.first (id int); COMMIT;")
    with pytest.raises(SetupError, match="0001_first ends its own transaction"):
        await migrate(url, folder=folder)


async def test_a_managed_administrator_who_may_only_create_roles(url: str, folder: Path) -> None:
    # As on a managed server that nobody else has prepared.
    await execute(url, "DROP ROLE IF EXISTS cuadra_owner, cuadra_application")
    administrator = await login(url, "administrator", "CREATEROLE NOSUPERUSER")
    await execute(url, "ALTER DATABASE fresh OWNER TO administrator")
    try:
        assert await migrate(administrator, folder=folder) == ["0001_first", "0002_second"]
        assert await migrate(administrator, folder=folder) == []
        assert (
            await execute(administrator, "SET ROLE cuadra_application; SELECT current_user") == []
        )
        assert await execute(administrator, "SELECT count(*) FROM books.second") == [(0,)]
    finally:
        await execute(url, "DROP OWNED BY cuadra_owner CASCADE")
        await execute(url, "DROP ROLE cuadra_owner, cuadra_application")
        await forget(url, "administrator")


async def test_a_login_without_rights_is_told_what_to_run(url: str, folder: Path) -> None:
    await migrate(url, folder=folder)
    nobody = await login(url, "plain", "NOCREATEROLE")
    try:
        with pytest.raises(
            SetupError,
            match=r"login plain may not set up role cuadra_owner.*`GRANT cuadra_owner TO",
        ):
            await migrate(nobody, folder=folder)
        await execute(url, "GRANT cuadra_owner, cuadra_application TO plain")
        assert await migrate(nobody, folder=folder) == []
        await execute(url, "CREATE DATABASE other")
        other = urlsplit(nobody)._replace(path="/other").geturl()
        with pytest.raises(SetupError, match="`GRANT CREATE ON DATABASE other TO cuadra_owner`"):
            await migrate(other, folder=folder)
    finally:
        await execute(url, "DROP DATABASE IF EXISTS other")
        await forget(url, "plain")


async def test_a_foreign_schema_is_not_taken_over(url: str, folder: Path) -> None:
    await execute(url, "CREATE SCHEMA books")
    with pytest.raises(SetupError, match="schema books belongs to cuadra: use an empty database"):
        await migrate(url, folder=folder)


async def test_no_server_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot connect to the database") as refusal:
        await migrate(f"postgresql://a:secret-word@/x?host={tmp_path}", folder=tmp_path)
    assert "\n" not in str(refusal.value)
    assert "secret-word" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("first.sql", "not named like 0001_name.sql"),
        ("0001_again.sql", "two migrations have number 0001"),
    ],
)
async def test_bad_file_names(folder: Path, name: str, message: str) -> None:
    (folder / name).write_text("SELECT 1")
    with pytest.raises(SetupError, match=message):
        await migrate("postgresql:///never_reached", folder=folder)
