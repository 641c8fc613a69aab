"""The checks that several kinds of documents share: dates, numbers, references, settings.

Each takes what was asked and the books, and returns the problems of one field. Pure.
"""

from datetime import date
from decimal import Decimal

from cuadra.catalog import tables
from cuadra.catalog.records import (
    DocumentSide,
    ElectronicType,
    TaxKind,
    VoucherKind,
    VoucherType,
)
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.third_parties import PartyName
from cuadra.errors import Problem, inactive, required, unknown
from cuadra.ledger.vouchers import period_of
from cuadra.trade.books import Books, Needs, VoucherNumber
from cuadra.trade.documents import CurrencyDraft, PaymentDraft

ITEM_TAXES = frozenset({TaxKind.IVA, TaxKind.RETEFUENTE, TaxKind.IMPOCONSUMO, TaxKind.AD_VALOREM})
ITEM_TAXES_MAX = 3
Kinds = tuple[VoucherKind, ...]
NUMBER_MAX = 99_999_999_999
# Numbered under an authorisation: where such a type numbers itself, nobody may leave a gap.
FISCAL_KINDS = frozenset(
    {
        VoucherKind.SALES_INVOICE,
        VoucherKind.CREDIT_NOTE,
        VoucherKind.DEBIT_NOTE,
        VoucherKind.SUPPORT_DOCUMENT,
    }
)
EXCHANGE_RATE_MAX = Decimal(1000000000)


def validate_voucher_type(
    voucher_type_id: int | None, kind: VoucherKind | Kinds, catalog: Catalog
) -> list[Problem]:
    """The voucher type exists, is active, and numbers this kind of voucher, or one of these."""
    field = "voucher_type"
    if not voucher_type_id:
        return [required(field)]
    voucher_type = catalog.voucher_types.get(voucher_type_id)
    if voucher_type is None:
        return [unknown(field, voucher_type_id)]
    if voucher_type.kind not in ((kind,) if isinstance(kind, VoucherKind) else kind):
        message = f"the voucher type {voucher_type_id} is for another kind of voucher"
        return [Problem("wrong_kind", field, message, voucher_type_id)]
    if not voucher_type.active:
        return [inactive(field, voucher_type_id)]
    return []


