"""Third parties as streams: by small id, heads and branches apart, or by number.

Some programs know a third party by its identification alone and list its branches elsewhere: the head is
branch 0. Lists may be long, so they pass through a cursor. Nothing here writes.
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from datetime import datetime

import msgspec

from cuadra.catalog.records import ThirdPartyKind
from cuadra.catalog.third_parties import PartyName, StoredThirdParty
from cuadra.catalog.third_party_numbers import party_number_sql
from cuadra.database.paging import Conditions
from cuadra.database.pool import Transaction


class PartyListFilter(msgspec.Struct, kw_only=True):
    """Heads, or branches instead; what was made or last changed in a span, its end left out."""

    branches: bool = False
    identification: str | None = None
    changed_from: datetime | None = None
    changed_before: datetime | None = None
    limit: int | None = None
    offset: int = 0


class PartyNumberFilter(msgspec.Struct, kw_only=True):
    """Third parties with numbers from `start` to `end`, made on days (YYYYMMDD, in `zone`) of a span; all inclusive."""

    start: int
    end: int
    zone: str
    kind: ThirdPartyKind | None = None
    made_from: int | None = None
    made_until: int | None = None


_MEMORY = "64MB"  # fifty thousand third parties are put in order without touching the disk
_decoder = msgspec.json.Decoder(StoredThirdParty)
_ROW = "(to_jsonb(t) - 'company_id')::text"


async def count_parties(transaction: Transaction, wanted: PartyListFilter) -> int:
    """How many there are, on all pages together."""
    conditions = _conditions(transaction, wanted)
    row = await transaction.row(
        f"SELECT count(*) FROM books.third_party t WHERE {' AND '.join(conditions.sql)}",
        **conditions.values,
    )
    assert row is not None
    return int(row[0])


async def stream_parties(
    transaction: Transaction, wanted: PartyListFilter
) -> AsyncGenerator[tuple[StoredThirdParty, int | None], None]:
    """The third parties by id, each with the id of its head."""
    conditions = _conditions(transaction, wanted)
    query = (
        f"SELECT {_ROW}, h.id FROM books.third_party t"
        "  LEFT JOIN books.third_party h"
        "    ON h.company_id = t.company_id AND h.identification = t.identification AND h.branch = 0"
        f" WHERE {' AND '.join(conditions.sql)} ORDER BY t.id LIMIT %(limit)s OFFSET %(offset)s"
    )
    values = conditions.values | {"limit": wanted.limit, "offset": wanted.offset}
    async with aclosing(transaction.stream(query, **values)) as rows:
        async for row in rows:
            yield _decoder.decode(row[0]), row[1]


def _conditions(transaction: Transaction, wanted: PartyListFilter) -> Conditions:
    branch = "t.branch > 0" if wanted.branches else "t.branch = 0"
    conditions = Conditions("t.company_id = %(company)s", branch)
    conditions.values["company"] = transaction.company.id
    changed = "COALESCE(t.updated_at, t.created_at)"
    conditions.add("t.identification = %(identification)s", "identification", wanted.identification)
    conditions.add(f"{changed} >= %(changed_from)s", "changed_from", wanted.changed_from)
    conditions.add(f"{changed} < %(changed_before)s", "changed_before", wanted.changed_before)
    return conditions


async def stream_parties_by_number(
    transaction: Transaction, wanted: PartyNumberFilter
) -> AsyncGenerator[tuple[int, StoredThirdParty], None]:
    """Third parties with their numbers, by number and branch. Whoever reads them closes the stream."""
    await transaction.rows("SELECT set_config('work_mem', %(memory)s, true)", memory=_MEMORY)
    conditions = Conditions("t.company_id = %(company)s")
    conditions.values["company"] = transaction.company.id
    made = "to_char(t.created_at AT TIME ZONE %(zone)s, 'YYYYMMDD')::integer"
    conditions.values["zone"] = wanted.zone
    conditions.add("t.kind = %(kind)s", "kind", wanted.kind)
    conditions.add(f"{made} >= %(made_from)s", "made_from", wanted.made_from)
    conditions.add(f"{made} <= %(made_until)s", "made_until", wanted.made_until)
    query = (
        "SELECT n.number, n.row FROM"
        f" (SELECT {party_number_sql('t')} AS number, t.branch, {_ROW} AS row"
        f"    FROM books.third_party t WHERE {' AND '.join(conditions.sql)}) n"
        " WHERE n.number BETWEEN %(start)s AND %(end)s ORDER BY n.number, n.branch"
    )
    values = conditions.values | {"start": wanted.start, "end": wanted.end}
    async with aclosing(transaction.stream(query, **values)) as rows:
        async for row in rows:
            yield row[0], _decoder.decode(row[1])


async def find_branches(transaction: Transaction, ids: Collection[int]) -> dict[int, PartyName]:
    """The names of those of these ids that are branches."""
    rows = await transaction.rows(
        "SELECT t.id, t.identification, t.branch FROM books.third_party t"
        " WHERE t.company_id = %(company)s AND t.branch > 0 AND t.id = ANY (%(ids)s::bigint[])",
        company=transaction.company.id,
        ids=list(ids),
    )
    return {row[0]: PartyName(row[1], row[2]) for row in rows}


async def find_made_numbers(transaction: Transaction) -> dict[str, int]:
    """The identifications that are no numbers, or too long ones, with the number made for each."""
    rows = await transaction.rows(
        f"SELECT DISTINCT t.identification, {party_number_sql('t')} FROM books.third_party t"
        " WHERE t.company_id = %(company)s"
        "   AND (t.identification !~ '^[1-9][0-9]{0,11}$' OR t.identification LIKE '999%%')",
        company=transaction.company.id,
    )
    return {row[0]: row[1] for row in rows if row[1] != _number(row[0])}


def _number(identification: str) -> int | None:
    return int(identification) if identification.isascii() and identification.isdigit() else None


async def find_heads(
    transaction: Transaction, identifications: Collection[str]
) -> dict[str, StoredThirdParty]:
    """The heads with these identifications, as far as they exist."""
    rows = await transaction.rows(
        f"SELECT {_ROW} FROM books.third_party t WHERE t.company_id = %(company)s AND t.branch = 0"
        "   AND t.identification = ANY (%(identifications)s)",
        company=transaction.company.id,
        identifications=list(identifications),
    )
    heads = [_decoder.decode(row[0]) for row in rows]
    return {head.identification: head for head in heads}
