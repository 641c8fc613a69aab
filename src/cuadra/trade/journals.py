"""Journals: vouchers whose lines the client writes itself.

What a line must carry is decided by its account: a third party, a due, a tax with its base, a product,
a fixed asset, a cost centre. A due is opened on the side its account grows and paid from the other,
never by more than it owes. Pure, like every recording; reading back is in `trade.reading`.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from cuadra.catalog.records import Account, DueKind, VoucherKind, VoucherType
from cuadra.catalog.third_parties import PartyName, PartyReference
from cuadra.database.ids import new_id
from cuadra.errors import Problem, Rejected, inactive, required, unknown
from cuadra.ledger.posting import Key
from cuadra.ledger.vouchers import CENT, Line, NewDue, Voucher, period_of
from cuadra.trade.books import Books, DueName, Needs, OpenDue, Origin
from cuadra.trade.documents import CurrencyDraft
from cuadra.trade.totals import TOTAL_MAX, compute_local
from cuadra.trade.validation import (
    validate_cost_centre,
    validate_currency,
    validate_date,
    validate_number,
    validate_party,
    validate_voucher_type,
)

OptionalDay = date | None  # members named `date` would hide the type

LINES_MAX = 5000
KIND = VoucherKind.JOURNAL


class DueDraft(msgspec.Struct, kw_only=True):
    """The due a line opens or pays."""

    prefix: str | None = None
    consecutive: int | None = None
    quote: int | None = None
    date: OptionalDay = None


class ProductDraft(msgspec.Struct, kw_only=True):
    """The goods a line on an inventory account moves."""

    code: str | None = None
    quantity: Decimal | None = None
    warehouse: int | None = None


class JournalLineDraft(msgspec.Struct, kw_only=True):
    """One line as asked for. `amount` is signed, debit positive, in the journal's currency."""

    account: str | None = None
    amount: Decimal | None = None
    party: PartyName | None = None
    description: str = ""
    cost_centre: int | None = None
    due: DueDraft | None = None
    tax: int | None = None
    tax_base: Decimal | None = None
    product: ProductDraft | None = None
    fixed_asset: int | None = None


class JournalDraft(msgspec.Struct, kw_only=True):
    """A journal as asked for."""

    voucher_type: int | None = None
    date: OptionalDay = None
    number: int | None = None
    currency: CurrencyDraft | None = None
    lines: list[JournalLineDraft] = []
    observations: str = ""


class JournalLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line as recorded; `amount` signed, in the journal's currency."""

    account: str
    amount: Decimal
    party: PartyReference | None = None
    description: str = ""
    cost_centre: int | None = None
    due_prefix: str | None = None
    due_consecutive: int | None = None
    due_quote: int | None = None
    due_date: OptionalDay = None
    tax: int | None = None
    tax_base: Decimal | None = None
    product: str | None = None
    quantity: Decimal | None = None
    warehouse: int | None = None
    fixed_asset: int | None = None


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded journal."""

    id: UUID
    voucher_type: int
    number: int
    date: date
    currency: str
    exchange_rate: Decimal | None
    observations: str
    lines: tuple[JournalLine, ...]
    created_at: datetime
    updated_at: datetime | None = None


def needs_of_journal(draft: JournalDraft, needs: Needs) -> None:
    """Add what the draft names to what must be loaded."""
    for line in draft.lines:
        if line.party is not None:
            needs.parties.add(line.party)
        if line.product is not None and line.product.code:
            needs.products.add(line.product.code)
        if name := _due_name(line):
            needs.dues.add(name)


def _due_name(line: JournalLineDraft) -> DueName | None:
    """The due a line names, if it names one completely."""
    due = line.due
    if due is None or line.party is None or line.account is None:
        return None
    if not due.prefix or due.consecutive is None:
        return None
    return DueName(line.account, line.party, due.prefix, due.consecutive, due.quote or 1)


def validate_journal(draft: JournalDraft, books: Books) -> list[Problem]:
    """Everything wrong with the draft, in the order of its fields; the balance if nothing else is."""
    catalog = books.catalog
    problems = validate_voucher_type(draft.voucher_type, KIND, catalog)
    voucher_type = None if problems else catalog.voucher_types[draft.voucher_type or 0]
    problems += validate_date(draft.date, voucher_type, books)
    problems += validate_number(draft.number, voucher_type, books)
    problems += validate_currency(draft.currency, books)
    if not draft.lines:
        problems.append(required("lines"))
    elif len(draft.lines) > LINES_MAX:
        problems.append(Problem("array", "lines", f"a journal has at most {LINES_MAX} lines"))
    for index, line in enumerate(draft.lines[:LINES_MAX]):
        problems += _validate_line(f"lines[{index}]", line, voucher_type, books)
    if problems := problems or _validate_local_amounts(draft):
        return problems
    difference = sum((line.amount or Decimal(0) for line in draft.lines), Decimal(0))
    if difference:
        message = f"debits and credits differ by {abs(difference)}"
        return [Problem("balance", "lines", message, difference)]
    if len(draft.lines) < 2:
        return [Problem("array", "lines", "a journal has at least two lines")]
    return _validate_due_balances(draft, books)


def _validate_line(
    path: str, line: JournalLineDraft, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    problems = _validate_account(path, line, books)
    account = books.catalog.accounts.get(line.account or "")
    if line.party is not None or account is None or account.needs_third_party or account.due:
        problems += validate_party(f"{path}.party", line.party, books)
    problems += validate_cost_centre(
        f"{path}.cost_centre", line.cost_centre, voucher_type, books.catalog
    )
    if account is not None and account.needs_cost_centre and line.cost_centre is None:
        problems.append(required(f"{path}.cost_centre"))
    if line.amount is None:
        problems.append(required(f"{path}.amount"))
    elif not line.amount:
        problems.append(Problem("amount", f"{path}.amount", "an amount is not zero", line.amount))
    if account is not None:
        problems += _validate_due(path, line, account)
        problems += _validate_tax(path, line, account, books)
        problems += _validate_product(path, line, account, books)
        problems += _validate_fixed_asset(path, line, account, books)
    return problems


def _validate_account(path: str, line: JournalLineDraft, books: Books) -> list[Problem]:
    """The account exists, takes lines, and is active."""
    field = f"{path}.account"
    if not line.account:
        return [required(field)]
    account = books.catalog.accounts.get(line.account)
    if account is None or not account.movement:
        message = f"there is no account {line.account} that takes lines"
        return [Problem("account_setting", field, message, line.account)]
    return [] if account.active else [inactive(field, line.account)]


def _validate_due(path: str, line: JournalLineDraft, account: Account) -> list[Problem]:
    """An account with dues needs the name of one; no other account takes it."""
    if account.due is None:
        if line.due is None:
            return []
        message = f"the account {account.code} has no dues"
        return [Problem("account_setting", f"{path}.due", message, account.code)]
    due = line.due or DueDraft()
    given = {
        "prefix": due.prefix,
        "consecutive": due.consecutive,
        "quote": due.quote,
        "date": due.date,
    }
    return [required(f"{path}.due.{name}") for name, value in given.items() if value in (None, "")]


def _validate_tax(
    path: str, line: JournalLineDraft, account: Account, books: Books
) -> list[Problem]:
    """An account of taxes needs the tax and its base; no other account takes them."""
    if line.tax is None:
        return [required(f"{path}.tax")] if account.tax else []
    if not account.tax:
        message = f"the account {account.code} takes no tax"
        return [Problem("account_setting", f"{path}.tax", message, account.code)]
    tax = books.catalog.taxes.get(line.tax)
    if tax is None:
        return [unknown(f"{path}.tax", line.tax)]
    if not tax.active:
        return [inactive(f"{path}.tax", line.tax)]
    return [required(f"{path}.tax_base")] if line.tax_base is None else []


def _validate_product(
    path: str, line: JournalLineDraft, account: Account, books: Books
) -> list[Problem]:
    """An inventory account needs a product with stock control and its quantity."""
    if line.product is None:
        return [required(f"{path}.product.code")] if account.inventory else []
    if not account.inventory:
        message = f"the account {account.code} takes no product"
        return [Problem("account_setting", f"{path}.product", message, account.code)]
    draft = line.product
    if not draft.code:
        return [required(f"{path}.product.code")]
    product = books.products.get(draft.code)
    if product is None:
        return [unknown(f"{path}.product.code", draft.code)]
    if not product.stock_control:
        message = f"the product {draft.code} does not control stock"
        return [Problem("product_setting", f"{path}.product.code", message, draft.code)]
    problems = []
    if draft.quantity is None:
        problems.append(required(f"{path}.product.quantity"))
    elif draft.quantity <= 0:
        message = "a quantity is greater than zero"
        problems.append(Problem("value", f"{path}.product.quantity", message, draft.quantity))
    if draft.warehouse is not None:
        warehouse = books.catalog.warehouses.get(draft.warehouse)
        if warehouse is None:
            problems.append(unknown(f"{path}.product.warehouse", draft.warehouse))
        elif not warehouse.active:
            problems.append(inactive(f"{path}.product.warehouse", draft.warehouse))
    return problems


def _validate_fixed_asset(
    path: str, line: JournalLineDraft, account: Account, books: Books
) -> list[Problem]:
    if line.fixed_asset is None:
        return [required(f"{path}.fixed_asset")] if account.fixed_asset else []
    asset = books.catalog.fixed_assets.get(line.fixed_asset)
    if asset is None:
        return [unknown(f"{path}.fixed_asset", line.fixed_asset)]
    return [] if asset.active else [inactive(f"{path}.fixed_asset", line.fixed_asset)]


def _validate_local_amounts(draft: JournalDraft) -> list[Problem]:
    """No line of a foreign journal comes to nothing, or to more than the books can hold."""
    message = "the amount is out of bounds in the company's currency"
    return [
        Problem("amount", f"lines[{index}].amount", message, line.amount)
        for index, line in enumerate(draft.lines)
        if not CENT <= abs(_local(line.amount or Decimal(0), draft.currency)) <= TOTAL_MAX
    ]


def _validate_due_balances(draft: JournalDraft, books: Books) -> list[Problem]:
    """No due is paid by more than it owes, counting what earlier lines did to it."""
    problems = []
    owed = {name: due.balance for name, due in books.dues.items()}
    for index, line in enumerate(draft.lines):
        name = _due_name(line)
        if name is None or line.amount is None:
            continue
        account = books.catalog.accounts[name.account]
        grows = line.amount if account.due is DueKind.RECEIVABLE else -line.amount
        balance = owed.get(name)
        if balance is None and books.is_for_a_document(name):
            field = f"lines[{index}].due.consecutive"
            message = f"the due {name.prefix}-{name.consecutive} is for a document yet to come"
            problems.append(Problem("value", field, message, name.consecutive))
            continue
        if balance is None and grows < 0:
            field = f"lines[{index}].due"
            problems.append(unknown(field, f"{name.prefix}-{name.consecutive}"))
            continue
        owed[name] = (balance or Decimal(0)) + _local(line.amount, draft.currency)
        left = owed[name] if account.due is DueKind.RECEIVABLE else -owed[name]
        if grows < 0 and left < 0:
            message = f"the due {name.prefix}-{name.consecutive} does not owe that much"
            problems.append(Problem("due_balance", f"lines[{index}].amount", message, line.amount))
    return problems


def record_journal(
    draft: JournalDraft, books: Books, origin: Origin, key: Key | None
) -> tuple[int, Journal]:
    """Fold a journal into the books: its position in the batch, and the journal without its number.

    Raises `Rejected` with every problem; the books are then as before.
    """
    if problems := validate_journal(draft, books):
        raise Rejected(problems)
    voucher_type = books.catalog.voucher_types[draft.voucher_type or 0]
    assert draft.date is not None
    currency = draft.currency
    dues: list[NewDue] = []
    lines = [_line(line, draft, books, dues) for line in draft.lines]
    _absorb_rounding(lines)
    voucher = Voucher(
        id=new_id(),
        type=voucher_type.id,
        kind=KIND,
        number=draft.number,
        date=draft.date,
        period=period_of(draft.date),
        currency=books.catalog.company.currency if currency is None else currency.code or "",
        exchange_rate=None if currency is None else currency.exchange_rate,
        description=draft.observations,
        total=sum(
            (line.amount for line in draft.lines if line.amount and line.amount > 0), Decimal(0)
        ),
        lines=lines,
        dues=dues,
    )
    return books.add_voucher(voucher, origin, key), _journal(voucher, draft, books)


def _line(draft: JournalLineDraft, journal: JournalDraft, books: Books, dues: list[NewDue]) -> Line:
    account = books.catalog.accounts[draft.account or ""]
    party = books.parties[draft.party] if draft.party else None
    amount = draft.amount or Decimal(0)
    line = Line(
        account=account.id,
        amount=_local(amount, journal.currency),
        third_party=party.id if party else None,
        cost_centre=draft.cost_centre,
        tax=draft.tax,
        tax_base=None if draft.tax_base is None else _local(draft.tax_base, journal.currency),
        fixed_asset=draft.fixed_asset,
        description=draft.description,
    )
    if journal.currency is not None:
        line.currency, line.foreign_amount = journal.currency.code, amount
        line.exchange_rate = journal.currency.exchange_rate
    if name := _due_name(draft):
        line.due = _move_due(name, draft, line, books, dues)
    if draft.product is not None:
        _move_stock(draft.product, line, books)
    return line


def _local(amount: Decimal, currency: CurrencyDraft | None) -> Decimal:
    """The amount in the company's currency."""
    return compute_local(amount, None if currency is None else currency.exchange_rate)


