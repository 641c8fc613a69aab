"""Whatever is done to the books, they stay what a model of a hundred lines says, and `verify` finds nothing.

Hypothesis writes, edits, deletes, annuls, pays, locks, sells and closes the year in whatever order might break
something, in a company of its own each time, and compares after every posting. What is refused must have a reason
in the model, and what has a reason there must be refused.

A run of the tests tries the same sequences each time. `CUADRA_EXAMPLES=2000` tries that many new ones.
"""

import asyncio
import itertools
import os
from collections import Counter
from collections.abc import Callable, Collection, Coroutine
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from cuadra.database.pool import Database
from cuadra.errors import Rejected
from cuadra.ledger.posting import Batch, Posted, VoucherChanged, post
from cuadra.ledger.verify import verify
from cuadra.ledger.vouchers import CENT, Closing, Line, NewDue, Voucher
from cuadra.trade.books import Origin
from cuadra.trade.companies import load_company
from cuadra.trade.group import record
from cuadra.trade.idempotency import IdempotencyKey
from cuadra.trade.recording import Recorded, Submission
from tests.model import Model, Refused
from tests.papers import (
    BY_HAND,
    CASH,
    COMPANY,
    CUSTOMERS,
    DECEMBER,
    EXPENSES,
    INVOICE,
    JOURNAL,
    MARCH,
    MAY,
    SALES,
    SUPPLIERS,
    DueName,
    Entry,
    Goods,
    Lock,
    Paper,
    Sale,
    YearEnd,
    balanced,
    ending,
    new_due,
    next_version,
    open_dues,
    stock_line,
    voucher,
)

EXAMPLES = int(os.environ.get("CUADRA_EXAMPLES", "0"))
SETTINGS = settings(
    max_examples=EXAMPLES or 40,
    stateful_step_count=30,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)

NOW = datetime(2026, 3, 9, 15, tzinfo=UTC)

# What rules draw. Small choices, so that the same account, due, number or period is met again and again.
WHEN = st.sampled_from([(MARCH, 202603), (MAY, 202605), (DECEMBER, 202612), (DECEMBER, 202613)])
PARTY = CENTRE = WAREHOUSE = PRODUCT = st.sampled_from([1, 2])
QUANTITY = st.integers(1, 100).map(Decimal)
AMOUNT = st.integers(1, 10**9).map(lambda cents: cents * CENT)
SIGNED = AMOUNT | AMOUNT.map(lambda amount: -amount)
NEW_NAMES = [
    (account, 1, "DX", number, 1) for account in (CUSTOMERS, SUPPLIERS) for number in (1, 2)
]
INSTALMENTS = st.lists(st.tuples(PARTY, AMOUNT), max_size=2)
NUMBER = st.integers(1, 5)  # given by hand
KEY = st.none() | st.none() | st.sampled_from(["a", "b"])
RATE = st.none() | st.none() | st.sampled_from([Decimal("0.35"), Decimal("3825.03")])
RARELY = st.sampled_from([False] * 9 + [True])
# A batch is posted at once, or waits for more vouchers; or it may pass soft locks.
THEN = st.sampled_from(["post", "wait", "wait", "adjust"])
PLAIN = st.builds(
    Line,
    account=st.sampled_from([CASH, SALES, EXPENSES]),
    amount=SIGNED,
    third_party=st.none() | PARTY,
    cost_centre=st.none() | CENTRE,
)
STOCK = st.builds(Goods, PRODUCT, st.none() | WAREHOUSE, QUANTITY, AMOUNT | SIGNED).map(stock_line)
LINES = st.lists(PLAIN | STOCK, min_size=1, max_size=3)
ITEMS = st.lists(
    st.builds(Goods, PRODUCT, st.none() | WAREHOUSE, st.integers(1, 20).map(Decimal), AMOUNT),
    min_size=1,
    max_size=2,
)


def columns(rows: list[tuple[Any, ...]]) -> Counter[Any]:
    """Debit (True) and credit of each row, by what stands before them."""
    return Counter(
        {(*row[:-2], is_debit): row[-1 - is_debit] for row in rows for is_debit in (True, False)}
    )


def column(rows: list[tuple[Any, ...]]) -> Counter[Any]:
    """The last member of each row, by what stands before it."""
    return Counter({row[:-1]: row[-1] for row in rows})


