"""What is owed, whichever door wrote it: names, ranges, cuts and signs."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from cuadra.dialects.siigo_pyme.rows import shortest
from tests.demo import DemoDatabases
from tests.dialects.serpi import bodies as serpi_bodies
from tests.dialects.serpi.client import Serpi
from tests.dialects.siigo import bodies
from tests.dialects.siigo.client import TODAY, Siigo, signed_in
from tests.dialects.siigo_pyme.client import NOT_SENT, Pyme, choose
from tests.dialects.siigo_pyme.conftest import check_ledgers

RECEIVABLE, PAYABLE = 1305050100, 2205050100


@pytest.fixture
async def doors(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Siigo, Pyme, str]]:
    """Two clients of one server, and its database."""
    url = demo_databases.take()
    async with signed_in(url) as siigo:
        yield siigo, Pyme(siigo.app, siigo.clock, siigo.database), url
        await check_ledgers(siigo.database)
    demo_databases.give_back(url, changed=True)


def names(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What the rows are called, and what is left on them."""
    return [
        (r["voucher_type"], r["voucher_code"], r["document_number"], r["expiration"], r["balance"])
        for r in rows
    ]


OPENING = [("F", 1, 684, 1, 50000), ("F", 1, 68, 1, 119000)]


async def test_an_invoice_of_siigo_nube(doors: Any) -> None:
    siigo, pyme, _ = doors
    payments = bodies.on_credit(1000.5)
    made = bodies.invoice(bodies.item(price=1000.5), payments=payments, cost_center=4, seller=35071)
    await siigo.created("/v1/invoices", made)
    assert (await pyme.balances())[-1] == {
        "identification": 209048401,
        "branch": 0,
        "account": RECEIVABLE,
        "voucher_type": "F",
        "voucher_code": 1,
        "document_number": 701,
        "expiration": 1,
        "due_date": 20261220,
        "currency": 0,
        "cost_center": 13,
        "sub_cost_center": 2,
        "balance": Decimal("1000.5"),
        "foreign_currency": 0,
        "salesperson": 35071,
        "city": 11001,
        "zone": 0,
        "document_date": int(TODAY.replace("-", "")),
    }


async def test_a_siigo_receipt_lowers_it_and_the_day_before_it_did_not(doors: Any) -> None:
    siigo, pyme, _ = doors
    await siigo.created(
        "/v1/invoices", bodies.invoice(date="2026-11-18", payments=bodies.on_credit(1000))
    )
    due = {"prefix": "FV-1", "consecutive": 701, "quote": 1, "date": "2026-12-20"}
    paid = bodies.cash_receipt(bodies.paid(due, 400), total=400)
    await siigo.created("/v1/vouchers", paid)
    expected = [*OPENING, ("F", 1, 701, 1, 600)]
    assert names(await pyme.balances()) == expected
    before = {"previous_cut": "S", "cut_off_date": "1119"}
    assert names(await pyme.balances(**before)) == [*OPENING, ("F", 1, 701, 1, 1000)]
    (row,) = [r for r in await pyme.balances(**before) if r["document_number"] == 701]
    assert (row["document_date"], row["due_date"]) == (20261118, 20261220)
    first = {"previous_cut": "S", "cut_off_date": "1117"}
    assert names(await pyme.balances(**first)) == OPENING
    rest = bodies.cash_receipt(bodies.paid(due, 600), total=600)
    await siigo.created("/v1/vouchers", rest)
    assert names(await pyme.balances()) == OPENING
    # It was still open then.
    assert names(await pyme.balances(**before)) == [*OPENING, ("F", 1, 701, 1, 1000)]


async def test_kind_is_the_accounts_and_sign_the_balances(doors: Any) -> None:
    """As in the vendor's sample: a receipt that is owed to somebody, on a receivable account."""
    _, pyme, _ = doors
    serpi = Serpi(pyme.app, pyme.clock, pyme.database)
    lines = (
        serpi_bodies.detail(serpi_bodies.CASH, 1400000),
        serpi_bodies.detail(serpi_bodies.RECEIVABLE, -1400000, nitTerceroDet="209048401"),
    )
    await serpi.created(serpi_bodies.document(53128, *lines, prefijo="RCA"))
    assert names(await pyme.balances()) == [*OPENING, ("R", 1, 53128, 1, -1400000)]
    assert [row["account"] for row in await pyme.balances("P")] == [PAYABLE, PAYABLE]


