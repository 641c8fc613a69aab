"""Journals: a body to a draft, a record to a body. Pure."""

from datetime import date
from decimal import Decimal

from msgspec import UNSET, UnsetType

from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.mapping.base import (
    currency_draft,
    currency_to_body,
    document_name,
    given,
    metadata,
    party_name,
    party_to_body,
    plain,
)
from cuadra.dialects.siigo.rules.base import day_from_text
from cuadra.trade.journals import Journal, JournalDraft
from cuadra.trade.lines import DueDraft, LineDraft, ProductDraft, RecordedLine


def draft_from_journal(body: wire.JournalIn) -> JournalDraft:
    """The journal a body asks for."""
    return JournalDraft(
        voucher_type=body.document.id if body.document else None,
        date=day_from_text(body.date),
        number=body.number,
        currency=currency_draft(body.currency),
        lines=[line_draft(item) for item in body.items or []],
        observations=body.observations or "",
    )


def line_draft(item: wire.JournalItemIn) -> LineDraft:
    """The line an item asks for."""
    account = item.account or wire.AccountIn()
    tax = item.tax or wire.JournalTaxIn()
    sign = -1 if (account.movement or "").lower() == "credit" else 1
    return LineDraft(
        account=account.code,
        amount=None if item.value is None else item.value * sign,
        party=party_name(item.customer),
        description=item.description or "",
        cost_centre=item.cost_center,
        due=due_draft(item.due),
        tax=tax.id,
        tax_base=tax.base_value,
        product=_product_draft(item.product),
        fixed_asset=item.fixed_assets,
    )


def due_draft(due: wire.DueIn | None) -> DueDraft | None:
    """The due a body names."""
    if due is None:
        return None
    return DueDraft(
        prefix=due.prefix,
        consecutive=due.consecutive,
        quote=due.quote,
        date=day_from_text(due.date),
    )


def _product_draft(product: wire.JournalProductIn | None) -> ProductDraft | None:
    if product is None:
        return None
    return ProductDraft(code=product.code, quantity=product.quantity, warehouse=product.warehouse)


def journal_to_body(journal: Journal, catalog: Catalog) -> wire.JournalOut:
    """A journal as the vendor shows it."""
    voucher_type = catalog.voucher_types[journal.voucher_type]
    foreign = journal.exchange_rate is not None
    return wire.JournalOut(
        id=str(journal.id),
        document=wire.IdOut(journal.voucher_type),
        number=journal.number,
        name=document_name(voucher_type, journal.number),
        date=journal.date.isoformat(),
        items=[journal_item(line, catalog) for line in journal.lines],
        balance=plain(sum((line.amount for line in journal.lines), Decimal(0))),
        observations=journal.observations,
        currency=currency_to_body(journal.currency, journal.exchange_rate) if foreign else UNSET,
        metadata=metadata(journal.created_at, journal.updated_at),
    )


def journal_item(line: RecordedLine, catalog: Catalog) -> wire.JournalItemOut:
    """A line as the vendor shows it."""
    return wire.JournalItemOut(
        account=wire.AccountOut(line.account, "Debit" if line.amount >= 0 else "Credit"),
        customer=UNSET if line.party is None else party_to_body(line.party),
        description=line.description,
        cost_center=given(line.cost_centre),
        value=plain(abs(line.amount)),
        due=_due(line.due_prefix, line.due_consecutive, line.due_quote, line.due_date),
        tax=_journal_tax(line, catalog),
        product=_journal_product(line),
        fixed_asset=_journal_asset(line, catalog),
    )


def _due(
    prefix: str | None, consecutive: int | None, quote: int | None, day: date | None
) -> wire.DueOut | UnsetType:
    if prefix is None or consecutive is None or day is None:
        return UNSET
    return wire.DueOut(prefix, consecutive, quote or 1, day.isoformat())


def _journal_tax(line: RecordedLine, catalog: Catalog) -> wire.JournalTaxOut | UnsetType:
    tax = catalog.taxes.get(line.tax or 0)
    if tax is None:
        return UNSET
    base = plain(line.tax_base or Decimal(0))
    return wire.JournalTaxOut(tax.id, tax.name, tax.kind, plain(tax.percentage), base)


def _journal_product(line: RecordedLine) -> wire.JournalProductOut | UnsetType:
    if line.product is None or line.quantity is None:
        return UNSET
    return wire.JournalProductOut(
        code=line.product, quantity=plain(abs(line.quantity)), warehouse=given(line.warehouse)
    )


def _journal_asset(line: RecordedLine, catalog: Catalog) -> wire.FixedAssetReferenceOut | UnsetType:
    asset = catalog.fixed_assets.get(line.fixed_asset or 0)
    return UNSET if asset is None else wire.FixedAssetReferenceOut(asset.id, asset.name)
