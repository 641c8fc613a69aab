"""Entries: vouchers of any kind, written line by line with a number of their own.

This is how accounting programs hand over documents made elsewhere: the client says the accounts, so
nothing is computed here. A line on an account of dues moves the due it names; without one it opens the
document's own. What no account asks for is kept with the line. Pure; reading back is in
`trade.entry_reading`.
"""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from cuadra.catalog.records import Account, DimensionKind, DueKind, VoucherType
from cuadra.catalog.third_parties import PartyName
from cuadra.database.ids import new_id
from cuadra.errors import Problem, Rejected, inactive, required, unknown
from cuadra.ledger.posting import Key
from cuadra.ledger.vouchers import WITHOUT_LINES, Line, NewDue, Voucher, period_of
from cuadra.trade.books import Books, DueName, Needs, OpenDue, Origin, VoucherNumber
from cuadra.trade.totals import TOTAL_MAX, compute_local
from cuadra.trade.validation import validate_chosen_number, validate_date, validate_party

OptionalDay = date | None  # members named `date` would hide the type

LINES_MAX = 30_000
ZERO = Decimal(0)
_DIMENSIONS = tuple(DimensionKind)


class EntryDue(msgspec.Struct, kw_only=True):
    """The due a line moves. An `own` one is the document's: it may begin on either side.

    Without `consecutive` it has the number the voucher is given. A `free` one may begin by being paid and
    may be paid by more than it owes; the record then says so.
    """

    prefix: str
    consecutive: int | None = None
    quote: int = 1
    date: OptionalDay = None
    own: bool = False
    free: bool = False


class EntryProduct(msgspec.Struct, kw_only=True):
    """What a line moves in stock, in positive, out negative; on other accounts it is only told."""

    code: str
    quantity: Decimal = ZERO
    warehouse: int | None = None


class EntryLineDraft(msgspec.Struct, kw_only=True):
    """One line as asked for. `amount` is signed, debit positive, in the company's currency.

    The dimensions are ids. `extra` is kept and given back untouched.
    """

    account: str | None = None
    amount: Decimal | None = None
    party: PartyName | None = None
    description: str = ""
    cost_centre: int | None = None
    operation_centre: int | None = None
    project: int | None = None
    activity: int | None = None
    second_cost_centre: int | None = None
    due: EntryDue | None = None
    tax: int | None = None
    tax_base: Decimal | None = None
    product: EntryProduct | None = None
    fixed_asset: int | None = None
    extra: dict[str, Any] | None = None


class EntryDraft(msgspec.Struct, kw_only=True):
    """A voucher as asked for.

    With `automatic` it takes the next number where it has none, and it, or a line, may do without a third
    party where no account asks for one. An `annulled` one is recorded and annulled at once.
    `external_number` is what the third party calls its own paper. Only a company file chooses a `serial`.
    """

    voucher_type: int | None = None
    number: int | None = None
    date: OptionalDay = None
    party: PartyName | None = None
    lines: list[EntryLineDraft] = []
    observations: str = ""
    automatic: bool = False
    annulled: bool = False
    external_number: str | None = None
    serial: int | None = None


class RecordedEntry(msgspec.Struct, frozen=True):
    """What became of an entry. `remarks` are what was let pass."""

    id: UUID
    number: int
    remarks: tuple[Problem, ...] = ()


def needs_of_entry(draft: EntryDraft, needs: Needs) -> None:
    """Add what the draft names to what must be loaded."""
    if draft.voucher_type and draft.number:
        needs.numbers.add(VoucherNumber(draft.voucher_type, draft.number))
    if draft.party is not None:
        needs.parties.add(draft.party)
        if draft.external_number:
            needs.external_numbers.add((draft.party, draft.external_number))
    for line in draft.lines:
        if line.product is not None:
            needs.products.add(line.product.code)
        if line.party is not None:
            needs.parties.add(line.party)
            due = line.due
            if due is not None and due.consecutive is not None and line.account is not None:
                needs.dues.add(_due_name(line, due))


def _due_name(line: EntryLineDraft, due: EntryDue) -> DueName:
    """The due's name; 0 stands for the number the voucher is yet to be given."""
    assert line.account is not None and line.party is not None
    return DueName(line.account, line.party, due.prefix, due.consecutive or 0, due.quote)


