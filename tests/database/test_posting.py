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
from cuadra.ledger.vouchers import WITHOUT_LINES, Closing, Line, NewDue, Posted, Voucher
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
        return await posting.post(transaction, Batch(at=NOW, vouchers=list(vouchers), **members))


async def post_raw(database: Database, batch: Batch, *, company: int) -> None:
    """Call the function itself, as a program with our login but without our Python would."""
    async with database.write("acme") as transaction:
        await transaction.rows(
            "SELECT * FROM books.post(%(company)s, %(batch)s::jsonb)",
            company=company,
            batch=encode_batch(batch).decode(),
        )


async def ask(owner: Owner, query: str) -> list[tuple[Any, ...]]:
    return await (await owner.execute(query.encode())).fetchall()


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


def purchase(quantity: int, amount: int, *, product: int = 5, warehouse: int | None = 2) -> Voucher:
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


# What a posting writes.


async def test_writes_voucher_and_lines(database: Database, owner: Owner) -> None:
    paper = voucher(
        line(CASH, "100.50", cost_centre=3, description="in", exact_amount=Decimal("100.499")),
        line(
            SALES,
            "-100.50",
            third_party=7,
            currency="USD",
            foreign_amount=Decimal(-25),
            exchange_rate=Decimal("4.02"),
            tax=1,
            tax_base=Decimal(80),
            extra={"vendor": "only"},
        ),
        description="a sale",
        third_party=7,
        content=msgspec.Raw(b'{"items":[]}'),
    )
    assert await post(database, paper) == [Posted(paper.id, serial=1, number=1)]
    assert await ask(
        owner,
        "SELECT number, serial, version, live, kind, period, total, third_party_id, content, posted_at, created_at,"
        " line_count, description FROM books.voucher",
    ) == [
        (1, 1, 1, True, "journal", 202603, Decimal("100.50"), 7, {"items": []}, NOW, NOW, 2, "a sale")
    ]  # fmt: skip
    assert await ask(
        owner,
        "SELECT line_no, account_id, amount, exact_amount, cost_centre_id, third_party_id, currency, foreign_amount,"
        " exchange_rate, tax_id, tax_base, moves_stock, description, period, date FROM books.line ORDER BY line_no",
    ) == [
        (1, CASH, Decimal("100.50"), Decimal("100.499"), 3, None, None, None, None, None, None, False, "in",
         202603, date(2026, 3, 9)),
        (2, SALES, Decimal("-100.50"), None, None, 7, "USD", Decimal(-25), Decimal("4.02"), 1, Decimal(80), False,
         "", 202603, date(2026, 3, 9)),
    ]  # fmt: skip
    assert await ask(owner, "SELECT line_no, extra FROM books.line_extra") == [
        (2, {"vendor": "only"})
    ]


async def test_adds_to_both_balances(database: Database, owner: Owner) -> None:
    await post(database, sale(100), sale(20, day="2026-04-01"))
    await post(database, voucher(line(CASH, -30), line(EXPENSES, 30, third_party=7, cost_centre=3)))
    found = await balances(owner)
    assert found["account"] == [
        (CASH, 202603, 100, 30),
        (CASH, 202604, 20, 0),
        (SALES, 202603, 0, 100),
        (SALES, 202604, 0, 20),
        (EXPENSES, 202603, 30, 0),
    ]
    assert found["party"] == [
        (CASH, 0, 0, 202603, 100, 30),
        (CASH, 0, 0, 202604, 20, 0),
        (SALES, 0, 0, 202603, 0, 100),
        (SALES, 0, 0, 202604, 0, 20),
        (EXPENSES, 7, 3, 202603, 30, 0),
    ]


async def test_opens_and_pays_dues(database: Database, owner: Owner) -> None:
    first, second = uuid4(), uuid4()
    await post(database, invoice(119, due=first), invoice(50, due=second, number=44))
    await post(database, receipt(first, 19), receipt(second, 50))
    assert (await balances(owner))["due"] == [
        (CUSTOMERS, 7, "FV-1", 1, 1, date(2026, 4, 9), 100),
        (CUSTOMERS, 7, "FV-1", 44, 1, date(2026, 4, 9), 0),
    ]


