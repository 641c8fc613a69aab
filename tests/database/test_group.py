"""Drafts recorded together: in order, each for itself, whatever becomes of its neighbours."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import psycopg
import pytest
from prometheus_client import CollectorRegistry

from cuadra.catalog.products import find_products_by_code
from cuadra.catalog.records import ThirdParty
from cuadra.catalog.third_parties import PartyName, find_party_references, find_third_party
from cuadra.database.pool import CompanyUnknown, Database, DatabaseUnavailable
from cuadra.errors import Rejected
from cuadra.trade import group as group_module
from cuadra.trade.books import Origin
from cuadra.trade.catalog_changes import DeleteThirdParty, SaveProduct, SaveThirdParty
from cuadra.trade.documents import InvoiceDraft
from cuadra.trade.group import Busy, Groups, record
from cuadra.trade.idempotency import IdempotencyKey
from cuadra.trade.journals import JournalDraft
from cuadra.trade.periods import ChangeLock
from cuadra.trade.recording import Draft, Outcome, Recorded, Submission
from tests.demo import NOW, DemoDatabases

TODAY = date(2026, 11, 20)
CASH, CREDIT, CUSTOMER = 5638, 5636, "209048401"
RECEIVABLE, BANK, GOODS = "13050501", "11100501", "14350101"


class Shop(NamedTuple):
    """The demo company's database: as its application, and as somebody who may tamper with it."""

    database: Database
    owner: psycopg.AsyncConnection

    async def together(self, *drafts: Draft | Submission) -> list[Outcome]:
        """What becomes of drafts recorded in one group."""
        submissions = [d if isinstance(d, Submission) else submission(d) for d in drafts]
        return await record(self.database, "demo", submissions, NOW)

    async def refuse(self, description: str, sqlstate: str, *, times: int = 1_000_000) -> None:
        """Let PostgreSQL refuse vouchers with this description, the first few times."""
        await self.owner.execute("CREATE SEQUENCE IF NOT EXISTS public.refusals")
        await self.owner.execute("GRANT USAGE ON SEQUENCE public.refusals TO PUBLIC")
        await self.owner.execute(
            "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NEW.description = '{description}' AND nextval('public.refusals') <= {times} THEN"
            f" RAISE EXCEPTION 'refused by a test' USING ERRCODE = '{sqlstate}'; END IF;"
            " RETURN NEW; END $$;"
            "CREATE TRIGGER refuse BEFORE INSERT ON books.voucher"
            " FOR EACH ROW EXECUTE FUNCTION public.refuse()".encode()
        )

    async def count(self, table: str) -> int:
        """How many rows the demo company has in a table."""
        cursor = await self.owner.execute(
            f"SELECT count(*) FROM books.{table} t JOIN control.company c ON c.id = t.company_id"
            " AND c.name = 'demo' AND c.live".encode()
        )
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
async def shop(demo_databases: DemoDatabases) -> AsyncIterator[Shop]:
    url = demo_databases.take()
    database = Database(url)
    await database.open()
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as owner:
        yield Shop(database, owner)
    await database.close()
    demo_databases.give_back(url, changed=True)


def submission(draft: Draft, key: str = "", body: bytes = b"body", **members: Any) -> Submission:
    name = IdempotencyKey("test", key, body) if key else None
    return Submission(draft=draft, origin=Origin("somebody", "test"), key=name, **members)


def invoice(total: int = 1000, **members: Any) -> InvoiceDraft:
    draft = {
        "voucher_type": 24446,
        "date": TODAY,
        "party": (CUSTOMER, 0),
        "seller": 629,
        "items": [{"product": "Item-1", "quantity": 1, "price": total}],
        "payments": [{"payment_type": CASH, "value": total}],
    }
    return msgspec.convert(draft | members, InvoiceDraft)


def on_credit(total: int, **members: Any) -> InvoiceDraft:
    payment = {"payment_type": CREDIT, "value": total, "due_date": TODAY}
    return invoice(total, payments=[payment], **members)


def payment_of(prefix: str, consecutive: int, amount: int) -> JournalDraft:
    """A customer's payment into the bank, by the name of the due."""
    due = {"prefix": prefix, "consecutive": consecutive, "quote": 1, "date": TODAY}
    party = (CUSTOMER, 0)
    lines = [
        {"account": BANK, "amount": amount, "party": party},
        {"account": RECEIVABLE, "amount": -amount, "party": party, "due": due},
    ]
    draft = {"voucher_type": 27441, "date": TODAY, "lines": lines}
    return msgspec.convert(draft, JournalDraft)


