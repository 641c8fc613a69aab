"""Verify finds what somebody with the owner's rights changed behind the ledger's back, and nothing in sound books."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from cuadra.database.pool import Database
from cuadra.ledger.posting import Batch, post
from cuadra.ledger.verify import Difference, verify
from cuadra.ledger.vouchers import Closing, NewDue, Voucher
from tests.factories import (
    CASH,
    CUSTOMERS,
    GOODS,
    INVOICE,
    JOURNAL,
    NOW,
    SALES,
    create_company,
    create_third_party,
    create_voucher_type,
    line,
    sale,
    voucher,
)

Owner = psycopg.AsyncConnection[Any]


async def differences(database: Database) -> list[Difference]:
    async with database.read("acme") as transaction:
        return await verify(transaction, lambda *_: None)


async def post_all(database: Database, *vouchers: Voucher, **members: Any) -> None:
    async with database.write("acme") as transaction:
        await post(transaction, Batch(at=NOW, vouchers=list(vouchers), **members))


@pytest.fixture
async def books(database: Database, owner: Owner) -> Database:
    """Books with a bit of everything: two sales, an invoice on credit, goods, an edit, a delete, an annulment."""
    company = await create_company(owner)
    await create_third_party(owner, company, id=7, identification="900111")
    due = NewDue(
        id=uuid4(), account=CUSTOMERS, third_party=7, prefix="FV-1", quote=1, date=NOW.date()
    )
    papers = [
        sale(100),
        sale(20, day="2026-04-01"),
        voucher(
            line(CUSTOMERS, 119, third_party=7, due=due.id, cost_centre=3),
            line(SALES, -119, third_party=7),
            type=INVOICE,
            dues=[due],
        ),
        voucher(
            line(GOODS, 50, product=5, warehouse=2, quantity=Decimal("1.5"), moves_stock=True),
            line(CASH, -50),
        ),
        *(sale(n) for n in (1, 2, 3)),
    ]
    await post_all(database, *papers)
    edited, deleted, annulled = papers[-3:]
    await post_all(
        database,
        sale(10, id=edited.id, version=2, number=4, serial=5),
        voucher(id=annulled.id, version=2, number=6, serial=7, annulled=True),
        closing=[
            Closing(id=edited.id, version=1, reason="edited"),
            Closing(id=deleted.id, version=1, reason="deleted"),
            Closing(id=annulled.id, version=1, reason="annulled"),
        ],
    )
    return database


async def test_sound_books_have_no_differences(books: Database) -> None:
    assert await differences(books) == []


async def test_a_company_without_vouchers(database: Database, owner: Owner) -> None:
    await create_company(owner)
    assert await differences(database) == []


async def test_progress_is_told(books: Database) -> None:
    told: list[tuple[str, int, int]] = []
    async with books.read("acme") as transaction:
        await verify(transaction, lambda *progress: told.append(progress))
    assert told[0] == ("balances", 1, 1)
    assert [check for check, _, _ in told[1:]] == [
        "dues", "stock", "vouchers", "accounts", "numbers", "duplicates",
    ]  # fmt: skip


async def test_other_companies_are_not_looked_at(books: Database, owner: Owner) -> None:
    other = await create_company(owner, name="other")
    await owner.execute("INSERT INTO books.account_balance VALUES (%s, 3, 202603, 5, 0)", (other,))
    assert await differences(books) == []


# What was done, and the differences it must give as (check, subject, expected, found).
TAMPERED = {
    "account balance raised": (
        "UPDATE books.account_balance SET debit = debit + 1 WHERE account_id = 3 AND period = 202603",
        [("account_balance", "account 110505, 202603", "debit 110.00, credit 50.00", "debit 111.00, credit 50.00")],
    ),
    "account balance lost": (
        "DELETE FROM books.account_balance WHERE account_id = 3 AND period = 202604",
        [("account_balance", "account 110505, 202604", "debit 20.00, credit 0.00", "debit 0.00, credit 0.00")],
    ),
    "account balance of an account that is not in the chart": (
        "INSERT INTO books.account_balance VALUES (1, 9999, 202601, 0, 7)",
        [("account_balance", "account #9999, 202601", "debit 0.00, credit 0.00", "debit 0.00, credit 7.00")],
    ),
    "a balance row of zero is no difference": (
        "INSERT INTO books.account_balance VALUES (1, 4, 202601, 0, 0);"
        "INSERT INTO books.party_balance VALUES (1, 4, 0, 0, 202601, 0, 0)",
        [],
    ),
    "columns inflated alike": (
        "UPDATE books.party_balance SET debit = debit + 5, credit = credit + 5 WHERE third_party_id = 7"
        "   AND cost_centre_id = 3",
        [("party_balance", "account 130505, third party 900111-0, cost centre 3, 202603",
          "debit 119.00, credit 0.00", "debit 124.00, credit 5.00")],
    ),
    "due changed": (
        "UPDATE books.due SET balance = 100",
        [("due", "FV-1-1/1 of 900111", "119.00", "100.00")],
    ),
    "stock changed": (
        "UPDATE books.stock SET quantity = 2",
        [("stock", "product #5, warehouse 2", "quantity 1.5, value 50.00", "quantity 2, value 50.00")],
    ),
    "stock from nowhere": (
        "INSERT INTO books.stock VALUES (1, 6, 0, 1, 10)",
        [("stock", "product #6, warehouse 0", "quantity 0, value 0.00", "quantity 1, value 10.00")],
    ),
    "line and balances changed together": (
        "UPDATE books.line SET amount = 21 WHERE amount = 20;"
        "UPDATE books.account_balance SET debit = 21 WHERE account_id = 3 AND period = 202604;"
        "UPDATE books.party_balance SET debit = 21 WHERE account_id = 3 AND period = 202604",
        [("voucher_sum", "journal 2", "0.00", "1.00")],
    ),
    "line of nothing added": (
        "INSERT INTO books.line (company_id, voucher_id, version, line_no, account_id, period, date, amount)"
        "  SELECT company_id, id, version, 9, 3, period, date, 0 FROM books.voucher WHERE serial = 1",
        [("line_count", "journal 1", "2", "3")],
    ),
    "line moved to another day": (
        "UPDATE books.line SET date = '2026-03-10' WHERE amount = 100",
        [("line_date", "journal 1", "2026-03-09", "2026-03-09 to 2026-03-10")],
    ),
    "voucher moved to another month": (
        "UPDATE books.voucher SET period = 202605, date = '2026-05-01' WHERE serial = 1",
        [("line_date", "journal 1", "2026-05-01", "2026-03-09 to 2026-03-09"),
         ("line_period", "journal 1", "202605", "202603 to 202603")],
    ),
    "voucher lost": (
        "DELETE FROM books.voucher WHERE serial = 2",
        [("account_balance", "account 110505, 202604", "debit 0.00, credit 0.00", "debit 20.00, credit 0.00"),
         ("account_balance", "account 413505, 202604", "debit 0.00, credit 0.00", "debit 0.00, credit 20.00"),
         ("party_balance", "account 110505, 202604", "debit 0.00, credit 0.00", "debit 20.00, credit 0.00"),
         ("party_balance", "account 413505, 202604", "debit 0.00, credit 0.00", "debit 0.00, credit 20.00"),
         ("lines_without_voucher", "", "a voucher", "2 lines"),
         ("number_gap", "CC-1", "number 2", "never given")],
    ),
    "lines lost": (
        "DELETE FROM books.line WHERE date = '2026-04-01';"
        "DELETE FROM books.account_balance WHERE period = 202604; DELETE FROM books.party_balance WHERE period = 202604",
        [("line_count", "journal 2", "2", "0")],
    ),
    "account made a heading": (
        "UPDATE books.account SET movement = false WHERE id = 8",
        [("line_account", "account 143505", "an account that takes movement", "a heading")],
    ),
    "account lost": (
        "DELETE FROM books.account WHERE id = 8",
        [("line_account", "account #8", "an account that takes movement", "no such account")],
    ),
    "numbers skipped": (
        "UPDATE books.number_series SET next_number = 10 WHERE kind = 'number' AND voucher_type_id = 1",
        [("number_gap", "CC-1", "numbers 7 to 9", "never given")],
    ),
    "first number lowered": (
        "UPDATE books.number_series SET first_number = 0 WHERE kind = 'number' AND voucher_type_id = 2",
        [("number_gap", "FV-1", "number 0", "never given")],
    ),
    "series set back": (
        "UPDATE books.number_series SET next_number = 3 WHERE kind = 'number' AND voucher_type_id = 1",
        [("next_number", "CC-1", "above 6", "3")],
    ),
    "serials set back": (
        "UPDATE books.number_series SET next_number = 7 WHERE kind = 'voucher'",
        [("next_serial", "vouchers", "above 7", "7")],
    ),
    "serial repeated": (
        "UPDATE books.voucher SET serial = 2 WHERE serial = 1",
        [("serial", "serial 2", "1 voucher", "2 vouchers")],
    ),
    "versions with different serials": (
        "UPDATE books.voucher SET serial = 1000 WHERE serial = 5 AND version = 1;"
        "UPDATE books.number_series SET next_number = 1001 WHERE kind = 'voucher'",
        [("serial", "voucher ", "1 serial", "2 serials")],
    ),
    "live number repeated": (
        "DROP INDEX books.voucher_number; UPDATE books.voucher SET number = 1 WHERE serial = 2",
        [("number_gap", "CC-1", "number 2", "never given"),
         ("live_number", "type 1, number 1", "1 live voucher", "2 live vouchers")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("done", TAMPERED)
async def test_what_was_tampered_with_is_found(books: Database, owner: Owner, done: str) -> None:
    statement, expected = TAMPERED[done]
    await owner.execute(statement.encode())
    found = await differences(books)
    assert [(one.check, one.expected, one.found) for one in found] == [
        (check, wanted, actual) for check, _, wanted, actual in expected
    ]
    for one, (_, subject, _, _) in zip(found, expected, strict=True):
        assert one.subject.startswith(subject)


async def test_a_closed_version_brought_back_is_found(books: Database, owner: Owner) -> None:
    await owner.execute(
        "UPDATE books.voucher SET live = true, closed_at = NULL WHERE serial = 6"  # the deleted one
    )
    assert {one.check for one in await differences(books)} == {"account_balance", "party_balance"}


async def test_a_due_that_is_gone_is_found(books: Database, owner: Owner) -> None:
    await owner.execute("DELETE FROM books.due")
    (found,) = await differences(books)
    assert (found.check, found.expected, found.found) == ("due", "119.00", "no such due")


async def test_two_live_versions_are_found(books: Database, owner: Owner) -> None:
    await owner.execute(
        "DROP INDEX books.voucher_live; DROP INDEX books.voucher_number;"
        "UPDATE books.voucher SET live = true, closed_at = NULL WHERE serial = 5"
    )
    checks = [one.check for one in await differences(books)]
    assert checks[-2:] == ["live_number", "live_version"]


async def test_numbers_given_by_hand_may_have_gaps(books: Database, owner: Owner) -> None:
    await create_voucher_type(owner, 1, id=9, automatic_number=False)
    await post_all(books, sale(type=9, number=500))
    assert await differences(books) == []
    await post_all(books, sale(type=JOURNAL, number=500))
    assert [one.expected for one in await differences(books)] == ["numbers 7 to 499"]


async def test_many_accounts_are_verified_in_parts(books: Database, owner: Owner) -> None:
    await owner.execute(
        "INSERT INTO books.account SELECT 1, n, '9' || n, 'x', NULL, 1, 'debit', true, false, false, NULL, false,"
        " false, false, false, true FROM generate_series(100, 400) n"
    )
    await post_all(books, *(voucher(line(n, 1), line(n + 1, -1)) for n in range(100, 400, 2)))
    told: list[tuple[str, int, int]] = []
    await owner.execute("UPDATE books.account_balance SET debit = 9 WHERE account_id = 230")
    async with books.read("acme") as transaction:
        found = await verify(transaction, lambda *progress: told.append(progress))
    assert [one.subject for one in found] == ["account 9230, 202603"]
    assert [step for check, *step in told if check == "balances"] == [[n, 11] for n in range(1, 12)]
