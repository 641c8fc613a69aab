"""Third parties: finding, listing, checking and changing them.

A third party is identified by identification + branch. It may be deleted while nothing in the books
names it, and never afterwards. Write functions take the transaction of `trade.group`.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from cuadra.catalog import tables
from cuadra.catalog.records import PersonKind, ThirdParty, ThirdPartyKind
from cuadra.catalog.snapshot import Catalog
from cuadra.database.paging import Conditions, Page, list_page
from cuadra.database.pool import Transaction
from cuadra.errors import Problem, inactive, unknown

CONTACTS_MAX = 10


class PartyName(NamedTuple):
    """The natural key of a third party."""

    identification: str
    branch: int = 0


class StoredThirdParty(ThirdParty, frozen=True, kw_only=True):
    """A third party as the books hold it, with when it was made and last changed.

    `extra` is what only one dialect knows of it, under the dialect's name.
    """

    created_at: datetime
    updated_at: datetime | None = None
    extra: dict[str, Any] | None = None


class PartyReference(msgspec.Struct, frozen=True):
    """What a document needs to know of a third party."""

    id: int
    guid: UUID
    identification: str
    branch: int
    active: bool
    has_contacts: bool


class ThirdPartyFilter(msgspec.Struct, kw_only=True):
    """What a list of third parties may be narrowed by; bounds of instants are inclusive."""

    identification: str | None = None
    branch: int | None = None
    kind: ThirdPartyKind | None = None
    person: PersonKind | None = None
    active: bool | None = None
    created_start: datetime | None = None
    created_end: datetime | None = None
    updated_start: datetime | None = None
    updated_end: datetime | None = None


_decoder = msgspec.json.Decoder(StoredThirdParty)
_ROW = "(to_jsonb(t) - 'company_id')::text"


async def find_third_party(transaction: Transaction, guid: UUID) -> StoredThirdParty | None:
    """The third party with this id, or None."""
    row = await transaction.row(
        f"SELECT {_ROW} FROM books.third_party t WHERE t.company_id = %(company)s AND t.guid = %(guid)s",
        company=transaction.company.id,
        guid=guid,
    )
    return _decoder.decode(row[0]) if row else None


async def find_third_party_numbered(
    transaction: Transaction, party_id: int
) -> StoredThirdParty | None:
    """The third party with this small id, or None."""
    row = await transaction.row(
        f"SELECT {_ROW} FROM books.third_party t WHERE t.company_id = %(company)s AND t.id = %(id)s",
        company=transaction.company.id,
        id=party_id,
    )
    return _decoder.decode(row[0]) if row else None


async def list_third_parties(
    transaction: Transaction, wanted: ThirdPartyFilter, page: Page
) -> tuple[int, list[StoredThirdParty]]:
    """One page of third parties, newest first, and how many there are."""
    conditions = Conditions("t.company_id = %(company)s")
    conditions.add("t.identification = %(identification)s", "identification", wanted.identification)
    conditions.add("t.branch = %(branch)s", "branch", wanted.branch)
    conditions.add("t.kind = %(kind)s", "kind", wanted.kind)
    conditions.add("t.person = %(person)s", "person", wanted.person)
    conditions.add("t.active = %(active)s", "active", wanted.active)
    conditions.add("t.created_at >= %(created_start)s", "created_start", wanted.created_start)
    conditions.add("t.created_at <= %(created_end)s", "created_end", wanted.created_end)
    conditions.add("t.updated_at >= %(updated_start)s", "updated_start", wanted.updated_start)
    conditions.add("t.updated_at <= %(updated_end)s", "updated_end", wanted.updated_end)
    total, rows = await list_page(
        transaction,
        select=_ROW,
        source="books.third_party t",
        conditions=conditions,
        key="t.id",
        order="t.created_at DESC, t.id DESC",
        page=page,
    )
    return total, [_decoder.decode(row[0]) for row in rows]


async def find_party_references(
    transaction: Transaction, names: Iterable[PartyName]
) -> dict[PartyName, PartyReference]:
    """Those of the named third parties that exist."""
    wanted = list(names)
    if not wanted:
        return {}
    rows = await transaction.rows(
        "SELECT t.id, t.guid, t.identification, t.branch, t.active, jsonb_array_length(t.contacts) > 0"
        "  FROM books.third_party t"
        "  JOIN unnest(%(identifications)s::text[], %(branches)s::integer[]) AS n (identification, branch)"
        "    ON t.identification = n.identification AND t.branch = n.branch"
        " WHERE t.company_id = %(company)s",
        company=transaction.company.id,
        identifications=[name.identification for name in wanted],
        branches=[name.branch for name in wanted],
    )
    return {PartyName(row[2], row[3]): PartyReference(*row) for row in rows}


async def find_third_parties(
    transaction: Transaction, names: Collection[PartyName]
) -> dict[PartyName, StoredThirdParty]:
    """Those of the named third parties that exist, whole."""
    rows = await transaction.rows(
        f"SELECT {_ROW} FROM books.third_party t"
        "  JOIN unnest(%(identifications)s::text[], %(branches)s::integer[]) AS n (identification, branch)"
        "    ON t.identification = n.identification AND t.branch = n.branch"
        " WHERE t.company_id = %(company)s",
        company=transaction.company.id,
        identifications=[name.identification for name in names],
        branches=[name.branch for name in names],
    )
    found = [_decoder.decode(row[0]) for row in rows]
    return {PartyName(one.identification, one.branch): one for one in found}


async def third_party_is_used(transaction: Transaction, party_id: int) -> bool:
    """Whether any voucher or line, live or not, names the third party."""
    row = await transaction.row(
        "SELECT EXISTS (SELECT FROM books.line WHERE company_id = %(company)s AND third_party_id = %(id)s)"
        "    OR EXISTS (SELECT FROM books.voucher WHERE company_id = %(company)s AND third_party_id = %(id)s)",
        company=transaction.company.id,
        id=party_id,
    )
    return bool(row and row[0])


async def replace_third_party(transaction: Transaction, party: ThirdParty, now: datetime) -> None:
    """Write all members of an existing third party anew."""
    await transaction.execute(
        "UPDATE books.third_party t SET"
        " (identification, branch, kind, person, id_type, check_digit, name, commercial_name, active,"
        "  vat_responsible, fiscal_responsibilities, address, phones, contacts, comments, seller, collector,"
        "  updated_at)"
        " = (SELECT n.identification, n.branch, n.kind, n.person, n.id_type, n.check_digit, n.name,"
        "  n.commercial_name, n.active, n.vat_responsible, n.fiscal_responsibilities, n.address, n.phones,"
        "  n.contacts, n.comments, n.seller, n.collector, %(now)s"
        "  FROM jsonb_populate_record(NULL::books.third_party, %(row)s::jsonb) n)"
        " WHERE t.company_id = %(company)s AND t.id = %(id)s",
        company=transaction.company.id,
        id=party.id,
        now=now,
        row=msgspec.json.encode(party).decode(),
    )


async def replace_extra(transaction: Transaction, party_id: int, extra: Mapping[str, Any]) -> None:
    """Write anew what the dialects in `extra` know of a third party; what others know stays."""
    await transaction.execute(
        "UPDATE books.third_party SET extra = COALESCE(extra, '{}') || %(extra)s::jsonb"
        " WHERE company_id = %(company)s AND id = %(id)s",
        company=transaction.company.id,
        id=party_id,
        extra=msgspec.json.encode(extra).decode(),
    )


async def delete_third_party(transaction: Transaction, party_id: int) -> None:
    """Remove a third party nothing names; the caller has checked that."""
    await transaction.execute(
        "DELETE FROM books.third_party WHERE company_id = %(company)s AND id = %(id)s",
        company=transaction.company.id,
        id=party_id,
    )


def validate_third_party(party: ThirdParty, catalog: Catalog) -> list[Problem]:
    """What is wrong with a third party that its own dialect could not see: unknown references."""
    problems = []
    if party.id_type and tables.find_id_type(party.id_type, catalog.company.country) is None:
        problems.append(
            Problem(
                "option",
                "id_type",
                f"there is no identification type {party.id_type}",
                party.id_type,
            )
        )
    for index, code in enumerate(party.fiscal_responsibilities):
        if tables.find_fiscal_responsibility(code, catalog.company.country) is None:
            field = f"fiscal_responsibilities[{index}].code"
            problems.append(unknown(field, code))
    problems += _validate_address(party)
    for field, seller in (("seller", party.seller), ("collector", party.collector)):
        problems += _validate_seller(field, seller, catalog)
    return problems


def _validate_address(party: ThirdParty) -> list[Problem]:
    """Country, department and municipality, each within the one before; only Colombia's are tabled."""
    address = party.address
    if address is None:
        return []
    path = "address.city"
    country = address.country_code.upper()
    if tables.find_country(country) is None:
        return [unknown(f"{path}.country_code", address.country_code)]
    if country != "CO":
        return []
    problems = []
    if tables.find_department(address.state_code) is None:
        problems.append(unknown(f"{path}.state_code", address.state_code))
    city = tables.find_city(address.city_code)
    if city is None or city.department_code != address.state_code:
        problems.append(unknown(f"{path}.city_code", address.city_code))
    return problems


def _validate_seller(field: str, seller_id: int | None, catalog: Catalog) -> list[Problem]:
    if seller_id is None:
        return []
    seller = catalog.sellers.get(seller_id)
    if seller is None:
        return [unknown(field, seller_id)]
    if not seller.active:
        return [inactive(field, seller_id)]
    return []
