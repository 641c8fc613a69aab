"""Lines that clients write themselves: those of journals, and of receipts in detail.

What a line must carry is decided by its account: a third party, a due, a tax with its base, a product,
a fixed asset, a cost centre. A due is opened on the side its account grows and paid from the other,
never by more than it owes. Pure, like every recording; reading back is in `trade.reading`.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from cuadra.catalog.records import Account, DueKind, VoucherType
from cuadra.catalog.third_parties import PartyName, PartyReference
from cuadra.database.ids import new_id
from cuadra.errors import Problem, inactive, required, unknown
from cuadra.ledger.vouchers import CENT, Line, NewDue
from cuadra.trade.books import Books, DueName, Needs, OpenDue
from cuadra.trade.documents import CurrencyDraft
from cuadra.trade.exchange import (
    compute_move,
    compute_worth,
    exchange_line,
    is_agreed_in,
    validate_exchange,
    validate_move,
)
from cuadra.trade.totals import TOTAL_MAX
from cuadra.trade.validation import validate_cost_centre, validate_party

OptionalDay = date | None  # members named `date` would hide the type

LINES_MAX = 5000
CONSECUTIVE_MAX = 99_999_999_999
QUOTE_MAX = 999


class DueDraft(msgspec.Struct, kw_only=True):
    """The due a line opens or pays.

    An `own` one is the voucher's: new, on either side, and without `consecutive` it has the number that
    the voucher is given. One that `settles` only takes from a due, on whichever side that stands: it neither opens
    nor raises any.
    """

    prefix: str | None = None
    consecutive: int | None = None
    quote: int | None = None
    date: OptionalDay = None
    own: bool = False
    settles: bool = False


class ProductDraft(msgspec.Struct, kw_only=True):
    """The goods a line on an inventory account moves."""

    code: str | None = None
    quantity: Decimal | None = None
    warehouse: int | None = None


class LineDraft(msgspec.Struct, kw_only=True):
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


class RecordedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line as recorded; `amount` signed, in the voucher's currency."""

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


def needs_of_lines(lines: Iterable[LineDraft], needs: Needs) -> None:
    """Add what the lines name to what must be loaded."""
    for line in lines:
        if line.party is not None:
            needs.parties.add(line.party)
        if line.product is not None and line.product.code:
            needs.products.add(line.product.code)
        if name := due_name(line):
            needs.dues.add(name)


def due_name(line: LineDraft) -> DueName | None:
    """The due a line names, if it names one that can be."""
    due = line.due
    if due is None or line.party is None or line.account is None:
        return None
    if not due.prefix or not due.consecutive or not due.quote or validate_due_name("", due):
        return None
    return DueName(line.account, line.party, due.prefix, due.consecutive, due.quote)


