"""Documents to drafts of entries, and entries to documents.

A line on an account of dues names its due by the cross (`crucePrefijo`, `cruceNumero`, `cuota`); without
one it is the document's own. What the books cannot give back as it was sent stays with the line.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from cuadra.catalog.records import Account, VoucherType
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.third_parties import PartyName
from cuadra.dialects.serpi import wire
from cuadra.dialects.serpi.settings import DIALECT
from cuadra.trade.documents import OFFERS
from cuadra.trade.entries import EntryDraft, EntryDue, EntryLineDraft
from cuadra.trade.entry_reading import Entry, EntryLine
from cuadra.trade.totals import EXACT

FIVE_DECIMALS = Decimal("0.00001")
NO_BASE = Decimal(0).quantize(FIVE_DECIMALS)
DIGITS_MAX = 40  # more than an amount has
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Crosswalk(msgspec.Struct, frozen=True):
    """How this dialect names a company's voucher types and the dues they open.

    `types` is by category and prefix in upper case; `due_prefixes` leads from this dialect's prefix to
    that of the dues, `prefixes` back.
    """

    by_id: dict[int, VoucherType]
    types: dict[tuple[str, str], VoucherType]
    due_prefixes: dict[str, str]
    prefixes: dict[str, str]


def crosswalk_from_catalog(catalog: Catalog) -> Crosswalk:
    """The voucher types that have a name here; offers are no accounting and have none."""
    crosswalk = Crosswalk({}, {}, {}, {})
    for voucher_type in catalog.voucher_types.values():
        name = voucher_type.names.get(DIALECT)
        if name is None or voucher_type.kind in OFFERS:
            continue
        crosswalk.by_id[voucher_type.id] = voucher_type
        crosswalk.types[name.type.upper(), name.prefix.upper()] = voucher_type
        if voucher_type.due_prefix and name.prefix:
            crosswalk.due_prefixes.setdefault(name.prefix.upper(), voucher_type.due_prefix)
            crosswalk.prefixes.setdefault(voucher_type.due_prefix, name.prefix)
    return crosswalk


def text_from_code(value: wire.Code | None) -> str:
    """A name that may have come as a number, without blanks around it.

    >>> text_from_code(" COM "), text_from_code(900123456), text_from_code(None)
    ('COM', '900123456', '')
    """
    return "" if value is None else str(value).strip()


def day_from_text(text: str | None) -> date | None:
    """A day written as YYYY-MM-DD; None for anything else.

    >>> day_from_text("2023-03-01"), day_from_text("20230301"), day_from_text("2023-02-30")
    (datetime.date(2023, 3, 1), None, None)
    """
    if text is None or not DAY.fullmatch(text.strip()):
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def type_of_document(body: wire.DocumentIn, crosswalk: Crosswalk) -> VoucherType | None:
    """The voucher type that category and prefix name together, in any case."""
    category = text_from_code(body.categoria_documento).upper()
    return crosswalk.types.get((category, text_from_code(body.prefijo).upper()))


def draft_from_document(
    body: wire.DocumentIn,
    crosswalk: Crosswalk,
    accounts: dict[str, Account],
    branches: dict[int, PartyName],
) -> EntryDraft:
    """The entry a document asks for. `rules.document_problems` has found nothing wrong with it."""
    voucher_type = type_of_document(body, crosswalk)
    return EntryDraft(
        voucher_type=voucher_type.id if voucher_type else None,
        number=body.numero_doc,
        date=day_from_text(body.fecha_documento),
        party=PartyName(text_from_code(body.nit_tercero_enc)),
        lines=[
            _line_draft(detail, body, voucher_type, crosswalk, accounts, branches)
            for detail in body.detalles or []
        ],
    )


def _line_draft(
    detail: wire.DetailIn,
    body: wire.DocumentIn,
    voucher_type: VoucherType | None,
    crosswalk: Crosswalk,
    accounts: dict[str, Account],
    branches: dict[int, PartyName],
) -> EntryLineDraft:
    code = text_from_code(detail.cuenta)
    party = PartyName(text_from_code(detail.nit_tercero_det))
    if detail.id_sucursal:
        party = branches.get(detail.id_sucursal, party)
    amount = _without_zeros(detail.valor)
    if amount is not None and is_credit(detail):
        amount = -amount
    account = accounts.get(code)
    due = None
    if account is not None and account.due is not None:
        due = _due(detail, body, voucher_type, crosswalk)
    return EntryLineDraft(
        account=code,
        amount=amount,
        party=party,
        description=text_from_code(detail.detalle),
        cost_centre=detail.id_subcentro_costo or None,
        operation_centre=detail.id_centro_operacion or None,
        project=detail.id_proyecto or None,
        activity=detail.id_actividad or None,
        due=due,
        tax_base=_without_zeros(detail.base_impuesto) or None,
        extra=_extra(detail, always=due is not None),
    )


def _without_zeros(amount: Decimal | None) -> Decimal | None:
    """The same amount without the zeros after its fifth decimal, of which the database holds only so many."""
    if amount is None or len(amount.as_tuple().digits) < DIGITS_MAX:
        return amount
    return amount.quantize(FIVE_DECIMALS, context=EXACT)


def is_credit(detail: wire.DetailIn) -> bool:
    """Whether a line is on the credit side."""
    return (detail.naturaleza or "").strip().upper() == "C"


def _due(
    detail: wire.DetailIn,
    body: wire.DocumentIn,
    voucher_type: VoucherType | None,
    crosswalk: Crosswalk,
) -> EntryDue:
    """The due a line moves: the one of its cross, or the document's own."""
    own_prefix = text_from_code(body.prefijo).upper()
    if voucher_type is not None:
        own_prefix = voucher_type.due_prefix or voucher_type.names[DIALECT].prefix or own_prefix
    prefix, number = own_prefix, body.numero_doc or 0
    if detail.cruce_numero:
        cross = text_from_code(detail.cruce_prefijo)
        named_own = voucher_type is not None and (
            cross.upper() == voucher_type.names[DIALECT].prefix.upper()
        )
        prefix = own_prefix if named_own else crosswalk.due_prefixes.get(cross.upper(), cross)
        number = detail.cruce_numero
    return EntryDue(
        prefix=prefix,
        consecutive=number,
        quote=detail.cuota or 1,
        date=day_from_text(detail.fecha_vencimiento),
        own=(prefix, number) == (own_prefix, body.numero_doc),
    )


