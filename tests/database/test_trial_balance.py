"""The trial balance against numbers worked out by hand, with a closing period and two years."""

from decimal import Decimal
from typing import Any

import psycopg
import pytest

from cuadra.database.pool import Database
from cuadra.database.queries import load_queries
from cuadra.errors import Rejected
from cuadra.ledger.posting import Batch, post
from cuadra.ledger.vouchers import Closing
from cuadra.reports.trial_balance import (
    PartyRow,
    TrialBalance,
    Wanted,
    report_by_account,
    report_by_third_party,
    stream_by_third_party,
    trial_balance,
)
from tests.factories import (
    CASH,
    COST,
    CUSTOMERS,
    EXPENSES,
    GOODS,
    NOW,
    RESULT,
    SALES,
    create_company,
    create_third_party,
    line,
    sale,
    voucher,
)

Owner = psycopg.AsyncConnection[Any]


@pytest.fixture
async def books(database: Database, owner: Owner) -> Database:
    """Two years: 2025 sold 70 and was closed; 2026 sold 100 in January, 300 on credit in March, spent 40, closed."""
    company = await create_company(owner)
    await create_third_party(owner, company, id=7, identification="900111", name=["Ana", "Paz"])
    await create_third_party(owner, company, id=8, identification="900111", branch=2)
    await create_third_party(owner, company, id=9, identification="800222")
    thrown_away = sale(5000, day="2026-03-03")
    papers = [
        sale(70, day="2025-12-31"),
        voucher(line(SALES, 70), line(RESULT, -70), day="2025-12-31", period=202513),
        sale(100, day="2026-01-15"),
        voucher(
            line(CUSTOMERS, 200, third_party=7),
            line(CUSTOMERS, 100, third_party=8, cost_centre=1),
            line(SALES, -300, third_party=7),
        ),
        voucher(line(CASH, "150.55"), line(CUSTOMERS, "-150.55", third_party=7), day="2026-04-01"),
        voucher(line(EXPENSES, 40, third_party=9), line(CASH, -40), day="2026-04-30"),
        voucher(line(GOODS, 30), line(GOODS, -30), day="2026-04-02"),
        voucher(line(COST, 25), line(GOODS, -25), day="2026-05-02"),
        voucher(line(COST, -25), line(GOODS, 25), day="2026-06-02"),
        voucher(
            line(SALES, 400),
            line(EXPENSES, -40),
            line(RESULT, -360),
            day="2026-12-31",
            period=202613,
        ),
        thrown_away,
    ]
    async with database.write("acme") as transaction:
        await post(transaction, Batch(at=NOW, vouchers=papers))
        deleted = Closing(id=thrown_away.id, version=1, reason="deleted")
        await post(transaction, Batch(at=NOW, closing=[deleted]))
    return database


async def ask(books: Database, **wanted: Any) -> TrialBalance:
    async with books.read("acme") as transaction:
        return await trial_balance(transaction, Wanted(**wanted))


async def ask_by_party(books: Database, **wanted: Any) -> list[PartyRow]:
    async with books.read("acme") as transaction:
        return [row async for row in stream_by_third_party(transaction, Wanted(**wanted))]


def figures(rows: list[Any]) -> list[tuple[str, str]]:
    """Code, then opening, debit, credit and closing as one reads them."""
    return [(row.code, f"{row.opening} {row.debit} {row.credit} {row.closing}") for row in rows]


async def test_a_quarter(books: Database) -> None:
    balance = await ask(books, year=2026, month_start=3, month_end=4)
    assert figures(balance.rows) == [
        ("1", "170.00 480.55 220.55 430.00"),
        ("11", "170.00 150.55 40.00 280.55"),
        ("110505", "170.00 150.55 40.00 280.55"),
        ("13", "0.00 300.00 150.55 149.45"),
        ("130505", "0.00 300.00 150.55 149.45"),
        ("14", "0.00 30.00 30.00 0.00"),
        ("143505", "0.00 30.00 30.00 0.00"),
        ("3", "-70.00 0.00 0.00 -70.00"),
        ("360505", "-70.00 0.00 0.00 -70.00"),
        ("4", "-100.00 0.00 300.00 -400.00"),
        ("413505", "-100.00 0.00 300.00 -400.00"),
        ("5", "0.00 40.00 0.00 40.00"),
        ("519595", "0.00 40.00 0.00 40.00"),
    ]
    assert balance.total.debit == balance.total.credit == Decimal("520.55")
    assert balance.total.opening == balance.total.closing == 0


