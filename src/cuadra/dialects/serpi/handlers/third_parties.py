"""Third parties: read, and made or changed from an array."""

from collections.abc import Iterator, Sequence
from contextlib import aclosing
from datetime import date, datetime, time, timedelta, timezone

from cuadra.catalog.third_parties import StoredThirdParty
from cuadra.catalog.third_party_lists import (
    PartyListFilter,
    count_parties,
    find_heads,
    stream_parties,
)
from cuadra.dialects.serpi import wire
from cuadra.dialects.serpi.answers import Answer, Chunks, row_chunks, write_answer
from cuadra.dialects.serpi.body import member_from_raw, members_from_body
from cuadra.dialects.serpi.call import Call
from cuadra.dialects.serpi.errors import bad_request, texts_of
from cuadra.dialects.serpi.mapping.documents import day_from_text, text_from_code
from cuadra.dialects.serpi.mapping.third_parties import row_from_third_party, third_party_from_row
from cuadra.dialects.serpi.rules import third_party_problems
from cuadra.dialects.serpi.writing import Results
from cuadra.errors import Problem, required
from cuadra.trade.catalog_changes import SaveThirdParty

SAVED_AT_ONCE = 100
COLOMBIA = timezone(timedelta(hours=-5))  # all the year; days of changes are counted there
Member = tuple[str, wire.ThirdPartyIn | list[Problem]]


async def list_third_parties(call: Call) -> Answer:
    """GET /Tercero, by identification and by the days of the last change."""
    return await call.streams.answer(call.settings, _party_chunks(call))


async def _party_chunks(call: Call) -> Chunks:
    paging = call.paging
    start, end = _span(call)
    async with call.database.read(call.credential) as transaction:
        wanted = PartyListFilter(
            identification=call.text("codigo") or call.text("identificacion"),
            changed_from=start,
            changed_before=end,
            limit=paging.limit,
            offset=paging.offset,
        )
        count = paging.count_of(await count_parties(transaction, wanted))
        if not count:
            return
        records = stream_parties(transaction, wanted)
        async with aclosing(row_chunks(count, records, _row)) as chunks:
            async for chunk in chunks:
                yield chunk


def _row(record: tuple[StoredThirdParty, int | None]) -> wire.ThirdPartyOut:
    return row_from_third_party(record[0])


def _span(call: Call) -> tuple[datetime | None, datetime | None]:
    """The days of the last change, both included, as instants. Raises `Failure`."""
    start, end = _day(call, "fechamodificaini"), _day(call, "fechamodificafin")
    if start is not None and end is not None and start > end:
        raise bad_request(Problem("range", "fechas", "reversed"))
    after = end + timedelta(days=1) if end is not None and end < date.max else None
    return _midnight(start), _midnight(after)


def _day(call: Call, name: str) -> date | None:
    text = call.text(name)
    day = day_from_text(text)
    if text is not None and day is None:
        raise bad_request(Problem("date", name, "not a day", text))
    return day


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), COLOMBIA)


async def save_third_parties(call: Call) -> Answer:
    """POST /Tercero: each member makes a third party, or changes the one with its identification."""
    members = members_from_body(call.body)
    results = Results(call)
    for batch in _batches([member_from_raw(raw, wire.ThirdPartyIn) for raw in members]):
        await _save(call, batch, results)
        await results.settle()
    texts = await results.texts()
    done = len(members) - results.failed
    message = f"Se crearon {done} de {len(members)} terceros"
    return write_answer(call.settings, 201 if done else 400, message, texts)


def _batches(bodies: Sequence[wire.ThirdPartyIn | list[Problem]]) -> Iterator[list[Member]]:
    """Members with their names, cut so that none of a batch changes what another one makes."""
    batch: list[Member] = []
    seen: set[str] = set()
    for position, body in enumerate(bodies, 1):
        identification = "" if isinstance(body, list) else text_from_code(body.identificacion)
        if identification in seen or len(batch) == SAVED_AT_ONCE:
            yield batch
            batch, seen = [], set()
        seen |= {identification} - {""}
        named = identification and len(identification) <= 20
        name = f"Tercero {identification}" if named else f"Tercero {position} del arreglo"
        batch.append((name, body))
    yield batch


async def _known_of(call: Call, wanted: set[str]) -> tuple[str, dict[str, StoredThirdParty]]:
    """The country of the company, and those of the wanted that it has."""
    async with call.database.read(call.credential) as transaction:
        return transaction.company.country, await find_heads(transaction, wanted)


async def _save(call: Call, batch: Sequence[Member], results: Results) -> None:
    wanted = {text_from_code(b.identificacion) for _, b in batch if not isinstance(b, list)}
    found = await results.attempt(_known_of(call, wanted))
    for name, body in batch:
        if found is None:
            results.refuse_unread(name)
            continue
        country, heads = found
        if isinstance(body, list):
            results.refuse(name, texts_of(body))
            continue
        identification = text_from_code(body.identificacion)
        known = heads.get(identification)
        if not identification:
            results.refuse(name, texts_of([required("identificacion")]))
            continue
        party = third_party_from_row(body, known)
        if problems := third_party_problems(body, party, country, is_new=known is None):
            results.refuse(name, texts_of(problems))
        else:
            guid = known.guid if known else None
            await results.submit(name, SaveThirdParty(party=party, guid=guid))