def new_customer(identification: str, **members: Any) -> ThirdParty:
    draft = {
        "identification": identification,
        "kind": "customer",
        "person": "person",
        "id_type": "13",
        "name": ["Ana", "Gil"],
        "contacts": [{"first_name": "Ana", "last_name": "Gil", "email": "ana@example.com"}],
    }
    return msgspec.convert(draft | members, ThirdParty)


def codes_of(outcome: Outcome) -> list[str]:
    """Why a draft was refused."""
    assert isinstance(outcome, Rejected), outcome
    return [problem.code for problem in outcome.problems]


def values_of(outcomes: list[Outcome]) -> list[Any]:
    """What was recorded; all of them must have been."""
    assert [o for o in outcomes if not isinstance(o, Recorded)] == []
    return [outcome.value for outcome in outcomes if isinstance(outcome, Recorded)]


class TestTheSecondSeesTheFirst:
    """Within one group, as if they had come one after the other."""

    async def test_payments_of_one_due(self, shop: Shop) -> None:
        half, rest, more = await shop.together(
            payment_of("FV-1", 68, 60_000),
            payment_of("FV-1", 68, 59_000),
            payment_of("FV-1", 68, 1),
        )
        assert len(values_of([half, rest])) == 2
        assert codes_of(more) == ["due_balance"]

    async def test_the_due_of_an_invoice_that_has_no_number_yet(self, shop: Shop) -> None:
        number = values_of(await shop.together(invoice()))[0].number
        made, paid, overpaid = await shop.together(
            on_credit(5000), payment_of("FV-1", number + 1, 5000), payment_of("FV-1", number + 1, 1)
        )
        assert values_of([made, paid])[0].number == number + 1
        assert codes_of(overpaid) == ["due_balance"]

    async def test_stock_and_its_average(self, shop: Shop) -> None:
        goods = {"code": "Sku-2", "quantity": 50, "warehouse": 1270}
        bought = {
            "voucher_type": 27441,
            "date": TODAY,
            "lines": [
                {"account": GOODS, "amount": 1_250_000, "product": goods},
                {"account": BANK, "amount": -1_250_000},
            ],
        }
        item = {"product": "Sku-2", "quantity": 1, "price": 1000, "warehouse": 1270}
        sold = invoice(items=[item])
        before, _, after = values_of(
            await shop.together(sold, msgspec.convert(bought, JournalDraft), sold)
        )
        assert before.content.items[0].goods[0].cost == Decimal(15_000)
        assert after.content.items[0].goods[0].cost == Decimal(
            "20050.51"
        )  # (735,000 + 1,250,000) / 99

    async def test_a_customer_made_with_an_invoice(self, shop: Shop) -> None:
        draft = invoice(party=("5050", 0))
        draft.new_customer = new_customer("5050")
        first, second, third = values_of(
            await shop.together(draft, draft, invoice(party=("5050", 0)))
        )
        assert first.party == second.party == third.party
        assert codes_of((await shop.together(SaveThirdParty(party=new_customer("5050"))))[0]) == [
            "repeated"
        ]

    async def test_a_customer_made_then_invoiced(self, shop: Shop) -> None:
        saved, sold = values_of(
            await shop.together(
                SaveThirdParty(party=new_customer("5051")), invoice(party=("5051", 0))
            )
        )
        assert sold.party.guid == saved.guid

    async def test_a_customer_renamed(self, shop: Shop) -> None:
        saved = values_of(await shop.together(SaveThirdParty(party=new_customer("5052"))))[0]
        renamed = SaveThirdParty(party=new_customer("5053"), guid=saved.guid)
        _, old, new = await shop.together(
            renamed, invoice(party=("5052", 0)), invoice(party=("5053", 0))
        )
        assert codes_of(old) == ["unknown"]
        assert values_of([new])[0].party.guid == saved.guid

    async def test_a_product_renamed_keeps_its_stock(self, shop: Shop) -> None:
        async with shop.database.read("demo") as transaction:
            product = (await find_products_by_code(transaction, ["Sku-2"]))["Sku-2"]
        renamed = msgspec.structs.replace(product, code="Sku-2b")
        item = {"product": "Sku-2b", "quantity": 1, "price": 1000, "warehouse": 1270}
        _, sold = values_of(
            await shop.together(
                SaveProduct(product=renamed, guid=product.guid), invoice(items=[item])
            )
        )
        assert sold.content.items[0].goods[0].cost == Decimal(15_000)

    async def test_a_customer_invoiced_then_deleted(self, shop: Shop) -> None:
        saved = values_of(await shop.together(SaveThirdParty(party=new_customer("5054"))))[0]
        sold, deleted = await shop.together(
            invoice(party=("5054", 0)), DeleteThirdParty(guid=saved.guid)
        )
        assert len(values_of([sold])) == 1
        assert codes_of(deleted) == ["in_use"]
        async with shop.database.read("demo") as transaction:
            assert await find_third_party(transaction, saved.guid)

    async def test_a_customer_deleted_then_invoiced(self, shop: Shop) -> None:
        saved = values_of(await shop.together(SaveThirdParty(party=new_customer("5055"))))[0]
        deleted, sold = await shop.together(
            DeleteThirdParty(guid=saved.guid), invoice(party=("5055", 0))
        )
        assert len(values_of([deleted])) == 1
        assert codes_of(sold) == ["unknown"]

    async def test_a_period_locked_in_between(self, shop: Shop) -> None:
        lock = ChangeLock(period=202611, lock="soft", reason="filed")
        before, locked, after = await shop.together(invoice(), lock, invoice())
        assert len(values_of([before, locked])) == 2
        assert codes_of(after) == ["locked"]

    async def test_a_number_of_ones_own_taken_twice(self, shop: Shop) -> None:
        draft = invoice(voucher_type=24448, number=777)
        first, second, other = await shop.together(draft, draft, invoice())
        assert values_of([first])[0].number == 777
        assert codes_of(second) == ["repeated_number"]
        assert len(values_of([other])) == 1


