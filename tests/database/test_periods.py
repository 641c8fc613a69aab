"""Locking periods against postings, and closing a year."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from cuadra.database.pool import Database
from cuadra.errors import Rejected
from cuadra.ledger.periods import (
    LockedPeriod,
    compute_closing,
    list_locked,
    list_result_balances,
    lock_period,
    unlock_period,
)
from cuadra.ledger.posting import Batch, post
from cuadra.ledger.verify import verify
from cuadra.ledger.vouchers import Voucher
from tests.factories import (
    CASH,
    CUSTOMERS,
    EXPENSES,
    NOW,
    RESULT,
    SALES,
    create_company,
    line,
    sale,
    voucher,
)

Owner = psycopg.AsyncConnection[Any]
LATER = NOW + timedelta(days=1)
CLASSES = ("4", "5", "6", "7")


@pytest.fixture(autouse=True)
async def company(owner: Owner) -> int:
    return await create_company(owner)


async def post_all(database: Database, *vouchers: Voucher, **members: Any) -> None:
    async with database.write("acme") as transaction:
        await post(transaction, Batch(at=NOW, vouchers=list(vouchers), **members))


async def locked(database: Database) -> list[LockedPeriod]:
    async with database.read("acme") as transaction:
        return await list_locked(transaction)


async def test_lock_change_and_unlock(database: Database, owner: Owner) -> None:
    async with database.write("acme") as transaction:
        await lock_period(transaction, 202603, "soft", "VAT filed", "ana", NOW)
        await lock_period(transaction, 202602, "hard", "closed", "ana", NOW)
    assert await locked(database) == [
        LockedPeriod(202602, "hard", "closed", "ana", NOW),
        LockedPeriod(202603, "soft", "VAT filed", "ana", NOW),
    ]
    async with database.write("acme") as transaction:
        await lock_period(transaction, 202603, "hard", "audited", "eva", LATER)
        await unlock_period(transaction, 202602, "a bill came late", "eva", LATER)
    assert await locked(database) == [LockedPeriod(202603, "hard", "audited", "eva", LATER)]
    cursor = await owner.execute(
        "SELECT actor, dialect, action, subject, detail FROM books.event ORDER BY id"
    )
    assert await cursor.fetchall() == [
        ("ana", "cuadra", "period.locked", "202603", {"reason": "VAT filed", "lock": "soft"}),
        ("ana", "cuadra", "period.locked", "202602", {"reason": "closed", "lock": "hard"}),
        ("eva", "cuadra", "period.locked", "202603", {"reason": "audited", "lock": "hard"}),
        ("eva", "cuadra", "period.unlocked", "202602", {"reason": "a bill came late"}),
    ]


async def test_what_is_locked_for_whom(database: Database) -> None:
    async with database.write("acme") as transaction:
        await lock_period(transaction, 202602, "hard", "closed", "ana", NOW)
        await lock_period(transaction, 202603, "soft", "closed", "ana", NOW)
    for paper, members in (
        (sale(day="2026-02-01"), {}),
        (sale(day="2026-02-01"), {"allow_soft": True}),
        (sale(day="2026-03-01"), {}),
    ):
        with pytest.raises(Rejected, match="is locked"):
            await post_all(database, paper, **members)
    await post_all(database, sale(day="2026-03-01"), allow_soft=True)
    async with database.write("acme") as transaction:
        await unlock_period(transaction, 202602, "late bill", "ana", NOW)
    await post_all(database, sale(day="2026-02-01"))


@pytest.mark.parametrize("reason", ["", "  "])
async def test_a_reason_is_required(database: Database, reason: str) -> None:
    async with database.write("acme") as transaction:
        for attempt in (
            lock_period(transaction, 202603, "soft", reason, "ana", NOW),
            unlock_period(transaction, 202603, reason, "ana", NOW),
        ):
            with pytest.raises(Rejected) as caught:
                await attempt
            assert [problem.code for problem in caught.value.problems] == ["required"]


async def test_only_periods_can_be_locked_and_only_locked_ones_unlocked(database: Database) -> None:
    async with database.write("acme") as transaction:
        with pytest.raises(Rejected, match="202614 is not a period"):
            await lock_period(transaction, 202614, "soft", "r", "ana", NOW)
        with pytest.raises(Rejected, match="202603 is not locked"):
            await unlock_period(transaction, 202603, "r", "ana", NOW)


async def test_locks_of_another_company_do_not_matter(database: Database, owner: Owner) -> None:
    await create_company(owner, name="other")
    async with database.write("other") as transaction:
        await lock_period(transaction, 202603, "hard", "closed", "ana", NOW)
    assert await locked(database) == []
    await post_all(database, sale())


async def test_locking_waits_for_postings_and_later_ones_see_it(database: Database) -> None:
    async def lock() -> None:
        async with database.write("acme") as transaction:
            await lock_period(transaction, 202603, "hard", "closed", "ana", NOW)

    async with database.write("acme") as transaction:
        await post(transaction, Batch(at=NOW, vouchers=[sale()]))
        locking = asyncio.create_task(lock())
        await asyncio.sleep(0.2)
        assert not locking.done()
    await locking
    with pytest.raises(Rejected, match="is locked"):
        await post_all(database, sale())


async def test_closing_a_year(database: Database) -> None:
    await post_all(
        database,
        sale(70, day="2025-12-31"),
        sale(100, day="2026-01-15"),
        voucher(line(CUSTOMERS, 50, third_party=7), line(SALES, -50, third_party=7)),
        voucher(line(EXPENSES, "30.25", third_party=8, cost_centre=3), line(CASH, "-30.25")),
        voucher(line(EXPENSES, 5, cost_centre=3), line(EXPENSES, -5, cost_centre=3)),
    )
    async with database.read("acme") as transaction:
        balances = await list_result_balances(transaction, 2026, CLASSES)
    lines = compute_closing(balances, CLASSES, RESULT)
    assert lines == [
        line(SALES, "100.00"),
        line(SALES, "50.00", third_party=7),
        line(EXPENSES, "-30.25", third_party=8, cost_centre=3),
        line(RESULT, "-119.75"),
    ]
    await post_all(database, voucher(*lines, day="2026-12-31", period=202613))
    async with database.read("acme") as transaction:
        assert await list_result_balances(transaction, 2026, CLASSES) == []
        assert [one.balance for one in await list_result_balances(transaction, 2025, CLASSES)] == [
            Decimal(-70)
        ]
        assert await verify(transaction, lambda *_: None) == []
