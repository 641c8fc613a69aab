"""What the operations of every kind of document share: record, get, list, replace, delete.

A `Resource` says which kinds of vouchers it is about, how they are kept, and how they are shown.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from cuadra.catalog.records import VoucherKind
from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.database.paging import Page
from cuadra.database.pool import Transaction
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call, list_body, not_found
from cuadra.dialects.siigo.handlers.writing import record_or_fail
from cuadra.dialects.siigo.mapping.base import KIND_LETTERS
from cuadra.errors import Problem
from cuadra.trade.documents import Document
from cuadra.trade.reading import (
    VoucherFilter,
    find_document,
    find_journal,
    list_documents,
    list_journals,
)
from cuadra.trade.recording import Draft, EditableDraft, EditVoucher, Recorded
from cuadra.trade.versions import RemoveVoucher

NOTHING = -1  # an id no voucher type has


class Resource(msgspec.Struct, frozen=True):
    """One kind of document at this door. `content` is how it is kept; None for journals, kept by line.

    `party` is what its third party is called in filters.
    """

    kinds: tuple[VoucherKind, ...]
    content: type | None
    to_body: Callable[[Any, Catalog], object]
    party: str = "customer"

    async def find(self, transaction: Transaction, guid: UUID) -> Any:
        """The live document with this id, or None."""
        if self.content is None:
            return await find_journal(transaction, guid)
        return await find_document(transaction, self.kinds, self.content, guid)

    async def list_page(
        self, transaction: Transaction, wanted: VoucherFilter, page: Page
    ) -> tuple[int, Sequence[Any]]:
        """One page of them, newest first, and how many there are."""
        if self.content is None:
            return await list_journals(transaction, wanted, page)
        return await list_documents(transaction, self.kinds, self.content, wanted, page)


async def create(
    call: Call,
    resource: Resource,
    draft: Draft,
    problems: list[Problem],
    body: type[msgspec.Struct],
) -> tuple[int, object]:
    """201 with the new document; or, for a key met again, the first one as it is now."""
    recorded = await record_or_fail(call, draft, problems, body)
    if recorded.replayed is None:
        return 201, resource.to_body(recorded.value, recorded.catalog)
    call.replay_differs = recorded.differs
    return call.settings.replay_status, await _found(call, resource, recorded.replayed)


async def replace(
    call: Call,
    resource: Resource,
    draft: EditableDraft,
    problems: list[Problem],
    body: type[msgspec.Struct],
) -> Recorded:
    """Record the next version of the document the path names. A missing member becomes empty."""
    edit = EditVoucher(id=call.path_id, kinds=resource.kinds, draft=draft)
    return await record_or_fail(call, edit, problems, body)


async def get(call: Call, resource: Resource) -> tuple[int, object]:
    """200 with the document the path names. Raises `Failure` 404."""
    return 200, await _found(call, resource, call.path_id)


async def delete(call: Call, resource: Resource) -> tuple[int, object]:
    """Remove the document the path names, if nothing was built on it."""
    draft = RemoveVoucher(id=call.path_id, kinds=resource.kinds, unrelated=True)
    recorded = await record_or_fail(call, draft, [], None)
    return 200, wire.DeletedOut(str(recorded.value), True)


async def list_all(call: Call, resource: Resource) -> tuple[int, object]:
    """One page of the documents, newest first."""
    page = call.page
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        wanted = voucher_filter(call, resource, catalog)
        total, found = await resource.list_page(transaction, wanted, page)
    return 200, list_body(call, total, [resource.to_body(document, catalog) for document in found])


async def _found(call: Call, resource: Resource, document_id: UUID) -> object:
    async with call.database.read(call.credential) as transaction:
        document: Document[Any] | None = await resource.find(transaction, document_id)
        if document is None:
            raise not_found()
        return resource.to_body(document, await load_catalog(transaction))


def voucher_filter(call: Call, resource: Resource, catalog: Catalog) -> VoucherFilter:
    """The filter of the parameters all documents share; `name` is type, code and number."""
    wanted = VoucherFilter(
        voucher_type=call.number("document_id"),
        number=call.number("number", 0, 99_999_999_999),
        identification=call.text(f"{resource.party}_identification"),
        branch=call.number(f"{resource.party}_branch_office"),
        created_start=call.instant("created_start"),
        created_end=call.instant("created_end"),
        updated_start=call.instant("updated_start"),
        updated_end=call.instant("updated_end"),
        date_start=call.day("date_start"),
        date_end=call.day("date_end"),
    )
    name = call.text("name")
    if name is not None:
        wanted.voucher_type, wanted.number = _named(name, resource.kinds, catalog)
    return wanted


def _named(name: str, kinds: Sequence[VoucherKind], catalog: Catalog) -> tuple[int, int]:
    """The voucher type and number of a name such as FV-2-457; the code may have leading zeros."""
    parts = re.fullmatch(r"([A-Za-z]+)-(\w+)-(\d{1,11})", name, re.ASCII)
    if parts is None or parts[1].upper() not in {KIND_LETTERS[kind] for kind in kinds}:
        return NOTHING, 0
    code = parts[2].lstrip("0")
    types = (t for t in catalog.voucher_types.values() if t.kind in kinds)
    found = next((t.id for t in types if t.code.lstrip("0") == code), NOTHING)
    return found, int(parts[3])
