"""A small company and its papers: vouchers for the ledger, and drafts with what they must become.

What a draft must become is worked out from the model, by other means than the program's own. Nothing is posted here.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, NamedTuple

from msgspec.structs import replace

from cuadra.catalog.company_file import load_company_file
from cuadra.catalog.third_parties import PartyName
from cuadra.database.ids import new_id
from cuadra.ledger.posting import Batch
from cuadra.ledger.vouchers import CENT, Closing, Line, NewDue, Voucher, period_of
from cuadra.trade.documents import CurrencyDraft, InvoiceDraft, ItemDraft, PaymentDraft
from cuadra.trade.journals import JournalDraft
from cuadra.trade.lines import DueDraft, LineDraft, ProductDraft
from cuadra.trade.periods import ChangeLock, CloseYear
from tests.model import Model

COMPANY = load_company_file("""
company: {name: model, legal_name: Model SAS, identification: "901234567", check_digit: "7", country: CO, currency: COP}
settings: {trade: {negative_stock: false}}
accounts:
  - {code: "1", name: Assets, nature: debit}
  - {code: "110505", name: Cash, nature: debit, movement: true}
  - {code: "130505", name: Customers, nature: debit, movement: true, due: receivable}
  - {code: "143505", name: Goods, nature: debit, movement: true, inventory: true}
  - {code: "2", name: Liabilities, nature: credit}
  - {code: "220505", name: Suppliers, nature: credit, movement: true, due: payable}
  - {code: "240805", name: IVA, nature: credit, movement: true}
  - {code: "3", name: Equity, nature: credit}
  - {code: "36050501", name: Profit, nature: credit, movement: true}
  - {code: "36100501", name: Loss, nature: debit, movement: true}
  - {code: "4", name: Income, nature: credit}
  - {code: "413505", name: Sales, nature: credit, movement: true}
  - {code: "42102001", name: Exchange gains, nature: credit, movement: true}
  - {code: "5", name: Expenses, nature: debit}
  - {code: "519595", name: Other expenses, nature: debit, movement: true}
  - {code: "53052501", name: Exchange losses, nature: debit, movement: true}
  - {code: "6", name: Cost, nature: debit}
  - {code: "613505", name: Cost of sales, nature: debit, movement: true}
account_groups:
  - {id: 1, name: Goods, income_account: "413505", inventory_account: "143505", cost_account: "613505"}
taxes: [{id: 1, name: IVA 19%, kind: IVA, percentage: 19, sales_account: "240805"}]
warehouses: [{id: 1, name: Shop}, {id: 2, name: Store}]
cost_centres: [{id: 1, code: "1", name: North}, {id: 2, code: "2", name: South}]
sellers: [{id: 1, username: ana, first_name: Ana, last_name: Roa, email: a@example.com, identification: "1"}]
payment_types:
  - {id: 1, name: Cash, side: both, account: "110505"}
  - {id: 2, name: Credit, side: sales, account: "130505", due_date: true}
voucher_types:
  - {id: 1, kind: journal, code: "1", name: Journal, cost_centre: true}
  - {id: 2, kind: sales_invoice, code: "1", name: Invoice, due_prefix: FV-1, cost_centre: true}
  - {id: 3, kind: journal, code: "2", name: Numbered by hand, automatic_number: false, cost_centre: true}
third_parties:
  - {identification: "10001", name: [Ana], contacts: [{first_name: Ana}]}
  - {identification: "10002", name: [Eva], contacts: [{first_name: Eva}]}
products:
  - {code: shirt, name: Shirt, account_group: 1, stock_control: true}
  - {code: shoes, name: Shoes, account_group: 1, stock_control: true}