def validate_entry(draft: EntryDraft, books: Books) -> list[Problem]:
    """Everything wrong with the draft, in the order of its fields; the balance if nothing else is."""
    problems, voucher_type = _validate_type(draft.voucher_type, books)
    if draft.number is None and not draft.automatic:
        problems.append(required("number"))
    else:
        problems += validate_chosen_number(draft.number, voucher_type, books)
    if draft.party is not None or not draft.automatic:
        problems += validate_party("party", draft.party, books)
    problems += validate_date(draft.date, None, books)
    problems += _validate_paper(draft, books)
    if not draft.lines:
        problems.append(required("lines"))
    elif len(draft.lines) > LINES_MAX:
        problems.append(Problem("array", "lines", f"a voucher has at most {LINES_MAX} lines"))
    for index, line in enumerate(draft.lines[:LINES_MAX]):
        problems += _validate_line(f"lines[{index}]", line, books, needs_party=not draft.automatic)
    return problems or _validate_balance(draft) or _validate_dues(draft, books)


def _validate_type(
    voucher_type_id: int | None, books: Books
) -> tuple[list[Problem], VoucherType | None]:
    if not voucher_type_id:
        return [required("voucher_type")], None
    voucher_type = books.catalog.voucher_types.get(voucher_type_id)
    if voucher_type is None:
        return [unknown("voucher_type", voucher_type_id)], None
    if voucher_type.kind in WITHOUT_LINES:
        message = f"the voucher type {voucher_type_id} has no accounting"
        return [Problem("wrong_kind", "voucher_type", message, voucher_type_id)], None
    if not voucher_type.active:
        return [inactive("voucher_type", voucher_type_id)], None
    return [], voucher_type


def _validate_paper(draft: EntryDraft, books: Books) -> list[Problem]:
    """No other document is for the same paper of the third party."""
    if not draft.external_number or draft.party is None or draft.annulled:
        return []
    holder = books.external_numbers.get((draft.party, draft.external_number))
    if holder is None or (books.editing is not None and holder == books.editing.id):
        return []
    message = f"the paper {draft.external_number} of this third party is recorded already"
    return [Problem("repeated", "external_number", message, draft.external_number)]


def _validate_line(
    path: str, line: EntryLineDraft, books: Books, *, needs_party: bool
) -> list[Problem]:
    problems = []
    account = books.catalog.accounts.get(line.account or "")
    if not line.account:
        problems.append(required(f"{path}.account"))
    elif account is None:
        problems.append(unknown(f"{path}.account", line.account))
    elif not account.movement:
        message = f"the account {line.account} takes no movement"
        problems.append(Problem("account_setting", f"{path}.account", message, line.account))
    elif not account.active:
        problems.append(inactive(f"{path}.account", line.account))
    if line.party is not None or needs_party or account is None or _asks_for_party(account):
        problems += validate_party(f"{path}.party", line.party, books)
    problems += _validate_amount(path, line)
    problems += _validate_centre(path, line, account, books)
    if line.product is not None:
        problems += _validate_product(path, line.product, account, books)
    for kind in _DIMENSIONS:
        problems += _validate_dimension(path, kind, getattr(line, kind.value), books)
    return problems


def _asks_for_party(account: Account) -> bool:
    return account.needs_third_party or account.due is not None


def _validate_product(
    path: str, draft: EntryProduct, account: Account | None, books: Books
) -> list[Problem]:
    """The product and the warehouse exist; on an inventory account the product controls stock."""
    field = f"{path}.product.code"
    product = books.products.get(draft.code)
    if product is None:
        return [unknown(field, draft.code)]
    if not product.active:
        return [inactive(field, draft.code)]
    if account is not None and account.inventory and not product.stock_control:
        message = f"the product {draft.code} does not control stock"
        return [Problem("product_setting", field, message, draft.code)]
    if draft.warehouse is None:
        return []
    warehouse = books.catalog.warehouses.get(draft.warehouse)
    if warehouse is None:
        return [unknown(f"{path}.product.warehouse", draft.warehouse)]
    return [] if warehouse.active else [inactive(f"{path}.product.warehouse", draft.warehouse)]


