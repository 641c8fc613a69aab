"""The code tables of the package as typed values: charts, places, identifications, currencies.

The facts live in `cuadra/data/*.csv`; this module gives each of them a type and a lookup, read once
and kept. A lookup of something unknown answers None, because what that means is the caller's
business. Nothing here writes, asks the network or depends on a company.
"""

import csv
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from cuadra.catalog.records import Account, DueKind, Nature

CHARTS = ("puc_co", "chart_ar")
"""The built-in charts, by the name a company file gives under `chart:`."""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A code and the name the authority gives it."""

    code: str
    name: str


class City(msgspec.Struct, frozen=True, kw_only=True):
    """A Colombian municipality: DANE's five digits, of which two are the department's."""

    code: str
    name: str
    department_code: str
    department_name: str


class Currency(msgspec.Struct, frozen=True, kw_only=True):
    """A currency of ISO 4217. `decimals` is None where the standard gives none (metals, tests)."""

    code: str
    name: str
    decimals: int | None
    active: bool


class Identity(StrEnum):
    """Whom the identity of a credential names."""

    COMPANY = "company"
    USER = "user"


class SecretKind(StrEnum):
    """What a secret is: a random key, or a password that a person chose."""

    KEY = "key"
    PASSWORD = "password"  # noqa: S105 - a word


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """A door: its name, where it answers (empty where another's does), and how its credentials are given.

    Only those with `vouchers` have names of their own for voucher types. Where `issued` is not None,
    credentials are issued by us: each company has one identity there, or each user has one; `usage` then
    says how they are sent.
    """

    code: str
    name: str
    paths: str
    credential: str
    vouchers: bool
    secret: SecretKind
    issued: Identity | None
    usage: str


class ClosingAccounts(msgspec.Struct, frozen=True, kw_only=True):
    """What closing a year touches: the first digits of result accounts, and where the result goes."""

    classes: str
    profit: str
    loss: str


class IdTypeKind(StrEnum):
    """Which characters an identification of a type may have."""

    NUMERIC = "numeric"
    ALNUM = "alnum"


class IdType(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of identification and its rule of length, both ends included."""

    code: str
    name: str
    kind: IdTypeKind
    min_length: int
    max_length: int

    def accepts(self, identification: str) -> bool:
        """Whether the text has the characters and the length of this type.

        >>> find_id_type("13").accepts("13832081"), find_id_type("13").accepts("AB123")
        (True, False)
        """
        if not self.min_length <= len(identification) <= self.max_length:
            return False
        if not identification.isascii():
            return False
        if self.kind is IdTypeKind.NUMERIC:
            return identification.isdigit()
        return identification.replace("-", "").isalnum()


def find_chart(name: str) -> tuple[Account, ...] | None:
    """The accounts of a built-in chart in order of code, headings included; None if unknown.

    `puc_co` is the Colombian PUC (Decreto 2650 de 1993) plus this project's auxiliaries, and only
    its accounts of eight digits take movement. In `chart_ar` those of six digits do.

    >>> [account.name for account in find_chart("puc_co") if account.code == "11050501"]
    ['Caja general']
    """
    match name:
        case "puc_co":
            return _puc_co()
        case "chart_ar":
            return _chart_ar()
        case _:
            return None


def find_city(code: str) -> City | None:
    """A Colombian municipality by its DANE code.

    >>> find_city("19001").name
    'Popayán'
    """
    return _cities().get(code)


def list_cities() -> tuple[City, ...]:
    """All Colombian municipalities, in order of code."""
    return tuple(_cities().values())


def find_department(code: str) -> Named | None:
    """A Colombian department by its two digits."""
    return _named("departments_co").get(code)


def find_country(code: str) -> Named | None:
    """A country by its ISO 3166-1 code of two letters, in any case."""
    return _named("countries", "alpha2", "name_es").get(code.upper())


def find_country_named(name: str) -> Named | None:
    """A country by its Spanish name or its code of two letters, in any case and without accents.

    >>> find_country_named("PERU").code, find_country_named("ar").name
    ('PE', 'Argentina')
    """
    return find_country(name) or _countries_by_name().get(fold(name))


def fold(text: str) -> str:
    """A name as it is compared: without accents, case, or blanks too many.

    >>> fold("  Córdoba "), fold("ENTRE  RÍOS")
    ('cordoba', 'entre rios')
    """
    letters = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(plain.casefold().split())


def list_rows(table: str) -> tuple[Mapping[str, str], ...]:
    """The rows of a table of the package, for another module that gives them a type."""
    return _rows(table)


def find_currency(code: str) -> Currency | None:
    """A currency by its ISO 4217 code."""
    return _currencies().get(code)


def find_unit(code: str) -> Named | None:
    """A unit of measure by DIAN's code (UN/ECE Recommendation 20 with its own additions)."""
    return _named("units", "code", "name_es").get(code)


def find_id_type(code: str, country: str = "CO") -> IdType | None:
    """A type of identification as the country's tax authority codes it."""
    return _id_types().get(country, {}).get(code)


def list_id_types(country: str = "CO") -> tuple[IdType, ...]:
    """All types of identification of a country, in order of code."""
    return tuple(_id_types().get(country, {}).values())


def find_fiscal_responsibility(code: str, country: str = "CO") -> Named | None:
    """What a third party is to the tax authority.

    In Colombia a fiscal responsibility (DIAN annex 1.9, table 13.2.6.1). In Argentina a condition
    before IVA (ARCA, RG 5616), or the Colombian `R-99-PN`, which means that nothing applies.

    >>> find_fiscal_responsibility("1", "AR").name
    'IVA Responsable Inscripto'
    """
    condition = _named("iva_conditions_ar").get(code) if country == "AR" else None
    return condition or _named("fiscal_responsibilities_co").get(code)


def list_fiscal_responsibilities() -> tuple[Named, ...]:
    """All Colombian fiscal responsibilities."""
    return tuple(_named("fiscal_responsibilities_co").values())


def list_dialects(*, vouchers: bool = False) -> tuple[str, ...]:
    """The dialects a credential may name, or only those that have names for voucher types."""
    return tuple(door.code for door in _dialects().values() if door.vouchers or not vouchers)


def list_issued_dialects() -> tuple[Dialect, ...]:
    """The dialects whose credentials are issued by us."""
    return tuple(door for door in _dialects().values() if door.issued)


def find_closing_accounts(country: str) -> ClosingAccounts | None:
    """What closing a year touches in the built-in chart of a country."""
    return next(
        (
            ClosingAccounts(
                classes=row["result_classes"],
                profit=row["profit_account"],
                loss=row["loss_account"],
            )
            for row in _rows("closing")
            if row["country"] == country
        ),
        None,
    )


def find_dialect(code: str) -> Dialect | None:
    """A dialect by its code."""
    return _dialects().get(code)


@cache
def _puc_co() -> tuple[Account, ...]:
    rows = (*_rows("puc_co"), *_rows("puc_auxiliaries_co"))
    accounts = [_account(row, movement=row.get("movement") == "Y") for row in rows]
    return tuple(sorted(accounts, key=lambda account: account.code))


@cache
def _chart_ar() -> tuple[Account, ...]:
    flags = {row["code"]: row for row in _rows("chart_ar_flags")}
    rows = [{**row, **flags.get(row["code"], {})} for row in _rows("chart_ar")]
    accounts = [_account(row, movement=len(row["code"]) == 6) for row in rows]
    return tuple(sorted(accounts, key=lambda account: account.code))


def _account(row: Mapping[str, str], *, movement: bool) -> Account:
    due = row.get("due")
    return Account(
        code=row["code"],
        name=row["name"],
        nature=Nature(row["nature"]),
        movement=movement,
        needs_third_party=row.get("needs_third_party") == "Y",
        needs_cost_centre=row.get("needs_cost_centre") == "Y",
        due=DueKind(due) if due else None,
        tax=row.get("tax") == "Y",
        inventory=row.get("inventory") == "Y",
        fixed_asset=row.get("fixed_asset") == "Y",
        tax_difference=row.get("tax_difference") == "Y",
    )


@cache
def _cities() -> Mapping[str, City]:
    rows = _rows("municipalities_co")
    return MappingProxyType({row["code"]: msgspec.convert(row, City) for row in rows})


@cache
def _countries_by_name() -> Mapping[str, Named]:
    countries = _named("countries", "alpha2", "name_es").values()
    return MappingProxyType({fold(country.name): country for country in countries})


@cache
def _currencies() -> Mapping[str, Currency]:
    return MappingProxyType(
        {
            row["code"]: Currency(
                code=row["code"],
                name=row["name_es"],
                decimals=int(row["decimals"]) if row["decimals"] else None,
                active=row["status"] == "active",
            )
            for row in _rows("currencies")
        }
    )


@cache
def _id_types() -> Mapping[str, Mapping[str, IdType]]:
    tables = {"CO": "id_types_co", "AR": "id_types_ar"}
    return MappingProxyType(
        {
            country: {
                row["code"]: msgspec.convert(row, IdType, strict=False) for row in _rows(table)
            }
            for country, table in tables.items()
        }
    )


@cache
def _named(table: str, code: str = "code", name: str = "name") -> Mapping[str, Named]:
    return MappingProxyType(
        {row[code]: Named(code=row[code], name=row[name]) for row in _rows(table)}
    )


@cache
def _rows(table: str) -> tuple[dict[str, str], ...]:
    """The rows of a table of the package. Nobody outside this module sees them, so none changes."""
    text = files("cuadra.data").joinpath(f"{table}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _dialects() -> Mapping[str, Dialect]:
    return {
        row["code"]: Dialect(
            code=row["code"],
            name=row["name"],
            paths=row["paths"],
            credential=row["credential"],
            vouchers=row["vouchers"] == "Y",
            secret=SecretKind(row["secret"]),
            issued=Identity(row["issued"]) if row["issued"] else None,
            usage=row["usage"],
        )
        for row in _rows("dialects")
    }