async def test_a_due_opened_and_paid_in_one_batch(database: Database, owner: Owner) -> None:
    due = uuid4()
    await post(database, invoice(119, due=due), receipt(due, 19))
    assert (await balances(owner))["due"][0][-1] == 100


async def test_moves_stock(database: Database, owner: Owner) -> None:
    await post(database, purchase(10, 1000), purchase(4, 400, warehouse=None))
    sold = line(GOODS, -300, product=5, warehouse=2, quantity=Decimal("-2.5"), moves_stock=True)
    mentioned = line(COST, 300, product=5, warehouse=2, quantity=Decimal("2.5"))
    await post(database, voucher(sold, mentioned))
    assert (await balances(owner))["stock"] == [(5, 0, 4, 400), (5, 2, Decimal("7.5"), 700)]


async def test_writes_events_and_answers_keys(
    database: Database, owner: Owner, company: int
) -> None:
    await owner.execute(
        "INSERT INTO books.idempotency VALUES (%s, 'invoices', 'k1', '', '{}', %s)", (company, NOW)
    )
    paper = sale()
    members: dict[str, Any] = {"actor": "ana", "dialect": "cuadra", "request_id": "r1"}
    events = [
        Event(id=uuid4(), action="voucher.posted", voucher=0, detail={"a": 1}, **members),
        Event(id=uuid4(), action="third_party.updated", subject="9", **members),
    ]
    await post(
        database, paper, events=events, keys=[Key(operation="invoices", key="k1", voucher=0)]
    )
    assert await ask(
        owner, "SELECT action, subject, detail, actor, at FROM books.event ORDER BY action"
    ) == [
        ("third_party.updated", "9", None, "ana", NOW),
        ("voucher.posted", str(paper.id), {"a": 1}, "ana", NOW),
    ]
    assert await ask(owner, "SELECT response FROM books.idempotency") == [
        ({"voucher": str(paper.id)},)
    ]


async def test_many_vouchers_in_one_batch(database: Database, owner: Owner) -> None:
    batch = [sale(n, type=INVOICE if n % 3 == 0 else JOURNAL) for n in range(1, 101)]
    posted = await post(database, *batch)
    assert [p.id for p in posted] == [v.id for v in batch]
    assert [p.serial for p in posted] == list(range(1, 101))
    assert [p.number for p, v in zip(posted, batch, strict=True) if v.type == INVOICE] == list(
        range(1, 34)
    )
    assert (await balances(owner))["account"] == [
        (CASH, 202603, 5050, 0),
        (SALES, 202603, 0, 5050),
    ]


async def test_an_empty_batch_writes_nothing(database: Database, owner: Owner) -> None:
    assert await post(database) == []
    assert await ask(owner, "SELECT 1 FROM books.voucher") == []


async def test_offers_need_no_lines(database: Database) -> None:
    offers = [msgspec.structs.replace(sale(), kind=kind, lines=[]) for kind in WITHOUT_LINES]
    async with database.write("acme") as transaction:
        company = transaction.company.id
    await post_raw(database, Batch(at=NOW, vouchers=offers), company=company)


# What it refuses.


async def test_unbalanced_is_refused_in_python(database: Database, owner: Owner) -> None:
    with pytest.raises(Rejected, match=r"debits and credits differ by 0\.01"):
        await post(database, voucher(line(CASH, "10.01"), line(SALES, -10)))
    assert await ask(owner, "SELECT 1 FROM books.line") == []


async def test_unbalanced_is_refused_inside_postgresql(
    database: Database, owner: Owner, company: int
) -> None:
    wrong = voucher(line(CASH, "10.01"), line(SALES, -10))
    with pytest.raises(psycopg.DatabaseError, match=r"difference 0\.01, 2 lines") as caught:
        await post_raw(database, Batch(at=NOW, vouchers=[sale(), wrong]), company=company)
    assert caught.value.sqlstate == "CU001"
    assert caught.value.diag.message_detail == "1"
    assert await ask(owner, "SELECT 1 FROM books.line") == []


