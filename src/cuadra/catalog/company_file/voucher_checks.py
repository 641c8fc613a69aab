"""What a voucher inside a company file must be: numbered, dated, balanced, and its lines complete.

The ledger checks the same again when it posts; here it is told with line numbers, before anything
is written. Periods, repeated numbers in the books and stock are the ledger's business.
"""

from decimal import Decimal

from cuadra.catalog.company_file.checking import NUMBER_LIMIT, Checker, decimals_from_amount
from cuadra.catalog.company_file.reading import Path
from cuadra.catalog.company_records import OpeningVoucher, VoucherLine
from cuadra.catalog.records import Account, Product

QUOTES_MAX = 999


def check_vouchers(checker: Checker) -> None:
    """Heads and lines of all the vouchers of a file."""
    vouchers = checker.company.vouchers
    checker.unique(
        "vouchers",
        vouchers,
        lambda one: (one.voucher_type, one.number) if one.number else None,
        "number",
    )
    checker.unique("vouchers", vouchers, lambda one: one.serial, "serial")
    for index, voucher in enumerate(vouchers):
        path = ("vouchers", index)
        _check_head(checker, path, voucher)
        for position, line in enumerate(voucher.lines):
            _check_line(checker, (*path, "lines", position), line)
        _check_balance(checker, path, voucher)


def _check_head(checker: Checker, path: Path, voucher: OpeningVoucher) -> None:
    checker.day((*path, "date"), voucher.date)
    checker.between((*path, "number"), voucher.number, 1, NUMBER_LIMIT)
    checker.between((*path, "serial"), voucher.serial, 1, NUMBER_LIMIT)
    where = (*path, "voucher_type")
    if checker.reference(where, voucher.voucher_type, checker.voucher_types):
        kind = checker.voucher_types[voucher.voucher_type]
        if not kind.automatic_number and voucher.number is None:
            checker.report(where, f"voucher type {kind.id} is numbered by hand: give a number")


def _check_balance(checker: Checker, path: Path, voucher: OpeningVoucher) -> None:
    where = (*path, "lines")
    if len(voucher.lines) < 2:
        checker.report(where, "a voucher needs at least two lines")
    amounts = [(*where, index, "amount") for index in range(len(voucher.lines))]
    total = sum((line.amount for line in voucher.lines), Decimal(0))
    if total != 0 and not any(checker.reading.is_bad(one) for one in amounts):
        checker.report(where, f"lines must sum to zero, not {total}")


def _check_line(checker: Checker, path: Path, line: VoucherLine) -> None:
    if line.amount == 0 or decimals_from_amount(line.amount) > 2:
        message = f"amount must have at most two decimals and not be zero, not {line.amount}"
        checker.report((*path, "amount"), message)
    _check_references(checker, path, line)
    _check_due(checker, path, line)
    account = checker.account((*path, "account"), line.account)
    if account is not None:
        _check_account_needs(checker, path, line, account)


def _check_references(checker: Checker, path: Path, line: VoucherLine) -> None:
    if line.third_party is not None:
        pair = (line.third_party, line.branch)
        if pair not in checker.third_parties:
            message = f"third_party {line.third_party} branch {line.branch} does not exist"
            checker.report((*path, "third_party"), message)
    checker.reference((*path, "cost_centre"), line.cost_centre, checker.centres)
    checker.reference((*path, "warehouse"), line.warehouse, checker.warehouses)
    checker.not_negative((*path, "tax_base"), line.tax_base)
    checker.reference((*path, "tax"), line.tax, checker.taxes)
    if checker.reference((*path, "product"), line.product, checker.products):
        _check_stock(checker, path, line, checker.products[line.product or ""])


def _check_stock(checker: Checker, path: Path, line: VoucherLine, product: Product) -> None:
    """Stock moves with a quantity, of the same sign as its value, somewhere."""
    if not product.stock_control:
        return
    if line.warehouse is None:
        checker.report(path, f"product {product.code} keeps stock: the line needs a warehouse")
    if line.quantity is None:
        checker.report(path, f"product {product.code} keeps stock: the line needs a quantity")
    elif line.quantity * line.amount <= 0:
        message = "quantity must have the sign of the amount and not be zero"
        checker.report((*path, "quantity"), message)


def _check_due(checker: Checker, path: Path, line: VoucherLine) -> None:
    checker.day((*path, "due_date"), line.due_date)
    checker.between((*path, "due_quote"), line.due_quote, 1, QUOTES_MAX)
    checker.between((*path, "due_consecutive"), line.due_consecutive, 1, NUMBER_LIMIT)
    if (line.due_prefix is None) != (line.due_consecutive is None):
        checker.report(path, "a due needs both due_prefix and due_consecutive")


def _check_account_needs(checker: Checker, path: Path, line: VoucherLine, account: Account) -> None:
    """What the account's flags ask of the line, and what they do not allow."""
    if account.needs_third_party and line.third_party is None:
        checker.report(path, f"account {account.code} needs a third_party")
    if account.needs_cost_centre and line.cost_centre is None:
        checker.report(path, f"account {account.code} needs a cost_centre")
    if account.inventory and line.product is None:
        checker.report(path, f"account {account.code} needs a product")
    if account.due is None and line.due_prefix is not None:
        checker.report((*path, "due_prefix"), f"account {account.code} keeps no dues")
