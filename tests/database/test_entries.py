"""Entries: any voucher written line by line, removed again, and read back as a stream."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import pytest

from cuadra.database.pool import Database
from cuadra.errors import Rejected
from cuadra.ledger.verify import verify
from cuadra.trade.books import Origin
from cuadra.trade.entries import EntryDraft, EntryDue, EntryProduct
from cuadra.trade.entry_reading import (
    Entry,
    EntryFilter,
    count_entries,
    list_ids,
    stream_entries,
)
from cuadra.trade.group import record
from cuadra.trade.periods import ChangeLock
from cuadra.trade.recording import Draft, Outcome, Recorded, Submission
from cuadra.trade.versions import RemoveVoucher
from tests.demo import NOW, DemoDatabases

DAY = date(2026, 11, 20)
CUSTOMER = ("209048401", 0)
RECEIVABLE, PAYABLE, BANK, SALES, CENTRED = (
    "13050501", "22050501", "11100501", "41350501", "51959502",
)  # fmt: skip
INVOICE, PURCHASE, RECEIPT, JOURNAL = 24446, 27524, 5636, 27441


class Shop(NamedTuple):
    """The demo company's books."""

    database: Database

    async def together(self, *drafts: Draft) -> list[Outcome]:
        """What becomes of drafts recorded in one group."""
        submissions = [Submission(draft=d, origin=Origin("somebody", "test")) for d in drafts]
        return await record(self.database, "demo", submissions, NOW)

    async def entries(self, *types: int, **bounds: Any) -> list[Entry]:
        """Vouchers as they are read."""
        wanted = EntryFilter(voucher_types=list(types), **bounds)
        async with self.database.read("demo") as transaction:
            async with aclosing(stream_entries(transaction, wanted)) as stream:
                found = [entry async for entry in stream]
            if wanted.limit is None:
                assert await count_entries(transaction, wanted) == len(found)
        return found

    async def wrong(self) -> list[Any]:
        """What the program's own verification finds."""
        async with self.database.read("demo") as transaction:
            return await verify(transaction, lambda *_: None)


@pytest.fixture
async def shop(demo_databases: DemoDatabases) -> AsyncIterator[Shop]:
    url = demo_databases.take()
    database = Database(url)
    await database.open()
    yield Shop(database)
    await database.close()
    demo_databases.give_back(url, changed=True)


def entry(*lines: dict[str, Any], number: int = 8000, **members: Any) -> EntryDraft:
    """A journal of two lines by default, cash into the bank."""
    given = list(lines) or [line(BANK, 100), line(SALES, -100)]
    draft = {
        "voucher_type": JOURNAL,
        "number": number,
        "date": DAY,
        "party": CUSTOMER,
        "lines": given,
    }
    return msgspec.convert(draft | members, EntryDraft)


def line(account: str, amount: Any, **members: Any) -> dict[str, Any]:
    return {"account": account, "amount": Decimal(str(amount)), "party": CUSTOMER} | members


def due(prefix: str, consecutive: int, **members: Any) -> dict[str, Any]:
    return {"prefix": prefix, "consecutive": consecutive} | members


def codes_of(outcome: Outcome) -> list[tuple[str, str]]:
    assert isinstance(outcome, Rejected), outcome
    return [(problem.code, problem.field) for problem in outcome.problems]


def values_of(outcomes: list[Outcome]) -> list[Any]:
    assert [o for o in outcomes if not isinstance(o, Recorded)] == []
    return [outcome.value for outcome in outcomes if isinstance(outcome, Recorded)]