# Everything the database keeps, in the shape of the model.
KEPT: dict[str, tuple[str, Callable[[list[tuple[Any, ...]]], Any]]] = {
    "account": ("SELECT account_id, period, debit, credit FROM books.account_balance", columns),
    "party": (
        "SELECT account_id, third_party_id, cost_centre_id, period, debit, credit FROM books.party_balance",
        columns,
    ),
    "stock": ("SELECT product_id, warehouse_id, quantity FROM books.stock", column),
    "value": ("SELECT product_id, warehouse_id, value FROM books.stock", column),
    "due": (
        "SELECT account_id, third_party_id, prefix, consecutive, quote, date, balance FROM books.due",
        lambda rows: {row[:5]: row[5:] for row in rows},
    ),
    "voucher": (
        "SELECT id, version, close_reason, number, serial, voucher_type_id, date, period, total, third_party_id,"
        " cost_centre_id, annulled, line_count, created_at FROM books.voucher",
        lambda rows: {row[:2]: row[2:] for row in rows},
    ),
    "key": (
        "SELECT key, (response ->> 'voucher')::uuid, request_sha256 FROM books.idempotency",
        lambda rows: {row[0]: row[1:] for row in rows},
    ),
    "lock": ("SELECT period, lock FROM books.period", dict),
    "next": (
        "SELECT voucher_type_id, next_number FROM books.number_series WHERE kind IN ('number', 'voucher')",
        dict,
    ),
}


def adopt(batch: Batch, ids: dict[Any, UUID], model: Model) -> None:
    """Give the one expected voucher and its dues the ids that the group made up for them."""
    for one in batch.vouchers:
        one.id = ids[model.next_serial]
        for due in one.dues:
            number = due.consecutive or model.next_number[one.type]
            name = (due.account, due.third_party, due.prefix, number, due.quote)
            for line in one.lines:
                line.due = ids[name] if line.due == due.id else line.due
            due.id = ids[name]


_companies = itertools.count(1)


