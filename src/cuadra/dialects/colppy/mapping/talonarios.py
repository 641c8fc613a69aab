"""Talonarios: the vendor's numbered series, which are the company's voucher types.

A voucher type named `{type: FAV, prefix: "0001", code: A}` numbers the sales invoices A of point of sale 0001. `type` is
FAV, NCV, NDV, FAC, NCC, NDC, cobro or pago; `code` the letter, empty for receipts and payments, which have none. A cash sale (FVC)
takes the numbers of FAV, as the law has one series for both.
"""

from typing import Any

from cuadra.catalog.records import VoucherType
from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.colppy.settings import DIALECT

RECEIPT = "cobro"
PAYMENT = "pago"
NUMBER_DIGITS = 8
NUMBER_MAX = 10**NUMBER_DIGITS - 1
_SHARED = {"FVC": "FAV", "FCC": "FAC"}
DOCUMENTS = {
    "1": "FAC",
    "2": "NCC",
    "3": "NDC",
    "4": "FAV",
    "5": "NCV",
    "6": "NDV",
    "7": "FCC",
    "8": "FVC",
}
LETTERS = {
    "0": "A",
    "1": "B",
    "2": "C",
    "3": "E",
    "4": "Z",
    "5": "I",
    "6": "M",
    "7": "X",
    "8": "T",
}
_DESCRIPTIONS = {
    "FAV": "Facturas",
    "NDV": "Notas de Débito",
    "NCV": "Notas de Crédito",
    RECEIPT: "Recibos",
    PAYMENT: "Ordenes de Pago",
}
_FLAGS = {"FAV": "facturaVenta", "NDV": "nd", "NCV": "nc", PAYMENT: "op", RECEIPT: "recibo"}


def prefix_from_text(text: str) -> str:
    """A point of sale with four digits, however many zeros it has; empty for none, which is also what `"0"` means.

    >>> prefix_from_text("1"), prefix_from_text("00001"), prefix_from_text("0")
    ('0001', '0001', '')
    """
    return text.lstrip("0").zfill(4) if text.strip("0") else ""


def document_from_text(text: str) -> str | None:
    """A kind of documents by its number or its letters, in any case; None for anything else.

    >>> document_from_text("4"), document_from_text("ncv"), document_from_text("x")
    ('FAV', 'NCV', None)
    """
    known = {name.lower(): name for name in (*DOCUMENTS.values(), RECEIPT, PAYMENT)}
    return DOCUMENTS.get(text) or known.get(text.lower())


def letter_from_text(text: str) -> str:
    """The letter of a paper by itself or by its number.

    >>> letter_from_text("b"), letter_from_text("7")
    ('B', 'X')
    """
    return LETTERS.get(text, text.upper())


def list_talonarios(catalog: Catalog, document: str | None = None) -> list[VoucherType]:
    """The active voucher types with a prefix at this door, of one document or of all, the default of each first."""
    wanted = None if document is None else _SHARED.get(document, document)
    return [
        one
        for one in catalog.voucher_types.values()
        if one.active and (name := one.names.get(DIALECT)) is not None and name.prefix
        if wanted is None or name.type == wanted
    ]


def find_talonario(
    catalog: Catalog, document: str, prefix: str = "", letter: str = ""
) -> VoucherType | None:
    """The voucher type of a document with this prefix and letter; the first one where no prefix is given.

    A series without a letter, as outside Argentina, is for papers of any letter.
    """
    for one in list_talonarios(catalog, document):
        name = one.names[DIALECT]
        if prefix in ("", name.prefix) and name.code.upper() in ("", letter.upper()):
            return one
    return None


def number_text(number: int) -> str:
    """A number with its eight digits."""
    return f"{number:0{NUMBER_DIGITS}}"


def full_number(voucher_type: VoucherType, number: int) -> str:
    """How papers are called: point of sale and number (`0001-00000217`)."""
    name = voucher_type.names.get(DIALECT)
    return f"{name.prefix if name and name.prefix else '0000'}-{number_text(number)}"


def row_from_talonario(
    voucher_type: VoucherType, next_number: int, *, company_id: int, default: bool
) -> dict[str, Any]:
    """A row of Empresa/leer_numero_recibo and its like; everything is text."""
    name = voucher_type.names[DIALECT]
    flags = dict.fromkeys(("facturaVenta", "nd", "nc", "op", "fe", "remito", "recibo"), "")
    if name.type in _FLAGS:
        flags[_FLAGS[name.type]] = "1"
    return {
        "idTalonario": str(voucher_type.id),
        "idEmpresa": str(company_id),
        "descripcion": _description(voucher_type),
        "prefijo": name.prefix,
        "numeroDesde": number_text(1),
        "numeroHasta": number_text(NUMBER_MAX),
        "proximoNum": number_text(next_number),
        "metodoNum": "1",
        **flags,
        "talonarioDefault": "1" if default else "0",
    }


def resolution_from_talonario(voucher_type: VoucherType, next_number: int) -> dict[str, Any]:
    """A row of Empresa/listar_resoluciones."""
    name = voucher_type.names[DIALECT]
    return {
        "idResolucion": str(voucher_type.id),
        "prefijo": name.prefix,
        "proximoNum": number_text(next_number),
        "descripcion": _description(voucher_type),
    }


def _description(voucher_type: VoucherType) -> str:
    """What the papers of a series are called, with their letter."""
    name = voucher_type.names[DIALECT]
    return f"{_DESCRIPTIONS.get(name.type, voucher_type.name)} {name.code}".rstrip()