async def test_every_field_has_a_home_and_comes_back(shop: Shop) -> None:
    full = line(
        RECEIVABLE, "100.12500", description="Flete", cost_centre=4, operation_centre=1,
        project=1, activity=1, tax_base=Decimal("50.5"), extra={"free": [1, "x"]},
        due=due("FV-1", 68, quote=1),
    )  # fmt: skip
    values_of(await shop.together(entry(full, line(SALES, "-100.125"), number=9000)))
    [found] = await shop.entries(JOURNAL, number_start=9000)
    assert (found.number, found.date, found.party) == (9000, DAY, CUSTOMER[0])
    first, second = found.lines
    assert first.amount == Decimal("100.125") and second.amount == Decimal("-100.125")
    assert first._replace(amount=Decimal(0)) == first.__class__(
        account=RECEIVABLE, amount=Decimal(0), party=CUSTOMER[0], party_name=found.party_name,
        branch=0, description="Flete", cost_centre=4, operation_centre=1, project=1, activity=1,
        tax_base=Decimal("50.5"), due_prefix="FV-1", due_consecutive=68, due_quote=1,
        due_date=date(2021, 4, 22), extra={"free": [1, "x"]}, party_id=first.party_id,
    )  # fmt: skip
    assert await shop.wrong() == []


@pytest.mark.parametrize(
    ("draft", "problems"),
    [
        (entry(line(BANK, 1), line(SALES, -2)), [("balance", "lines")]),
        (entry(line(BANK, "0.005"), line(BANK, "0.005"), line(SALES, "-0.01")), [("balance", "lines")]),
        (entry(line(BANK, 0)), [("array", "lines")]),
        (entry(lines=[]), [("required", "lines")]),
        (entry(line("99999999", 1), line(SALES, -1)), [("unknown", "lines[0].account")]),
        (entry(line("1105", 1), line(SALES, -1)), [("account_setting", "lines[0].account")]),
        (entry(line(BANK, 1, party=("77", 0)), line(SALES, -1)), [("unknown", "lines[0].party")]),
        (entry(line(BANK, 1, party=None), line(SALES, -1)), [("required", "lines[0].party.identification")]),
        (entry(line(BANK, 1, cost_centre=1), line(SALES, -1)), [("unknown", "lines[0].cost_centre")]),
        (entry(line(CENTRED, 1), line(SALES, -1)), [("required", "lines[0].cost_centre")]),
        (entry(line(BANK, 1, project=77), line(SALES, -1)), [("unknown", "lines[0].project")]),
        (entry(line(BANK, "1e13"), line(SALES, "-1e13")), [("amount", "lines[0].amount"), ("amount", "lines[1].amount")]),
        (entry(line(BANK, 1, tax_base=Decimal(-1)), line(SALES, -1)), [("amount", "lines[0].tax_base")]),
        (entry(number=0), [("value", "number")]),
        (entry(number=10**12), [("value", "number")]),
        (entry(voucher_type=77), [("unknown", "voucher_type")]),
        (entry(voucher_type=None, number=None, date=None, party=None),
         [("required", "voucher_type"), ("required", "number"), ("required", "party.identification"), ("required", "date")]),
        (entry(line(BANK, 1), line(RECEIVABLE, -1, due=due("FV-1", 5))), [("unknown", "lines[1].due")]),
        (entry(line(BANK, 119001), line(RECEIVABLE, -119001, due=due("FV-1", 68))), [("due_balance", "lines[1].amount")]),
        (entry(line(RECEIVABLE, 1, due=due("FV-1", 99999)), line(SALES, -1)), [("value", "lines[0].due")]),
    ],
)  # fmt: skip
async def test_what_is_refused(
    shop: Shop, draft: EntryDraft, problems: list[tuple[str, str]]
) -> None:
    refused, neighbour = await shop.together(draft, entry(number=9001))
    assert codes_of(refused) == problems
    assert len(values_of([neighbour])) == 1


async def test_numbers(shop: Shop) -> None:
    """A client's numbers may leave gaps, but not in an authorised series that numbers itself."""
    sold = {"voucher_type": INVOICE}
    first, same, far, next_one, skipping = await shop.together(
        entry(number=9000),
        entry(number=9000),
        entry(number=9500),
        entry(number=701, **sold),
        entry(number=703, **sold),
    )
    assert len(values_of([first, far, next_one])) == 3
    assert codes_of(same) == [("repeated_number", "number")]
    assert codes_of(skipping) == [("setting", "number")]
    [again] = await shop.together(entry(number=9000))
    assert codes_of(again) == [("repeated_number", "number")]
    assert await shop.wrong() == []


