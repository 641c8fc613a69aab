"""What all mappings share: how numbers, instants, parties and names are written. Pure."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from msgspec import UNSET, UnsetType

from cuadra.catalog.records import (
    VoucherKind,
    VoucherType,
)
from cuadra.catalog.third_parties import PartyName, PartyReference
from cuadra.dialects.siigo import wire
from cuadra.trade.documents import (
    CurrencyDraft,
)

T = TypeVar("T")
KIND_LETTERS = {
    VoucherKind.SALES_INVOICE: "FV",
    VoucherKind.CREDIT_NOTE: "NC",
    VoucherKind.PURCHASE: "FC",
    VoucherKind.SUPPORT_DOCUMENT: "FC",
    VoucherKind.CASH_RECEIPT: "RC",
    VoucherKind.PAYMENT_RECEIPT: "RP",
    VoucherKind.JOURNAL: "CC",
    VoucherKind.QUOTATION: "C",
}


def plain(value: Decimal) -> Decimal:
    """A number with no trailing zeros and no exponent, as it is to be written.

    >>> str(plain(Decimal("100.00"))), str(plain(Decimal("0.10")))
    ('100', '0.1')
    """
    short = value.normalize()
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else short + 0


def timestamp(instant: datetime) -> str:
    """An instant as the vendor writes it: UTC, milliseconds.

    >>> timestamp(datetime(2020, 6, 15, 3, 33, 17, 208000, UTC))
    '2020-06-15T03:33:17.208Z'
    """
    utc = instant.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def metadata(created_at: datetime, updated_at: datetime | None) -> wire.MetadataOut:
    """When a resource was made, and when it was last changed if it ever was."""
    return wire.MetadataOut(
        created=timestamp(created_at),
        last_updated=UNSET if updated_at is None else timestamp(updated_at),
    )


def given(value: T | None) -> T | UnsetType:
    """A member that stays away when there is nothing to say."""
    return UNSET if value is None else value


def by_word(words: dict[T, str], text: str | None, default: T) -> T:
    """The member a vendor's word stands for, in any case; the default for none or an unknown one."""
    return next(
        (key for key, word in words.items() if word.lower() == (text or "").lower()), default
    )


def party_name(body: wire.CustomerIn | wire.PartyIn | None) -> PartyName | None:
    """The natural key of a third party, when the body names one."""
    if body is None or not body.identification:
        return None
    return PartyName(body.identification, body.branch_office or 0)


def currency_draft(body: wire.CurrencyIn | None) -> CurrencyDraft | None:
    """The foreign currency a body asks for."""
    if body is None:
        return None
    return CurrencyDraft(code=body.code, exchange_rate=body.exchange_rate)


def document_name(voucher_type: VoucherType, number: int) -> str:
    """What people call a document: letters, code and number (`FV-2-22`)."""
    letters = KIND_LETTERS.get(voucher_type.kind, "")
    return f"{letters}-{voucher_type.code}-{number}"


def party_to_body(party: PartyReference) -> wire.PartyOut:
    """A third party as documents show it."""
    return wire.PartyOut(str(party.guid), party.identification, party.branch)


def currency_to_body(code: str, rate: Decimal | None) -> wire.CurrencyOut:
    """A foreign currency as documents show it."""
    return wire.CurrencyOut(code, plain(rate or Decimal(1)))


def guid_from_text(text: str) -> UUID | None:
    """The id of a path, or None when it is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None
