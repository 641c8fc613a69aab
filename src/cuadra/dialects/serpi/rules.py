"""What a request can be told wrong by itself, before the books are asked.

Each function returns problems in the order of the members; `errors` has the sentences. Pure. What only
the books know (accounts, balances, periods, numbers taken) is the business of `trade`.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from cuadra.catalog import tables
from cuadra.catalog.records import Address, PersonKind, ThirdParty
from cuadra.catalog.third_parties import PartyName
from cuadra.dialects.serpi import wire
from cuadra.dialects.serpi.mapping.documents import (
    FIVE_DECIMALS,
    Crosswalk,
    day_from_text,
    text_from_code,
    type_of_document,
)
from cuadra.dialects.serpi.mapping.third_parties import KINDS, PERSONS
from cuadra.errors import Problem, inactive, required, unknown
from cuadra.trade.entries import LINES_MAX
from cuadra.trade.totals import TOTAL_MAX
from cuadra.trade.validation import NUMBER_MAX

DETAIL_MAX = 1000
TEXT_MAX = 200
PARTY_TEXTS = ("nombres", "apellidos", "razonsocial", "nombrecomercial", "direccion", "telefono")
PREFIX_MAX = 20
QUOTE_MAX = 9999
BOUND_MAX = 2**63 - 1  # of a range; clients send the largest number they know

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,20}")


def unusable_value(body: msgspec.Struct) -> bool:
    """Whether some text in a body holds a NUL, which no database keeps."""
    return any("\0" in text for text in _texts(body))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name))
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)


def document_problems(
    body: wire.DocumentIn, crosswalk: Crosswalk, branches: dict[int, PartyName]
) -> list[Problem]:
    """Everything wrong with a document to create."""
    named = {"categoriaDocumento": body.categoria_documento, "prefijo": body.prefijo}
    problems = [required(field) for field, code in named.items() if not text_from_code(code)]
    if not problems:
        name = f"{text_from_code(body.categoria_documento)}-{text_from_code(body.prefijo)}"
        voucher_type = type_of_document(body, crosswalk)
        if voucher_type is None:
            problems.append(unknown("voucher_type", name))
        elif not voucher_type.active:
            problems.append(inactive("voucher_type", name))
    if body.numero_doc is None:
        problems.append(required("number"))
    elif not 0 < body.numero_doc <= NUMBER_MAX:
        problems.append(Problem("value", "number", "out of bounds", body.numero_doc))
    if not text_from_code(body.nit_tercero_enc):
        problems.append(required("party"))
    problems += _day_problems("date", body.fecha_documento, needed=True)
    if not body.detalles:
        problems.append(required("lines"))
    elif len(body.detalles) > LINES_MAX:
        problems.append(Problem("array", "lines", "too many lines", len(body.detalles)))
    else:
        for index, detail in enumerate(body.detalles):
            problems += _detail_problems(f"lines[{index}]", detail, branches)
    return problems


def _detail_problems(
    path: str, detail: wire.DetailIn, branches: dict[int, PartyName]
) -> list[Problem]:
    problems = []
    if not text_from_code(detail.cuenta):
        problems.append(required(f"{path}.account"))
    if not text_from_code(detail.nit_tercero_det):
        problems.append(required(f"{path}.party"))
    side = (detail.naturaleza or "").strip().upper()
    if not side:
        problems.append(required(f"{path}.side"))
    elif side not in ("D", "C"):
        problems.append(Problem("option", f"{path}.side", "D or C", detail.naturaleza))
    if detail.valor is None:
        problems.append(required(f"{path}.amount"))
    elif not is_amount(detail.valor):
        problems.append(Problem("amount", f"{path}.amount", "no amount", detail.valor))
    if detail.base_impuesto is not None and not is_amount(detail.base_impuesto):
        problems.append(Problem("amount", f"{path}.tax_base", "no amount", detail.base_impuesto))
    problems += _cross_problems(path, detail)
    if len(text_from_code(detail.detalle)) > DETAIL_MAX:
        problems.append(Problem("too_long", f"{path}.description", "too long", DETAIL_MAX))
    if detail.id_sucursal:
        branch = branches.get(detail.id_sucursal)
        if branch is None:
            problems.append(
                Problem("unknown", f"{path}.branch", "no such branch", detail.id_sucursal)
            )
        elif branch.identification != text_from_code(detail.nit_tercero_det):
            message = "a branch of another third party"
            problems.append(Problem("wrong_kind", f"{path}.branch", message, detail.id_sucursal))
    return problems


def _cross_problems(path: str, detail: wire.DetailIn) -> list[Problem]:
    """Prefix and number of a cross go together; its day is a day, its instalment a small number."""
    problems = []
    prefix = text_from_code(detail.cruce_prefijo)
    if bool(prefix) != bool(detail.cruce_numero):
        problems.append(required(f"{path}.due"))
    if len(prefix) > PREFIX_MAX:
        problems.append(Problem("too_long", f"{path}.due.prefix", "too long", PREFIX_MAX))
    if detail.cruce_numero is not None and not 0 <= detail.cruce_numero <= NUMBER_MAX:
        message = "out of bounds"
        problems.append(Problem("value", f"{path}.due.consecutive", message, detail.cruce_numero))
    problems += _day_problems(f"{path}.due.date", detail.fecha_vencimiento, needed=False)
    if detail.cuota is not None and not 0 <= detail.cuota <= QUOTE_MAX:
        problems.append(Problem("value", f"{path}.due.quote", "out of bounds", detail.cuota))
    return problems


def is_amount(value: Decimal) -> bool:
    """A finite amount, not negative, that the books can hold, of at most five decimals.

    >>> [is_amount(Decimal(text)) for text in ("67900.00000", "0", "-1", "0.000001", "NaN", "1E+400")]
    [True, True, False, False, False, False]
    """
    return value.is_finite() and 0 <= value <= TOTAL_MAX and not value % FIVE_DECIMALS


def _day_problems(field: str, text: str | None, *, needed: bool) -> list[Problem]:
    if not (text or "").strip():
        return [required(field)] if needed else []
    if day_from_text(text) is None:
        return [Problem("date", field, "not a day", text)]
    return []


def query_problems(body: wire.QueryIn) -> list[Problem]:
    """Everything wrong with a query: types and days must be given, bounds in order."""
    problems = [] if body.tipos_documentos else [required("tiposDocumentos")]
    return problems + _range_problems(body, numbers_needed=False)


def delete_problems(body: wire.DeleteIn) -> list[Problem]:
    """Everything wrong with a deletion: all of its members must be given, bounds in order."""
    problems = [] if body.id_tipo_documento is not None else [required("idTipoDocumento")]
    return problems + _range_problems(body, numbers_needed=True)


def _range_problems(body: wire.QueryIn | wire.DeleteIn, *, numbers_needed: bool) -> list[Problem]:
    problems = []
    low, high = body.numero_desde, body.numero_hasta
    for field, number in (("numeroDesde", low), ("numeroHasta", high)):
        if number is None and numbers_needed:
            problems.append(required(field))
        elif number is not None and not 0 <= number <= BOUND_MAX:
            problems.append(Problem("value", field, "out of bounds", number))
    if low is not None and high is not None and low > high:
        problems.append(Problem("range", "números", "reversed"))
    problems += _day_problems("fechaDesde", body.fecha_desde, needed=True)
    problems += _day_problems("fechaHasta", body.fecha_hasta, needed=True)
    start, end = day_from_text(body.fecha_desde), day_from_text(body.fecha_hasta)
    if _reversed(start, end):
        problems.append(Problem("range", "fechas", "reversed"))
    return problems


def _reversed(start: date | None, end: date | None) -> bool:
    return start is not None and end is not None and start > end


def third_party_problems(
    body: wire.ThirdPartyIn, party: ThirdParty, country: str, *, is_new: bool
) -> list[Problem]:
    """Everything wrong with a row of third parties; `party` is what it describes, `country` the company's."""
    problems = []
    if is_new and not text_from_code(body.tipoidentidad):
        problems.append(required("tipoidentidad"))
    id_type = tables.find_id_type(party.id_type, country)
    if id_type is None:
        problems.append(Problem("option", "tipoidentidad", "no such type", party.id_type))
    elif not id_type.accepts(party.identification):
        problems.append(
            Problem("format", "identificacion", "not of its type", party.identification)
        )
    if party.check_digit is not None and not re.fullmatch(r"\d", party.check_digit, re.ASCII):
        problems.append(Problem("format", "dv", "one digit", party.check_digit))
    for field, text, words in (
        ("tipopersona", body.tipopersona, PERSONS),
        ("tipotercero", body.tipotercero, KINDS),
    ):
        if (text or "").strip() and (text or "").strip().upper() not in words:
            problems.append(Problem("option", field, "not one of the words", text))
    if not any(party.name):
        is_company = party.person is PersonKind.COMPANY
        problems.append(required("razonsocial" if is_company else "nombres"))
    problems += _address_problems(party.address)
    email = (body.email or "").strip()
    if email and not EMAIL.fullmatch(email):
        problems.append(Problem("format", "email", "no address", email))
    long = [field for field in PARTY_TEXTS if len(text_from_code(getattr(body, field))) > TEXT_MAX]
    return problems + [Problem("too_long", field, "too long", TEXT_MAX) for field in long]


def _address_problems(address: Address | None) -> list[Problem]:
    """A place in Colombia has a municipality that exists, from which its department follows."""
    if address is None or address.country_code.upper() != "CO":
        return []
    if not address.city_code:
        return [required("codigociudad")]
    if tables.find_city(address.city_code) is None:
        return [unknown("codigociudad", address.city_code)]
    return []
