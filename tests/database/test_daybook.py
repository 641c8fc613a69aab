"""The day book: every line once, in order, whatever the page."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cuadra.catalog.third_parties import PartyName
from cuadra.database.pool import Database
from cuadra.trade.books import Origin
from cuadra.trade.daybook import DaybookLine, DaybookPage, list_daybook
from cuadra.trade.entries import EntryDraft, EntryDue, EntryLineDraft
from cuadra.trade.group import record_one
from cuadra.trade.recording import Draft, EditVoucher, Recorded, Submission
from cuadra.trade.versions import AnnulVoucher, RemoveVoucher
from tests.demo import NOW, DemoDatabases

CUSTOMER = PartyName("209048401", 0)
RECEIVABLE, BANK, SALES = "13050501", "11100501", "41350501"
JOURNAL = 27441
DAY = date(2026, 11, 20)


class Shop:
    """The demo company's books."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def write(self, draft: Draft) -> Recorded:
        """Record a draft."""
        submission = Submission(draft=draft, origin=Origin("somebody", "test"))
        return await record_one(self.database, "demo", submission, NOW)

    async def read(self, **page: Any) -> list[DaybookLine]:
        """A page."""
        async with self.database.read("demo") as transaction:
            return await list_daybook(transaction, DaybookPage(**page))


@pytest.fixture
async def shop(demo_databases: DemoDatabases) -> AsyncIterator[Shop]:
    url = demo_databases.take()
    database = Database(url)
    await database.open()
    yield Shop(database)
    await database.close()
    demo_databases.give_back(url, changed=True)


def journal(day: date, *amounts: int) -> EntryDraft:
    """A journal on bank and sales; what it is short of goes to the bank."""
    lines = [EntryLineDraft(account=SALES, amount=Decimal(amount)) for amount in amounts]
    bank = EntryLineDraft(account=BANK, amount=-Decimal(sum(amounts)))
    return EntryDraft(voucher_type=JOURNAL, date=day, lines=[bank, *lines], automatic=True)


async def test_pages_of_any_size_have_every_line_once(shop: Shop) -> None:
    """Vouchers of different lengths, not made in the order of their dates."""
    for number in range(7):
        amounts = [10 * number + one for one in range(1, 2 + number % 4)]
        await shop.write(journal(date(2026, 11, 20 - (number * 5) % 7), *amounts))
    everything = await shop.read(limit=1000)
    places = [(one.serial, one.line) for one in everything]
    assert len(places) == len(set(places)) > 20
    order = [(one.date, one.serial, one.line) for one in everything]
    assert order == sorted(order)
    assert sum(one.amount for one in everything) == 0
    for limit in (1, 2, 3, 7, 1000):
        paged = [
            line
            for offset in range(0, len(everything) + limit, limit)
            for line in await shop.read(offset=offset, limit=limit)
        ]
        assert paged == everything
    assert await shop.read(offset=len(everything) + 5) == []


async def test_days_are_included(shop: Shop) -> None:
    for day in (18, 19, 20):
        await shop.write(journal(date(2026, 11, day), day))
    wanted = {"date_start": date(2026, 11, 19), "date_end": date(2026, 11, 19)}
    assert [one.amount for one in await shop.read(**wanted)] == [-19, 19]
    assert [one.amount for one in await shop.read(date_start=DAY)] == [-20, 20]
    assert await shop.read(date_end=date(2020, 1, 1)) == []


async def test_only_what_stands_is_there(shop: Shop) -> None:
    """The last version of an edited voucher; nothing of annulled and removed ones."""
    before = await shop.read(limit=1000)
    kept, annulled, removed = [(await shop.write(journal(DAY, n))).value.id for n in (1, 2, 3)]
    await shop.write(EditVoucher(id=kept, kinds=(), draft=journal(DAY, 4, 5)))
    await shop.write(AnnulVoucher(id=annulled, kinds=()))
    await shop.write(RemoveVoucher(id=removed))
    new = [one for one in await shop.read(limit=1000) if one not in before]
    assert [one.amount for one in new] == [-9, 4, 5]


async def test_a_payment_says_what_it_is_about(shop: Shop) -> None:
    due = EntryDue(prefix="X-1", consecutive=7)
    owed = EntryLineDraft(account=RECEIVABLE, amount=Decimal(50), party=CUSTOMER, due=due)
    sold = EntryLineDraft(account=SALES, amount=Decimal(-50))
    head: Any = {"voucher_type": JOURNAL, "date": DAY, "party": CUSTOMER, "automatic": True}
    await shop.write(EntryDraft(lines=[owed, sold], **head))
    paid = EntryLineDraft(account=RECEIVABLE, amount=Decimal(-50), party=CUSTOMER, due=due)
    bank = EntryLineDraft(account=BANK, amount=Decimal(50))
    await shop.write(EntryDraft(lines=[bank, paid], **head))
    opened, _, banked, settled = (await shop.read(date_start=DAY))[-4:]
    assert (opened.about, banked.about) == (None, None)
    assert (settled.about, settled.about_kind) == (opened.serial, opened.kind)