class Bookkeeping(RuleBasedStateMachine):
    """One company, kept twice: in the database and in the model."""

    def __init__(self, run: Callable[[Coroutine[Any, Any, Any]], Any], database: Database) -> None:
        super().__init__()
        self.run, self.database = run, database
        self.company = f"model-{next(_companies)}"
        self.model = Model((JOURNAL, INVOICE, BY_HAND))
        self.now = NOW
        self.batch = Batch(at=NOW)  # what waits to be posted
        self.papers: list[tuple[Paper, Submission]] = []  # what waits to be recorded
        self.answered: dict[
            str, tuple[UUID, bytes]
        ] = {}  # keys: the voucher, and the digest of its draft
        self.versions_at: dict[type[Paper], int] = {}  # when such a paper was last handed in
        self.agreed = True
        file = replace(COMPANY, company=replace(COMPANY.company, name=self.company))
        self.run(load_company(database, file, "", NOW))

    @rule(
        data=st.data(),
        kind=st.sampled_from([JOURNAL, INVOICE, BY_HAND]),
        when=WHEN,
        lines=LINES,
        instalments=INSTALMENTS,
        slip=RARELY,
        then=THEN,
    )
    def write(self, data, kind, when, lines, instalments, slip, then) -> None:
        """A new voucher: perhaps a cent off, or with the number of another one, deleted or not."""
        due_lines, dues = open_dues(instalments if kind == INVOICE else [])
        new = voucher(kind, when, balanced([*due_lines, *lines], slip), dues)
        new.number = self._draw_number(data, kind)
        self._put(new, then)

    @precondition(lambda self: self._open())
    @rule(data=st.data(), when=WHEN, lines=LINES, instalments=INSTALMENTS, late=RARELY, then=THEN)
    def edit(self, data, when, lines, instalments, late, then) -> None:
        """The next version: its dues are dropped, moved, stated again, or new. Perhaps it comes too late."""
        old = data.draw(st.sampled_from((late and self._changed()) or self._open()))
        due_lines, dues = self._draw_dues_again(data, old)
        if old.type == INVOICE and not due_lines:
            due_lines, dues = open_dues(instalments)
        new = voucher(old.type, when, balanced([*due_lines, *lines]), dues)
        self._put(next_version(old, new), then, ending(old, "edited"))

    @precondition(lambda self: self._open())
    @rule(data=st.data(), then=THEN)
    def delete(self, data, then) -> None:
        """The version is closed, and none follows."""
        self._put(None, then, ending(data.draw(st.sampled_from(self._open())), "deleted"))

    @precondition(lambda self: self._open())
    @rule(data=st.data(), then=THEN)
    def annul(self, data, then) -> None:
        """A last version, without lines, keeps the number for ever."""
        old = data.draw(st.sampled_from(self._open()))
        new = replace(voucher(old.type, (old.date, old.period), []), annulled=True)
        self._put(next_version(old, new), then, ending(old, "annulled"))

    @precondition(lambda self: self._dues())
    @rule(data=st.data(), when=WHEN, part=st.none() | AMOUNT, then=THEN)
    def pay(self, data, when, part, then) -> None:
        """All of a due or a part of it. The ledger itself does not mind when that is too much."""
        due, account, party, owed = data.draw(st.sampled_from(self._dues()))
        amount = -owed if part is None else -part.copy_sign(owed)
        line = Line(account=account, third_party=party, amount=amount, due=due)
        self._put(voucher(JOURNAL, when, balanced([line])), then)

    @precondition(lambda self: self._in_stock())
    @rule(
        party=PARTY,
        when=WHEN,
        centre=st.none() | CENTRE,
        items=ITEMS,
        on_credit=st.booleans(),
        key=KEY,
        waits=st.booleans(),
    )
    def sell(self, party, when, centre, items, on_credit, key, waits) -> None:
        """An invoice."""
        self._hand_in(Sale(party, when[0], centre, items, on_credit), key, waits=waits)

    @rule(
        data=st.data(),
        kind=st.sampled_from([JOURNAL, BY_HAND]),
        when=WHEN,
        rate=RATE,
        lines=LINES,
        moves=st.integers(0, 2),
        key=KEY,
        waits=st.booleans(),
    )
    def enter(self, data, kind, when, rate, lines, moves, key, waits) -> None:
        """A journal that opens, raises and pays dues by their names."""
        number = data.draw(NUMBER) if kind == BY_HAND else None
        named = [self._draw_move(data) for _ in range(moves)]
        self._hand_in(Entry(kind, when[0], number, rate, named, lines), key, waits=waits)

    @precondition(lambda self: self._changed_since(YearEnd))
    @rule(waits=st.booleans())
    def close_year(self, waits) -> None:
        """Whatever came in since the last time."""
        self._hand_in(YearEnd(2026), waits=waits)

    @precondition(lambda self: self._changed_since(Lock) or self.model.locks)
    @rule(when=WHEN, lock=st.sampled_from(["soft", "hard"]), waits=st.booleans())
    def lock(self, when, lock, waits) -> None:
        """A period is locked, or the one that is locked opened again."""
        locked = next(iter(self.model.locks), None)
        self._hand_in(Lock(when[1], lock) if locked is None else Lock(locked, None), waits=waits)

    def teardown(self) -> None:
        """What waits is posted, and the program's own check agrees; unless something is wrong already."""
        if self.agreed and (self.batch.vouchers or self.batch.closing):
            self._post(allow_soft=False)
        if self.agreed and self.papers:
            self._record()
        if self.agreed:
            assert self.run(self._verify()) == []

    # What there is to choose from.

    def _open(self) -> list[Voucher]:
        """Vouchers that can be changed, and do not wait for a change."""
        waiting = {end.id for end in self.batch.closing}
        live = self.model.live().values()
        return [one for one in live if not one.annulled and one.id not in waiting]

    def _changed(self) -> list[Voucher]:
        """Versions that are closed, or will be."""
        waiting = [(end.id, end.version) for end in self.batch.closing]
        return [self.model.versions[key] for key in dict.fromkeys([*self.model.closed, *waiting])]

    def _in_stock(self) -> bool:
        """Whether there is something to sell."""
        return any(quantity > 0 for quantity in self.model.sums()["stock"].values())

    def _changed_since(self, kind: type[Paper]) -> bool:
        """Whether there are new versions since the last such paper."""
        return len(self.model.versions) > self.versions_at.get(kind, 0)

    def _dues(self) -> list[tuple[UUID, int, int, Decimal]]:
        """Dues with their account, third party and what they owe; also those that wait in the batch."""
        owed = self.model.sums()["owed"]
        known = [(key, *name[:2], owed[key]) for key, (name, _) in self.model.dues.items()]
        waiting = [due for one in self.batch.vouchers for due in one.dues]
        return known + [(due.id, due.account, due.third_party, CENT) for due in waiting]

    def _draw_number(self, data, kind) -> int | None:
        """The next number, or one that was given before; by hand, any."""
        if kind == BY_HAND:
            return data.draw(NUMBER)
        given = {one.number for one in self.model.versions.values() if one.type == kind}
        taken = {one.number for one in self.model.live().values() if one.type == kind}
        choices = data.draw(st.sampled_from([[], [], sorted(taken), sorted(given - taken)]))
        return data.draw(st.sampled_from(choices or [None]))

    def _draw_dues_again(self, data, old) -> tuple[list[Line], list[NewDue]]:
        """What the next version does with the dues of the old one. Only its own it can state again."""
        lines, dues = [], []
        for key in dict.fromkeys(line.due for line in old.lines if line.due in self.model.dues):
            account, party, prefix, consecutive, quote = self.model.dues[key][0]
            fates = ["dropped", "moved"]
            if old.type == INVOICE and consecutive == old.number:
                fates.append("stated again")
            fate = data.draw(st.sampled_from(fates))
            if fate == "stated again":
                party, day = data.draw(PARTY), data.draw(st.sampled_from([MAY, DECEMBER]))
                due = new_due(account, party, prefix, None, quote)
                dues.append(replace(due, id=key, date=day))
            if fate != "dropped":
                amount = data.draw(SIGNED)
                lines.append(Line(account=account, third_party=party, amount=amount, due=key))
        return lines, dues

    def _draw_move(self, data) -> tuple[DueName, Decimal]:
        """A due by its name, and what a journal adds to it: one that exists, a new one, or one to come."""
        owed = self.model.sums()["owed"]
        known = {name: owed[key] for key, (name, _) in self.model.dues.items()}
        to_come = (CUSTOMERS, 1, "FV-1", self.model.next_number[INVOICE], 1)
        name = data.draw(st.sampled_from([*known, *known, *NEW_NAMES, to_come]))
        if known.get(name):
            return name, data.draw(SIGNED | st.just(-known[name]))
        grown = data.draw(AMOUNT | SIGNED)
        return name, grown if name[0] == CUSTOMERS else -grown

    # Doing it twice, and comparing.

    def _put(self, new: Voucher | None, then: str, closing: Closing | None = None) -> None:
        """Add to the batch, and post it unless it waits."""
        self.batch.vouchers += [new] if new else []
        self.batch.closing += [closing] if closing else []
        if then != "wait":
            self._post(allow_soft=then == "adjust")

    def _post(self, *, allow_soft: bool) -> None:
        """Post the batch."""
        batch = replace(self.batch, at=self._later(), allow_soft=allow_soft)
        self.batch = Batch(at=NOW)
        try:
            posted = self.run(self._write(batch))
        except VoucherChanged:
            self._check_refusal({"changed"}, batch)
        except Rejected as refusal:
            self._check_refusal({problem.code for problem in refusal.problems}, batch)
        else:
            self.model.post(batch)
            numbered = [self.model.versions[one.id, one.version] for one in batch.vouchers]
            assert posted == [Posted(one.id, one.serial, one.number) for one in numbered]
        self.run(self._compare())

    def _hand_in(self, paper: Paper, key: str | None = None, *, waits: bool) -> None:
        """Add to the papers, and record them together unless they wait."""
        self.versions_at[type(paper)] = len(self.model.versions)
        digest = sha256(repr(paper).encode()).digest()
        submission = Submission(draft=paper.draft(), origin=Origin("ana", "test"))
        submission.key = IdempotencyKey("test", key, digest) if key else None
        self.papers.append((paper, submission))
        if not waits:
            self._record()

    def _record(self) -> None:
        """Record the papers together; each must fare as if the ones before it had gone alone."""
        at, papers, self.papers = self._later(), self.papers, []
        outcomes = self.run(record(self.database, self.company, [one for _, one in papers], at))
        ids = self.run(self._ids())
        for (paper, submission), outcome in zip(papers, outcomes, strict=True):
            key = submission.key
            if key and not self._stands(key.key):
                self.answered.pop(key.key, None)
            if key and key.key in self.answered:
                voucher_id, digest = self.answered[key.key]
                replay = (outcome.replayed, outcome.differs)
                assert replay == (voucher_id, digest != key.request_sha256), paper
                continue
            batch, reasons = paper.expected(self.model, at)
            if isinstance(outcome, Rejected):
                self._check_refusal({one.code for one in outcome.problems}, batch, reasons)
                continue
            assert isinstance(outcome, Recorded), outcome
            assert (reasons, outcome.replayed) == (set(), None), paper
            adopt(batch, ids, self.model)
            self.model.post(batch)
            if key:
                self.answered[key.key] = batch.vouchers[0].id, key.request_sha256
            if isinstance(paper, Lock):
                paper.turn(self.model.locks)
        self.run(self._compare())

    def _stands(self, key: str) -> bool:
        """Whether what a key was answered with was not removed since."""
        voucher, _ = self.answered.get(key, (None, b""))
        return any(one.id == voucher for one in self.model.live().values())

    def _later(self) -> datetime:
        """Time goes on; what happens from here on has not been compared yet."""
        self.agreed = False
        self.now += timedelta(seconds=1)
        return self.now

    def _check_refusal(self, codes: set[str], batch: Batch, reasons: Collection[str] = ()) -> None:
        """The model has these reasons, too; a draft that is wrong in itself never gets to the ledger's."""
        if reasons:
            numbers = {(one.type, one.number) for one in self.model.live().values()}
            taken = any((one.type, one.number) in numbers for one in batch.vouchers)
            locked = any(one.period in self.model.locks for one in batch.vouchers)
            told = {"repeated_number": taken, "locked": locked}
            assert codes <= {*reasons, *(code for code, is_so in told.items() if is_so)}
            return
        with pytest.raises(Refused) as caught:
            self.model.post(batch)
        assert codes <= caught.value.args[0]

    async def _write(self, batch: Batch) -> list[Posted]:
        async with self.database.write(self.company) as transaction:
            return await post(transaction, batch)

    async def _verify(self) -> list[Any]:
        async with self.database.read(self.company) as transaction:
            return await verify(transaction, lambda *_: None)

    async def _ids(self) -> dict[Any, UUID]:
        """The vouchers by serial, and the dues by name."""
        async with self.database.read(self.company) as transaction:
            vouchers = await transaction.rows("SELECT serial, id FROM books.voucher")
            dues = await transaction.rows(
                "SELECT account_id, third_party_id, prefix, consecutive, quote, id FROM books.due"
            )
        return {**dict(vouchers), **{row[:5]: row[5] for row in dues}}

    async def _compare(self) -> None:
        """What is kept says what the model says."""
        model, sums = self.model, self.model.sums()
        expected = {
            "account": sums["account"],
            "party": sums["party"],
            "stock": sums["stock"],
            "value": sums["value"],
            "due": {name: (day, sums["owed"][key]) for key, (name, day) in model.dues.items()},
            "voucher": {
                key: (model.closed.get(key), one.number, one.serial, one.type, one.date, one.period, one.total,
                      one.third_party, one.cost_centre, one.annulled, len(one.lines), one.created_at)
                for key, one in model.versions.items()
            },
            "key": self.answered,
            "lock": model.locks,
            "next": model.next_number | {0: model.next_serial},
        }  # fmt: skip
        async with self.database.read(self.company) as transaction:
            queries = ";".join(query for query, _ in KEPT.values())
            cursor = await transaction.connection.execute(queries.encode())
            for what, (_, shape) in KEPT.items():
                assert (what, shape(await cursor.fetchall())) == (what, expected[what])
                cursor.nextset()
        self.agreed = True


def test_the_books_agree_with_the_model(database_url: str) -> None:
    with asyncio.Runner() as runner:
        database = Database(database_url, size=1)
        runner.run(database.open())
        try:
            run_state_machine_as_test(lambda: Bookkeeping(runner.run, database), settings=SETTINGS)
        finally:
            runner.run(database.close())
