"""Brings a database to the version of this program: roles, schemas, then the numbered migrations.

A migration is a file `NNNN_name.sql`, run once, whole or not at all, by the role `cuadra_owner`. What ran is kept in
`control.migration` with a checksum, so that a file edited afterwards, or a database from a newer program, is noticed
before anything is touched. It works with a superuser and with the administrator of a managed PostgreSQL, who is only
allowed to create roles. There is no way back: a mistake is repaired by the next migration.

This module never reads or writes the books, and never takes over a schema that somebody else owns.
"""

import contextlib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from cuadra.errors import SetupError

OWNER = "cuadra_owner"
APPLICATION = "cuadra_application"
_ROLES = (OWNER, APPLICATION)
_SCHEMAS = ("control", "books")
_OLDEST_SERVER = 15
_LOCK = 0x43554144  # "CUAD"; the lock of this database's migrations
_ROLE_ATTEMPTS = 10
_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_TABLE = """\
CREATE TABLE IF NOT EXISTS control.migration (
    number     integer     PRIMARY KEY,
    name       text        NOT NULL,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)"""

_Connection = psycopg.AsyncConnection[TupleRow]


@dataclass(frozen=True)
class _Migration:
    """One file: its number, its name without the ending, its text with plain newlines."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


async def migrate(owner_url: str, *, folder: Traversable | None = None) -> list[str]:
    """Apply what is missing and return the names of the migrations applied now, such as `0001_ledger`.

    Processes that start together wait for each other. `folder` replaces the program's own migrations.
    `owner_url` must be a direct connection: a pooler that shares sessions breaks the lock.

    Raises `SetupError`, in one line, when the server cannot be reached or is older than PostgreSQL 15, the login lacks
    a right, a schema belongs to somebody else, an applied migration was changed, the database is newer than this
    program, or a migration fails (the earlier ones of the same call stay).
    """
    known = _list_migrations(folder or files("cuadra.database").joinpath("migrations"))
    try:
        connection = await psycopg.AsyncConnection.connect(owner_url, autocommit=True)
    except psycopg.Error as error:
        raise SetupError(f"cannot connect to the database: {_first_line(error)}") from error
    async with connection:
        try:
            await _prepare(connection)
            missing = _compute_missing(known, await _list_applied(connection))
            for migration in missing:
                await _apply(connection, migration)
        except psycopg.Error as error:
            raise SetupError(f"cannot prepare the database: {_first_line(error)}") from error
    return [migration.name for migration in missing]


def _list_migrations(folder: Traversable) -> list[_Migration]:
    """The migrations of a folder, by number. Raises `SetupError` for a bad file name or a number used twice."""
    found: dict[int, _Migration] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".sql"):
            continue
        match = _FILE_NAME.fullmatch(file.name)
        if match is None:
            raise SetupError(f"migration {file.name} is not named like 0001_name.sql")
        number = int(match[1])
        if number in found:
            raise SetupError(
                f"two migrations have number {match[1]}: {found[number].name} and {file.name}"
            )
        text = file.read_bytes().decode().replace("\r\n", "\n")
        found[number] = _Migration(number, file.name.removesuffix(".sql"), text)
    return [found[number] for number in sorted(found)]


async def _prepare(connection: _Connection) -> None:
    """What every migration relies on: the lock, the roles, the schemas, the table of migrations."""
    if connection.info.server_version < _OLDEST_SERVER * 10000:
        have = connection.info.server_version // 10000
        raise SetupError(
            f"the server is PostgreSQL {have}: Cuadra needs PostgreSQL {_OLDEST_SERVER} or newer"
        )
    # A limit meant for requests must not cut a long migration, or the wait for another process's.
    await connection.execute(
        "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; "
        "SET client_min_messages = warning"
    )
    await connection.execute(
        "SELECT pg_advisory_lock(%s)", (_LOCK,)
    )  # Released when the session ends.
    for role in _ROLES:
        await _ensure_role(connection, role)
    await _ensure_create(connection)
    async with connection.transaction():
        await _become_owner(connection)
        for schema in _SCHEMAS:
            await _ensure_schema(connection, schema)
        await connection.execute(_TABLE.encode())


async def _ensure_role(connection: _Connection, role: str) -> None:
    """Create the group role if it is missing and make the login a member that may act as it.

    Roles belong to the whole server, so another database's migration may be doing the same: hence the attempts.
    """
    for attempt in range(_ROLE_ATTEMPTS):
        try:
            if not await _one(
                connection, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role]
            ):
                await connection.execute(SQL("CREATE ROLE {} NOLOGIN").format(Identifier(role)))
            if not await _may_act_as(connection, role):
                await _grant(connection, role)
            return
        except (errors.DuplicateObject, errors.UniqueViolation, errors.InternalError_):
            if attempt + 1 == _ROLE_ATTEMPTS:
                raise
        except errors.InsufficientPrivilege as error:
            login = connection.info.user
            raise SetupError(
                f"login {login} may not set up role {role}: as an administrator, run `CREATE ROLE {role} NOLOGIN` "
                f"if it is missing, and `GRANT {role} TO {login}`"
            ) from error


async def _may_act_as(connection: _Connection, role: str) -> bool:
    """Whether the login may SET ROLE and has the role's rights; from PostgreSQL 16 on these are two grants."""
    modes = ["MEMBER", "USAGE"] if connection.info.server_version < 160000 else ["SET", "USAGE"]
    answers = [
        await _one(connection, "SELECT pg_has_role(current_user, %s, %s)", [role, mode])
        for mode in modes
    ]
    return all(answers)


