"""The schema keeps its promises: migrations add up to it, companies cannot see each other, the ledger is sealed."""

from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any

import psycopg
import pytest
from psycopg import errors

from cuadra.database.pool import Database
from cuadra.ledger.posting import Batch, post
from tests.factories import NOW, create_company, sale

Connection = psycopg.AsyncConnection[Any]

CONTROL_TABLES = ["company", "credential", "migration", "request_times", "secret", "session"]
LEDGER_TABLES = [
    "account_balance",
    "due",
    "line",
    "line_extra",
    "number_series",
    "party_balance",
    "period",
    "stock",
    "voucher",
]
# What may be written there all the same: a new voucher type needs its numbering.
LEDGER_GRANTS = {("number_series", "INSERT")}
CONTROL_GRANTS = {
    *((table, right) for table in ("company", "credential") for right in ("INSERT", "SELECT", "UPDATE")),
    *(("secret", right) for right in ("INSERT", "SELECT")),
    *((table, right) for table in ("session", "request_times") for right in ("DELETE", "INSERT", "SELECT", "UPDATE")),
}  # fmt: skip

# Every catalog question has one row per thing and says all that matters about it.
CATALOG = {
    "columns": (
        "SELECT a.attrelid::regclass::text, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),"
        "       a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid)"
        "  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v')"
        "  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
        " WHERE c.relnamespace::regnamespace::text IN ('books', 'control') AND a.attnum > 0 AND NOT a.attisdropped"
    ),
    "tables": (
        "SELECT oid::regclass::text, relkind, relowner::regrole::text, reloptions, relrowsecurity,"
        "       relforcerowsecurity, (SELECT array_agg(g::text ORDER BY g::text) FROM unnest(relacl) g)"
        "  FROM pg_class WHERE relnamespace::regnamespace::text IN ('books', 'control')"
    ),
    "constraints": (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
        "  FROM pg_constraint WHERE connamespace::regnamespace::text IN ('books', 'control')"
    ),
    "indexes": "SELECT schemaname, indexname, indexdef FROM pg_indexes WHERE schemaname IN ('books', 'control')",
    "policies": "SELECT * FROM pg_policies WHERE schemaname IN ('books', 'control')",
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": (
        "SELECT pg_get_functiondef(p.oid), proowner::regrole::text,"
        "       (SELECT array_agg(g::text ORDER BY g::text) FROM unnest(proacl) g)"
        "  FROM pg_proc p WHERE pronamespace::regnamespace::text IN ('books', 'control')"
    ),
    "schemas": (
        "SELECT nspname, nspowner::regrole::text, nspacl::text FROM pg_namespace"
        " WHERE nspname IN ('books', 'control')"
    ),
}


