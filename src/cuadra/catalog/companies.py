"""Companies themselves: which there are, making one live under its name, retiring and purging it.

A reset loads the company's file again under a new company id and gives that id the name; the old rows
are purged afterwards by the owner, since the application may not delete lines.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from psycopg import AsyncConnection

from cuadra.catalog.company_records import CompanyFile
from cuadra.database.pool import Company, CompanyUnknown, Database, Transaction
from cuadra.errors import CuadraError

PURGE_AFTER = timedelta(minutes=1)  # longer than any write lasts


class CompanyExists(CuadraError):
    """A company with this name exists already."""


class NotASandbox(CuadraError):
    """Only companies marked as sandbox may be reset or deleted."""


class CompanySummary(msgspec.Struct, frozen=True):
    """A live company, as `cuadra company list` shows it."""

    name: str
    legal_name: str
    identification: str
    country: str
    currency: str
    sandbox: bool
    created_at: datetime


async def list_companies(database: Database) -> list[CompanySummary]:
    """All live companies, by name."""
    async with database.control() as transaction:
        rows = await transaction.rows(
            "SELECT name, legal_name, identification, country, currency, sandbox, created_at"
            "  FROM control.company WHERE live ORDER BY name"
        )
    return [CompanySummary(*row) for row in rows]


async def find_company(database: Database, name: str) -> CompanySummary | None:
    """The live company of this name, or None."""
    return next((c for c in await list_companies(database) if c.name == name), None)


async def load_source(database: Database, name: str) -> str:
    """The file a sandbox company was loaded from. Raises `CompanyUnknown` and `NotASandbox`."""
    async with database.control() as transaction:
        row = await transaction.row(
            "SELECT sandbox, source FROM control.company WHERE name = %(name)s AND live", name=name
        )
    if row is None:
        raise CompanyUnknown(f"there is no company named {name!r}")
    if not row[0] or row[1] is None:
        raise NotASandbox(f"{name} is not a sandbox company, so it cannot be reset or deleted")
    return str(row[1])


async def insert_company(
    transaction: Transaction, file: CompanyFile, source: str, now: datetime
) -> Company:
    """A new company of the file's name, not live yet."""
    head = file.company
    guid = str(uuid4())
    row = await transaction.row(
        "INSERT INTO control.company (guid, name, legal_name, identification, check_digit, country,"
        "                             currency, sandbox, settings, source, created_at)"
        " VALUES (%(guid)s, %(name)s, %(legal_name)s, %(identification)s, %(check_digit)s, %(country)s,"
        "         %(currency)s, %(sandbox)s, %(settings)s::jsonb, %(source)s, %(now)s)"
        " RETURNING id, catalog_version",
        guid=guid,
        settings=msgspec.json.encode(file.settings).decode(),
        source=source,
        now=now,
        **{
            name: getattr(head, name)
            for name in (
                "name",
                "legal_name",
                "identification",
                "check_digit",
                "country",
                "currency",
                "sandbox",
            )
        },
    )
    assert row is not None
    return Company(
        row[0],
        guid,
        head.name,
        head.country,
        head.currency,
        row[1],
        head.legal_name,
        head.identification,
    )


async def make_live(
    transaction: Transaction, company: Company, now: datetime, *, replace: bool
) -> None:
    """Give the company its name, retiring the one that had it. Raises `CompanyExists` unless `replace`."""
    retired = await retire_company(transaction, company.name, now)
    if retired and not replace:
        message = (
            f"a company named {company.name!r} exists already; reset it, or load under another name"
        )
        raise CompanyExists(message)
    await transaction.execute(
        "UPDATE control.company SET live = true WHERE id = %(id)s", id=company.id
    )


async def retire_company(transaction: Transaction, name: str, now: datetime) -> int:
    """Take the name from the live company, whose rows then wait to be purged; how many had it."""
    return await transaction.execute(
        "UPDATE control.company SET live = false, retired_at = %(now)s WHERE name = %(name)s AND live",
        name=name,
        now=now,
    )


async def delete_company(database: Database, name: str, now: datetime) -> None:
    """Retire a sandbox company and revoke its credentials. Raises `CompanyUnknown` and `NotASandbox`."""
    await load_source(database, name)
    async with database.control() as transaction:
        await retire_company(transaction, name, now)
        await transaction.execute(
            "UPDATE control.credential SET revoked_at = %(now)s"
            " WHERE company_name = %(name)s AND revoked_at IS NULL",
            name=name,
            now=now,
        )


async def purge_retired(owner_url: str, now: datetime) -> int:
    """Remove the rows of companies retired a while ago, as the owner; how many companies they were.

    A transaction may have begun just before its company was retired, so the newest ones wait.
    """
    connection: AsyncConnection[Any] = await AsyncConnection.connect(owner_url, autocommit=True)
    async with connection:
        await connection.execute("SET ROLE cuadra_owner")
        cursor = await connection.execute(
            "SELECT id FROM control.company WHERE NOT live AND retired_at < %s ORDER BY id",
            (now - PURGE_AFTER,),
        )
        retired = [row[0] for row in await cursor.fetchall()]
        for company in retired:
            async with connection.transaction():
                await connection.execute("SELECT books.purge_company(%s)", (company,))
    return len(retired)
