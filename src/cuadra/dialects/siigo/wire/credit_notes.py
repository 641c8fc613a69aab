"""Credit notes."""

from decimal import Decimal

from msgspec import UNSET, UnsetType

from cuadra.dialects.siigo.wire.base import (
    Consecutive,
    CurrencyIn,
    CurrencyOut,
    Id,
    IdIn,
    IdOut,
    MetadataOut,
    PartyOut,
    Request,
    Response,
)
from cuadra.dialects.siigo.wire.invoices import (
    AppliedTaxOut,
    HealthFields,
    ItemIn,
    ItemOut,
    MailOut,
    PaymentIn,
    PaymentOut,
    SendIn,
)
from cuadra.dialects.siigo.wire.journals import PartyIn


class InvoiceDataIn(Request):
    """An invoice that is not in the vendor's books."""

    date: str | None = None
    prefix: str | None = None
    number: Consecutive | None = None
    cufe: str | None = None


class CreditNoteIn(Request):
    """Body of POST /v1/credit-notes."""

    document: IdIn | None = None
    number: Consecutive | None = None
    date: str | None = None
    invoice: str | None = None
    invoice_data: InvoiceDataIn | None = None
    customer: PartyIn | None = None
    cost_center: Id | None = None
    currency: CurrencyIn | None = None
    seller: Id | None = None
    reason: Id | None = None
    retentions: list[IdIn] | None = None
    observations: str | None = None
    stamp: SendIn | None = None
    mail: SendIn | None = None
    items: list[ItemIn] | None = None
    payments: list[PaymentIn] | None = None
    healthcare_company: HealthFields | None = None


class CreditedInvoiceOut(Response):
    """The invoice a note is about."""

    id: str
    name: str


class CreditNoteOut(Response, kw_only=True):
    """A credit note."""

    id: str
    document: IdOut
    number: int
    name: str
    date: str
    invoice: CreditedInvoiceOut | UnsetType = UNSET
    customer: PartyOut
    cost_center: int | UnsetType = UNSET
    currency: CurrencyOut | UnsetType = UNSET
    reason: int | UnsetType = UNSET
    retentions: list[AppliedTaxOut] | UnsetType = UNSET
    total: Decimal
    seller: int | UnsetType = UNSET
    observations: str | None | UnsetType = UNSET
    mail: MailOut
    items: list[ItemOut]
    payments: list[PaymentOut]
    healthcare_company: HealthFields | UnsetType = UNSET
    public_url: str
    metadata: MetadataOut