def validate_date(
    day: date | None, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    """The day is given, its period is open, and an electronic document is not dated before today."""
    if day is None:
        return [required("date")]
    electronic = (
        voucher_type is not None and voucher_type.electronic_type is not ElectronicType.NONE
    )
    if electronic and day < books.today:
        message = "an electronic document cannot be dated before today"
        return [Problem("date", "date", message, day)]
    if period_of(day) in books.locked_periods:
        return [Problem("locked", "date", f"the period {period_of(day)} is locked", period_of(day))]
    return []


def needs_of_number(voucher_type: int | None, number: int | None, needs: Needs) -> None:
    """Ask whether a number is taken; for documents whose dues would be said to be the trouble otherwise."""
    if voucher_type and number:
        needs.numbers.add(VoucherNumber(voucher_type, number))


def validate_number(
    number: int | None, voucher_type: VoucherType | None, books: Books, *, chosen: bool = False
) -> list[Problem]:
    """A number is given if and only if the voucher type leaves it to the client; an edit keeps it.

    Where papers bring their own, one may be `chosen` of a type that numbers itself, too.
    """
    if voucher_type is None:
        return []
    if books.editing is not None and number is not None:
        if number == books.editing.number:
            return []
        return [Problem("not_editable", "number", "a voucher keeps its number", number)]
    if voucher_type.automatic_number and number is not None and not chosen:
        message = "the voucher type numbers its vouchers itself"
        return [Problem("setting", "number", message, number)]
    if number is None:
        return [] if voucher_type.automatic_number else [required("number")]
    return _validate_taken(number, voucher_type, books)


def _validate_taken(number: int, voucher_type: VoucherType, books: Books) -> list[Problem]:
    if VoucherNumber(voucher_type.id, number) not in books.taken_numbers:
        return []
    message = "a voucher with this number exists already"
    return [Problem("repeated_number", "number", message, number)]


def validate_chosen_number(
    number: int | None, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    """A number nobody has, also where the type numbers itself; an authorised one takes a freed one or the next."""
    if number is None:
        return [] if voucher_type is None or voucher_type.automatic_number else [required("number")]
    if books.editing is not None and number == books.editing.number:
        return []
    if not 0 < number <= NUMBER_MAX:
        return [Problem("value", "number", f"a number is from 1 to {NUMBER_MAX}", number)]
    if voucher_type is None:
        return []
    if problems := _validate_taken(number, voucher_type, books):
        return problems
    next_number = books.next_numbers.get(voucher_type.id, number)
    fiscal = voucher_type.automatic_number and voucher_type.kind in FISCAL_KINDS
    if fiscal and number > next_number:
        message = f"the next number of this authorised series is {next_number}"
        return [Problem("setting", "number", message, next_number)]
    return []


def validate_party(field: str, name: PartyName | None, books: Books) -> list[Problem]:
    """The third party is named, exists and is active."""
    if name is None or not name.identification:
        return [required(f"{field}.identification")]
    party = books.parties.get(name)
    if party is None:
        return [unknown(field, name.identification)]
    if not party.active:
        return [inactive(field, name.identification)]
    return []


def validate_cost_centre(
    field: str, centre_id: int | None, voucher_type: VoucherType | None, catalog: Catalog
) -> list[Problem]:
    """The cost centre exists, is active, and the voucher type uses cost centres; given where it must be."""
    if centre_id is None:
        if voucher_type is None or not voucher_type.cost_centre_mandatory:
            return []
        return [] if voucher_type.cost_centre_default is not None else [required(field)]
    if voucher_type is not None and not voucher_type.cost_centre:
        return [Problem("setting", field, "the voucher type does not use cost centres", centre_id)]
    centre = catalog.cost_centres.get(centre_id)
    if centre is None:
        return [unknown(field, centre_id)]
    if not centre.active:
        return [inactive(field, centre_id)]
    return []


def validate_currency(currency: CurrencyDraft | None, books: Books) -> list[Problem]:
    """A foreign currency that exists, with its rate, in a company that handles foreign currency."""
    if currency is None:
        return []
    if not currency.code:
        return [required("currency.code")]
    known = tables.find_currency(currency.code)
    is_money = known is not None and known.active and known.decimals is not None
    if not is_money or currency.code == books.catalog.company.currency:
        message = f"{currency.code} is not a foreign currency"
        return [Problem("value", "currency.code", message, currency.code)]
    if not books.settings.foreign_currency:
        return [
            Problem("company_setting", "currency", "the company does not handle foreign currency")
        ]
    rate = currency.exchange_rate
    if rate is None:
        return [required("currency.exchange_rate")]
    if not 0 < rate <= EXCHANGE_RATE_MAX:
        message = "an exchange rate is a positive amount"
        return [Problem("amount", "currency.exchange_rate", message, rate)]
    return []


def validate_seller(field: str, seller_id: int | None, catalog: Catalog) -> list[Problem]:
    """The seller is named, exists and is active."""
    if not seller_id:
        return [required(field)]
    seller = catalog.sellers.get(seller_id)
    if seller is None:
        return [unknown(field, seller_id)]
    if not seller.active:
        return [inactive(field, seller_id)]
    return []


def validate_item_taxes(field: str, tax_ids: list[int | None], catalog: Catalog) -> list[Problem]:
    """Every tax exists, is active and belongs on items; at most three, one of a kind, IVA or ad valorem."""
    problems = []
    kinds = []
    for index, tax_id in enumerate(tax_ids):
        path = f"{field}[{index}].tax"
        tax = catalog.taxes.get(tax_id) if tax_id else None
        if not tax_id:
            problems.append(required(path))
        elif tax is None:
            problems.append(unknown(path, tax_id))
        elif not tax.active:
            problems.append(inactive(path, tax_id))
        else:
            kinds.append(tax.kind)
    together = {TaxKind.IVA, TaxKind.AD_VALOREM} <= set(kinds)
    repeated = len(set(kinds)) < len(kinds)
    if len(tax_ids) > ITEM_TAXES_MAX or repeated or together or set(kinds) - ITEM_TAXES:
        problems.append(Problem("taxes", field, "the taxes do not go together"))
    return problems


def validate_posting_account(field: str, code: str, catalog: Catalog) -> list[Problem]:
    """The account that the company's settings name for this can be posted to."""
    account = catalog.accounts.get(code)
    if account is not None and account.movement and account.active:
        return []
    message = f"the company's settings name the account {code}, which takes no lines"
    return [Problem("company_setting", field, message, code)]


def validate_free_account(field: str, code: str, catalog: Catalog) -> list[Problem]:
    """The account a client names exists and takes lines that say nothing of dues, taxes, goods or assets."""
    account = catalog.accounts.get(code)
    if account is None or not account.movement:
        message = f"there is no account {code} that takes lines"
        return [Problem("account_setting", field, message, code)]
    if not account.active:
        return [inactive(field, code)]
    if account.due or account.tax or account.inventory or account.fixed_asset:
        message = f"a line on the account {code} says more than this document can"
        return [Problem("account_setting", field, message, code)]
    return []


def validate_payments(
    payments: list[PaymentDraft], side: DocumentSide, catalog: Catalog, *, may_be_zero: bool = False
) -> list[Problem]:
    """Payment types that exist and fit; a due date where one is needed, and then no other payment.

    Where everything is given away, or was paid before, one `may_be_zero`.
    """
    if not payments:
        return [required("payments")]
    problems = []
    with_due = 0
    for index, payment in enumerate(payments):
        path = f"payments[{index}]"
        problems += validate_payment(path, payment, side, catalog, may_be_zero)
        payment_type = catalog.payment_types.get(payment.payment_type or 0)
        with_due += payment_type is not None and payment_type.due_date
    if with_due and len(payments) > 1:
        message = "a payment with a due date must be the only one"
        problems.append(Problem("array", "payments", message))
    return problems


def validate_payment(
    path: str,
    payment: PaymentDraft,
    side: DocumentSide,
    catalog: Catalog,
    may_be_zero: bool = False,
) -> list[Problem]:
    """A payment type that exists and fits, a positive amount, and a due date where one is needed."""
    problems = []
    payment_type = catalog.payment_types.get(payment.payment_type or 0)
    if not payment.payment_type:
        problems.append(required(f"{path}.payment_type"))
    elif payment_type is None:
        problems.append(unknown(f"{path}.payment_type", payment.payment_type))
    elif not payment_type.active:
        problems.append(inactive(f"{path}.payment_type", payment.payment_type))
    elif payment_type.side not in (side, DocumentSide.BOTH):
        message = f"the payment type {payment_type.id} is not for this kind of document"
        problems.append(Problem("wrong_kind", f"{path}.payment_type", message, payment_type.id))
    if payment.value is None:
        problems.append(required(f"{path}.value"))
    elif payment.value < 0 or (payment.value == 0 and not may_be_zero):
        problems.append(
            Problem("amount", f"{path}.value", "a payment is a positive amount", payment.value)
        )
    if payment_type is not None and payment_type.due_date and payment.due_date is None:
        problems.append(required(f"{path}.due_date"))
    if payment.account is not None:
        problems += validate_free_account(f"{path}.account", payment.account, catalog)
        if payment_type is not None and payment_type.due_date:
            message = "what is paid later goes where its payment type says"
            problems.append(Problem("account_setting", f"{path}.account", message, payment.account))
    return problems
