"""Companies, catalogs and drafts for tests: plain functions with keyword arguments and sensible defaults.

What a test does not care about it does not say. Rows are written through the test's owner connection, because
that also works where the application role may not write.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg

from cuadra.ledger.vouchers import Line, NewDue, Voucher, period_of

NOW = datetime(2026, 3, 9, 15, 30, tzinfo=UTC)

# id, code, parent, nature, movement; the level follows from the parents.
ACCOUNTS: tuple[tuple[int, str, int | None, str, bool], ...] = (
    (1, "1", None, "debit", False),
    (2, "11", 1, "debit", False),
    (3, "110505", 2, "debit", True),  # cash
    (4, "111005", 2, "debit", True),  # bank
    (5, "13", 1, "debit", False),
    (6, "130505", 5, "debit", True),  # customers
    (7, "14", 1, "debit", False),
    (8, "143505", 7, "debit", True),  # goods
    (9, "2", None, "credit", False),
    (10, "240805", 9, "credit", True),  # IVA
    (11, "220505", 9, "credit", True),  # suppliers
    (12, "3", None, "credit", False),
    (13, "360505", 12, "credit", True),  # result of the year
    (14, "4", None, "credit", False),
    (15, "413505", 14, "credit", True),  # sales
    (16, "5", None, "debit", False),
    (17, "519595", 16, "debit", True),  # other expenses
    (18, "6", None, "debit", False),
    (19, "613505", 18, "debit", True),  # cost of sales
)
CASH, BANK, CUSTOMERS, GOODS, IVA, SUPPLIERS, RESULT, SALES, EXPENSES, COST = (
    3, 4, 6, 8, 10, 11, 13, 15, 17, 19,
)  # fmt: skip
JOURNAL, INVOICE = 1, 2


async def create_company(
    owner: psycopg.AsyncConnection[Any],
    *,
    name: str = "acme",
    first_number: int = 1,
    accounts: Sequence[tuple[int, str, int | None, str, bool]] = ACCOUNTS,
) -> int:
    """A live company with a small chart, a journal and an invoice type, and their numbering; its id."""
    cursor = await owner.execute(
        "INSERT INTO control.company (guid, name, live, legal_name, identification, country, currency, sandbox)"
        " VALUES (%s, %s, true, 'Acme SAS', '900123456', 'CO', 'COP', true) RETURNING id",
        (uuid4(), name),
    )
    row = await cursor.fetchone()
    assert row is not None
    company: int = row[0]
    for identity, code, parent, nature, movement in accounts:
        await create_account(
            owner, company, id=identity, code=code, parent=parent, nature=nature, movement=movement
        )
    for identity, kind, code in ((JOURNAL, "journal", "CC-1"), (INVOICE, "sales_invoice", "FV-1")):
        await create_voucher_type(
            owner, company, id=identity, kind=kind, code=code, first_number=first_number
        )
    await owner.execute(
        "INSERT INTO books.number_series (company_id, kind) SELECT %s, unnest(%s::text[])",
        (company, ["voucher", "third_party", "product"]),
    )
    return company


async def create_account(
    owner: psycopg.AsyncConnection[Any],
    company: int,
    *,
    id: int,  # noqa: A002 - the column's name
    code: str,
    parent: int | None = None,
    nature: str = "debit",
    movement: bool = True,
    name: str | None = None,
) -> None:
    """One account, one level below its parent."""
    await owner.execute(
        "INSERT INTO books.account (company_id, id, code, name, parent_id, level, nature, movement,"
        " needs_third_party, needs_cost_centre, tax, inventory, fixed_asset, tax_difference, active)"
        " VALUES (%(company)s, %(id)s, %(code)s, %(name)s, %(parent)s,"
        "   1 + COALESCE((SELECT level FROM books.account WHERE company_id = %(company)s AND id = %(parent)s), 0),"
        "   %(nature)s, %(movement)s, false, false, false, false, false, false, true)",
        {
            "company": company,
            "id": id,
            "code": code,
            "name": name or f"Account {code}",
            "parent": parent,
            "nature": nature,
            "movement": movement,
        },
    )


async def create_voucher_type(
    owner: psycopg.AsyncConnection[Any],
    company: int,
    *,
    id: int,  # noqa: A002 - the column's name
    kind: str = "journal",
    code: str = "CC-9",
    first_number: int = 1,
    automatic_number: bool = True,
) -> None:
    """A voucher type and its numbering."""
    await owner.execute(
        "INSERT INTO books.voucher_type (company_id, id, kind, code, name, active, settings)"
        " VALUES (%s, %s, %s, %s, %s, true, jsonb_build_object('automatic_number', %s::boolean))",
        (company, id, kind, code, f"Type {code}", automatic_number),
    )
    await owner.execute(
        "INSERT INTO books.number_series (company_id, kind, voucher_type_id, first_number, next_number)"
        " VALUES (%s, 'number', %s, %s, %s)",
        (company, id, first_number, first_number),
    )


async def create_third_party(
    owner: psycopg.AsyncConnection[Any],
    company: int,
    *,
    id: int,  # noqa: A002 - the column's name
    identification: str | None = None,
    branch: int = 0,
    name: Sequence[str] = ("Client SAS",),
) -> None:
    """A customer."""
    await owner.execute(
        "INSERT INTO books.third_party (company_id, id, guid, identification, branch, kind, person, id_type, name,"
        " active, vat_responsible, fiscal_responsibilities, created_at)"
        " VALUES (%s, %s, %s, %s, %s, 'customer', 'company', '31', %s, true, true, '{}', %s)",
        (company, id, uuid4(), identification or str(800000000 + id), branch, list(name), NOW),
    )


def line(account: int, amount: str | int | Decimal, **members: Any) -> Line:
    """A line; the amount as people write it."""
    return Line(account=account, amount=Decimal(amount), **members)


def voucher(
    *lines: Line,
    id: UUID | None = None,  # noqa: A002 - the member's name
    day: str = "2026-03-09",
    period: int | None = None,
    type: int = JOURNAL,  # noqa: A002 - the member's name
    dues: Sequence[NewDue] = (),
    **members: Any,
) -> Voucher:
    """A voucher with these lines; by default a journal of today."""
    when = date.fromisoformat(day)
    return Voucher(
        id=id or uuid4(),
        type=type,
        kind="journal" if type != INVOICE else "sales_invoice",
        date=when,
        period=period or period_of(when),
        currency="COP",
        total=sum((max(one.amount, Decimal(0)) for one in lines), Decimal(0)),
        lines=list(lines),
        dues=list(dues),
        **members,
    )


def sale(amount: str | int = 100, **members: Any) -> Voucher:
    """The simplest voucher: cash against sales."""
    return voucher(line(CASH, amount), line(SALES, -Decimal(amount)), **members)