def _validate_amount(path: str, line: EntryLineDraft) -> list[Problem]:
    problems = []
    if line.amount is None:
        problems.append(required(f"{path}.amount"))
    elif abs(line.amount) > TOTAL_MAX:
        message = "the amount is out of bounds"
        problems.append(Problem("amount", f"{path}.amount", message, line.amount))
    if line.tax_base is not None and not 0 <= line.tax_base <= TOTAL_MAX:
        message = "a tax base is not negative"
        problems.append(Problem("amount", f"{path}.tax_base", message, line.tax_base))
    return problems


def _validate_centre(
    path: str, line: EntryLineDraft, account: Account | None, books: Books
) -> list[Problem]:
    field = f"{path}.cost_centre"
    if line.cost_centre is None:
        return [required(field)] if account and account.needs_cost_centre else []
    centre = books.catalog.cost_centres.get(line.cost_centre)
    if centre is None:
        return [unknown(field, line.cost_centre)]
    return [] if centre.active else [inactive(field, line.cost_centre)]


def _validate_dimension(
    path: str, kind: DimensionKind, dimension_id: int | None, books: Books
) -> list[Problem]:
    if dimension_id is None:
        return []
    dimension = books.catalog.dimensions[kind].get(dimension_id)
    if dimension is None:
        return [unknown(f"{path}.{kind}", dimension_id)]
    return [] if dimension.active else [inactive(f"{path}.{kind}", dimension_id)]


def _validate_balance(draft: EntryDraft) -> list[Problem]:
    """Debits and credits agree, as they were sent and as the books keep them, to the cent."""
    sent = sum((line.amount or ZERO for line in draft.lines), ZERO)
    kept = sum((_kept(line) for line in draft.lines), ZERO)
    if sent or kept:
        message = f"debits and credits differ by {abs(sent or kept)}"
        return [Problem("balance", "lines", message, sent or kept)]
    if len(draft.lines) < 2:
        return [Problem("array", "lines", "a voucher has at least two lines")]
    return []


def _kept(line: EntryLineDraft) -> Decimal:
    """What the books keep of a line's amount: two decimals."""
    return compute_local(line.amount or ZERO, None)


def _validate_dues(draft: EntryDraft, books: Books) -> list[Problem]:
    """No due is paid by more than it owes; a due of another document must exist to be paid."""
    problems = []
    owed: dict[DueName, Decimal] = {}  # of those moved so far
    for index, line in enumerate(draft.lines):
        account = books.catalog.accounts[line.account or ""]
        if line.due is None or account.due is None or line.due.consecutive is None:
            continue
        name = _due_name(line, line.due)
        sign = 1 if account.due is DueKind.RECEIVABLE else -1
        grows = _kept(line) * sign
        balance = owed.get(name)
        if balance is None and (known := books.dues.get(name)) is not None:
            balance = known.balance
        if balance is None and not line.due.own and books.is_for_a_document(name):
            message = f"the due {name.prefix}-{name.consecutive} is for a document yet to come"
            problems.append(Problem("value", f"lines[{index}].due", message, name.consecutive))
            continue
        if balance is None and grows < 0 and not line.due.own and not line.due.free:
            problems.append(
                unknown(f"lines[{index}].due", f"{line.due.prefix}-{line.due.consecutive}")
            )
            continue
        before, left = (balance or ZERO) * sign, (balance or ZERO) * sign + grows
        owed[name] = left * sign
        overpaid = left < 0 if grows < 0 else before < 0 < left
        if overpaid and not line.due.own and not line.due.free:
            message = f"the due {line.due.prefix}-{line.due.consecutive} does not owe that much"
            problems.append(Problem("due_balance", f"lines[{index}].amount", message, line.amount))
    return problems


