"""What the operations of every kind of document share: answering one, and filtering a list of them."""

import re
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from cuadra.catalog.records import VoucherKind
from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.database.pool import Transaction
from cuadra.dialects.siigo.call import Call, not_found
from cuadra.dialects.siigo.mapping.base import KIND_LETTERS
from cuadra.trade.reading import VoucherFilter
from cuadra.trade.recording import Recorded

T = TypeVar("T")
Find = Callable[[Transaction, UUID], Awaitable[T | None]]
ToBody = Callable[[T, Catalog], object]
NOTHING = -1  # an id no voucher type has


async def answer_recorded(
    call: Call, recorded: Recorded, find: Find[T], to_body: ToBody[T]
) -> tuple[int, object]:
    """201 with the new document; or, for a key met again, the first one as it is now."""
    if recorded.replayed is None:
        return 201, to_body(recorded.value, recorded.catalog)
    call.replay_differs = recorded.differs
    return call.settings.replay_status, await _found(call, recorded.replayed, find, to_body)


async def answer_found(call: Call, find: Find[T], to_body: ToBody[T]) -> tuple[int, object]:
    """200 with the document the path names. Raises `Failure` 404."""
    return 200, await _found(call, call.path_id, find, to_body)


async def _found(call: Call, document_id: UUID, find: Find[T], to_body: ToBody[T]) -> object:
    async with call.database.read(call.credential) as transaction:
        document = await find(transaction, document_id)
        if document is None:
            raise not_found()
        return to_body(document, await load_catalog(transaction))


def voucher_filter(call: Call, kind: VoucherKind, catalog: Catalog) -> VoucherFilter:
    """The filter of the parameters all documents share; `name` is type, code and number."""
    wanted = VoucherFilter(
        voucher_type=call.number("document_id"),
        number=call.number("number", 0, 99_999_999_999),
        identification=call.text("customer_identification"),
        branch=call.number("customer_branch_office"),
        created_start=call.instant("created_start"),
        created_end=call.instant("created_end"),
        updated_start=call.instant("updated_start"),
        updated_end=call.instant("updated_end"),
        date_start=call.day("date_start"),
        date_end=call.day("date_end"),
    )
    name = call.text("name")
    if name is not None:
        wanted.voucher_type, wanted.number = _named(name, kind, catalog)
    return wanted


def _named(name: str, kind: VoucherKind, catalog: Catalog) -> tuple[int, int]:
    """The voucher type and number of a name such as FV-2-457; the code may have leading zeros."""
    parts = re.fullmatch(r"([A-Za-z]+)-(\w+)-(\d{1,11})", name, re.ASCII)
    if parts is None or parts[1].upper() != KIND_LETTERS[kind]:
        return NOTHING, 0
    code = parts[2].lstrip("0")
    types = (t for t in catalog.voucher_types.values() if t.kind is kind)
    found = next((t.id for t in types if t.code.lstrip("0") == code), NOTHING)
    return found, int(parts[3])