async def test_two_vouchers_do_not_balance_each_other(database: Database, company: int) -> None:
    batch = [voucher(line(CASH, 10), line(SALES, -9)), voucher(line(CASH, 10), line(SALES, -11))]
    with pytest.raises(psycopg.DatabaseError) as caught:
        await post_raw(database, Batch(at=NOW, vouchers=batch), company=company)
    assert caught.value.sqlstate == "CU001"


@pytest.mark.parametrize("count", [1, 3])
async def test_a_wrong_line_count_is_refused(database: Database, company: int, count: int) -> None:
    body = msgspec.json.decode(encode_batch(Batch(at=NOW, vouchers=[sale()])))
    body["vouchers"][0]["line_count"] = count
    with pytest.raises(psycopg.DatabaseError) as caught:
        async with database.write("acme") as transaction:
            await transaction.rows(
                "SELECT * FROM books.post(%(company)s, %(batch)s::jsonb)",
                company=company,
                batch=msgspec.json.encode(body).decode(),
            )
    assert caught.value.sqlstate == "CU001"


async def test_fewer_than_two_lines_are_refused(database: Database, company: int) -> None:
    with pytest.raises(errors.CheckViolation):
        await post_raw(database, Batch(at=NOW, vouchers=[voucher(line(CASH, 0))]), company=company)


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
async def test_amounts_that_are_no_numbers_are_refused(
    database: Database, company: int, amount: str
) -> None:
    wrong = msgspec.structs.replace(sale(), lines=[line(CASH, amount), line(SALES, amount)])
    with pytest.raises(psycopg.DatabaseError):
        await post_raw(database, Batch(at=NOW, vouchers=[wrong]), company=company)


async def test_locked_periods(database: Database, owner: Owner, company: int) -> None:
    await owner.execute(
        "INSERT INTO books.period VALUES (%s, 202602, 'hard', 'r', 'ana', now()),"
        " (%s, 202603, 'soft', 'r', 'ana', now())",
        (company, company),
    )
    with pytest.raises(Rejected, match="202603 is locked"):
        await post(database, sale(), sale(day="2026-04-01"))
    with pytest.raises(Rejected, match="202602 is locked"):
        await post(database, sale(day="2026-02-01"), allow_soft=True)
    await post(database, sale(), allow_soft=True)
    await post(database, sale(day="2026-04-01"))


async def test_a_voucher_cannot_leave_a_locked_period(
    database: Database, owner: Owner, company: int
) -> None:
    paper = sale()
    (posted,) = await post(database, paper)
    await owner.execute(
        "INSERT INTO books.period VALUES (%s, 202603, 'hard', 'r', 'ana', now())", (company,)
    )
    moved = next_version(paper, posted, *paper.lines, date=date(2026, 4, 1), period=202604)
    with pytest.raises(Rejected, match="202603 is locked"):
        await post(database, moved, closing=[Closing(id=paper.id, version=1, reason="edited")])


async def test_a_repeated_number_is_refused(database: Database) -> None:
    await post(database, sale(number=5))
    with pytest.raises(Rejected) as caught:
        await post(database, sale(number=5))
    assert [problem.code for problem in caught.value.problems] == ["repeated_number"]
    await post(database, sale(number=5, type=INVOICE))
    assert (await post(database, sale()))[0].number == 6


async def test_a_repeated_due_is_refused(database: Database) -> None:
    await post(database, invoice(number=3))
    twin = invoice(number=4)
    twin.dues[0].consecutive = 3
    with pytest.raises(Rejected) as caught:
        await post(database, twin)
    assert [problem.code for problem in caught.value.problems] == ["repeated"]


async def test_another_company_is_refused(database: Database, owner: Owner) -> None:
    other = await create_company(owner, name="other")
    with pytest.raises(psycopg.DatabaseError) as caught:
        await post_raw(database, Batch(at=NOW, vouchers=[sale()]), company=other)
    assert caught.value.sqlstate == "CU000"
    with pytest.raises(psycopg.DatabaseError) as caught:
        async with database.control() as transaction:
            await transaction.rows(
                "SELECT * FROM books.post(%(company)s, '{}'::jsonb)", company=other
            )
    assert caught.value.sqlstate == "CU000"


