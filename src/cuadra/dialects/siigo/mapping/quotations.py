"""Quotations: a body to a draft, a record to a body. Pure."""

from msgspec import UNSET

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
from cuadra.dialects.siigo.mapping.invoices import item_to_body
from cuadra.dialects.siigo.rules.base import day_from_text
from cuadra.trade.documents import ItemDraft, Offer, OfferDraft

PUBLIC_URL = "https://publicview.siigo.com/document?data="


def draft_from_quotation(body: wire.QuotationIn) -> OfferDraft:
    """The quotation a body asks for."""
    return OfferDraft(
        voucher_type=body.document.id if body.document else None,
        date=day_from_text(body.date),
        number=body.number,
        party=party_name(body.customer),
        cost_centre=body.cost_center,
        currency=currency_draft(body.currency),
        seller=body.seller,
        items=[_item_draft(item) for item in body.items or []],
    )


def _item_draft(item: wire.QuotationItemIn) -> ItemDraft:
    return ItemDraft(
        product=item.code,
        description=item.description,
        quantity=item.quantity,
        price=item.price,
        discount=item.discount,
        taxes=[tax.id for tax in item.taxes or []],
    )


def quotation_to_body(quotation: Offer, catalog: Catalog) -> wire.QuotationOut:
    """A quotation as the vendor shows it."""
    content = quotation.content
    foreign = quotation.exchange_rate is not None
    currency = currency_to_body(quotation.currency, quotation.exchange_rate)
    assert quotation.party is not None
    return wire.QuotationOut(
        id=str(quotation.id),
        document=wire.IdOut(quotation.voucher_type),
        number=quotation.number,
        name=document_name(catalog.voucher_types[quotation.voucher_type], quotation.number),
        date=quotation.date.isoformat(),
        customer=party_to_body(quotation.party),
        cost_center=given(quotation.cost_centre),
        currency=currency if foreign else UNSET,
        total=plain(quotation.total),
        seller=given(content.seller),
        items=[item_to_body(item, catalog) for item in content.items],
        public_url=PUBLIC_URL + quotation.id.hex,
        metadata=metadata(quotation.created_at, quotation.updated_at),
    )