def validate_lines(
    lines: Sequence[LineDraft], voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    """What is wrong with each line by itself."""
    if not lines:
        return [required("lines")]
    problems = []
    if len(lines) > LINES_MAX:
        problems.append(Problem("array", "lines", f"a voucher has at most {LINES_MAX} lines"))
    for index, line in enumerate(lines[:LINES_MAX]):
        problems += _validate_line(f"lines[{index}]", line, voucher_type, books)
    return problems


def validate_sums(
    lines: Sequence[LineDraft], currency: CurrencyDraft | None, books: Books
) -> list[Problem]:
    """What is wrong with lines together that are right by themselves: their balance, and the dues they pay."""
    if problems := _validate_local_amounts(lines, currency):
        return problems
    difference = sum((line.amount or Decimal(0) for line in lines), Decimal(0))
    if difference:
        message = f"debits and credits differ by {abs(difference)}"
        return [Problem("balance", "lines", message, difference)]
    if len(lines) < 2:
        return [Problem("array", "lines", "a voucher has at least two lines")]
    return _validate_due_balances(lines, currency, books)


def _validate_line(
    path: str, line: LineDraft, voucher_type: VoucherType | None, books: Books
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


def _validate_account(path: str, line: LineDraft, books: Books) -> list[Problem]:
    """The account exists, takes lines, and is active."""
    field = f"{path}.account"
    if not line.account:
        return [required(field)]
    account = books.catalog.accounts.get(line.account)
    if account is None or not account.movement:
        message = f"there is no account {line.account} that takes lines"
        return [Problem("account_setting", field, message, line.account)]
    return [] if account.active else [inactive(field, line.account)]


def _validate_due(path: str, line: LineDraft, account: Account) -> list[Problem]:
    """An account with dues needs the name of one; no other account takes it."""
    if account.due is None:
        if line.due is None:
            return []
        message = f"the account {account.code} has no dues"
        return [Problem("account_setting", f"{path}.due", message, account.code)]
    due = line.due or DueDraft()
    problems = validate_due_name(f"{path}.due", due)
    return problems if due.date is not None else [*problems, required(f"{path}.due.date")]


def validate_due_name(path: str, due: DueDraft) -> list[Problem]:
    """A due is named completely, by numbers that a due can have."""
    problems = [] if due.prefix else [required(f"{path}.prefix")]
    for name, number, highest in (
        ("consecutive", due.consecutive, CONSECUTIVE_MAX),
        ("quote", due.quote, QUOTE_MAX),
    ):
        if number is None:
            if name == "quote" or not due.own:
                problems.append(required(f"{path}.{name}"))
        elif not 0 < number <= highest:
            message = f"a number from 1 to {highest}"
            problems.append(Problem("value", f"{path}.{name}", message, number))
    return problems


def _validate_tax(path: str, line: LineDraft, account: Account, books: Books) -> list[Problem]:
    """An account of taxes needs the tax and its base; no other account takes them."""
    if not line.tax:
        return [required(f"{path}.tax")] if account.tax or line.tax is not None else []
    if not account.tax:
        message = f"the account {account.code} takes no tax"
        return [Problem("account_setting", f"{path}.tax", message, account.code)]
    tax = books.catalog.taxes.get(line.tax)
    if tax is None:
        return [unknown(f"{path}.tax", line.tax)]
    if not tax.active:
        return [inactive(f"{path}.tax", line.tax)]
    return [required(f"{path}.tax_base")] if line.tax_base is None else []


def _validate_product(path: str, line: LineDraft, account: Account, books: Books) -> list[Problem]:
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
    if not product.active:
        return [inactive(f"{path}.product.code", draft.code)]
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
    path: str, line: LineDraft, account: Account, books: Books
) -> list[Problem]:
    """An account of fixed assets needs one; no other account takes it."""
    field = f"{path}.fixed_asset"
    if line.fixed_asset is None:
        return [required(field)] if account.fixed_asset else []
    if not account.fixed_asset:
        message = f"the account {account.code} takes no fixed asset"
        return [Problem("account_setting", field, message, account.code)]
    asset = books.catalog.fixed_assets.get(line.fixed_asset)
    if asset is None:
        return [unknown(field, line.fixed_asset)]
    return [] if asset.active else [inactive(field, line.fixed_asset)]


def _validate_local_amounts(
    lines: Sequence[LineDraft], currency: CurrencyDraft | None
) -> list[Problem]:
    """No line of a foreign voucher comes to nothing, or to more than the books can hold."""
    message = "the amount is out of bounds in the company's currency"
    return [
        Problem("amount", f"lines[{index}].amount", message, line.amount)
        for index, line in enumerate(lines)
        if not CENT <= abs(compute_worth(line.amount or Decimal(0), currency)) <= TOTAL_MAX
    ]


def _validate_due_balances(
    lines: Sequence[LineDraft], currency: CurrencyDraft | None, books: Books
) -> list[Problem]:
    """No due is paid by more than it owes, counting what earlier lines did to it."""
    problems = []
    dues = {name: msgspec.structs.replace(due) for name, due in books.dues.items()}
    differs = currency is not None and not any(_is_free(line) for line in lines)
    for index, line in enumerate(lines):
        name = due_name(line)
        if name is None or line.amount is None:
            continue
        kind = books.catalog.accounts[name.account].due
        assert kind is not None and line.due is not None and line.due.date is not None
        if line.due.own:
            problems += _validate_own(f"lines[{index}].due", name, books)
            continue
        if line.due.settles and not _takes_from(line.amount, dues.get(name)):
            message = "the due does not owe that"
            field = f"lines[{index}].amount"
            problems.append(Problem("due_balance", field, message, abs(line.amount)))
            continue
        if name not in dues:
            opening = _validate_opening(f"lines[{index}].due", name, kind, line.amount, books)
            if opening:
                problems += opening
                continue
            dues[name] = _opened(line.due.date, currency)
        due = dues[name]
        moved = compute_move(due, line.amount, currency)
        problems += validate_move(f"lines[{index}].amount", due, kind, line.amount, moved)
        due.balance += moved
        differs |= moved != compute_worth(line.amount, currency)
    return problems or (validate_exchange(books) if differs else [])


def _takes_from(amount: Decimal, due: OpenDue | None) -> bool:
    """Whether an amount brings a due nearer to nothing."""
    return due is not None and due.balance * amount < 0


def _is_free(line: LineDraft) -> bool:
    """Whether what rounding leaves over may go to the line: it moves neither a due nor stock."""
    return line.due is None and line.product is None


def _validate_opening(
    field: str, name: DueName, kind: DueKind, amount: Decimal, books: Books
) -> list[Problem]:
    """A due is opened on the side its account grows, and not in the place of a document to come."""
    shown = f"{name.prefix}-{name.consecutive}"
    if books.is_for_a_document(name):
        message = f"the due {shown} is for a document yet to come"
        return [Problem("value", f"{field}.consecutive", message, name.consecutive)]
    grows = amount > 0 if kind is DueKind.RECEIVABLE else amount < 0
    return [] if grows else [unknown(field, shown)]


def _validate_own(field: str, name: DueName, books: Books) -> list[Problem]:
    """A voucher's own due is new."""
    if name not in books.dues:
        return []
    shown = f"{name.prefix}-{name.consecutive}"
    return [Problem("repeated", field, f"there is a due {shown} already", shown)]


def _opened(day: date, currency: CurrencyDraft | None) -> OpenDue:
    """A due that a line opens, before the line has moved it."""
    due = OpenDue(id=new_id(), date=day, balance=Decimal(0))
    if currency is not None:
        due.currency, due.exchange_rate = currency.code, currency.exchange_rate
    return due


def record_lines(
    drafts: Iterable[LineDraft], currency: CurrencyDraft | None, books: Books
) -> tuple[list[Line], list[NewDue]]:
    """Fold lines without problems into the books: what the ledger writes, and the dues they open.

    In a foreign currency a line that moves a due agreed in it is worth what the due says; what that
    differs by from its worth at the voucher's rate is a line of its own, in the company's currency only.
    """
    dues: list[NewDue] = []
    lines: list[Line] = []
    differences: list[Line] = []
    for draft in drafts:
        line = _line(draft, currency, books)
        worth = line.amount
        if draft.due is not None:
            _move_due(draft.due, draft, line, currency, books, dues)
        if draft.product is not None:
            _move_stock(draft.product, line, books)
        if worth != line.amount:
            difference = worth - line.amount
            differences.append(exchange_line(difference, books, line.third_party, line.cost_centre))
        lines.append(line)
    lines += differences
    _absorb_rounding(lines, books)
    return lines, dues


def _line(draft: LineDraft, currency: CurrencyDraft | None, books: Books) -> Line:
    party = books.parties[draft.party] if draft.party else None
    amount = draft.amount or Decimal(0)
    line = Line(
        account=books.catalog.accounts[draft.account or ""].id,
        amount=compute_worth(amount, currency),
        third_party=party.id if party else None,
        cost_centre=draft.cost_centre,
        tax=draft.tax,
        tax_base=None if draft.tax_base is None else compute_worth(draft.tax_base, currency),
        fixed_asset=draft.fixed_asset,
        description=draft.description,
    )
    if currency is not None:
        line.currency, line.foreign_amount = currency.code, amount
        line.exchange_rate = currency.exchange_rate
    return line


def _absorb_rounding(lines: list[Line], books: Books) -> None:
    """What converting line by line leaves over goes to the largest line that moves no due and no stock.

    Where there is none, it is an exchange difference, too.
    """
    left_over = sum((line.amount for line in lines), Decimal(0))
    if not left_over:
        return
    free = [line for line in lines if line.due is None and not line.moves_stock]
    if free:
        max(free, key=lambda line: abs(line.amount)).amount -= left_over
    else:
        first = lines[0]
        lines.append(exchange_line(-left_over, books, first.third_party, first.cost_centre))


def _move_due(
    asked: DueDraft,
    draft: LineDraft,
    line: Line,
    currency: CurrencyDraft | None,
    books: Books,
    dues: list[NewDue],
) -> None:
    """Pay or raise the due; open it when nobody has before. What has no number yet, nobody can name."""
    name = due_name(draft)
    due = books.dues.get(name) if name else None
    if due is None:
        assert line.third_party is not None and asked.date is not None
        assert asked.prefix is not None and asked.quote is not None
        due = _opened(asked.date, currency)
        if name:
            books.dues[name] = due
        dues.append(
            NewDue(
                id=due.id,
                account=line.account,
                third_party=line.third_party,
                prefix=asked.prefix,
                consecutive=asked.consecutive,
                quote=asked.quote,
                date=due.date,
                currency=due.currency,
                exchange_rate=due.exchange_rate,
            )
        )
    if currency is not None and is_agreed_in(due, currency):
        line.exchange_rate = due.exchange_rate
    line.amount = compute_move(due, draft.amount or Decimal(0), currency)
    due.balance += line.amount
    line.due = due.id


def _move_stock(draft: ProductDraft, line: Line, books: Books) -> None:
    """Goods come in on a debit and go out on a credit, at the value the line says."""
    assert draft.code is not None and draft.quantity is not None
    product = books.products[draft.code]
    line.product, line.warehouse = product.id, draft.warehouse
    line.quantity = draft.quantity if line.amount > 0 else -draft.quantity
    line.moves_stock = True
    books.add_stock(product.id, draft.warehouse or 0, line.quantity, line.amount)


def recorded_lines(drafts: Iterable[LineDraft], books: Books) -> tuple[RecordedLine, ...]:
    """The lines as they are shown, once they are recorded: a due falls due when it says itself."""
    return tuple(_recorded_line(line, books) for line in drafts)


def _recorded_line(line: LineDraft, books: Books) -> RecordedLine:
    product, name = line.product or ProductDraft(), due_name(line)
    return RecordedLine(
        account=line.account or "",
        amount=line.amount or Decimal(0),
        party=books.parties[line.party] if line.party else None,
        description=line.description,
        cost_centre=line.cost_centre,
        due_prefix=name.prefix if name else None,
        due_consecutive=name.consecutive if name else None,
        due_quote=name.quote if name else None,
        due_date=books.dues[name].date if name else None,
        tax=line.tax,
        tax_base=line.tax_base,
        product=product.code,
        quantity=product.quantity,
        warehouse=product.warehouse,
        fixed_asset=line.fixed_asset,
    )