async def test_a_type_without_numbering_is_refused(database: Database, owner: Owner) -> None:
    with pytest.raises(psycopg.DatabaseError) as caught:
        await post(database, sale(), sale(type=77))
    assert caught.value.sqlstate == "CU005"
    assert await ask(owner, "SELECT 1 FROM books.line") == []


async def test_lines_cannot_be_added_later(database: Database, owner: Owner, company: int) -> None:
    paper = sale()
    await post(database, paper)
    with pytest.raises(errors.UniqueViolation):
        await post(database, sale(id=paper.id, number=1, serial=1))
    with pytest.raises(errors.UniqueViolation):  # Version 1 is still live.
        await post(database, sale(id=paper.id, number=2, serial=1, version=2))
    with pytest.raises(errors.InsufficientPrivilege):
        async with database.write("acme") as transaction:
            await transaction.execute(
                "INSERT INTO books.line (company_id, voucher_id, version, line_no, account_id, period, date, amount)"
                " VALUES (%(company)s, %(id)s, 1, 3, 3, 202603, '2026-03-09', 0)",
                company=company,
                id=paper.id,
            )
    assert await ask(owner, "SELECT count(*) FROM books.line") == [(2,)]


# Versions.


async def test_an_edit_leaves_balances_as_if_rewritten(
    database_url: str, database: Database, owner: Owner
) -> None:
    due = uuid4()
    paper = msgspec.structs.replace(invoice(119, due=due), lines=[
        line(CUSTOMERS, 119, third_party=7, due=due), line(SALES, -100, third_party=7, cost_centre=1),
        line(IVA, -19), *purchase(3, 30).lines,
    ])  # fmt: skip
    (posted,) = await post(database, paper)
    await post(database, receipt(due, 19))
    rewritten = [
        line(CUSTOMERS, 238, third_party=7, due=due), line(SALES, -200, third_party=8), line(IVA, -38),
        *purchase(2, 25, warehouse=None).lines,
    ]  # fmt: skip
    second = next_version(paper, posted, *rewritten, dues=paper.dues)
    second.dues[0].date = date(2026, 5, 1)
    assert await post(
        database, second, closing=[Closing(id=paper.id, version=1, reason="edited")]
    ) == [posted]
    after_edit = await balances(owner)

    await owner.execute(
        "TRUNCATE books.voucher, books.line, books.due, books.account_balance, books.party_balance, books.stock;"
        "UPDATE books.number_series SET next_number = 1"
    )
    await post(database, msgspec.structs.replace(second, version=1, number=None, serial=None))
    await post(database, receipt(due, 19))
    assert after_edit == await balances(owner)


async def test_an_edit_keeps_the_closed_version_and_its_lines(
    database: Database, owner: Owner
) -> None:
    paper = sale(100)
    (posted,) = await post(database, paper)
    second = next_version(paper, posted, *sale(70).lines)
    await post(database, second, closing=[Closing(id=paper.id, version=1, reason="edited")])
    assert await ask(
        owner,
        "SELECT version, live, number, serial, close_reason, total FROM books.voucher ORDER BY 1",
    ) == [(1, False, 1, 1, "edited", 100), (2, True, 1, 1, None, 70)]
    assert await ask(owner, "SELECT version, amount FROM books.line ORDER BY version, line_no") == [
        (1, 100),
        (1, -100),
        (2, 70),
        (2, -70),
    ]


async def test_a_version_that_is_not_live_cannot_be_closed(database: Database) -> None:
    paper = sale()
    (posted,) = await post(database, paper)
    edit = [Closing(id=paper.id, version=1, reason="edited")]
    await post(database, next_version(paper, posted, *sale(70).lines), closing=edit)
    with pytest.raises(VoucherChanged):
        await post(database, next_version(paper, posted, *sale(80).lines), closing=edit)