def _absorb_rounding(lines: list[Line]) -> None:
    """What converting line by line leaves over goes to the largest line that moves no due and no stock."""
    left_over = sum((line.amount for line in lines), Decimal(0))
    if left_over:
        free = [line for line in lines if line.due is None and not line.moves_stock]
        max(free or lines, key=lambda line: abs(line.amount)).amount -= left_over


def _move_due(
    name: DueName, draft: JournalLineDraft, line: Line, books: Books, dues: list[NewDue]
) -> UUID:
    """Pay or raise the due; open it when nobody has before."""
    known = books.dues.get(name)
    if known is not None:
        known.balance += line.amount
        return known.id
    assert line.third_party is not None and draft.due is not None and draft.due.date is not None
    due = NewDue(
        id=new_id(),
        account=line.account,
        third_party=line.third_party,
        prefix=name.prefix,
        consecutive=name.consecutive,
        quote=name.quote,
        date=draft.due.date,
    )
    dues.append(due)
    books.dues[name] = OpenDue(id=due.id, date=due.date, balance=line.amount)
    return due.id


def _move_stock(draft: ProductDraft, line: Line, books: Books) -> None:
    """Goods come in on a debit and go out on a credit, at the value the line says."""
    assert draft.code is not None and draft.quantity is not None
    product = books.products[draft.code]
    line.product, line.warehouse = product.id, draft.warehouse
    line.quantity = draft.quantity if line.amount > 0 else -draft.quantity
    line.moves_stock = True
    books.add_stock(product.id, draft.warehouse or 0, line.quantity, line.amount)


def _journal(voucher: Voucher, draft: JournalDraft, books: Books) -> Journal:
    lines = []
    for line in draft.lines:
        due, product = line.due or DueDraft(), line.product or ProductDraft()
        lines.append(
            JournalLine(
                account=line.account or "",
                amount=line.amount or Decimal(0),
                party=books.parties[line.party] if line.party else None,
                description=line.description,
                cost_centre=line.cost_centre,
                due_prefix=due.prefix,
                due_consecutive=due.consecutive,
                due_quote=due.quote,
                due_date=due.date,
                tax=line.tax,
                tax_base=line.tax_base,
                product=product.code,
                quantity=product.quantity,
                warehouse=product.warehouse,
                fixed_asset=line.fixed_asset,
            )
        )
    return Journal(
        id=voucher.id,
        voucher_type=voucher.type,
        number=draft.number or 0,
        date=voucher.date,
        currency=voucher.currency,
        exchange_rate=voucher.exchange_rate,
        observations=voucher.description,
        lines=tuple(lines),
        created_at=books.now,
    )
