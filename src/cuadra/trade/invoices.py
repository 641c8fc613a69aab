"""Sales invoices: checked against the books, added up, turned into lines, kept and read back.

`validate_invoice` says everything that is wrong with a draft, in documented order, and what it comes
to only when nothing else is wrong. `record_invoice` folds an accepted draft into the books. Neither
reads the database: `books.load_books` did. Reading back is at the end of the module.
"""

from decimal import Decimal

import msgspec

from cuadra.catalog.records import (
    DiscountType,
    DocumentSide,
    PaymentType,
    TaxKind,
    VoucherKind,
    VoucherType,
)
from cuadra.catalog.third_parties import validate_third_party
from cuadra.database.ids import new_id
from cuadra.errors import Problem, Rejected, inactive, required, unknown
from cuadra.ledger.posting import Key
from cuadra.ledger.vouchers import CENT, NewDue, Posted, Voucher, period_of
from cuadra.trade.books import Books, Needs, Origin
from cuadra.trade.documents import (
    Invoice,
    InvoiceContent,
    InvoiceDraft,
    Item,
    ItemDraft,
    Payment,
    PaymentDraft,
)
from cuadra.trade.posting_rules import LineMaker, lines_from_invoice
from cuadra.trade.totals import (
    TOTAL_MAX,
    DocumentTotals,
    ItemTotals,
    PricedItem,
    compute_local,
    compute_totals,
)
from cuadra.trade.validation import (
    validate_cost_centre,
    validate_currency,
    validate_date,
    validate_item_taxes,
    validate_number,
    validate_party,
    validate_payments,
    validate_seller,
    validate_voucher_type,
)

ITEMS_MAX = 500
KIND = VoucherKind.SALES_INVOICE


def needs_of_invoice(draft: InvoiceDraft, needs: Needs) -> None:
    """Add what the draft names to what must be loaded."""
    if draft.customer is not None:
        needs.parties.add(draft.customer)
        if draft.new_customer is not None:
            needs.new_parties.add(draft.customer)
    needs.products.update(item.product for item in draft.items if item.product)


def validate_invoice(draft: InvoiceDraft, books: Books) -> list[Problem]:
    """Everything wrong with the draft, in the order of its fields; its totals if nothing else is."""
    return _examine(draft, books)[0]


def _examine(
    draft: InvoiceDraft, books: Books
) -> tuple[list[Problem], VoucherType | None, DocumentTotals | None]:
    """What is wrong with the draft; its voucher type, and what it comes to, as far as they are known."""
    catalog = books.catalog
    problems = validate_voucher_type(draft.voucher_type, KIND, catalog)
    voucher_type = None if problems else catalog.voucher_types[draft.voucher_type or 0]
    problems += validate_date(draft.date, voucher_type, books)
    problems += validate_number(draft.number, voucher_type)
    problems += _validate_customer(draft, books)
    problems += validate_cost_centre("cost_centre", draft.cost_centre, voucher_type, catalog)
    problems += validate_currency(draft.currency, books)
    problems += _validate_seller(draft, voucher_type, books)
    problems += [Problem("setting", field, f"{field} cannot be used") for field in draft.refused]
    problems += _validate_retentions(draft, voucher_type, books)
    problems += _validate_items(draft, voucher_type, books)
    problems += validate_payments(draft.payments, DocumentSide.SALES, catalog)
    if problems:
        return problems, voucher_type, None
    assert voucher_type is not None
    totals = compute_invoice(draft, voucher_type, books)
    problems = (
        _validate_bases(totals) or _validate_stock(draft, books) or _validate_total(draft, totals)
    )
    return problems, voucher_type, totals


def _validate_customer(draft: InvoiceDraft, books: Books) -> list[Problem]:
    """An existing customer, or a whole new one; with a contact to send the invoice to."""
    name = draft.customer
    if draft.new_customer is not None and name is not None and name not in books.parties:
        problems = [
            Problem(p.code, f"customer.{p.field}", p.message, p.value)
            for p in validate_third_party(draft.new_customer, books.catalog)
        ]
        has_contacts = bool(draft.new_customer.contacts)
    else:
        problems = validate_party("customer", name, books)
        has_contacts = not problems and name is not None and books.parties[name].has_contacts
    if not problems and not has_contacts:
        return [Problem("customer_setting", "customer", "the customer has no contacts")]
    return problems