async def test_a_delete_frees_the_number_and_its_due(database: Database, owner: Owner) -> None:
    paper = invoice()
    await post(database, paper, invoice())
    await post(database, closing=[Closing(id=paper.id, version=1, reason="deleted")])
    assert (await balances(owner))["account"] == [
        (CUSTOMERS, 202603, 119, 0),
        (SALES, 202603, 0, 119),
    ]
    (again, following) = await post(database, invoice(number=1, due_date="2026-08-01"), invoice())
    assert (again.number, again.serial) == (1, 3)
    assert following.number == 3  # the consecutive never goes back
    assert [(row[3], row[5], row[6]) for row in (await balances(owner))["due"]] == [
        (1, date(2026, 8, 1), 119),
        (2, date(2026, 4, 9), 119),
        (3, date(2026, 4, 9), 119),
    ]


async def test_a_deleted_invoice_leaves_what_was_paid(database: Database, owner: Owner) -> None:
    due = uuid4()
    paper = invoice(119, due=due)
    await post(database, paper, receipt(due, 19))
    await post(database, closing=[Closing(id=paper.id, version=1, reason="deleted")])
    assert [row[-1] for row in (await balances(owner))["due"]] == [-19]


async def test_annulling_keeps_the_number(database: Database, owner: Owner) -> None:
    paper = sale()
    (posted,) = await post(database, paper)
    last = next_version(paper, posted, annulled=True)
    await post(database, last, closing=[Closing(id=paper.id, version=1, reason="annulled")])
    assert (await balances(owner))["account"] == []
    with pytest.raises(Rejected, match="number exists already"):
        await post(database, sale(number=1))
    assert (await post(database, sale()))[0].number == 2


# Many at once.


async def together(*tasks: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run them at once; the first that fails ends the others."""
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(task) for task in tasks]
    return [task.result() for task in running]


async def test_numbers_are_gapless_under_concurrent_posters(
    database: Database, owner: Owner
) -> None:
    async def poster(seed: int) -> list[Posted]:
        choice = random.Random(seed)
        posted: list[Posted] = []
        for _ in range(10):
            batch: Sequence[Voucher] = [sale() for _ in range(choice.randint(1, 5))]
            if choice.random() < 0.2:  # A refusal takes no number.
                with pytest.raises(Rejected):
                    await post(database, *batch, voucher(line(CASH, 1), line(SALES, -2)))
                with pytest.raises(errors.UniqueViolation):
                    await post(database, *batch, *[sale(id=batch[0].id)])
            posted += await post(database, *batch)
        return posted

    posted = [p for batch in await together(*map(poster, range(10))) for p in batch]
    everything = list(range(1, len(posted) + 1))
    assert sorted(p.number for p in posted) == everything
    assert sorted(p.serial for p in posted) == everything
    assert await ask(owner, "SELECT sum(debit) FROM books.account_balance") == [
        (100 * len(posted),)
    ]


async def test_concurrent_posters_of_the_same_rows_never_deadlock(
    database: Database, owner: Owner
) -> None:
    dues = [uuid4() for _ in range(40)]
    await post(database, *(invoice(1000, due=due) for due in dues))

    async def poster(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(15):
            chosen = choice.sample(dues, choice.randint(2, 25))
            receipts = [
                receipt(due, 1, day=f"2026-{choice.randint(1, 12):02}-01") for due in chosen
            ]
            goods = [purchase(1, 10, product=choice.randint(1, 9)) for _ in range(5)]
            await post(database, *receipts, *goods)

    await together(*map(poster, range(8)))
    paid = await ask(owner, "SELECT sum(1000 - balance) FROM books.due")
    received = await ask(
        owner, "SELECT count(*) FROM books.line WHERE due_id IS NOT NULL AND amount < 0"
    )
    assert paid == received


async def test_concurrent_edits_of_one_voucher(database: Database, owner: Owner) -> None:
    paper = sale()
    (posted,) = await post(database, paper)

    async def edit(amount: int) -> bool:
        second = next_version(paper, posted, *sale(amount).lines)
        try:
            await post(database, second, closing=[Closing(id=paper.id, version=1, reason="edited")])
        except VoucherChanged:
            return False
        return True

    assert sum(await together(*map(edit, range(1, 6)))) == 1
    assert await ask(owner, "SELECT count(*) FROM books.voucher WHERE live") == [(1,)]
