"""Posting on a real database: what is written, what is refused, and that every edit leaves exact balances."""

import asyncio
import random
from collections.abc import Coroutine, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from psycopg import errors

from cuadra.database.pool import Database
from cuadra.errors import Rejected
from cuadra.ledger import posting
from cuadra.ledger.posting import Batch, Event, Key, VoucherChanged, encode_batch
from cuadra.ledger.vouchers import Closing, Line, NewDue, Posted, Voucher
from tests.factories import (
    CASH,
    COST,
    CUSTOMERS,
    EXPENSES,
    GOODS,
    INVOICE,
    IVA,
    JOURNAL,
    NOW,
    SALES,
    create_company,
    line,
    sale,
    voucher,
)

Owner = psycopg.AsyncConnection[Any]


@pytest.fixture(autouse=True)
async def company(owner: Owner) -> int:
    return await create_company(owner)


async def post(database: Database, *vouchers: Voucher, **members: Any) -> list[Posted]:
    async with database.write("acme") as transaction:
        return await posting.post(
            transaction, Batch(at=NOW, vouchers=list(vouchers), **members)
        )


async def post_raw(database: Database, batch: Batch, *, company: int) -> None:
    """Call the function itself, as a program with our login but without our Python would."""
    async with database.write("acme") as transaction:
        await transaction.rows(
            "SELECT * FROM books.post(%(company)s, %(batch)s::jsonb)",
            company=company,
            batch=encode_batch(batch).decode(),
        )