""")
CODES = {number: account.code for number, account in enumerate(COMPANY.accounts, 1)}
CASH, CUSTOMERS, GOODS, SUPPLIERS, IVA, PROFIT, LOSS, SALES, GAIN, EXPENSES, RATE_LOSS, COST = (
    number for number, account in enumerate(COMPANY.accounts, 1) if account.movement
)
JOURNAL, INVOICE, BY_HAND = 1, 2, 3
KINDS = {JOURNAL: "journal", INVOICE: "sales_invoice", BY_HAND: "journal"}
PRODUCTS = {1: "shirt", 2: "shoes"}
MARCH, MAY, DECEMBER = date(2026, 3, 9), date(2026, 5, 31), date(2026, 12, 31)

DueName = tuple[int, int, str, int, int]  # account, third party, prefix, consecutive, quote


class Goods(NamedTuple):
    """So many of a product, and what they cost together or one of them sells for."""

    product: int
    warehouse: int | None
    quantity: Decimal
    amount: Decimal


def voucher(
    kind: int, when: tuple[date, int], lines: list[Line], dues: Sequence[NewDue] = ()
) -> Voucher:
    """A voucher of a type, on a day and in a period."""
    return Voucher(
        id=new_id(),
        type=kind,
        kind=KINDS[kind],
        date=when[0],
        period=when[1],
        currency="COP",
        total=debits(lines),
        lines=lines,
        dues=list(dues),
    )


def debits(lines: Sequence[Line]) -> Decimal:
    """What the debits come to."""
    return sum((max(line.amount, Decimal(0)) for line in lines), Decimal(0))


def balanced(lines: list[Line], slip: int = 0) -> list[Line]:
    """The lines with the cash they come to; `slip` cents too much of it."""
    cash = slip * CENT - sum((line.amount for line in lines), Decimal(0))
    return lines + [Line(account=CASH, amount=cash)] * (cash != 0 or len(lines) < 2)


def next_version(old: Voucher, new: Voucher) -> Voucher:
    """The new content on the old paper."""
    return replace(
        new,
        id=old.id,
        version=old.version + 1,
        number=old.number,
        serial=old.serial,
        created_at=old.created_at,
    )


def ending(old: Voucher, reason: Literal["edited", "deleted", "annulled"]) -> Closing:
    """The end of a version."""
    return Closing(id=old.id, version=old.version, reason=reason)


def new_due(account: int, party: int, prefix: str, consecutive: int | None, quote: int) -> NewDue:
    """A due that falls in May. Without a consecutive it takes its voucher's number."""
    return NewDue(
        id=new_id(),
        account=account,
        third_party=party,
        prefix=prefix,
        consecutive=consecutive,
        quote=quote,
        date=MAY,
    )


def open_dues(instalments: Sequence[tuple[int, Decimal]]) -> tuple[list[Line], list[NewDue]]:
    """What third parties owe on an invoice: a due for each, and its line."""
    dues = [
        new_due(CUSTOMERS, party, "FV-1", None, quote)
        for quote, (party, _) in enumerate(instalments, 1)
    ]
    return [
        Line(account=CUSTOMERS, third_party=due.third_party, amount=amount, due=due.id)
        for due, (_, amount) in zip(dues, instalments, strict=True)
    ], dues


def stock_line(goods: Goods) -> Line:
    """Into stock on a debit, out of it on a credit."""
    return Line(
        account=GOODS,
        amount=goods.amount,
        product=goods.product,
        warehouse=goods.warehouse,
        quantity=goods.quantity.copy_sign(goods.amount),
        moves_stock=True,
    )


Expected = tuple[Batch, set[str]]  # what a draft posts, or why it is refused before that


