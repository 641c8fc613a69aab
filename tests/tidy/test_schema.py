"""The schema: every table of books is a company's."""

import re

import psycopg
import pytest

from cuadra.database.queries import load_queries
from tests.tidy.tree import PACKAGE, SCHEMA

# Tables without row-level security, and why each belongs to no company.
CONTROL_TABLES = {
    "company": "says which companies there are",
    "credential": "finds the company of whoever signs in",
    "secret": "of the installation itself",
    "session": "of a user, who may have several companies",
    "request_times": "of callers, who may call for several companies",
}
PARAMETER = re.compile(r"%\((\w+)\)s|%%")


def schema() -> str:
    """schema.sql without its comments."""
    return re.sub(r"--.*", "", SCHEMA.read_text(encoding="utf-8"))


def tables(name: str) -> dict[str, str]:
    """The tables of one schema of the database, and what stands between their parentheses."""
    found = re.findall(
        rf"CREATE (?:UNLOGGED )?TABLE {name}\.(\w+) \((.*?)^\)", schema(), re.DOTALL | re.MULTILINE
    )
    return dict(found)


def test_every_table_of_books_is_keyed_by_company() -> None:
    books = tables("books")
    assert len(books) == len(re.findall(r"CREATE (?:UNLOGGED )?TABLE books\.", schema())) > 20
    for name, body in books.items():
        assert re.match(r"\s*company_id\s+integer\s+NOT NULL", body), name
        keys = re.findall(r"(PRIMARY KEY|UNIQUE|FOREIGN KEY) \(([^)]*)\)", body)
        assert "PRIMARY KEY" in {kind for kind, _ in keys}, name
        assert [
            f"{name}: {columns}" for _, columns in keys if not columns.startswith("company_id,")
        ] == []
        for target in re.findall(r"REFERENCES (\S+) \(([^)]*)\)", body):
            assert target[0].startswith("books.") and target[1].startswith("company_id"), name


def test_every_index_of_books_begins_with_the_company() -> None:
    indexes = re.findall(
        r"CREATE (?:UNIQUE )?INDEX (\w+) ON books\.\w+(?: USING \w+)? \((\w+)", schema()
    )
    assert len(indexes) == len(re.findall(r"INDEX \w+ ON books\.", schema()))
    assert [name for name, first in indexes if first != "company_id"] == []


def test_the_tables_of_control_are_these() -> None:
    assert set(tables("control")) == set(CONTROL_TABLES)


async def test_row_level_security_is_forced_on_all_of_books(owner: psycopg.AsyncConnection) -> None:
    cursor = await owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'books'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT (relrowsecurity AND relforcerowsecurity)"
    )
    assert await cursor.fetchall() == []


async def test_the_application_cannot_change_the_ledger(owner: psycopg.AsyncConnection) -> None:
    cursor = await owner.execute(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee = 'cuadra_application' AND table_schema = 'books' AND privilege_type <> 'SELECT'"
        "   AND table_name IN ('voucher', 'line', 'line_extra', 'due', 'account_balance', 'party_balance',"
        "                      'stock', 'period')"
    )
    assert await cursor.fetchall() == []


async def test_every_named_query_is_understood_by_the_database(
    owner: psycopg.AsyncConnection,
) -> None:
    files = [path for path in PACKAGE.rglob("*.sql") if PACKAGE / "database" not in path.parents]
    for path in files:
        package = ".".join(("cuadra", *path.relative_to(PACKAGE).parent.parts))
        for name, query in load_queries(package, path.name).items():
            try:
                await owner.execute(f"PREPARE {name} AS {numbered(query)}".encode())
            except psycopg.Error as error:
                pytest.fail(f"{path.name}, {name}: {error}")
            await owner.execute(f"DEALLOCATE {name}".encode())


def numbered(query: str) -> str:
    """The query with PostgreSQL's own parameters instead of the driver's named ones."""
    names = list(dict.fromkeys(name for name in PARAMETER.findall(query) if name))
    return PARAMETER.sub(
        lambda found: f"${names.index(found[1]) + 1}" if found[1] else "%",
        query.rstrip().rstrip(";"),
    )