def _validate_seller(
    draft: InvoiceDraft, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    """The invoice names its seller, unless the voucher type wants one on each item."""
    if voucher_type is not None and voucher_type.seller_by_item and draft.seller is None:
        return []
    return validate_seller("seller", draft.seller, books.catalog)


def _validate_retentions(
    draft: InvoiceDraft, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    """Each withholding exists, is active, is one of a kind, and the voucher type allows its kind."""
    allowed = _allowed_retentions(voucher_type)
    problems = []
    seen = set()
    for index, tax_id in enumerate(draft.retentions):
        path = f"retentions[{index}].tax"
        tax = books.catalog.taxes.get(tax_id or 0)
        if not tax_id:
            problems.append(required(path))
        elif tax is None:
            problems.append(unknown(path, tax_id))
        elif not tax.active:
            problems.append(inactive(path, tax_id))
        elif (voucher_type is not None and tax.kind not in allowed) or tax.kind in seen:
            message = f"the withholding {tax_id} cannot be used here"
            problems.append(Problem("retentions", path, message, tax_id))
        seen.add(tax.kind if tax else None)
    return problems


def _allowed_retentions(voucher_type: VoucherType | None) -> set[TaxKind]:
    if voucher_type is None:
        return set()
    flags = {
        TaxKind.RETEIVA: voucher_type.reteiva,
        TaxKind.RETEICA: voucher_type.reteica,
        TaxKind.AUTORRETENCION: voucher_type.self_withholding,
    }
    return {kind for kind, allowed in flags.items() if allowed}


def _validate_items(
    draft: InvoiceDraft, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    if not draft.items:
        return [required("items")]
    if len(draft.items) > ITEMS_MAX:
        return [Problem("array", "items", f"an invoice has at most {ITEMS_MAX} items")]
    problems = []
    for index, item in enumerate(draft.items):
        path = f"items[{index}]"
        problems += _validate_product(path, item, books)
        problems += _validate_amounts(path, item, voucher_type)
        problems += _validate_item_seller(path, item, voucher_type, books)
        problems += validate_item_taxes(f"{path}.taxes", item.taxes, books.catalog)
    return problems


def _validate_product(path: str, item: ItemDraft, books: Books) -> list[Problem]:
    """The product exists and is active; a warehouse exists, and only for products with stock control."""
    if not item.product:
        return [required(f"{path}.product")]
    product = books.products.get(item.product)
    problems = []
    if product is None:
        problems.append(unknown(f"{path}.product", item.product))
    elif not product.active:
        problems.append(inactive(f"{path}.product", item.product))
    if item.warehouse is None:
        return problems
    warehouse = books.catalog.warehouses.get(item.warehouse)
    if product is not None and not product.stock_control:
        message = "the product does not control stock, so it has no warehouse"
        problems.append(Problem("product_setting", f"{path}.warehouse", message, item.warehouse))
    elif warehouse is None:
        problems.append(unknown(f"{path}.warehouse", item.warehouse))
    elif not warehouse.active:
        problems.append(inactive(f"{path}.warehouse", item.warehouse))
    return problems


def _validate_amounts(
    path: str, item: ItemDraft, voucher_type: VoucherType | None
) -> list[Problem]:
    """A positive quantity, a positive price, and a discount no greater than what it discounts."""
    problems = []
    if item.quantity is None:
        problems.append(required(f"{path}.quantity"))
    elif item.quantity <= 0:
        problems.append(
            Problem("value", f"{path}.quantity", "a quantity is greater than zero", item.quantity)
        )
    price = item.price if item.taxed_price is None else item.taxed_price
    field = f"{path}.price" if item.taxed_price is None else f"{path}.taxed_price"
    if price is None:
        problems.append(required(field))
    elif price <= 0:
        problems.append(Problem("amount", field, "a price is greater than zero", price))
    return problems + _validate_discount(path, item, price, voucher_type)


def _validate_discount(
    path: str, item: ItemDraft, price: Decimal | None, voucher_type: VoucherType | None
) -> list[Problem]:
    discount, field = item.discount, f"{path}.discount"
    if discount is None:
        return []
    if discount < 0:
        return [Problem("amount", field, "a discount is not negative", discount)]
    if voucher_type is None or price is None or item.quantity is None:
        return []
    if voucher_type.discount_type is DiscountType.PERCENTAGE and discount > 100:
        return [Problem("range", field, "a discount is between 0 and 100 per cent", discount)]
    if voucher_type.discount_type is DiscountType.VALUE and discount > price * item.quantity:
        return [Problem("amount", field, "a discount is not above the item's value", discount)]
    return []


def _validate_item_seller(
    path: str, item: ItemDraft, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    if voucher_type is None:
        return []
    if voucher_type.seller_by_item:
        return validate_seller(f"{path}.seller", item.seller, books.catalog)
    if item.seller is not None:
        message = "the voucher type has one seller for all items"
        return [Problem("setting", f"{path}.seller", message, item.seller)]
    return []


def _validate_bases(totals: DocumentTotals) -> list[Problem]:
    """No discount takes more than the item is worth without its IVA."""
    return [
        Problem("amount", f"items[{index}].discount", "a discount is not above the item's value")
        for index, item in enumerate(totals.items)
        if item.base < 0
    ]


def _validate_stock(draft: InvoiceDraft, books: Books) -> list[Problem]:
    """What leaves stock is there, where it must be, and costs no more than the books can hold."""
    problems = []
    wanted: dict[int, Decimal] = {}
    for index, item in enumerate(draft.items):
        product = books.products[item.product or ""]
        if not product.stock_control:
            continue
        wanted[product.id] = wanted.get(product.id, Decimal(0)) + (item.quantity or Decimal(0))
        short = wanted[product.id] > books.on_hand(product.id).quantity
        too_much = books.compute_cost(product.id, wanted[product.id]) > TOTAL_MAX
        if too_much or (short and not books.settings.negative_stock):
            message = f"there is not that much of {product.code}"
            problems.append(Problem("value", f"items[{index}].quantity", message, item.quantity))
    return problems


def _validate_total(draft: InvoiceDraft, totals: DocumentTotals) -> list[Problem]:
    """The payments add up to the total, which is one the books can hold, also in their own currency."""
    local = compute_local(totals.total, draft.currency.exchange_rate if draft.currency else None)
    if not (0 < totals.total <= TOTAL_MAX and CENT <= local <= TOTAL_MAX):
        return [Problem("amount", "total", "the total is not an amount", totals.total)]
    paid = sum((payment.value or Decimal(0) for payment in draft.payments), Decimal(0))
    if paid != totals.total:
        message = f"the payments are {paid} and the total is {totals.total}"
        return [Problem("payments", "payments", message, totals.total)]
    return []


def compute_invoice(draft: InvoiceDraft, voucher_type: VoucherType, books: Books) -> DocumentTotals:
    """What a draft without problems comes to."""
    taxes = books.catalog.taxes
    items = [
        PricedItem(
            quantity=item.quantity or Decimal(0),
            price=item.price or Decimal(0),
            taxed_price=item.taxed_price,
            discount=item.discount or Decimal(0),
            discount_is_percentage=voucher_type.discount_type is DiscountType.PERCENTAGE,
            taxes=tuple(taxes[tax_id] for tax_id in item.taxes if tax_id),
        )
        for item in draft.items
    ]
    return compute_totals(
        items,
        [taxes[tax_id] for tax_id in draft.retentions if tax_id],
        decimals=voucher_type.decimals,
        self_withholding_limit=voucher_type.self_withholding_limit,
        rounding=books.settings.rounding,
    )


def record_invoice(
    draft: InvoiceDraft, books: Books, origin: Origin, key: Key | None
) -> tuple[int, Invoice]:
    """Fold an invoice into the books: its position in the batch, and the invoice without its number.

    Raises `Rejected` with every problem; the books are then as before.
    """
    problems, voucher_type, totals = _examine(draft, books)
    if problems:
        raise Rejected(problems)
    assert voucher_type is not None and totals is not None
    assert draft.customer is not None and draft.date is not None
    customer = books.parties.get(draft.customer)
    if customer is None:
        assert draft.new_customer is not None
        customer = books.add_party(draft.new_customer)
    content = _content(draft, totals, books)
    currency = draft.currency
    invoice = Invoice(
        id=new_id(),
        voucher_type=voucher_type.id,
        number=draft.number or 0,
        date=draft.date,
        customer=customer,
        cost_centre=_cost_centre(draft, voucher_type),
        currency=books.catalog.company.currency if currency is None else currency.code or "",
        exchange_rate=None if currency is None else currency.exchange_rate,
        total=totals.total,
        balance=_opening_balance(content, books),
        content=content,
        created_at=books.now,
    )
    return books.add_voucher(_voucher(invoice, voucher_type, draft, books), origin, key), invoice


def finish_invoice(invoice: Invoice, posted: Posted) -> Invoice:
    """The invoice with the number it got."""
    return msgspec.structs.replace(invoice, number=posted.number)


def _cost_centre(draft: InvoiceDraft, voucher_type: VoucherType) -> int | None:
    if draft.cost_centre is None and voucher_type.cost_centre:
        return voucher_type.cost_centre_default
    return draft.cost_centre


def _content(draft: InvoiceDraft, totals: DocumentTotals, books: Books) -> InvoiceContent:
    return InvoiceContent(
        seller=draft.seller,
        subtotal=totals.subtotal,
        items=tuple(
            _item(item, added, books) for item, added in zip(draft.items, totals.items, strict=True)
        ),
        payments=tuple(_payment(payment, books) for payment in draft.payments),
        retentions=totals.retentions,
        observations=draft.observations,
        extra=draft.extra,
    )


def _item(item: ItemDraft, added: ItemTotals, books: Books) -> Item:
    """An item as recorded. Goods with stock control leave stock here, at their average cost."""
    product = books.products[item.product or ""]
    assert product.guid is not None and item.quantity is not None
    cost = None
    if product.stock_control:
        cost = books.take_stock(product.id, item.warehouse or 0, item.quantity)
    return Item(
        product=product.id,
        guid=product.guid,
        code=product.code,
        description=product.name if item.description is None else item.description,
        quantity=item.quantity,
        price=added.price,
        discount_percentage=added.discount_percentage,
        discount_value=added.discount_value,
        base=added.base,
        total=added.total,
        taxes=added.taxes,
        warehouse=item.warehouse,
        seller=item.seller,
        cost=cost,
    )


def _payment(payment: PaymentDraft, books: Books) -> Payment:
    payment_type = _payment_type(payment.payment_type, books)
    assert payment.value is not None
    return Payment(
        payment_type=payment_type.id,
        name=payment_type.name,
        value=payment.value,
        due_date=payment.due_date if payment_type.due_date else None,
    )


def _payment_type(payment_type_id: int | None, books: Books) -> PaymentType:
    return books.catalog.payment_types[payment_type_id or 0]


def _opening_balance(content: InvoiceContent, books: Books) -> Decimal:
    """What is owed right after the invoice: what was paid with a due date."""
    owed = (p.value for p in content.payments if _payment_type(p.payment_type, books).due_date)
    return sum(owed, Decimal(0))


def _voucher(
    invoice: Invoice, voucher_type: VoucherType, draft: InvoiceDraft, books: Books
) -> Voucher:
    """The invoice as the ledger writes it: its lines, and a due for each payment with a due date."""
    catalog, content = books.catalog, invoice.content
    maker = LineMaker(
        catalog,
        third_party=invoice.customer.id,
        cost_centre=invoice.cost_centre,
        currency=invoice.currency,
        exchange_rate=invoice.exchange_rate,
    )
    groups = [
        catalog.account_groups[books.products[item.code].account_group] for item in content.items
    ]
    lines = lines_from_invoice(
        maker, catalog, content.items, groups, content.retentions, content.payments
    )
    dues = []
    for quote, (payment, line) in enumerate(zip(content.payments, lines, strict=False), 1):
        if payment.due_date is None:
            continue
        due = NewDue(
            id=new_id(),
            account=line.account,
            third_party=invoice.customer.id,
            prefix=voucher_type.due_prefix,
            quote=quote,
            date=payment.due_date,
        )
        line.due = due.id
        dues.append(due)
    return Voucher(
        id=invoice.id,
        type=voucher_type.id,
        kind=KIND,
        number=draft.number,
        date=invoice.date,
        period=period_of(invoice.date),
        third_party=invoice.customer.id,
        cost_centre=invoice.cost_centre,
        currency=invoice.currency,
        exchange_rate=invoice.exchange_rate,
        description=content.observations or "",
        total=invoice.total,
        content=msgspec.Raw(msgspec.json.encode(content)),
        lines=lines,
        dues=dues,
    )