async def ask(connection: Connection, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(query.encode(), parameters)
    return await cursor.fetchall()


async def catalog(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    found = {name: await ask(connection, query) for name, query in CATALOG.items()}
    return {
        name: sorted((row for row in rows if "control.migration" not in str(row)), key=str)
        for name, rows in found.items()
    }


@pytest.fixture
async def from_schema_file(empty_database_url: str, owner: Connection) -> AsyncIterator[Connection]:
    """A database made from schema.sql alone. The roles are the server's, so the migrated template made them."""
    async with await psycopg.AsyncConnection.connect(
        empty_database_url, autocommit=True
    ) as connection:
        database = connection.info.dbname
        await connection.execute(f"GRANT CREATE ON DATABASE {database} TO cuadra_owner".encode())
        await connection.execute("SET ROLE cuadra_owner")
        schema = files("cuadra.database").joinpath("schema.sql").read_bytes()
        await connection.execute(schema)
        yield connection


async def test_replayed_migrations_equal_the_schema(
    owner: Connection, from_schema_file: Connection
) -> None:
    migrated, written = await catalog(owner), await catalog(from_schema_file)
    for name in CATALOG:
        assert migrated[name] == written[name], name
    assert all(migrated[name] for name in CATALOG if name != "triggers")


async def test_control_tables_are_listed(owner: Connection) -> None:
    rows = await ask(
        owner, "SELECT tablename FROM pg_tables WHERE schemaname = 'control' ORDER BY 1"
    )
    assert [name for (name,) in rows] == CONTROL_TABLES


async def test_every_key_and_index_of_books_starts_with_the_company(owner: Connection) -> None:
    rows = await ask(
        owner,
        "SELECT i.indexrelid::regclass::text, a.attname, i.indisprimary FROM pg_index i"
        "  JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'books'::regnamespace"
        "  LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]",
    )
    assert [name for name, first, _ in rows if first != "company_id"] == []
    tables = await ask(owner, "SELECT count(*) FROM pg_tables WHERE schemaname = 'books'")
    assert tables == [(sum(primary for *_, primary in rows),)]


async def test_every_foreign_key_of_books_names_the_company(owner: Connection) -> None:
    rows = await ask(
        owner,
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND connamespace = 'books'::regnamespace",
    )
    assert [row for row in rows if not row[2].startswith("FOREIGN KEY (company_id,")] == []


async def test_row_security_is_forced_on_every_table_of_books(owner: Connection) -> None:
    rows = await ask(
        owner,
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,"
        "       array_agg(p.polname::text || ' ' || p.polcmd::text || ' ' || p.polpermissive ORDER BY p.polname)"
        "  FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid"
        " WHERE c.relnamespace = 'books'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
        " GROUP BY c.relname, 2",
    )
    assert {row[1:] == (True, ["own_company * true"]) for row in rows} == {True}, rows


async def test_what_the_application_role_may_write(owner: Connection) -> None:
    rows = await ask(
        owner,
        "SELECT table_schema, table_name, privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee IN ('cuadra_application', 'PUBLIC') AND table_schema IN ('books', 'control')",
    )
    ledger = {
        (table, right)
        for schema, table, right in rows
        if schema == "books" and table in LEDGER_TABLES
    }
    assert ledger == {(table, "SELECT") for table in LEDGER_TABLES} | LEDGER_GRANTS
    assert {right for schema, table, right in rows if table == "event"} == {"SELECT", "INSERT"}
    assert {
        (table, right) for schema, table, right in rows if schema == "control"
    } == CONTROL_GRANTS
    columns = await ask(
        owner,
        "SELECT attrelid::regclass FROM pg_attribute WHERE attacl IS NOT NULL"
        "   AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace::regnamespace::text IN ('books', 'control'))",
    )
    assert columns == []


async def test_which_functions_the_application_role_may_call(owner: Connection) -> None:
    rows = await ask(
        owner,
        "SELECT proname FROM pg_proc WHERE pronamespace = 'books'::regnamespace"
        "   AND has_function_privilege('cuadra_application', oid, 'EXECUTE') ORDER BY 1",
    )
    assert [name for (name,) in rows] == [
        "current_company",
        "load_books",
        "lock_period",
        "post",
        "take_ids",
    ]


async def test_functions_with_the_owners_rights_choose_their_search_path(owner: Connection) -> None:
    rows = await ask(
        owner,
        "SELECT proname FROM pg_proc WHERE pronamespace = 'books'::regnamespace AND prosecdef"
        "   AND (proconfig @> ARRAY['search_path=books, pg_temp']) IS NOT TRUE",
    )
    assert rows == []


@pytest.mark.parametrize("table", LEDGER_TABLES)
async def test_the_ledger_cannot_be_changed_by_hand(
    database: Database, owner: Connection, table: str
) -> None:
    await create_company(owner)
    statements = [f"UPDATE books.{table} SET company_id = company_id", f"DELETE FROM books.{table}"]
    if (table, "INSERT") not in LEDGER_GRANTS:
        statements.append(f"INSERT INTO books.{table} (company_id) VALUES (1)")
    for statement in [*statements, f"TRUNCATE books.{table}"]:
        with pytest.raises(errors.InsufficientPrivilege):
            async with database.write("acme") as transaction:
                await transaction.execute(statement)


async def test_other_companies_are_invisible(database: Database, owner: Connection) -> None:
    mine = await create_company(owner, name="mine")
    await create_company(owner, name="other")
    async with database.write("other") as transaction:
        await post(transaction, Batch(at=NOW, vouchers=[sale(), sale()]))
    tables = [name for (name,) in await ask(
        owner, "SELECT tablename FROM pg_tables WHERE schemaname = 'books'"
    )]  # fmt: skip
    filled = 0
    for table in tables:
        (everything,) = await ask(owner, f"SELECT count(*) FROM books.{table}")
        filled += everything[0] > 0
        query = f"SELECT count(*) FROM books.{table} WHERE company_id <> %(mine)s"
        async with database.read("mine") as transaction:
            assert await transaction.row(query, mine=mine) == (0,), table
        async with database.control() as transaction:
            assert await transaction.row(f"SELECT count(*) FROM books.{table}") == (0,), table
    assert filled >= 6  # account, voucher_type, number_series, voucher, line, both balances


async def test_rows_cannot_be_given_to_another_company(
    database: Database, owner: Connection
) -> None:
    await create_company(owner, name="mine")
    other = await create_company(owner, name="other")
    for statement in (
        "UPDATE books.account SET company_id = %(other)s WHERE id = 1",
        "INSERT INTO books.warehouse VALUES (%(other)s, 1, 'w', true)",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            async with database.write("mine") as transaction:
                await transaction.execute(statement, other=other)
    async with database.write("mine") as transaction:
        deleted = await transaction.execute(
            "DELETE FROM books.account WHERE company_id = %(other)s", other=other
        )
    assert deleted == 0