async def test_rows_say_what_the_account_is(books: Database) -> None:
    rows = {row.code: row for row in (await ask(books, year=2026)).rows}
    assert [(rows[c].name, rows[c].level, rows[c].nature, rows[c].movement) for c in ("1", "413505")] == [
        ("Account 1", 1, "debit", False),
        ("Account 413505", 2, "credit", True),
    ]  # fmt: skip


async def test_the_closing_period_comes_after_december(books: Database) -> None:
    december = {
        row.code: row for row in (await ask(books, year=2026, month_start=12, month_end=12)).rows
    }
    assert december["413505"].closing == -400
    assert december["360505"].closing == -70
    closing = await ask(books, year=2026, month_start=13, month_end=13)
    assert [row for row in figures(closing.rows) if len(row[0]) == 6] == [
        ("110505", "280.55 0.00 0.00 280.55"),
        ("130505", "149.45 0.00 0.00 149.45"),
        ("360505", "-70.00 0.00 360.00 -430.00"),
        ("413505", "-400.00 400.00 0.00 0.00"),
        ("519595", "40.00 0.00 40.00 0.00"),
    ]
    new_year = await ask(books, year=2027, month_start=1, month_end=1)
    assert [row for row in figures(new_year.rows) if len(row[0]) == 1] == [
        ("1", "430.00 0.00 0.00 430.00"),
        ("3", "-430.00 0.00 0.00 -430.00"),
    ]


async def test_the_closing_period_of_the_year_before_opens_the_year(books: Database) -> None:
    balance = await ask(books, year=2026, month_start=1, month_end=1)
    assert figures(balance.rows) == [
        ("1", "70.00 100.00 0.00 170.00"),
        ("11", "70.00 100.00 0.00 170.00"),
        ("110505", "70.00 100.00 0.00 170.00"),
        ("3", "-70.00 0.00 0.00 -70.00"),
        ("360505", "-70.00 0.00 0.00 -70.00"),
        ("4", "0.00 0.00 100.00 -100.00"),
        ("413505", "0.00 0.00 100.00 -100.00"),
    ]


async def test_before_the_first_voucher_there_is_nothing(books: Database) -> None:
    balance = await ask(books, year=2024)
    assert balance.rows == []
    assert balance.total.debit == 0


async def test_levels(books: Database) -> None:
    whole = await ask(books, year=2026)
    for level in (1, 2, 3):
        balance = await ask(books, year=2026, level=level)
        assert balance.rows == [row for row in whole.rows if row.level <= level]
        assert balance.total == whole.total


@pytest.mark.parametrize(
    ("start", "end", "codes"),
    [
        ("110505", "130505", ["110505", "130505"]),
        ("11", "13", ["110505", "130505"]),
        ("13", None, ["130505", "143505", "360505", "413505", "519595", "613505"]),
        (None, "1", ["110505", "130505", "143505"]),
        ("1", "1", ["110505", "130505", "143505"]),
        ("413505", "413505", ["413505"]),
    ],
)
async def test_a_range_of_accounts(
    books: Database, start: str | None, end: str | None, codes: list[str]
) -> None:
    balance = await ask(books, year=2026, account_start=start, account_end=end)
    assert [row.code for row in balance.rows if row.movement] == codes
    parties = await ask_by_party(books, year=2026, account_start=start, account_end=end)
    assert sorted({row.code for row in parties}) == codes
    selected = [row for row in balance.rows if row.movement]
    assert balance.total.debit == sum(row.debit for row in selected)


async def test_higher_accounts_add_up_what_was_selected(books: Database) -> None:
    balance = await ask(books, year=2026, month_end=4, account_start="110505", account_end="110505")
    assert figures(balance.rows) == [
        (code, "70.00 250.55 40.00 280.55") for code in ("1", "11", "110505")
    ]


