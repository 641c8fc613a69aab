"""Accounting documents: their types, query, create and delete."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

import msgspec

from cuadra.catalog.snapshot import load_catalog
from cuadra.catalog.third_parties import PartyName
from cuadra.catalog.third_party_lists import find_branches
from cuadra.dialects.serpi import errors, wire
from cuadra.dialects.serpi.answers import Answer, Chunks, row_chunks, rows_answer, write_answer
from cuadra.dialects.serpi.body import (
    decode,
    member_from_raw,
    members_from_body,
    object_from_body,
)
from cuadra.dialects.serpi.call import Call
from cuadra.dialects.serpi.errors import Failure, bad_request, texts_of
from cuadra.dialects.serpi.mapping.catalogs import type_from_voucher_type
from cuadra.dialects.serpi.mapping.documents import (
    Crosswalk,
    crosswalk_from_catalog,
    day_from_text,
    document_from_entry,
    draft_from_document,
    text_from_code,
)
from cuadra.dialects.serpi.rules import delete_problems, document_problems, query_problems
from cuadra.dialects.serpi.settings import DIALECT
from cuadra.dialects.serpi.writing import Results
from cuadra.errors import Problem, unknown
from cuadra.trade.entry_reading import EntryFilter, count_entries, list_ids, stream_entries
from cuadra.trade.versions import RemoveVoucher

DECODED_AT_ONCE = 100  # documents of an array; others of the process get their turn in between
ID_MAX = 2**31 - 1


async def list_types(call: Call) -> Answer:
    """GET /DocumentoContable/GetTipoDocumento."""
    paging = call.paging
    async with call.database.read(call.credential) as transaction:
        crosswalk = crosswalk_from_catalog(await load_catalog(transaction))
    types = [crosswalk.by_id[type_id] for type_id in sorted(crosswalk.by_id)]
    rows = [type_from_voucher_type(one) for one in types if one.active]
    return rows_answer(call.settings, paging.of(rows))


async def query_documents(call: Call) -> Answer:
    """POST on any of the paths that may be meant, with an object."""
    body = object_from_body(call.body, wire.QueryIn)
    if problems := query_problems(body):
        raise bad_request(*problems)
    return await _answer_query(call, body)


async def query_by_get(call: Call) -> Answer:
    """GET /DocumentoContable, as the vendor's code samples have it: the same query without a body.

    Types and days may be left out, because the samples give none.
    """
    if call.settings.get_document == "405":
        raise Failure(405, errors.WRONG_METHOD)
    names = ("numeroDesde", "numeroHasta", "fechaDesde", "fechaHasta")
    members: dict[str, Any] = {name: call.text(name) for name in names}
    if types := call.text("tiposDocumentos"):
        members["tiposDocumentos"] = types.strip("[]").split(",")
    body = object_from_body(msgspec.json.encode(members), wire.QueryIn)
    problems = [p for p in query_problems(body) if p.code != "required"]
    if problems:
        raise bad_request(*problems)
    return await _answer_query(call, body)


async def _answer_query(call: Call, body: wire.QueryIn) -> Answer:
    chunks = _document_chunks(call, body)
    return await call.streams.answer(call.settings, chunks)


async def _document_chunks(call: Call, body: wire.QueryIn) -> Chunks:
    """The envelope with all wanted documents; nothing at all where there are none."""
    paging = call.paging
    async with call.database.read(call.credential) as transaction:
        crosswalk = crosswalk_from_catalog(await load_catalog(transaction))
        types = _known_types(call, body.tipos_documentos, crosswalk)
        wanted = EntryFilter(
            voucher_types=types,
            number_start=body.numero_desde,
            number_end=body.numero_hasta,
            date_start=day_from_text(body.fecha_desde),
            date_end=day_from_text(body.fecha_hasta),
            limit=paging.limit,
            offset=paging.offset,
        )
        count = paging.count_of(await count_entries(transaction, wanted)) if types else 0
        if not count:
            return
        entries = stream_entries(transaction, wanted)
        to_row = partial(document_from_entry, crosswalk=crosswalk)
        async with aclosing(row_chunks(count, entries, to_row)) as chunks:
            async for chunk in chunks:
                yield chunk


def _known_types(call: Call, types: list[int] | None, crosswalk: Crosswalk) -> list[int]:
    """The wanted types that have a name here, all of them where none is named."""
    if types is None:
        return list(crosswalk.by_id)
    strangers = [type_id for type_id in types if type_id not in crosswalk.by_id]
    if strangers and call.settings.unknown_type == "400":
        raise bad_request(*(unknown("voucher_type", type_id) for type_id in strangers))
    return [type_id for type_id in types if type_id in crosswalk.by_id]


async def create_or_query(call: Call) -> Answer:
    """POST /DocumentoContable: an array creates, an object with `tiposDocumentos` queries."""
    if not call.body.startswith(b"{"):
        return await create_documents(call)
    if object_from_body(call.body, wire.QueryIn).tipos_documentos is None:
        raise Failure(400, errors.NOT_ARRAY)
    return await query_documents(call)


async def create_documents(call: Call) -> Answer:
    """Every document by itself: those that are right are written, whatever the others are."""
    members = members_from_body(call.body)
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
    crosswalk = crosswalk_from_catalog(catalog)
    results = Results(call, crosswalk.prefixes)
    for start in range(0, len(members), DECODED_AT_ONCE):
        some = members[start : start + DECODED_AT_ONCE]
        bodies = [member_from_raw(raw, wire.DocumentIn) for raw in some]
        branches = await results.attempt(_branches_of(call, bodies))
        for index, body in enumerate(bodies):
            name = _name(body, some[index], start + index + 1)
            if branches is None:
                results.refuse_unread(name)
                continue
            problems = (
                body if isinstance(body, list) else document_problems(body, crosswalk, branches)
            )
            if problems or isinstance(body, list):
                results.refuse(name, texts_of(problems))
            else:
                draft = draft_from_document(body, crosswalk, catalog.accounts, branches)
                await results.submit(name, draft)
        await asyncio.sleep(0)
    problems_told = await results.texts()
    done = len(members) - results.failed
    message = f"Se crearon {done} de {len(members)} documentos contables"
    return write_answer(call.settings, 201 if done else 400, message, problems_told)


async def _branches_of(
    call: Call, bodies: Sequence[wire.DocumentIn | list[Problem]]
) -> dict[int, PartyName]:
    """The branches that some documents name by their ids."""
    ids = {
        detail.id_sucursal
        for body in bodies
        if not isinstance(body, list)
        for detail in body.detalles or []
        if detail.id_sucursal and 0 < detail.id_sucursal <= ID_MAX
    }
    if not ids:
        return {}
    async with call.database.read(call.credential) as transaction:
        return await find_branches(transaction, ids)


class _Name(wire.Document, kw_only=True):
    """What a document of an array is called, whatever else is wrong with it."""

    prefijo: Any = None
    numero_doc: Any = None


def _name(body: wire.DocumentIn | list[Problem], raw: msgspec.Raw, position: int) -> str:
    """How a document is called in errors: by prefix and number, or by its place in the array."""
    if isinstance(body, list):
        try:
            named = decode(bytes(raw), _Name)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            named = _Name()
    else:
        named = body
    prefix, number = named.prefijo, named.numero_doc
    if isinstance(prefix, int | str) and isinstance(number, int | str) and len(str(number)) < 20:
        text = text_from_code(prefix)
        if text and len(text) <= 20:
            return f"Documento {text}-{number}"
    return f"Documento {position} del arreglo"


async def delete_documents(call: Call) -> Answer:
    """PUT /DocumentoContable: every document of a type inside both ranges, the newest numbers first.

    Those that must stay, because their period is closed or others depend on them, are told.
    """
    body = object_from_body(call.body, wire.DeleteIn)
    if problems := delete_problems(body):
        raise bad_request(*problems)
    async with call.database.read(call.credential) as transaction:
        crosswalk = crosswalk_from_catalog(await load_catalog(transaction))
        wanted = EntryFilter(
            voucher_types=_known_types(call, [body.id_tipo_documento or 0], crosswalk),
            number_start=body.numero_desde,
            number_end=body.numero_hasta,
            date_start=day_from_text(body.fecha_desde),
            date_end=day_from_text(body.fecha_hasta),
        )
        found = await list_ids(transaction, wanted) if wanted.voucher_types else []
    results = Results(call, crosswalk.prefixes)
    for voucher_id, voucher_type, number in found:
        prefix = crosswalk.by_id[voucher_type].names[DIALECT].prefix
        await results.submit(f"Documento {prefix}-{number}", RemoveVoucher(id=voucher_id))
    texts = await results.texts()
    done = len(found) - results.failed
    # The vendor's text ends with a blank.
    message = f"Se eliminaron {done} de {len(found)} documentos contables "
    return write_answer(call.settings, 400 if found and not done else 200, message, texts)