def record_entry(
    draft: EntryDraft, books: Books, origin: Origin, key: Key | None
) -> tuple[int, RecordedEntry]:
    """Fold an entry into the books: its position in the batch, and what it is.

    Raises `Rejected` with every problem; the books are then as before.
    """
    if problems := validate_entry(draft, books):
        raise Rejected(problems)
    assert draft.voucher_type and draft.date is not None
    voucher_type = books.catalog.voucher_types[draft.voucher_type]
    dues: list[NewDue] = []
    remarks: list[Problem] = []
    own: dict[DueName, UUID] = {}
    lines = [
        _line(f"lines[{index}]", line, draft.date, books, _Dues(dues, own, remarks))
        for index, line in enumerate(draft.lines)
    ]
    voucher = Voucher(
        id=new_id(),
        type=voucher_type.id,
        kind=voucher_type.kind,
        number=draft.number,
        serial=draft.serial,
        date=draft.date,
        period=period_of(draft.date),
        third_party=books.parties[draft.party].id if draft.party else None,
        currency=books.catalog.company.currency,
        description=draft.observations,
        total=sum((line.amount for line in lines if line.amount > 0), ZERO),
        lines=lines,
        dues=dues,
        external_number=None if draft.annulled else draft.external_number,
    )
    ordinal = books.add_voucher(voucher, origin, key)  # which makes an edited one its next version
    if draft.party and voucher.external_number:
        books.external_numbers[draft.party, voucher.external_number] = voucher.id
    told = () if draft.annulled else tuple(remarks)  # what it did to dues is undone at once
    return ordinal, RecordedEntry(voucher.id, draft.number or 0, told)


class _Dues(NamedTuple):
    """What the lines of one voucher do to dues: those they open, the ones without a number, remarks."""

    opened: list[NewDue]
    own: dict[DueName, UUID]
    remarks: list[Problem]


def _line(path: str, draft: EntryLineDraft, day: date, books: Books, dues: _Dues) -> Line:
    account = books.catalog.accounts[draft.account or ""]
    assert draft.amount is not None
    amount = _kept(draft)
    line = Line(
        account=account.id,
        amount=amount,
        exact_amount=None if amount == draft.amount else draft.amount,
        third_party=books.parties[draft.party].id if draft.party else None,
        cost_centre=draft.cost_centre,
        operation_centre=draft.operation_centre,
        project=draft.project,
        activity=draft.activity,
        second_cost_centre=draft.second_cost_centre,
        tax=draft.tax,
        tax_base=draft.tax_base or None,
        fixed_asset=draft.fixed_asset,
        description=draft.description,
        extra=draft.extra,
    )
    if draft.product is not None:
        _tell_product(draft.product, line, account, books)
    if draft.due is not None and account.due is not None:
        name = _due_name(draft, draft.due)
        line.due = _move_due(name, draft.due, line, day, books, dues)
        if draft.due.free:
            own = draft.due.own
            dues.remarks.extend(_remarks(path, name, line, account.due, books, own=own))
    return line


def _tell_product(draft: EntryProduct, line: Line, account: Account, books: Books) -> None:
    """Goods come in and go out on inventory accounts, at the value the line says."""
    product = books.products[draft.code]
    line.product, line.warehouse, line.quantity = product.id, draft.warehouse, draft.quantity
    line.moves_stock = account.inventory
    if account.inventory:
        books.add_stock(product.id, draft.warehouse or 0, draft.quantity, line.amount)


def _remarks(
    path: str, name: DueName, line: Line, kind: DueKind, books: Books, *, own: bool
) -> list[Problem]:
    """That a line left its due on the wrong side: one that pays another's, or one of its own that others have paid."""
    sign = 1 if kind is DueKind.RECEIVABLE else -1
    known = books.dues.get(name)  # not one of a voucher that has no number yet
    if known is None or known.balance * sign >= 0 or not line.amount:
        return []
    if (line.amount * sign > 0) is not own:  # a due may begin on either side
        return []
    shown = f"{name.prefix}-{name.consecutive}"
    message = f"the due {shown} does not owe that much"
    return [Problem("due_balance", f"{path}.due", message, shown)]


def _move_due(
    name: DueName, due: EntryDue, line: Line, day: date, books: Books, dues: _Dues
) -> UUID:
    """Pay or raise the due; open it when nobody has before."""
    if due.consecutive is None and name in dues.own:
        return dues.own[name]
    known = books.dues.get(name) if due.consecutive is not None else None
    if known is not None:
        known.balance += line.amount
        return known.id
    assert line.third_party is not None
    opened = NewDue(
        id=new_id(),
        account=line.account,
        third_party=line.third_party,
        prefix=name.prefix,
        consecutive=due.consecutive,
        quote=name.quote,
        date=due.date or day,
    )
    dues.opened.append(opened)
    if due.consecutive is None:  # nobody can name it before it has its number
        dues.own[name] = opened.id
    else:
        books.dues[name] = OpenDue(id=opened.id, date=opened.date, balance=line.amount)
    return opened.id
