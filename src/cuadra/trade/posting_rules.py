"""How a document becomes lines: pure functions from totals to amounts on accounts.

A sales invoice, or debit note, posts: receivable or cash per payment (debit), income per item by its
account group or its own account (credit), each tax and charge (credit), each withholding suffered (debit), a self-withholding on both its
accounts, and cost of sale against inventory where the product controls stock. A credit note posts the
mirror of that, with returns for income.

A purchase posts the mirror of that: what it owes or pays per payment (credit), what each item debits,
each tax (debit), and each withholding made (credit).

A foreign document is converted line by line at its rate; what rounding leaves over goes to the largest
income line or item bought, so that the voucher balances in the company's currency and a due stays what
its own amount converts to.
"""

from collections.abc import Iterable
from decimal import Decimal, localcontext

import msgspec

from cuadra.catalog.records import GlobalDiscount, Tax, TaxKind
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.third_parties import PartyName
from cuadra.ledger.vouchers import CENT, Line
from cuadra.trade.books import Books
from cuadra.trade.documents import (
    CreditNoteContent,
    InvoiceContent,
    Item,
    Payment,
    PurchaseContent,
    PurchaseItem,
    Taxpayer,
)
from cuadra.trade.totals import ADDITIVE, CHARGED, EXACT, TaxAmount, compute_local


class LineMaker:
    """Makes lines of one document: its third party, cost centre, currency and rate are on each."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        third_party: int,
        cost_centre: int | None,
        currency: str | None = None,
        exchange_rate: Decimal | None = None,
    ) -> None:
        self._catalog = catalog
        self._third_party = third_party
        self._cost_centre = cost_centre
        self._currency = currency
        self._rate = exchange_rate

    @property
    def is_foreign(self) -> bool:
        """Whether the document is in another currency than the company's."""
        return self._rate is not None

    def line(self, account: str, amount: Decimal, description: str = "") -> Line:
        """A line for an amount in the document's currency."""
        if self._rate is None:
            return self.local_line(account, amount, description)
        line = self.local_line(account, self.converted(amount), description)
        line.currency, line.foreign_amount, line.exchange_rate = self._currency, amount, self._rate
        return line

    def converted(self, amount: Decimal) -> Decimal:
        """An amount of the document in the company's currency."""
        return compute_local(amount, self._rate)

    def unconverted(self, amount: Decimal) -> Decimal:
        """An amount of the company's currency in the document's."""
        if self._rate is None:
            return amount
        with localcontext(EXACT):
            return (amount / self._rate).quantize(CENT)

    def local_line(self, account: str, amount: Decimal, description: str = "") -> Line:
        """A line for an amount in the company's currency, such as a cost."""
        return Line(
            account=self._catalog.accounts[account].id,
            amount=amount.quantize(CENT),
            third_party=self._third_party,
            cost_centre=self._cost_centre,
            description=description,
        )


def lines_from_invoice(
    maker: LineMaker,
    books: Books,
    content: InvoiceContent,
    discounts: Iterable[GlobalDiscount],
) -> list[Line]:
    """All lines of a sales invoice but for advances; payments first and in their order."""
    catalog, items = books.catalog, content.items
    paid = [
        maker.line(account_of_payment(payment, catalog), payment.value)
        for payment in content.payments
    ]
    income = [_income_line(maker, item, _income_account(item, books), books) for item in items]
    accounts = {discount.id: discount.account for discount in discounts}
    rest = _tax_and_retention_lines(maker, books, items, content.retentions, content.charges)
    for discount in content.global_discounts:
        rest.append(maker.line(accounts[discount.discount], discount.value, discount.name))
    for item in items:
        rest += _cost_lines(maker, item, books)
    return _balanced(maker, paid, income, rest, content.advance or Decimal(0))


def lines_from_credit_note(
    maker: LineMaker, books: Books, content: CreditNoteContent, settled: list[Line]
) -> list[Line]:
    """All lines of a credit note: those that settle it, then the mirror of a sale of its items.

    Items go to the returns account of their group, if it has one. Goods come back as far as items have any.
    """
    returned = []
    for item in content.items:
        account = _income_account(item, books, returned=True)
        returned.append(_income_line(maker, item, account, books))
    rest = _tax_and_retention_lines(
        maker, books, content.items, content.retentions, content.charges
    )
    for item in content.items:
        rest += _cost_lines(maker, item, books)
    for line in [*returned, *rest]:
        _mirror(line)
    return _balanced(maker, settled, returned, rest)