class Sale(NamedTuple):
    """An invoice: goods to a third party, for cash or until May."""

    party: int
    day: date
    centre: int | None
    items: list[Goods]
    on_credit: bool

    def draft(self) -> InvoiceDraft:
        """What is asked for."""
        value = sum((sum(priced(one)) for one in self.items), Decimal(0))
        payment = PaymentDraft(payment_type=1, value=value)
        if self.on_credit:
            payment = PaymentDraft(payment_type=2, value=value, due_date=MAY)
        return InvoiceDraft(
            voucher_type=INVOICE,
            date=self.day,
            party=party_name(self.party),
            cost_centre=self.centre,
            seller=1,
            items=[
                ItemDraft(
                    product=PRODUCTS[one.product],
                    quantity=one.quantity,
                    price=one.amount,
                    warehouse=one.warehouse,
                    taxes=[1],
                )
                for one in self.items
            ],
            payments=[payment],
        )

    def expected(self, model: Model, at: datetime) -> Expected:
        """Income and IVA, paid or owed, and the goods out of stock at their average cost."""
        sold, is_short = self._sold(model.sums())
        total = -sum((line.amount for line in sold), Decimal(0))
        paid, dues = [Line(account=CASH, amount=total)], []
        if self.on_credit:
            paid, dues = open_dues([(self.party, total)])
        lines = [
            replace(line, third_party=self.party, cost_centre=self.centre)
            for line in [*paid, *sold]
        ]
        invoice = voucher(INVOICE, (self.day, period_of(self.day)), lines, dues)
        invoice.third_party, invoice.cost_centre, invoice.total = self.party, self.centre, total
        return Batch(at=at, vouchers=[invoice]), {"value"} if is_short else set()

    def _sold(self, sums: dict[str, Counter[Any]]) -> tuple[list[Line], bool]:
        """All lines but what is paid, and whether there is not that much. Takes what is sold from the sums."""
        lines, is_short = [], False
        for product, warehouse, quantity, _ in self.items:
            there, worth = (
                sum((sums[kept][product, place] for place in (0, 1, 2)), Decimal(0))
                for kept in ("stock", "value")
            )
            is_short |= quantity > there
            cost = average_cost(quantity, there, worth)
            sums["stock"][product, warehouse or 0] -= quantity
            sums["value"][product, warehouse or 0] -= cost
            taken = stock_line(Goods(product, warehouse, quantity, -cost))
            lines += [replace(taken, quantity=-quantity), Line(account=COST, amount=cost)]
        prices = [priced(one) for one in self.items]
        lines += [Line(account=SALES, amount=-base) for base, _ in prices]
        lines.append(Line(account=IVA, amount=-sum((iva for _, iva in prices), Decimal(0))))
        return [line for line in lines if line.amount or line.moves_stock], is_short


def priced(item: Goods) -> tuple[Decimal, Decimal]:
    """What an item costs, and its IVA."""
    base = item.quantity * item.amount
    return base, (base * 19 / 100).quantize(CENT, ROUND_HALF_UP)


def average_cost(quantity: Decimal, there: Decimal, worth: Decimal) -> Decimal:
    """Taking everything takes all it is worth; what is worth less than nothing costs nothing.

    >>> str(average_cost(Decimal(2), Decimal(3), Decimal("0.10")))
    '0.07'
    """
    if there == 0 or worth / there < 0:
        return Decimal(0)
    return worth if quantity == there else (worth * quantity / there).quantize(CENT, ROUND_HALF_UP)


class Entry(NamedTuple):
    """A journal: dues by their names with what it adds to them, other lines, and the cash they come to.

    With a rate its amounts are dollars. A due that was opened in dollars is moved at its own rate, and the difference
    has a line. Converting line by line leaves cents over, which a line that moves neither a due nor stock takes; so
    there always is one.
    """

    kind: int
    day: date
    number: int | None
    rate: Decimal | None
    moves: list[tuple[DueName, Decimal]]
    others: list[Line]

    def draft(self) -> JournalDraft:
        """What is asked for."""
        names = [name for name, _ in self.moves]
        foreign = CurrencyDraft(code="USD", exchange_rate=self.rate)
        return JournalDraft(
            voucher_type=self.kind,
            date=self.day,
            number=self.number,
            currency=None if self.rate is None else foreign,
            lines=[
                line_draft(line, names[index] if index < len(names) else None)
                for index, line in enumerate(self._lines())
            ],
        )

    def expected(self, model: Model, at: datetime) -> Expected:
        """A due nobody knows is opened on the side it grows; none is paid by more than it owes."""
        asked, lines, dues = self._lines(), self._converted(), []
        ids = {name: key for key, (name, _) in model.dues.items()}
        rates = dict(model.rates)
        owed, reasons = model.sums()["owed"], set()
        if any(abs(line.amount * (self.rate or 1)) < CENT / 2 for line in asked):
            reasons.add("amount")
        for (name, amount), line in zip(self.moves, lines, strict=False):
            grows = (line.amount > 0) == (name[0] == CUSTOMERS)
            if name not in ids:
                if name[2] == "FV-1" and name[3] >= model.next_number[INVOICE]:
                    reasons.add("value")  # the invoice itself will open it
                elif not grows:
                    reasons.add("unknown")
                dues.append(replace(new_due(*name), currency="USD", exchange_rate=self.rate))
                ids[name] = dues[-1].id
                rates[ids[name]] = self.rate
            line.due = ids[name]
            if self.rate and (rate := rates[line.due]):
                lines += exchanged(line, amount, owed[line.due], rate)
            owed[line.due] += line.amount
            if not line.amount or (not grows and owed[line.due] * line.amount > 0):
                reasons.add("due_balance")
        self._absorb(lines)
        entry = voucher(self.kind, (self.day, period_of(self.day)), lines, dues)
        entry.number, entry.total = self.number, debits(asked)
        return Batch(at=at, vouchers=[entry]), reasons

    def _lines(self) -> list[Line]:
        """The lines in the currency of the journal."""
        moved = [
            Line(account=name[0], third_party=name[1], amount=amount) for name, amount in self.moves
        ]
        free = [Line(account=EXPENSES, amount=Decimal(1))] if self.rate else []
        return balanced([*moved, *map(replace, self.others), *free])

    def _converted(self) -> list[Line]:
        """The lines in the currency of the books, each at the journal's rate."""
        lines = self._lines()
        if self.rate is None:
            return lines
        for line in lines:
            line.amount = (line.amount * self.rate).quantize(CENT, ROUND_HALF_UP)
        return lines

    def _absorb(self, lines: list[Line]) -> None:
        """Give the cents that are left over to the largest line that may take them."""
        free = [line for line in lines[len(self.moves) :] if not line.moves_stock]
        largest = max(free, key=lambda line: abs(line.amount))
        largest.amount -= sum((line.amount for line in lines), Decimal(0))


