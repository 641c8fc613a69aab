"""The fields of rows: what each is called, holds, and is when it holds nothing.

The facts are in tables: `movement_fields.csv` with one row for each reference of the vendor's page (which
lists `day_release_date` twice), `basic_fields.csv` with those of them that its basic model has, `third_fields.csv`
and `extra_document_fields.csv` with what is known of the pages of third parties and of documents without accounting, and
what is inferred. `documented_type` is the page's, where it is known; what is `kept` becomes a fact of the books, so that
wrong is wrong in every profile; `model` is what the vendor's Excel model takes:

    letter        one upper-case letter          voucher       letter, dash, three digits (F-001)
    choice:S/N    one of these letters           day, time     AAAAMMDD, HHMMSS
    range:1-250   a number between               hex:96        so many hexadecimal digits
    digits:4      a number of so many digits     text:50       so many characters
    decimals:2    a number of so many decimals, and with a third part so many characters in all

Nothing here decides how strictly they are read; that is `rows`.
"""

import csv
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

import msgspec

Documented = Literal["string", "number", "unknown"]
Table = Literal["movement", "basic", "third", "extra_document"]
INCOMPLETE: frozenset[Table] = frozenset({"third", "extra_document"})
"""The tables of which the vendor's page has more: what they do not know may be right all the same."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field: `reference` on the wire, `caption` in the vendor's model. `neutral` is as in the model."""

    reference: str
    caption: str
    documented_type: Documented
    mandatory: bool
    kept: bool
    model: str
    neutral: str
    group: str
    note: str

    @property
    def form(self) -> str:
        """The first part of `model`: what kind of value it is."""
        return self.model.partition(":")[0]

    @property
    def bounds(self) -> list[str]:
        """The other parts of `model`."""
        return self.model.split(":")[1:]

    @property
    def empty(self) -> str | int | None:
        """What a read answers where a row has nothing.

        >>> [fields()[name].empty for name in ("nit", "month_release_date", "lot", "product_code")]
        [0, '0', '', None]
        """
        if self.documented_type == "number":
            return int(self.neutral) if self.neutral else None
        return 0 if self.documented_type == "unknown" and self.neutral == "0" else self.neutral


@cache
def empty_row(table: Table = "movement") -> MappingProxyType[str, str | int | None]:
    """A row that has nothing, with every field of a table."""
    return MappingProxyType({field.reference: field.empty for field in fields(table).values()})


@cache
def fields(table: Table = "movement") -> MappingProxyType[str, Field]:
    """The fields of a table by reference, in the vendor's order.

    >>> len(fields()), fields()["nit"].caption, fields()["sequence"].model
    (132, 'NIT', 'range:1-250')
    """
    source = files("cuadra.dialects.siigo_pyme").joinpath(f"{table}_fields.csv")
    flags = ("mandatory", "kept")
    read = [
        msgspec.convert(row | {flag: row[flag] == "Y" for flag in flags}, Field)
        for row in csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    ]
    return MappingProxyType({field.reference: field for field in read})