def account_of_payment(payment: Payment, catalog: Catalog) -> str:
    """The account a payment moves: its own, or its type's."""
    return payment.account or catalog.payment_types[payment.payment_type].account


def _income_account(item: Item, books: Books, *, returned: bool = False) -> str:
    """Where the income of an item goes, or what comes back of it: its own account, or its group's."""
    if item.account is not None:
        return item.account
    assert item.product is not None
    group = books.account_group(item.product)
    return group.returns_account if returned and group.returns_account else group.income_account


def _tax_and_retention_lines(
    maker: LineMaker,
    books: Books,
    items: Iterable[Item],
    retentions: Iterable[TaxAmount],
    charges: Iterable[TaxAmount],
) -> list[Line]:
    catalog = books.catalog
    taxes = [tax for item in items for tax in item.taxes]
    lines = _tax_lines(maker, catalog, [*taxes, *charges])
    lines += _borne_tax_lines(maker, items, books.settings.accounts.assumed_taxes)
    for retention in retentions:
        lines += _retention_lines(maker, catalog.taxes[retention.tax], retention)
    return lines


def _balanced(
    maker: LineMaker,
    paid: list[Line],
    income: list[Line],
    rest: list[Line],
    advance: Decimal = Decimal(0),
) -> list[Line]:
    """All lines in their order; what rounding leaves over goes to the largest income line."""
    left_over = sum((line.amount for line in paid + income + rest), advance)
    assert maker.is_foreign or not left_over, f"a local document leaves {left_over} over"
    max(income, key=lambda line: abs(line.amount)).amount -= left_over
    lines = [line for line in income + rest if line.amount or line.moves_stock]
    return paid + (lines or income[:1])


def _mirror(line: Line) -> None:
    """Turn a line to the other side; goods that left come back."""
    line.amount = -line.amount
    if line.foreign_amount is not None:
        line.foreign_amount = -line.foreign_amount
    if line.moves_stock and line.quantity is not None:
        line.quantity = -line.quantity


def _income_line(maker: LineMaker, item: Item, account: str, books: Books) -> Line:
    """Income of the company, or of the third party it is collected for."""
    line = maker.line(account, -item.base, item.description)
    if item.party is not None:
        line.third_party = books.parties[item.party].id
    if item.product is not None:
        line.product, line.quantity, line.warehouse = item.product, item.quantity, item.warehouse
    return _with_cost_centres(line, item)


def _with_cost_centres(line: Line, item: Item | PurchaseItem) -> Line:
    """The line with the cost centres that the item has of its own."""
    if item.cost_centre is not None:
        line.cost_centre = item.cost_centre
    line.second_cost_centre = item.second_cost_centre
    return line


def _tax_lines(maker: LineMaker, catalog: Catalog, taxes: list[TaxAmount]) -> list[Line]:
    """One line for each tax of the document, with the sum of its bases."""
    lines: dict[int, Line] = {}
    sums: dict[int, tuple[Decimal, Decimal]] = {}
    for tax in taxes:
        value, base = sums.get(tax.tax, (Decimal(0), Decimal(0)))
        sums[tax.tax] = value + tax.value, base + tax.base
    for tax_id, (value, base) in sums.items():
        tax_record = catalog.taxes[tax_id]
        withheld = tax_record.kind is TaxKind.RETEFUENTE
        line = maker.line(tax_record.sales_account, value if withheld else -value, tax_record.name)
        line.tax, line.tax_base = tax_id, maker.converted(base)
        lines[tax_id] = line
    return list(lines.values())


def _borne_tax_lines(maker: LineMaker, items: Iterable[Item], account: str) -> list[Line]:
    """Taxes of gifts that the company bears are an expense of its own."""
    borne = (item for item in items if item.taxpayer is Taxpayer.COMPANY)
    value = sum((tax.value for item in borne for tax in item.taxes), Decimal(0))
    return [maker.line(account, value)] if value else []