async def test_a_removed_voucher_frees_its_number_and_leaves_no_trace_in_the_balances(
    shop: Shop,
) -> None:
    before = await balances(shop)
    made = values_of(await shop.together(entry(number=9000), entry(number=9001)))
    removed = await shop.together(*(RemoveVoucher(id=one.id) for one in made))
    assert values_of(removed) == [one.id for one in made]
    assert await balances(shop) == before
    [again] = await shop.together(RemoveVoucher(id=made[0].id))
    assert codes_of(again) == [("not_found", "id")]
    assert len(values_of(await shop.together(entry(number=9000)))) == 1
    assert await shop.wrong() == []


async def test_what_keeps_a_voucher(shop: Shop) -> None:
    """A payment of its due, and a locked period; with the payment gone it goes too."""
    bill = entry(line(RECEIVABLE, 500, due=due("X", 1)), line(SALES, -500), number=9000)
    pay = entry(line(BANK, 200), line(RECEIVABLE, -200, due=due("X", 1)), number=9001)
    billed, paid = values_of(await shop.together(bill, pay))
    [kept] = await shop.together(RemoveVoucher(id=billed.id))
    assert codes_of(kept) == [("in_use", "due")]
    other = values_of(await shop.together(entry(number=9002, date=date(2026, 3, 1))))[0]
    await shop.together(ChangeLock(period=202603, lock="soft", reason="filed"))
    outcomes = await shop.together(
        RemoveVoucher(id=other.id), RemoveVoucher(id=paid.id), RemoveVoucher(id=billed.id)
    )
    assert codes_of(outcomes[0]) == [("locked", "date")]
    assert len(values_of(outcomes[1:])) == 2
    assert await shop.wrong() == []


async def test_the_documents_own_due(shop: Shop) -> None:
    """Opened on either side: an advance is a due that owes the other way."""
    own = due("RCA", 9000, own=True)
    values_of(
        await shop.together(entry(line(BANK, 70), line(RECEIVABLE, -70, due=own), number=9000))
    )
    [found] = await shop.entries(JOURNAL, number_start=9000)
    assert (found.lines[1].due_prefix, found.lines[1].due_consecutive) == ("RCA", 9000)
    used = entry(line(RECEIVABLE, 60, due=due("RCA", 9000)), line(BANK, -60), number=9001)
    values_of(await shop.together(used))
    user = (await shop.entries(JOURNAL, number_start=9001))[0]
    [kept] = await shop.together(RemoveVoucher(id=found.id))
    assert codes_of(kept) == [("in_use", "due")]
    assert (
        len(values_of(await shop.together(RemoveVoucher(id=user.id), RemoveVoucher(id=found.id))))
        == 2
    )
    values_of(
        await shop.together(entry(line(BANK, 70), line(RECEIVABLE, -70, due=own), number=9000))
    )
    [found] = await shop.entries(JOURNAL, number_start=9000)
    assert found.lines[1].due_date == DAY
    assert await shop.wrong() == []


async def test_pages_and_bounds(shop: Shop) -> None:
    made = [entry(number=9000 + n, date=date(2026, 11, 1 + n)) for n in range(10)]
    values_of(await shop.together(*made))

    async def numbers(**bounds: Any) -> list[int]:
        return [found.number for found in await shop.entries(JOURNAL, **bounds)]

    assert await numbers(number_start=9003, number_end=9005) == [9003, 9004, 9005]
    november = {"date_start": date(2026, 11, 4), "date_end": date(2026, 11, 5)}
    assert await numbers(**november) == [9003, 9004]
    assert await numbers(number_start=9000, limit=3, offset=8) == [9008, 9009]
    assert await shop.entries(PURCHASE, number_start=9000) == []
    async with shop.database.read("demo") as transaction:
        wanted = EntryFilter(voucher_types=[JOURNAL], number_start=9008)
        listed = await list_ids(transaction, wanted)
    assert [number for _, _, number in listed] == [9009, 9008]


