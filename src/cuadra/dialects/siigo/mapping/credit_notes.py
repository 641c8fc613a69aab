"""Credit notes: a body to a draft, a record to a body. Pure."""

from msgspec import UNSET

from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.mapping.base import (
    currency_draft,
    currency_to_body,
    document_name,
    given,
    guid_from_text,
    metadata,
    party_name,
    party_to_body,
    plain,
)
from cuadra.dialects.siigo.mapping.invoices import (
    PUBLIC_URL,
    item_draft,
    item_to_body,
    payment_draft,
    payment_to_body,
    tax_to_body,
)
from cuadra.dialects.siigo.mapping.sectors import health_from_fields, health_to_fields
from cuadra.dialects.siigo.rules.base import day_from_text
from cuadra.trade.documents import (
    CreditNote,
    CreditNoteContent,
    CreditNoteDraft,
    NoteReason,
    OutsideInvoice,
)

MAIL_NOT_SENT = wire.MailOut("not_sent", "The credit note has not been sent by mail")
REASONS = {
    1: NoteReason.RETURN,
    2: NoteReason.CANCELLATION,
    3: NoteReason.REBATE,
    4: NoteReason.PRICE,
    5: NoteReason.OTHER,
    6: NoteReason.PROMPT_PAYMENT,
    7: NoteReason.VOLUME,
}
_NUMBERS = {reason: number for number, reason in REASONS.items()}


def draft_from_credit_note(body: wire.CreditNoteIn) -> CreditNoteDraft:
    """The credit note a body asks for."""
    return CreditNoteDraft(
        voucher_type=body.document.id if body.document else None,
        date=day_from_text(body.date),
        number=body.number,
        invoice=guid_from_text(body.invoice) if body.invoice else None,
        outside=_outside(body.invoice_data),
        party=party_name(body.customer),
        cost_centre=body.cost_center,
        currency=currency_draft(body.currency),
        seller=body.seller,
        reason=REASONS.get(body.reason or 0),
        observations=body.observations,
        retentions=[retention.id for retention in body.retentions or []],
        items=[item_draft(item) for item in body.items or []],
        payments=[payment_draft(payment) for payment in body.payments or []],
        health=health_from_fields(body.healthcare_company),
        refused=["stamp.send"] if body.stamp is not None and body.stamp.send else [],
    )


def _outside(body: wire.InvoiceDataIn | None) -> OutsideInvoice | None:
    if body is None:
        return None
    return OutsideInvoice(
        prefix=body.prefix or None,
        number=body.number,
        date=day_from_text(body.date),
        cufe=body.cufe or None,
    )


def credit_note_to_body(note: CreditNote, catalog: Catalog) -> wire.CreditNoteOut:
    """A credit note as the vendor shows it."""
    voucher_type = catalog.voucher_types[note.voucher_type]
    content = note.content
    foreign = note.exchange_rate is not None
    assert note.party is not None
    return wire.CreditNoteOut(
        id=str(note.id),
        document=wire.IdOut(note.voucher_type),
        number=note.number,
        name=document_name(voucher_type, note.number),
        date=note.date.isoformat(),
        invoice=_invoice(content, catalog) or UNSET,
        customer=party_to_body(note.party),
        cost_center=given(note.cost_centre),
        currency=currency_to_body(note.currency, note.exchange_rate) if foreign else UNSET,
        reason=UNSET if content.reason is None else _NUMBERS[content.reason],
        retentions=[tax_to_body(tax) for tax in content.retentions] or UNSET,
        total=plain(note.total),
        seller=given(content.seller),
        observations=given(content.observations),
        mail=MAIL_NOT_SENT,
        items=[item_to_body(item, catalog) for item in content.items],
        payments=[payment_to_body(payment) for payment in content.payments],
        healthcare_company=health_to_fields(content.health),
        public_url=PUBLIC_URL + note.id.hex,
        metadata=metadata(note.created_at, note.updated_at),
    )


def _invoice(content: CreditNoteContent, catalog: Catalog) -> wire.CreditedInvoiceOut | None:
    invoice = content.invoice
    if invoice is None:
        return None
    name = document_name(catalog.voucher_types[invoice.voucher_type], invoice.number)
    return wire.CreditedInvoiceOut(str(invoice.id), name)
