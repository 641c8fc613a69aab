"""The columns of the vendor's two models of movements, and what a caption in a workbook means.

The general model has 123 columns in a company without extra modules, the basic one 33, as programs that
write them have copied them. Some of those columns are not in the connector's page: they are written
empty. Fields of the page that are not in a model, most of them of modules, follow behind it, so that its
own columns are where the vendor has them.

Captions are known by their letters and digits only: accents, blanks, underscores, articles and the mark of
mandatory columns do not matter, because real files differ in them. Pure.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, NamedTuple

from cuadra.dialects.siigo_pyme.fields import fields
from cuadra.dialects.siigo_pyme.rows import mandatory
from cuadra.errors import CuadraError

TITLE = "MODELO PARA LA IMPORTACION DE MOVIMIENTO CONTABLE - MODELO {}"
GENERAL_MODEL, BASIC_MODEL = "GENERAL", "BÁSICO"
HEADER_WITHIN = 20  # rows from the top
# What a refused row says of itself, behind its columns.
WHY = ("FILA DEL ARCHIVO", "CAMPO CON ERROR", "CÓDIGO DEL ERROR", "MOTIVO DEL RECHAZO")
# The fields that are not in the general model, because they belong to modules.
BEYOND_GENERAL = (
    "cufe", "lot", "year_lot_expiration", "month_lot_expiration", "day_lot_expiration",
    "classification_1", "classification_2", "payroll_concept", "quantity_days_hours", "payment_type",
    "billing_concept", "property_group", "property_subgroup", "property_number",
)  # fmt: skip
# The fields that are not in the basic model, although the connector has them there.
BEYOND_BASIC = (
    "city_code", "zone_code", "canceled_voucher", "return_reason_code", "payment_method",
    "sequence_discount_3_value", "sequence_vat_value",
)  # fmt: skip
# Columns of the models that the connector does not have, behind the field they follow.
_FOREIGN = {
    "sugary_beverages_value": (
        "AÑO EXPEDICIÓN FACTURA", "MES EXPEDICIÓN FACTURA", "DÍA EXPEDICIÓN FACTURA",
        "RUTA DOCUMENTO",
    ),
    "sequence_total_excise_tax_value": ("IVA COMO MAYOR VALOR DE LA COMPRA",),
}  # fmt: skip
_FOREIGN_BASIC = {"consecutive_of_order_reference": ("RUTA DOCUMENTO",)}
_MARKED_BASIC = frozenset(
    {
        "voucher_type", "voucher_code", "sequence_value", "document_year", "document_month",
        "document_day", "sequence", "cost_center", "sub_cost_center", "nit", "branch",
        "product_line", "product_group", "product_code", "quantity", "warehouse_code",
        "location_code",
    }
)  # fmt: skip
# The program's own files have so many blanks before the mark.
_BLANKS = {"voucher_code": 2, "accounting_account": 3, "sequence_value": 3}
_ALIASES = {
    "CANTIDAD2": "quantity_two",
    "SECUENCIAGRAVADAOEXENTA": "taxable_or_exempt_sequence",
    "INCOTERM": "inconterm",
}
_ARTICLES = frozenset({"DE", "DEL", "EL", "LA", "LAS", "LOS"})
_MARK = re.compile(r"OBLIGATORI\w*")
_WORDS = re.compile(r"[A-Z0-9]+")


class Column(NamedTuple):
    """A column that is written: its caption, and its field if the connector has one."""

    caption: str
    reference: str | None


class Header(NamedTuple):
    """The row of captions, counted from 0, and what each column means.

    `others` are the columns that no field is read from, `repeated` those of them whose field has another
    column; `ours` say why a row was refused before.
    """

    row: int
    captions: Sequence[str]
    references: dict[int, str]
    others: dict[int, str]
    repeated: dict[int, int]
    ours: frozenset[int]


class Unreadable(CuadraError):
    """A file that movements cannot be read from."""


def columns(*, basic: bool) -> list[Column]:
    """The columns of a model, in order, and those of other fields behind them.

    >>> len(columns(basic=True)) - len(BEYOND_BASIC), len(columns(basic=False)) - len(BEYOND_GENERAL)
    (33, 123)
    >>> columns(basic=False)[3].caption
    'CUENTA CONTABLE   (OBLIGATORIO)'
    """
    known = fields("basic" if basic else "movement")
    marked: Collection[str] = _MARKED_BASIC if basic else mandatory()
    beyond = BEYOND_BASIC if basic else BEYOND_GENERAL
    foreign = _FOREIGN_BASIC if basic else _FOREIGN
    found = []
    for name in (one for one in known if one not in beyond):
        mark = " " * _BLANKS.get(name, 1) + "(OBLIGATORIO)" if name in marked else ""
        found.append(Column(known[name].caption + mark, name))
        found += [Column(caption, None) for caption in foreign.get(name, ())]
    return found + [Column(known[name].caption, name) for name in beyond]


def key_of(caption: str) -> str:
    """What two spellings of a caption have in common.

    >>> key_of("CÓDIGO  DE LA UBICACIÓN (OBLIGATORIO)"), key_of("codigo_de_la_ubicacion")
    ('CODIGOUBICACION', 'CODIGOUBICACION')
    """
    plain = unicodedata.normalize("NFKD", caption.upper())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = _WORDS.findall(_MARK.sub(" ", plain.replace("_", " ")))
    return "".join(word for word in words if word not in _ARTICLES)


@cache
def _references() -> dict[str, str]:
    return _ALIASES | {key_of(field.caption): name for name, field in fields().items()}


def is_basic(titles: Sequence[Sequence[Any]]) -> bool:
    """Whether the rows above the captions say that the model is the basic one."""
    return any("MODELOBASICO" in key_of(str(cell)) for row in titles for cell in row if cell)


def year_of(titles: Sequence[Sequence[Any]]) -> int | None:
    """The year of the period above the captions.

    >>> year_of([["De : ENE  1/2026   A : DIC 31/2026"]])
    2026
    """
    for row in titles:
        for cell in row:
            if found := re.match(r"\s*De\s*:.*?/\s*((?:19|2\d)\d\d)\b", str(cell), re.IGNORECASE):
                return int(found[1])
    return None


def find_header(rows: Sequence[Sequence[Any]]) -> Header:
    """The header among the first rows of a sheet. Raises `Unreadable`."""
    best: Header | None = None
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        header = _header(number, [str(cell) for cell in row])
        if best is None or len(header.references) > len(best.references):
            best = header
    basic = best is not None and is_basic(rows[: best.row])
    needed = {name: fields()[name].caption for name in mandatory("basic" if basic else "movement")}
    found = set(best.references.values()) if best else set()
    missing = [caption for name, caption in needed.items() if name not in found]
    if best is None or len(missing) == len(needed):
        raise Unreadable(
            f"no row of captions in the first {HEADER_WITHIN} rows; looked for {', '.join(needed.values())}"
        )
    if missing:
        raise Unreadable(f"row {best.row + 1} has no column {', '.join(missing)}")
    _check_repeated(best)
    return best


def _header(number: int, captions: list[str]) -> Header:
    """What a row means if it is the one of captions."""
    references: dict[int, str] = {}
    others, repeated, ours = {}, {}, set()
    places: dict[str, int] = {}
    why = {key_of(caption) for caption in WHY}
    for place, caption in enumerate(captions):
        key = key_of(caption)
        reference = _references().get(key)
        if reference is not None and reference not in places:
            places[reference] = place
            references[place] = reference
        elif key in why:
            ours.add(place)
        else:
            others[place] = caption.strip()
            if reference is not None:
                repeated[place] = places[reference]
    return Header(number, captions, references, others, repeated, frozenset(ours))


def _check_repeated(header: Header) -> None:
    """A field has one column; only the vendor's own page has one twice. Raises `Unreadable`."""
    for place, first in header.repeated.items():
        if header.references[first] != "day_release_date":
            where = f"{column_name(first)} and {column_name(place)}"
            raise Unreadable(f"columns {where} are both {header.others[place]}; leave one of them")


def column_name(place: int) -> str:
    """The letters of a column.

    >>> column_name(0), column_name(25), column_name(26), column_name(122)
    ('A', 'Z', 'AA', 'DS')
    """
    name = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, 26)
        name = chr(65 + letter) + name
    return name