class TestKeys:
    """One key stands for one document, also within a group."""

    async def test_twice_in_one_group(self, shop: Shop) -> None:
        outcomes = await shop.together(
            submission(invoice(1000), "K"),
            submission(invoice(1000), "K"),
            submission(invoice(2000), "K", b"another"),
        )
        made, same, other = outcomes
        assert isinstance(made, Recorded) and isinstance(same, Recorded)
        assert isinstance(other, Recorded)
        assert (same.replayed, same.differs) == (made.value.id, False)
        assert (other.replayed, other.differs) == (made.value.id, True)
        assert await shop.count("idempotency") == 1

    async def test_a_refused_draft_leaves_its_key_to_the_next(self, shop: Shop) -> None:
        refused, made = await shop.together(
            submission(invoice(seller=1), "K"), submission(invoice(), "K")
        )
        assert codes_of(refused) == ["unknown"]
        assert isinstance(made, Recorded) and made.replayed is None

    async def test_refused_drafts_leave_no_keys(self, shop: Shop) -> None:
        await shop.together(submission(invoice(seller=1), "K"), submission(invoice(seller=2), "L"))
        assert await shop.count("idempotency") == 0

    async def test_met_again_after_a_lock_in_the_same_group(self, shop: Shop) -> None:
        lock = ChangeLock(period=202611, lock="soft", reason="filed")
        made, _, again = await shop.together(
            submission(invoice(), "K"), lock, submission(invoice(), "K")
        )
        assert isinstance(made, Recorded) and isinstance(again, Recorded)
        assert again.replayed == made.value.id


class TestEachForItself:
    """What happens to one draft does not happen to its neighbours."""

    async def test_one_that_postgresql_refuses(self, shop: Shop) -> None:
        await shop.refuse("bad", "23514")
        first, bad, last = await shop.together(
            invoice(), invoice(observations="bad"), invoice(observations="good")
        )
        numbers = [v.number for v in values_of([first, last])]
        assert numbers[1] == numbers[0] + 1
        assert isinstance(bad, psycopg.errors.CheckViolation)

    async def test_a_credential_revoked_meanwhile(self, shop: Shop) -> None:
        cursor = await shop.owner.execute(
            "SELECT id FROM control.credential WHERE company_name = 'demo' ORDER BY id"
        )
        standing, revoked, *_ = [row[0] for row in await cursor.fetchall()]
        await shop.owner.execute(
            "UPDATE control.credential SET revoked_at = '2026-01-01' WHERE id = %s", (revoked,)
        )
        outcomes = await shop.together(
            submission(invoice(), credential=standing),
            submission(invoice(), credential=revoked),
            submission(invoice(), credential=999_999),
        )
        assert len(values_of(outcomes[:1])) == 1
        assert [type(outcome) for outcome in outcomes[1:]] == [CompanyUnknown] * 2

    async def test_a_credential_of_another_company(self, shop: Shop) -> None:
        cursor = await shop.owner.execute(
            "SELECT id FROM control.credential WHERE company_name = 'demo-ar' LIMIT 1"
        )
        row = await cursor.fetchone()
        assert row is not None
        outcomes = await shop.together(submission(invoice(), credential=row[0]))
        assert isinstance(outcomes[0], CompanyUnknown)

    @pytest.mark.parametrize("sqlstate", ["40001", "40P01", "23505"])
    async def test_a_race_lost_is_run_again(self, shop: Shop, sqlstate: str) -> None:
        await shop.refuse("unlucky", sqlstate, times=3)
        first, second = values_of(await shop.together(invoice(), invoice(observations="unlucky")))
        assert second.number == first.number + 1

    async def test_a_full_disk_refuses_all_and_is_got_over(self, shop: Shop) -> None:
        before = await shop.count("voucher")
        await shop.refuse("big", "53100", times=1)
        outcomes = await shop.together(invoice(), invoice(observations="big"))
        assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailable] * 2
        assert await shop.count("voucher") == before
        assert len(values_of(await shop.together(invoice(), invoice(observations="big")))) == 2

    async def test_an_unknown_company(self, shop: Shop) -> None:
        outcomes = await record(shop.database, "nobody", [submission(invoice())] * 2, NOW)
        assert [type(outcome) for outcome in outcomes] == [CompanyUnknown] * 2