def exchanged(line: Line, dollars: Decimal, owed: Decimal, rate: Decimal) -> list[Line]:
    """Let the line move a due in dollars by what those are worth to it; the difference, if there is one."""
    worth = line.amount
    if dollars == -(owed / rate).quantize(CENT, ROUND_HALF_UP):
        line.amount = -owed
    else:
        line.amount = (dollars * rate).quantize(CENT, ROUND_HALF_UP)
    left = worth - line.amount
    account = RATE_LOSS if left > 0 else GAIN
    return [Line(account=account, third_party=line.third_party, amount=left)] if left else []


def line_draft(line: Line, name: DueName | None) -> LineDraft:
    """The draft that asks for a line, and moves the due of this name."""
    draft = LineDraft(account=CODES[line.account], amount=line.amount, cost_centre=line.cost_centre)
    if line.third_party is not None:
        draft.party = party_name(line.third_party)
    if name is not None:
        draft.due = DueDraft(prefix=name[2], consecutive=name[3], quote=name[4], date=MAY)
    if line.product is not None and line.quantity is not None:
        code, quantity = PRODUCTS[line.product], abs(line.quantity)
        draft.product = ProductDraft(code=code, quantity=quantity, warehouse=line.warehouse)
    return draft


class YearEnd(NamedTuple):
    """The closing of the year."""

    year: int

    def draft(self) -> CloseYear:
        """What is asked for."""
        return CloseYear(year=self.year)

    def expected(self, model: Model, at: datetime) -> Expected:
        """Income and expenses go to zero against the result, in month 13; soft locks do not mind."""
        left: Counter[Any] = Counter()
        for _, line in model.lines():
            if CODES[line.account][0] in "4567":
                left[line.account, line.third_party, line.cost_centre] += line.amount
        lines = [
            Line(account=account, third_party=party, cost_centre=centre, amount=-amount)
            for (account, party, centre), amount in left.items()
            if amount
        ]
        if result := sum(left.values(), Decimal(0)):
            lines.append(Line(account=PROFIT if result < 0 else LOSS, amount=result))
        when = date(self.year, 12, 31), self.year * 100 + 13
        vouchers = [voucher(JOURNAL, when, lines)] if lines else []
        return Batch(at=at, vouchers=vouchers, allow_soft=True), set()


class Lock(NamedTuple):
    """A period's lock, or with None its end."""

    period: int
    lock: Literal["soft", "hard"] | None

    def draft(self) -> ChangeLock:
        """What is asked for."""
        return ChangeLock(period=self.period, lock=self.lock, reason="because")

    def expected(self, model: Model, at: datetime) -> Expected:
        """Only what is locked can be opened."""
        is_open = self.period not in model.locks
        return Batch(at=at), {"not_found"} if self.lock is None and is_open else set()

    def turn(self, locks: dict[int, str]) -> None:
        """Change the locks."""
        locks.pop(self.period, None)
        if self.lock is not None:
            locks[self.period] = self.lock


Paper = Sale | Entry | YearEnd | Lock


def party_name(party: int) -> PartyName:
    """How drafts name a third party."""
    return PartyName(f"1000{party}")