def _retention_lines(maker: LineMaker, tax: Tax, retention: TaxAmount) -> list[Line]:
    """Withheld by the customer: an advance of ours. Withheld by ourselves: also a debt of ours."""
    lines = [maker.line(tax.sales_account, retention.value, tax.name)]
    if tax.kind is TaxKind.AUTORRETENCION:
        assert tax.contra_account is not None
        lines.append(maker.line(tax.contra_account, -retention.value, tax.name))
    for line in lines:
        line.tax, line.tax_base = tax.id, maker.converted(retention.base)
    return lines


def _cost_lines(maker: LineMaker, item: Item, books: Books) -> list[Line]:
    """Out of inventory at its cost; the inventory line carries the quantity even at no cost."""
    lines = []
    for goods in item.goods:
        group = books.account_group(goods.product)
        if group.inventory_account is None or group.cost_account is None:
            continue
        cost = maker.local_line(group.cost_account, goods.cost, item.description)
        lines.append(_with_cost_centres(cost, item))
        out = maker.local_line(group.inventory_account, -goods.cost, item.description)
        out.product, out.warehouse, out.quantity = goods.product, item.warehouse, -goods.quantity
        out.moves_stock = True
        lines.append(out)
    return lines


def lines_from_purchase(maker: LineMaker, books: Books, content: PurchaseContent) -> list[Line]:
    """All lines of a purchase, payments first and in their order; goods that come in carry their value."""
    catalog = books.catalog
    paid = [
        maker.line(account_of_payment(payment, catalog), -payment.value)
        for payment in content.payments
    ]
    bought = [_bought_line(maker, item, books) for item in content.items]
    rest = bought + _purchase_tax_lines(maker, content.items, books)
    taxes = (*content.charges, *content.retentions)
    rest += [_purchase_tax_line(maker, tax, books) for tax in taxes]
    left_over = sum((line.amount for line in paid + rest), Decimal(0))
    assert maker.is_foreign or not left_over, f"a local document leaves {left_over} over"
    expenses = [line for line in bought if line.amount and not line.moves_stock]
    max(expenses or bought, key=lambda line: abs(line.amount)).amount -= left_over
    return paid + [line for line in rest if line.amount or line.moves_stock]


def _bought_line(maker: LineMaker, item: PurchaseItem, books: Books) -> Line:
    """What was bought, from the supplier of the whole or from one of its own."""
    line = maker.line(item.account, item.base, item.description)
    line.product, line.fixed_asset = item.product, item.fixed_asset
    line.moves_stock = item.moves_stock
    if item.product is not None:
        line.quantity, line.warehouse = item.quantity, item.warehouse
    if item.party is not None:
        line.third_party = books.parties[item.party].id
    return _with_cost_centres(line, item)


def _purchase_tax_lines(
    maker: LineMaker, items: Iterable[PurchaseItem], books: Books
) -> list[Line]:
    """One line for each tax of each supplier, with the sum of its bases."""
    lines = []
    amounts: dict[tuple[int, PartyName | None], list[TaxAmount]] = {}
    for item in items:
        for tax in item.taxes:
            amounts.setdefault((tax.tax, item.party), []).append(tax)
    for (_, party), taxes in amounts.items():
        value = sum((tax.value for tax in taxes), Decimal(0))
        base = sum((tax.base for tax in taxes), Decimal(0))
        whole = msgspec.structs.replace(taxes[0], value=value, base=base)
        line = _purchase_tax_line(maker, whole, books)
        if party is not None:
            line.third_party = books.parties[party].id
        lines.append(line)
    return lines


def _purchase_tax_line(maker: LineMaker, amount: TaxAmount, books: Books) -> Line:
    """A tax to recover, a perception too, or part of the cost: a debit. A withholding made: a debt."""
    tax = books.catalog.taxes[amount.tax]
    assert tax.purchase_account is not None
    value = amount.value if tax.kind in ADDITIVE | CHARGED else -amount.value
    line = maker.line(tax.purchase_account, value, tax.name)
    line.tax, line.tax_base = tax.id, maker.converted(amount.base)
    return line