class TestTheQueue:
    """Who waits, for how long, and what is told of it."""

    async def test_what_waits_goes_together(self, shop: Shop) -> None:
        registry = CollectorRegistry()
        groups = Groups(shop.database, lambda: NOW, registry)
        one = groups.record("demo", submission(invoice()))
        recorded = await asyncio.gather(
            one, *(groups.record("demo", submission(invoice())) for _ in range(249))
        )
        numbers = [outcome.value.number for outcome in recorded]
        assert numbers == list(range(numbers[0], numbers[0] + 250))
        assert registry.get_sample_value("cuadra_group_size_sum") == 250
        assert registry.get_sample_value("cuadra_group_size_count") == 3  # 100, 100, 50
        assert registry.get_sample_value("cuadra_group_waiting_seconds_count") == 250
        assert registry.get_sample_value("cuadra_group_queue_length") == 0

    async def test_companies_do_not_wait_for_each_other(self, shop: Shop) -> None:
        registry = CollectorRegistry()
        groups = Groups(shop.database, lambda: NOW, registry)
        async with shop.owner.transaction():
            await shop.owner.execute(
                "SELECT FROM books.number_series s JOIN control.company c ON c.id = s.company_id"
                " WHERE c.name = 'demo' FOR UPDATE OF s"
            )
            held = asyncio.create_task(groups.record("demo", submission(invoice())))
            lock = ChangeLock(period=202601, lock="soft", reason="filed")
            await asyncio.wait_for(groups.record("demo-ar", submission(lock)), 5)
            assert not held.done()
        await held

    async def test_a_client_that_went_away_is_recorded(self, shop: Shop) -> None:
        groups = Groups(shop.database, lambda: NOW, CollectorRegistry())
        before = await shop.count("voucher")
        tasks = [
            asyncio.create_task(groups.record("demo", submission(invoice()))) for _ in range(5)
        ]
        await asyncio.sleep(0)
        for task in tasks[1:4]:
            task.cancel()
        stayed = await asyncio.gather(tasks[0], tasks[4])
        assert stayed[1].value.number == stayed[0].value.number + 4
        await groups.drain()
        assert await shop.count("voucher") == before + 5

    async def test_more_than_may_wait(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(group_module, "WAITING_MAX", 10)
        groups = Groups(shop.database, lambda: NOW, CollectorRegistry())
        before = await shop.count("voucher")
        outcomes = await asyncio.gather(
            *(groups.record("demo", submission(invoice())) for _ in range(15)),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [Recorded] * 10 + [Busy] * 5
        assert await shop.count("voucher") == before + 10

    async def test_nobody_waits_for_ever(self, shop: Shop) -> None:
        def broken_clock() -> datetime:
            raise RuntimeError("no time")

        groups = Groups(shop.database, broken_clock, CollectorRegistry())
        waiting = asyncio.create_task(groups.record("demo", submission(invoice())))
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(waiting, 5)


async def test_processes_that_make_the_same_customer(shop: Shop) -> None:
    """Two queues on one database, as two workers have: the loser of the race finds what was made."""
    groups = [Groups(shop.database, lambda: NOW, CollectorRegistry()) for _ in range(2)]
    draft = invoice(party=("6060", 0))
    draft.new_customer = new_customer("6060")
    recorded = await asyncio.gather(
        *(groups[n % 2].record("demo", submission(draft)) for n in range(40))
    )
    assert len({outcome.value.party.guid for outcome in recorded}) == 1
    numbers = sorted(outcome.value.number for outcome in recorded)
    assert numbers == list(range(numbers[0], numbers[0] + 40))
    async with shop.database.read("demo") as transaction:
        assert len(await find_party_references(transaction, [PartyName("6060")])) == 1