async def ask(owner: Owner, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    cursor = await owner.execute(query.encode(), parameters)
    return await cursor.fetchall()


async def balances(owner: Owner) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is kept beside the lines, without rows that say zero."""
    return {
        "account": await ask(
            owner,
            "SELECT account_id, period, debit, credit FROM books.account_balance"
            " WHERE debit <> 0 OR credit <> 0 ORDER BY 1, 2",
        ),
        "party": await ask(
            owner,
            "SELECT account_id, third_party_id, cost_centre_id, period, debit, credit FROM books.party_balance"
            " WHERE debit <> 0 OR credit <> 0 ORDER BY 1, 2, 3, 4",
        ),
        "due": await ask(
            owner,
            "SELECT account_id, third_party_id, prefix, consecutive, quote, date, balance FROM books.due"
            " ORDER BY 1, 2, 3, 4, 5",
        ),
        "stock": await ask(
            owner,
            "SELECT product_id, warehouse_id, quantity, value FROM books.stock"
            " WHERE quantity <> 0 OR value <> 0 ORDER BY 1, 2",
        ),
    }


def invoice(
    amount: str | int = 119,
    *,
    due: UUID | None = None,
    due_date: str = "2026-04-09",
    party: int = 7,
    **members: Any,
) -> Voucher:
    """A sale on credit: it opens a due that takes the invoice's number."""
    identity = due or uuid4()
    opened = NewDue(
        id=identity,
        account=CUSTOMERS,
        third_party=party,
        prefix="FV-1",
        quote=1,
        date=date.fromisoformat(due_date),
    )
    return voucher(
        line(CUSTOMERS, amount, third_party=party, due=identity),
        line(SALES, -Decimal(amount), third_party=party),
        type=INVOICE,
        dues=[opened],
        **members,
    )


def receipt(due: UUID, amount: str | int, *, party: int = 7, **members: Any) -> Voucher:
    """Cash in, against a due."""
    return voucher(
        line(CASH, amount),
        line(CUSTOMERS, -Decimal(amount), third_party=party, due=due),
        **members,
    )


def purchase(
    quantity: int, amount: int, *, product: int = 5, warehouse: int | None = 2
) -> Voucher:
    """Goods into stock, for cash."""
    goods = line(
        GOODS,
        amount,
        product=product,
        warehouse=warehouse,
        quantity=Decimal(quantity),
        moves_stock=True,
    )
    return voucher(goods, line(CASH, -amount))


def next_version(of: Voucher, posted: Posted, *lines: Line, **members: Any) -> Voucher:
    """The same paper, rewritten."""
    return msgspec.structs.replace(
        voucher(*lines, id=of.id, day=of.date.isoformat(), type=of.type),
        version=of.version + 1,
        number=posted.number,
        serial=posted.serial,
        created_at=NOW,
        **members,
    )



async def test_a0(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=10)
    await database.open()

    async def poster(seed: int) -> list[Posted]:
        choice = random.Random(seed)
        posted = []
        for _ in range(10):
            batch = [sale() for _ in range(choice.randint(1, 5))]
            if choice.random() < 0.2:
                await post(database, *batch, batch[0])
            posted += await post(database, *batch)
        return posted
    await asyncio.gather(*map(poster, range(10)))

async def test_b0(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=8)
    await database.open()
    dues = [uuid4() for _ in range(40)]
    await post(database, *(invoice(1000, due=due) for due in dues))

    async def poster(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(15):
            chosen = choice.sample(dues, choice.randint(2, 25))
            receipts = [receipt(due, 1, day=f"2026-{choice.randint(1, 12):02}-01") for due in chosen]
            goods = [purchase(1, 10, product=choice.randint(1, 9)) for _ in range(5)]
            await post(database, *receipts, *goods)

    await asyncio.gather(*map(poster, range(8)))
    await database.close()

async def test_a1(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=10)
    await database.open()

    async def poster(seed: int) -> list[Posted]:
        choice = random.Random(seed)
        posted = []
        for _ in range(10):
            batch = [sale() for _ in range(choice.randint(1, 5))]
            if choice.random() < 0.2:
                await post(database, *batch, batch[0])
            posted += await post(database, *batch)
        return posted
    await asyncio.gather(*map(poster, range(10)))

async def test_b1(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=8)
    await database.open()
    dues = [uuid4() for _ in range(40)]
    await post(database, *(invoice(1000, due=due) for due in dues))

    async def poster(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(15):
            chosen = choice.sample(dues, choice.randint(2, 25))
            receipts = [receipt(due, 1, day=f"2026-{choice.randint(1, 12):02}-01") for due in chosen]
            goods = [purchase(1, 10, product=choice.randint(1, 9)) for _ in range(5)]
            await post(database, *receipts, *goods)

    await asyncio.gather(*map(poster, range(8)))
    await database.close()

async def test_a2(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=10)
    await database.open()

    async def poster(seed: int) -> list[Posted]:
        choice = random.Random(seed)
        posted = []
        for _ in range(10):
            batch = [sale() for _ in range(choice.randint(1, 5))]
            if choice.random() < 0.2:
                await post(database, *batch, batch[0])
            posted += await post(database, *batch)
        return posted
    await asyncio.gather(*map(poster, range(10)))

async def test_b2(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=8)
    await database.open()
    dues = [uuid4() for _ in range(40)]
    await post(database, *(invoice(1000, due=due) for due in dues))

    async def poster(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(15):
            chosen = choice.sample(dues, choice.randint(2, 25))
            receipts = [receipt(due, 1, day=f"2026-{choice.randint(1, 12):02}-01") for due in chosen]
            goods = [purchase(1, 10, product=choice.randint(1, 9)) for _ in range(5)]
            await post(database, *receipts, *goods)

    await asyncio.gather(*map(poster, range(8)))
    await database.close()

async def test_a3(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=10)
    await database.open()

    async def poster(seed: int) -> list[Posted]:
        choice = random.Random(seed)
        posted = []
        for _ in range(10):
            batch = [sale() for _ in range(choice.randint(1, 5))]
            if choice.random() < 0.2:
                await post(database, *batch, batch[0])
            posted += await post(database, *batch)
        return posted
    await asyncio.gather(*map(poster, range(10)))

async def test_b3(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=8)
    await database.open()
    dues = [uuid4() for _ in range(40)]
    await post(database, *(invoice(1000, due=due) for due in dues))

    async def poster(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(15):
            chosen = choice.sample(dues, choice.randint(2, 25))
            receipts = [receipt(due, 1, day=f"2026-{choice.randint(1, 12):02}-01") for due in chosen]
            goods = [purchase(1, 10, product=choice.randint(1, 9)) for _ in range(5)]
            await post(database, *receipts, *goods)

    await asyncio.gather(*map(poster, range(8)))
    await database.close()

async def test_a4(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=10)
    await database.open()

    async def poster(seed: int) -> list[Posted]:
        choice = random.Random(seed)
        posted = []
        for _ in range(10):
            batch = [sale() for _ in range(choice.randint(1, 5))]
            if choice.random() < 0.2:
                await post(database, *batch, batch[0])
            posted += await post(database, *batch)
        return posted
    await asyncio.gather(*map(poster, range(10)))

async def test_b4(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=8)
    await database.open()
    dues = [uuid4() for _ in range(40)]
    await post(database, *(invoice(1000, due=due) for due in dues))

    async def poster(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(15):
            chosen = choice.sample(dues, choice.randint(2, 25))
            receipts = [receipt(due, 1, day=f"2026-{choice.randint(1, 12):02}-01") for due in chosen]
            goods = [purchase(1, 10, product=choice.randint(1, 9)) for _ in range(5)]
            await post(database, *receipts, *goods)

    await asyncio.gather(*map(poster, range(8)))
    await database.close()

async def test_a5(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=10)
    await database.open()

    async def poster(seed: int) -> list[Posted]:
        choice = random.Random(seed)
        posted = []
        for _ in range(10):
            batch = [sale() for _ in range(choice.randint(1, 5))]
            if choice.random() < 0.2:
                await post(database, *batch, batch[0])
            posted += await post(database, *batch)
        return posted
    await asyncio.gather(*map(poster, range(10)))

async def test_b5(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=8)
    await database.open()
    dues = [uuid4() for _ in range(40)]
    await post(database, *(invoice(1000, due=due) for due in dues))

    async def poster(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(15):
            chosen = choice.sample(dues, choice.randint(2, 25))
            receipts = [receipt(due, 1, day=f"2026-{choice.randint(1, 12):02}-01") for due in chosen]
            goods = [purchase(1, 10, product=choice.randint(1, 9)) for _ in range(5)]
            await post(database, *receipts, *goods)

    await asyncio.gather(*map(poster, range(8)))
    await database.close()

async def test_a6(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=10)
    await database.open()

    async def poster(seed: int) -> list[Posted]:
        choice = random.Random(seed)
        posted = []
        for _ in range(10):
            batch = [sale() for _ in range(choice.randint(1, 5))]
            if choice.random() < 0.2:
                await post(database, *batch, batch[0])
            posted += await post(database, *batch)
        return posted
    await asyncio.gather(*map(poster, range(10)))

async def test_b6(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=8)
    await database.open()
    dues = [uuid4() for _ in range(40)]
    await post(database, *(invoice(1000, due=due) for due in dues))

    async def poster(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(15):
            chosen = choice.sample(dues, choice.randint(2, 25))
            receipts = [receipt(due, 1, day=f"2026-{choice.randint(1, 12):02}-01") for due in chosen]
            goods = [purchase(1, 10, product=choice.randint(1, 9)) for _ in range(5)]
            await post(database, *receipts, *goods)

    await asyncio.gather(*map(poster, range(8)))
    await database.close()

async def test_a7(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=10)
    await database.open()

    async def poster(seed: int) -> list[Posted]:
        choice = random.Random(seed)
        posted = []
        for _ in range(10):
            batch = [sale() for _ in range(choice.randint(1, 5))]
            if choice.random() < 0.2:
                await post(database, *batch, batch[0])
            posted += await post(database, *batch)
        return posted
    await asyncio.gather(*map(poster, range(10)))

async def test_b7(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=8)
    await database.open()
    dues = [uuid4() for _ in range(40)]
    await post(database, *(invoice(1000, due=due) for due in dues))

    async def poster(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(15):
            chosen = choice.sample(dues, choice.randint(2, 25))
            receipts = [receipt(due, 1, day=f"2026-{choice.randint(1, 12):02}-01") for due in chosen]
            goods = [purchase(1, 10, product=choice.randint(1, 9)) for _ in range(5)]
            await post(database, *receipts, *goods)

    await asyncio.gather(*map(poster, range(8)))
    await database.close()

async def test_a8(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=10)
    await database.open()

    async def poster(seed: int) -> list[Posted]:
        choice = random.Random(seed)
        posted = []
        for _ in range(10):
            batch = [sale() for _ in range(choice.randint(1, 5))]
            if choice.random() < 0.2:
                await post(database, *batch, batch[0])
            posted += await post(database, *batch)
        return posted
    await asyncio.gather(*map(poster, range(10)))

async def test_b8(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=8)
    await database.open()
    dues = [uuid4() for _ in range(40)]
    await post(database, *(invoice(1000, due=due) for due in dues))

    async def poster(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(15):
            chosen = choice.sample(dues, choice.randint(2, 25))
            receipts = [receipt(due, 1, day=f"2026-{choice.randint(1, 12):02}-01") for due in chosen]
            goods = [purchase(1, 10, product=choice.randint(1, 9)) for _ in range(5)]
            await post(database, *receipts, *goods)

    await asyncio.gather(*map(poster, range(8)))
    await database.close()

async def test_a9(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=10)
    await database.open()

    async def poster(seed: int) -> list[Posted]:
        choice = random.Random(seed)
        posted = []
        for _ in range(10):
            batch = [sale() for _ in range(choice.randint(1, 5))]
            if choice.random() < 0.2:
                await post(database, *batch, batch[0])
            posted += await post(database, *batch)
        return posted
    await asyncio.gather(*map(poster, range(10)))

async def test_b9(database_url: str, owner: Owner) -> None:
    database = Database(database_url, size=8)
    await database.open()
    dues = [uuid4() for _ in range(40)]
    await post(database, *(invoice(1000, due=due) for due in dues))

    async def poster(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(15):
            chosen = choice.sample(dues, choice.randint(2, 25))
            receipts = [receipt(due, 1, day=f"2026-{choice.randint(1, 12):02}-01") for due in chosen]
            goods = [purchase(1, 10, product=choice.randint(1, 9)) for _ in range(5)]
            await post(database, *receipts, *goods)

    await asyncio.gather(*map(poster, range(8)))
    await database.close()
