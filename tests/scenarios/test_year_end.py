"""The end of a year: months are locked, the year is closed into month 13, and the next one begins clean."""

from decimal import Decimal

import pytest

from cuadra.database.pool import Database
from cuadra.errors import Rejected
from cuadra.ledger.verify import verify
from cuadra.reports.trial_balance import Wanted, trial_balance
from cuadra.trade.books import Origin
from cuadra.trade.group import record_one
from cuadra.trade.periods import ChangeLock, CloseYear
from cuadra.trade.recording import Draft, Submission
from tests.demo import NOW
from tests.dialects.siigo.bodies import IVA_19, entry, invoice, item, journal, taxes
from tests.dialects.siigo.client import Siigo


async def record(database: Database, draft: Draft) -> object:
    submission = Submission(draft=draft, origin=Origin("accountant", "command line"))
    return (await record_one(database, "demo", submission, NOW)).value


async def closings(database: Database, year: int, month: int) -> dict[str, Decimal]:
    """What every account comes to at the end of a month."""
    async with database.read("demo") as transaction:
        balance = await trial_balance(transaction, Wanted(year=year, month_end=month))
    return {row.code: row.closing for row in balance.rows if row.movement and row.closing}


async def test_a_year_is_closed(siigo: Siigo) -> None:
    database = siigo.database
    # A sale of 1,000,000 with IVA in March, and the rent of 300,000 for it in April.
    sale = item(price=1000000, taxes=taxes(IVA_19))
    await siigo.created("/v1/invoices", invoice(sale, total=1190000, date="2026-03-10"))
    rent = journal(entry("51201001", 300000), entry("11100501", -300000), date="2026-04-05")
    await siigo.created("/v1/journals", rent)

    # March is locked, softly: nothing more comes in through a door.
    await record(database, ChangeLock(period=202603, lock="soft", reason="IVA filed"))
    late = await siigo.post("/v1/invoices", invoice(sale, total=1190000, date="2026-03-31"))
    assert late.status_code == 400
    assert late.json()["Errors"][0]["Code"] == "blocked_transactions"

    # The closing takes income and expense to zero in month 13; the profit is 700,000.
    before = await closings(database, 2026, 12)
    assert (before["41350501"], before["51201001"]) == (-1000000, 300000)
    assert await record(database, CloseYear(year=2026)) == 1
    after = await closings(database, 2026, 13)
    assert "41350501" not in after
    assert "51201001" not in after
    assert after["36050501"] == -700000
    assert await closings(database, 2026, 12) == before

    # Closing again finds nothing; the next year opens with what the closing left.
    assert await record(database, CloseYear(year=2026)) == 0
    assert await closings(database, 2027, 1) == after

    # A hard lock keeps even the closing out.
    await record(database, ChangeLock(period=202713, lock="hard", reason="audited"))
    await siigo.created(
        "/v1/journals",
        journal(entry("51201001", 5), entry("11100501", -5), date="2027-01-02"),
    )
    with pytest.raises(Rejected, match="202713 is locked"):
        await record(database, CloseYear(year=2027))

    async with database.read("demo") as transaction:
        assert await verify(transaction, lambda *_: None) == []
        trail = await transaction.rows(
            "SELECT action, actor, dialect FROM books.event WHERE action LIKE 'period.%%' ORDER BY id"
        )
    assert trail == [("period.locked", "accountant", "cuadra")] * 2