async def test_by_third_party(books: Database) -> None:
    rows = await ask_by_party(books, year=2026, month_start=4, month_end=4)
    assert [(row.code, row.identification, row.branch, row.party_name) for row in rows] == [
        ("110505", None, None, None),
        ("130505", "900111", 0, "Ana Paz"),
        ("130505", "900111", 2, "Client SAS"),
        ("143505", None, None, None),
        ("360505", None, None, None),
        ("413505", None, None, None),
        ("413505", "900111", 0, "Ana Paz"),
        ("519595", "800222", 0, "Client SAS"),
    ]
    assert [figure for code, figure in figures(rows) if code == "130505"] == [
        "200.00 0.00 150.55 49.45",
        "100.00 0.00 0.00 100.00",
    ]
    by_account = await ask(books, year=2026, month_start=4, month_end=4)
    assert sum(row.debit for row in rows) == by_account.total.debit
    assert sum(row.closing for row in rows) == 0


async def test_of_one_third_party(books: Database) -> None:
    rows = await ask_by_party(books, year=2026, identification="900111", month_end=12)
    assert [(row.code, row.branch, row.closing) for row in rows] == [
        ("130505", 0, Decimal("49.45")),
        ("130505", 2, Decimal(100)),
        ("413505", 0, Decimal(-300)),
    ]
    assert await ask_by_party(books, year=2026, identification="nobody") == []


async def test_many_third_parties_are_streamed(books: Database, owner: Owner) -> None:
    await owner.execute(
        "INSERT INTO books.party_balance SELECT 1, 6, n, 0, 202701, n, 0 FROM generate_series(100, 6100) n"
    )
    async with books.read("acme") as transaction:
        rows = stream_by_third_party(
            transaction, Wanted(year=2027, account_start="130505", account_end="130505")
        )
        first = await anext(rows)
        assert first.code == "130505"
        assert len([row async for row in rows]) == 6002  # of all 6,003 but the first


async def test_other_companies_do_not_count(books: Database, owner: Owner) -> None:
    before = await ask(books, year=2026)
    await create_company(owner, name="other")
    async with books.write("other") as transaction:
        await post(transaction, Batch(at=NOW, vouchers=[sale(999)]))
    assert await ask(books, year=2026) == before


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"month_start": 0}, "month_start"),
        ({"month_end": 14}, "month_end"),
        ({"month_start": 5, "month_end": 4}, "month_end"),
        ({"year": 26}, "year"),
        ({"account_start": "13", "account_end": "11"}, "account_end"),
        ({"account_start": "999"}, "account_start"),
        ({"account_end": "999"}, "account_end"),
    ],
)
async def test_what_cannot_be_asked(books: Database, wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as caught:
        await ask(books, **({"year": 2026} | wanted))
    assert [problem.field for problem in caught.value.problems] == [field]
    with pytest.raises(Rejected):
        await ask_by_party(books, **({"year": 2026} | wanted))


async def test_reports_carry_the_rows_and_their_total(books: Database) -> None:
    async with books.read("acme") as transaction:
        report = await report_by_account(transaction, Wanted(year=2026, month_end=4, level=1))
        rows = [row async for row in report.rows]
        assert report.title == "Trial balance 2026-01 to 2026-04, Acme SAS"
        assert [column.name for column in report.columns] == [
            "code", "name", "level", "opening", "debit", "credit", "closing",
        ]  # fmt: skip
        assert rows[0] == ("1", "Account 1", 1, 70, Decimal("580.55"), Decimal("220.55"), 430)
        assert report.total is not None
        assert report.total[-4:] == (0, Decimal("620.55"), Decimal("620.55"), 0)
        by_party = await report_by_third_party(transaction, Wanted(year=2026))
        assert len([row async for row in by_party.rows]) == 10
        assert len(by_party.columns) == 9


async def test_by_account_never_reads_third_parties_or_lines(books: Database) -> None:
    query = load_queries("cuadra.reports", "trial_balance.sql")["by_account"]
    async with books.read("acme") as transaction:
        plan = await transaction.rows(
            f"EXPLAIN {query}",
            company=transaction.company.id,
            period_start=202601,
            period_end=202613,
            account_start=None,
            account_end=None,
        )
    text = str(plan)
    assert "account_balance" in text
    assert "party_balance" not in text and " line" not in text and "voucher" not in text