async def test_a_due_of_another_systems_paper(doors: Any) -> None:
    """Its prefix is no voucher type of the company: it goes by the voucher that brought it here."""
    siigo, pyme, _ = doors
    due = {"prefix": "ZZ", "consecutive": 7, "quote": 2, "date": "2026-02-03"}
    journal = bodies.journal(
        bodies.entry("11050501", -5000), bodies.entry("13050501", 5000, due=due)
    )
    await siigo.created("/v1/journals", journal)
    assert names(await pyme.balances()) == [*OPENING, ("L", 1, 7, 2, 5000)]


async def test_ranges(doors: Any) -> None:
    _, pyme, _ = doors
    assert names(await pyme.balances(third_initial=8694251, third_final=8694251)) == OPENING[:1]
    assert names(await pyme.balances(third_initial=8694252)) == OPENING[1:]
    for low, high, found in (
        (RECEIVABLE, RECEIVABLE, OPENING),
        (1305000000, 1305999999, OPENING),
        (RECEIVABLE + 1, 9999999999, []),
        (1, RECEIVABLE - 1, []),
        (1305, 13050501, []),  # ten digits, not the company's own code
    ):
        rows = await pyme.balances(account_initial=low, account_final=high)
        assert names(rows) == found, (low, high)


async def test_cuts_end_with_their_months(doors: Any) -> None:
    _, pyme, _ = doors
    for cut, year in (("0231", 2026), ("0131", 2026), ("0101", 2026), ("1131", NOT_SENT)):
        rows = await pyme.balances(previous_cut="S", cut_off_date=cut, year=year)
        assert names(rows) == OPENING, cut
    assert await pyme.balances(previous_cut="S", cut_off_date="1231", year=2025) == []
    # Without a cut neither matters.
    assert names(await pyme.balances(cut_off_date="1231", year=2025)) == OPENING


async def test_a_deleted_invoice_is_gone(doors: Any) -> None:
    siigo, pyme, _ = doors
    made = await siigo.created("/v1/invoices", bodies.invoice(payments=bodies.on_credit(1000)))
    await siigo.delete(f"/v1/invoices/{made['id']}")
    assert names(await pyme.balances()) == OPENING


async def test_an_identification_with_letters_has_a_number(doors: Any) -> None:
    siigo, pyme, _ = doors
    await siigo.created("/v1/customers", bodies.customer(identification="AB123", id_type="41"))
    await siigo.created(
        "/v1/invoices",
        bodies.invoice(customer={"identification": "AB123"}, payments=bodies.on_credit(1000)),
    )
    row = (await pyme.balances())[-1]
    number = row["identification"]
    assert number > 999_000_000_000
    assert names([row]) == [("F", 1, 701, 1, 1000)]
    assert names(await pyme.balances(third_initial=number, third_final=number)) == names([row])


async def test_a_foreign_invoice(doors: Any) -> None:
    siigo, pyme, url = doors
    usd = {"code": "USD", "exchange_rate": 4000}
    await siigo.created(
        "/v1/invoices",
        bodies.invoice(bodies.item(price=100), currency=usd, payments=bodies.on_credit(100)),
    )
    row = (await pyme.balances())[-1]
    assert (row["currency"], row["balance"], row["foreign_currency"]) == (1, 400000, 100)
    choose(url, currencies={"EUR": 7})
    row = (await pyme.balances())[-1]
    assert (row["currency"], row["balance"], row["foreign_currency"]) == (0, 400000, 0)


async def test_many_thirds_are_in_order(doors: Any) -> None:
    siigo, pyme, _ = doors
    for party in ("900123456", "8694251", "28211179"):
        await siigo.created(
            "/v1/invoices",
            bodies.invoice(customer={"identification": party}, payments=bodies.on_credit(1000)),
        )
    rows = await pyme.balances()
    keys = [(r["identification"], r["branch"], r["account"], r["document_number"]) for r in rows]
    assert keys == sorted(keys)
    assert len(rows) == 5


async def test_an_account_that_is_no_number(pyme: Pyme) -> None:
    """It goes by its id, which no account of ten digits is."""
    url = pyme.database._pool.conninfo
    with psycopg.connect(url, autocommit=True) as owner:
        changed = owner.execute(
            "UPDATE books.account a SET code = '1305-A' FROM control.company c"
            " WHERE a.company_id = c.id AND c.name = 'demo' AND a.code = '13050501' RETURNING a.id"
        ).fetchone()
    choose(url)
    pyme.changed = True
    assert changed is not None
    assert {row["account"] for row in await pyme.balances()} == {changed[0]}


def test_numbers() -> None:
    assert str(shortest(Decimal("100.00"))) == "100"
    assert str(shortest(Decimal("-0.10"))) == "-0.1"
    assert str(shortest(Decimal("1E+3"))) == "1000"
