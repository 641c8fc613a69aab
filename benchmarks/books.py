"""A company with two years of books: made by the normal loader, filled by the owner with set-based SQL."""

import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import psycopg

from cuadra.catalog.company_file import load_built_in_text
from cuadra.cli import company_template
from cuadra.database.opening import ADDRESS_FILE, Address
from cuadra.database.queries import queries_from_text

NAME = "benchmark"
LINES_OF_A_VOUCHER = 4
COST_CENTRES = 10
_SQL = Path(__file__).with_name("million_lines.sql")


def company_file(login: dict[str, str]) -> str:
    """The file of the company: the usual Colombian one, ten cost centres, and a login of its own."""
    text = company_template(NAME, "Empresa de medida S.A.S.", "900000001", sandbox=True)
    assert "cost_centres:\n" in load_built_in_text("template-co")
    centres = "".join(
        f"  - {{id: {n}, code: 1-{n}, name: Centro {n}}}\n" for n in range(1, COST_CENTRES + 1)
    )
    text = re.sub(
        r"^cost_centres:\n(?:  .*\n)+", f"cost_centres:\n{centres}", text, flags=re.MULTILINE
    )
    credential = {"dialect": "siigo", "identity": login["username"], "secret": login["access_key"]}
    return f"{text}\ncredentials:\n  - {msgspec.json.encode(credential).decode()}\n"


def new_login() -> dict[str, str]:
    """A login nobody else has."""
    return {"username": f"{NAME}@example.com", "access_key": secrets.token_urlsafe(24)}


def address_of(folder: Path) -> Address:
    """The address that the running server of a data folder left there."""
    return msgspec.json.decode((folder / ADDRESS_FILE).read_bytes(), type=Address)


def fill(
    owner_url: str, *, lines: int, parties: int, tell: Callable[[str], None]
) -> dict[str, float]:
    """Write the vouchers of two years; what came of it: lines, balances, bytes, seconds."""
    started = time.perf_counter()
    steps = queries_from_text(_SQL.read_text(encoding="utf-8"), _SQL.name)
    with psycopg.connect(owner_url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT id FROM control.company WHERE name = %s AND live", (NAME,)
        ).fetchone()
        assert row is not None
        values = {"company": row[0], "vouchers": lines // LINES_OF_A_VOUCHER, "parties": parties}
        with connection.transaction():
            connection.execute("SELECT set_config('cuadra.company_id', %s, true)", (str(row[0]),))
            connection.execute("SELECT setseed(0.42)")
            for name, query in steps.items():
                tell(name.replace("_", " "))
                # The driver cannot tell a number of a plan from one of a column: it is told.
                typed = re.sub(r"%\((\w+)\)s", r"%(\1)s::integer", query)
                connection.execute(typed.encode(), values)
        tell("statistics")
        connection.execute(
            "VACUUM (ANALYZE) books.line, books.voucher, books.account_balance, books.party_balance"
        )
        return counts(connection, row[0]) | {"seconds": time.perf_counter() - started}


def counts(connection: psycopg.Connection, company: int) -> dict[str, float]:
    """How much there is."""
    found = {}
    for table in ("line", "account_balance", "party_balance", "third_party"):
        row = connection.execute(
            f"SELECT count(*) FROM books.{table} WHERE company_id = %s".encode(), (company,)
        ).fetchone()
        assert row is not None
        found[table] = row[0]
    row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return found | {"database_bytes": row[0]}