async def _grant(connection: _Connection, role: str) -> None:
    """Make the login a member.

    From PostgreSQL 16 on, whoever creates a role may only administer it, and grants themselves the rest.
    """
    options = "" if connection.info.server_version < 160000 else " WITH INHERIT TRUE, SET TRUE"
    await connection.execute(SQL("GRANT {} TO CURRENT_USER" + options).format(Identifier(role)))


async def _ensure_create(connection: _Connection) -> None:
    """Let the owner role create schemas here; a database we did not make gives it no such right."""
    question = "SELECT has_database_privilege(%s, current_database(), 'CREATE')"
    if await _one(connection, question, [OWNER]):
        return
    database = connection.info.dbname
    grant = SQL("GRANT CREATE ON DATABASE {} TO {}").format(Identifier(database), Identifier(OWNER))
    # Without any right it is an error, with a partial one a warning: the question below covers both.
    with contextlib.suppress(errors.InsufficientPrivilege):
        await connection.execute(grant)
    if not await _one(connection, question, [OWNER]):
        raise SetupError(
            f"login {connection.info.user} may not let {OWNER} create schemas: as the owner of the database, run "
            f"`GRANT CREATE ON DATABASE {database} TO {OWNER}`"
        )


async def _ensure_schema(connection: _Connection, schema: str) -> None:
    """Create the schema if it is missing; one that somebody else owns is not ours to use."""
    owner = await _one(
        connection,
        "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = %s",
        [schema],
    )
    if owner is None:
        await connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
    elif owner != OWNER:
        raise SetupError(
            f"schema {schema} belongs to {owner}: use an empty database, or if it is Cuadra's own, run "
            f"`ALTER SCHEMA {schema} OWNER TO {OWNER}`"
        )


async def _list_applied(connection: _Connection) -> list[tuple[int, str, str]]:
    """Number, name and checksum of what was applied, by number."""
    async with connection.transaction():
        await _become_owner(connection)
        cursor = await connection.execute(
            "SELECT number, name, checksum FROM control.migration ORDER BY number"
        )
        return [(number, name, checksum) for number, name, checksum in await cursor.fetchall()]


def _compute_missing(
    known: Sequence[_Migration], applied: Sequence[tuple[int, str, str]]
) -> list[_Migration]:
    """What is left to apply. Raises `SetupError` when the database and this program do not belong together."""
    by_number = {migration.number: migration for migration in known}
    for number, name, checksum in applied:
        migration = by_number.get(number)
        if migration is None:
            raise SetupError(
                f"database is newer than this program: it has migration {name}; install a newer Cuadra"
            )
        if migration.checksum != checksum:
            raise SetupError(
                f"migration {migration.name} was changed after it was applied: restore the file, "
                "and put the change into a new migration"
            )
    last = applied[-1][0] if applied else 0
    done = {number for number, _, _ in applied}
    missing = [migration for migration in known if migration.number not in done]
    if missing and missing[0].number < last:
        raise SetupError(
            f"migration {missing[0].name} was never applied, and later ones were: give it a later number"
        )
    return missing


async def _apply(connection: _Connection, migration: _Migration) -> None:
    """Run one migration and record it, in one transaction. Raises `SetupError` naming it when it fails."""
    try:
        async with connection.transaction():
            await _become_owner(connection)
            # Without parameters psycopg sends the text as it is: many statements, and % means nothing.
            await connection.execute(migration.text.encode())
            if connection.info.transaction_status != TransactionStatus.INTRANS:
                raise SetupError(
                    f"migration {migration.name} ends its own transaction: remove its COMMIT or ROLLBACK"
                )
            await connection.execute(
                "INSERT INTO control.migration (number, name, checksum) VALUES (%s, %s, %s)",
                (migration.number, migration.name, migration.checksum),
            )
    except psycopg.Error as error:
        raise SetupError(f"migration {migration.name} failed: {_first_line(error)}") from error


async def _become_owner(connection: _Connection) -> None:
    """Act as the owner role until the end of the transaction."""
    await connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(OWNER)))


async def _one(connection: _Connection, query: str, parameters: Sequence[object]) -> object:
    """The first column of the first row, or None without rows."""
    cursor = await connection.execute(query.encode(), parameters)
    row = await cursor.fetchone()
    return None if row is None else row[0]


def _first_line(error: psycopg.Error) -> str:
    """The message without its details: one line."""
    return (
        error.diag.message_primary or str(error).strip().partition("\n")[0] or type(error).__name__
    )
