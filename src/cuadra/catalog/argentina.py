"""Argentina's code tables as typed values: conditions before IVA, and provinces by any of their names.

The facts live in `cuadra/data/*_ar.csv`. What dialects call a condition is a value of that table, under the
dialect's name. A lookup of something unknown answers None.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import msgspec

from cuadra.catalog.tables import fold, list_rows

_OF_DIALECT = "_code"  # ends the name of a column with what a dialect calls it


class IvaCondition(msgspec.Struct, frozen=True, kw_only=True):
    """What a taxpayer is before IVA (ARCA, RG 5616). `codes` is what dialects call it, by dialect.

    `classes` are the letters of the vouchers such a customer gets; one that is not `current` is of old records.
    """

    code: str
    name: str
    classes: tuple[str, ...]
    current: bool
    codes: Mapping[str, str]


class Province(msgspec.Struct, frozen=True, kw_only=True):
    """A province: its ISO 3166-2 letter, and what the Comisión Arbitral and ARCA call it."""

    code: str
    name: str
    jurisdiction: str
    arca_code: str


def list_iva_conditions() -> tuple[IvaCondition, ...]:
    """All conditions before IVA, in order of ARCA's code."""
    return tuple(_conditions().values())


def find_iva_condition(code: str) -> IvaCondition | None:
    """A condition before IVA by ARCA's code.

    >>> find_iva_condition("6").name
    'Responsable Monotributo'
    """
    return _conditions().get(code)


def find_iva_condition_of(dialect: str, code: str) -> IvaCondition | None:
    """A condition before IVA by what a dialect calls it."""
    return next((one for one in list_iva_conditions() if one.codes.get(dialect) == code), None)


def list_provinces() -> tuple[Province, ...]:
    """All provinces, in order of their jurisdiction for gross income tax."""
    return tuple(_provinces().values())


def find_province(code: str) -> Province | None:
    """A province by its ISO 3166-2 letter."""
    return _provinces().get(code)


def find_province_named(text: str) -> Province | None:
    """A province by a name, its letter or its jurisdiction (901 to 924), in any case and without accents.

    >>> [find_province_named(text).code for text in ("cordoba", "CABA", "902", "tierra del fuego", "T")]
    ['X', 'C', 'B', 'V', 'T']
    """
    return _provinces().get(_province_keys().get(fold(text), ""))


@cache
def _conditions() -> Mapping[str, IvaCondition]:
    return MappingProxyType(
        {
            row["code"]: IvaCondition(
                code=row["code"],
                name=row["name"],
                classes=tuple(row["voucher_classes"].split("/")) if row["voucher_classes"] else (),
                current=row["current"] == "Y",
                codes={
                    column.removesuffix(_OF_DIALECT): value
                    for column, value in row.items()
                    if column.endswith(_OF_DIALECT) and value
                },
            )
            for row in list_rows("iva_conditions_ar")
        }
    )


@cache
def _provinces() -> Mapping[str, Province]:
    return MappingProxyType(
        {
            row["code"]: Province(
                code=row["code"],
                name=row["name"],
                jurisdiction=row["iibb_jurisdiction"],
                arca_code=row["arca_code"],
            )
            for row in list_rows("provinces_ar")
        }
    )


@cache
def _province_keys() -> Mapping[str, str]:
    """Everything a province goes by, folded, and its letter."""
    keys = {fold(row["name"]): row["code"] for row in list_rows("province_names_ar")}
    for province in _provinces().values():
        for key in (province.code, province.jurisdiction, province.name):
            keys[fold(key)] = province.code
    return MappingProxyType(keys)