def _extra(detail: wire.DetailIn, *, always: bool) -> dict[str, Any] | None:
    """Cross, due date and instalment as they were sent, to be given back so.

    With `always` also when nothing was sent: a due would otherwise be shown in their place.
    """
    sent: dict[str, Any] = {}
    if prefix := text_from_code(detail.cruce_prefijo):
        sent["crucePrefijo"] = prefix
    if detail.cruce_numero:
        sent["cruceNumero"] = detail.cruce_numero
    if (day := day_from_text(detail.fecha_vencimiento)) is not None:
        sent["fechaVencimiento"] = day.isoformat()
    if detail.cuota:
        sent["cuota"] = detail.cuota
    return {DIALECT: sent} if sent or always else None


def document_from_entry(entry: Entry, crosswalk: Crosswalk) -> wire.DocumentOut:
    """A voucher as this dialect shows it, whichever door wrote it.

    One without a third party of its own, such as a journal, shows its first line's: it must be able to
    come back, and this dialect asks for one.
    """
    name = crosswalk.by_id[entry.voucher_type].names[DIALECT]
    head: Entry | EntryLine = entry
    if not entry.party:
        head = next((line for line in entry.lines if line.party), entry)
    return wire.DocumentOut(
        entry.serial,
        name.type,
        name.prefix,
        entry.number,
        head.party or None,
        head.party_name or None,
        entry.date.isoformat(),
        [_detail(line, crosswalk) for line in entry.lines],
    )


def _detail(line: EntryLine, crosswalk: Crosswalk) -> wire.DetailOut:
    """One line; members by position, because there may be a hundred thousand."""
    prefix, number, day, quote = _cross(line, crosswalk)
    base = line.tax_base
    return wire.DetailOut(
        code_from_text(line.account),
        line.party or None,
        line.party_name or None,
        "C" if line.amount < 0 else "D",
        prefix,
        number,
        day,
        abs(line.amount).quantize(FIVE_DECIMALS),
        base.quantize(FIVE_DECIMALS) if base else NO_BASE,
        quote,
        line.description or None,
        line.cost_centre,
        line.operation_centre,
        line.project,
        line.activity,
        line.party_id if line.branch else None,
    )


def _cross(line: EntryLine, crosswalk: Crosswalk) -> tuple[str | None, int | None, str | None, int]:
    """Cross and instalment as they were sent here, or of the due that another door moved.

    The first instalment is 0, as where there are none.
    """
    sent = line.extra.get(DIALECT) if line.extra else None
    if sent is not None:
        return (
            sent.get("crucePrefijo"),
            sent.get("cruceNumero"),
            sent.get("fechaVencimiento"),
            sent.get("cuota", 0),
        )
    if line.due_prefix is None:
        return None, None, None, 0
    quote = line.due_quote or 0
    return (
        crosswalk.prefixes.get(line.due_prefix, line.due_prefix),
        line.due_consecutive,
        line.due_date.isoformat() if line.due_date else None,
        quote if quote > 1 else 0,
    )


def code_from_text(code: str) -> wire.Code:
    """An account as a number where its code is one.

    >>> code_from_text("52954501"), code_from_text("11A"), code_from_text("0110")
    (52954501, '11A', '0110')
    """
    return int(code) if code.isascii() and code.isdigit() and code[0] != "0" else code