async def balances(shop: Shop) -> list[tuple[Any, ...]]:
    """Both kept balances, without rows of nothing."""
    async with shop.database.read("demo") as transaction:
        return await transaction.rows(
            "SELECT account_id, period, debit, credit FROM books.account_balance"
            " WHERE company_id = %(company)s AND (debit, credit) <> (0, 0) ORDER BY 1, 2",
            company=transaction.company.id,
        )


async def test_an_invoice_that_came_in_line_by_line_is_an_entry_only(shop: Shop) -> None:
    values_of(await shop.together(entry(number=701, voucher_type=INVOICE)))
    [found] = await shop.entries(INVOICE)
    assert found.number == 701


async def test_an_entry_may_take_the_next_number(shop: Shop) -> None:
    """With its own due under the number it is given, in all lines that speak of it."""
    own = EntryDue(prefix="FV-1", own=True)
    lines = (line(RECEIVABLE, 60, due=own), line(RECEIVABLE, 40, due=own), line(SALES, -100))
    made = entry(*lines, voucher_type=INVOICE, number=None)
    made.automatic, made.party = True, None
    [recorded] = values_of(await shop.together(made))
    assert recorded.number == 701
    [found] = await shop.entries(INVOICE)
    assert [(one.due_prefix, one.due_consecutive) for one in found.lines[:2]] == [("FV-1", 701)] * 2
    assert found.party == ""
    assert await shop.wrong() == []


async def test_an_entry_may_be_annulled_at_once(shop: Shop) -> None:
    made = entry(number=9000)
    made.annulled = True
    values_of(await shop.together(made, entry(number=9001)))
    assert [found.number for found in await shop.entries(JOURNAL, number_start=9000)] == [9001]
    both = await shop.entries(JOURNAL, number_start=9000, annulled=True)
    assert [(found.number, found.annulled, len(found.lines)) for found in both] == [
        (9000, True, 2), (9001, False, 2),
    ]  # fmt: skip
    assert codes_of((await shop.together(entry(number=9000)))[0]) == [("repeated_number", "number")]
    assert await shop.wrong() == []


async def test_a_free_due_may_begin_by_being_paid(shop: Shop) -> None:
    paying = entry(
        line(BANK, 70), line(RECEIVABLE, -70, due=due("XX-1", 5, free=True)), number=9000
    )
    [recorded] = values_of(await shop.together(paying))
    assert [(told.code, told.value) for told in recorded.remarks] == [("due_balance", "XX-1-5")]
    assert await shop.wrong() == []


async def test_a_paper_of_a_third_party_is_recorded_once(shop: Shop) -> None:
    made = [entry(number=number) for number in (9000, 9001)]
    for one in made:
        one.external_number = "A-5"
    outcomes = await shop.together(*made)
    assert codes_of(outcomes[1]) == [("repeated", "external_number")]


async def test_goods_in_an_entry(shop: Shop) -> None:
    """They move on inventory accounts, and are only told on others."""
    goods = EntryProduct(code="Sku-1", quantity=Decimal("-2.5"), warehouse=1270)
    told = EntryProduct(code="Sku-1", quantity=Decimal("2.5"))
    made = entry(line("14350101", -25, product=goods), line(SALES, 25, product=told), number=9000)
    values_of(await shop.together(made))
    [found] = await shop.entries(JOURNAL, number_start=9000)
    assert [(one.product, one.quantity, one.warehouse) for one in found.lines] == [
        ("Sku-1", Decimal("-2.5"), 1270), ("Sku-1", Decimal("2.5"), None),
    ]  # fmt: skip
    for product, field in (
        (EntryProduct(code="Nada"), "code"),
        (EntryProduct(code="Viejo-1"), "code"),
        (EntryProduct(code="Item-1"), "code"),
        (EntryProduct(code="Sku-1", warehouse=5), "warehouse"),
    ):
        wrong = entry(line("14350101", -25, product=product), line(SALES, 25), number=9001)
        [outcome] = await shop.together(wrong)
        assert [found for _, found in codes_of(outcome)] == [f"lines[0].product.{field}"]
    assert await shop.wrong() == []
