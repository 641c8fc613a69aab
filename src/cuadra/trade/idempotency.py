"""A client's own name for one request, so that repeating it changes nothing.

`books.load_books` claims the keys of a group before anything else is done: a second transaction with
the same key waits for the first, then finds what it stands for. `post` writes that; a replay reads
that document again. A refused request leaves no key behind, so a corrected body may use it; nor does a
voucher that was removed, which is as if it had never been.

A request that records many drafts has one key. Each of them tells the audit trail which part of the request it
is, and whoever begins the same request again is told what is there already. From then on nothing is recorded
of what was begun before: whoever is still at it, although its connection's turn was over, records nothing twice.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from cuadra.database.pool import Transaction


class KeyName(NamedTuple):
    """What makes a key one key: the operation it is for, and the client's own word."""

    operation: str
    key: str


class IdempotencyKey(NamedTuple):
    """What the client sent: for which operation, its key, and the digest of its body."""

    operation: str
    key: str
    request_sha256: bytes

    @property
    def name(self) -> KeyName:
        """The key without the body it came with."""
        return KeyName(self.operation, self.key)


class RequestPart(NamedTuple):
    """One of the drafts of a request that has many: the request, the time it was begun, the draft's place in it."""

    request: KeyName
    begun: int
    place: int


class BeginRequest(msgspec.Struct, kw_only=True):
    """Begin a request that records many drafts, or go on with it. Keys from before an instant are let go."""

    operation: str
    key: str
    forget_before: datetime


class BegunRequest(NamedTuple):
    """A request that records many drafts: which time it was begun, and the places of what is there already."""

    request: KeyName
    begun: int
    done: set[int]

    def part(self, place: int) -> RequestPart:
        """The part of it that is in a place."""
        return RequestPart(self.request, self.begun, place)


class Replay(NamedTuple):
    """What a key stands for: the voucher it made, and the digest of the body that made it."""

    voucher: UUID
    request_sha256: bytes


async def find_replay(transaction: Transaction, name: KeyName) -> Replay | None:
    """What the key already stands for, or None."""
    row = await transaction.row(
        "SELECT v.id, i.request_sha256 FROM books.idempotency i"
        "  JOIN books.voucher v ON v.company_id = i.company_id AND v.id = (i.response ->> 'voucher')::uuid AND v.live"
        " WHERE i.company_id = %(company)s AND i.operation = %(operation)s AND i.key = %(key)s",
        company=transaction.company.id,
        operation=name.operation,
        key=name.key,
    )
    return Replay(row[0], bytes(row[1])) if row else None


async def release_keys(transaction: Transaction, names: Collection[KeyName]) -> None:
    """Give back keys claimed in this transaction by drafts that were refused."""
    await transaction.execute(
        "DELETE FROM books.idempotency i USING unnest(%(operations)s::text[], %(keys)s::text[]) AS n (operation, key)"
        " WHERE i.company_id = %(company)s AND i.operation = n.operation AND i.key = n.key",
        company=transaction.company.id,
        operations=[name.operation for name in names],
        keys=[name.key for name in names],
    )


async def begin_request(
    transaction: Transaction, draft: BeginRequest, now: datetime
) -> BegunRequest:
    """The request, with the places of those parts whose vouchers stand: none when it is a new one.

    The audit trail knows the parts, so that they cost nothing until somebody asks. No posting may be under way,
    not even of a server that is no more: the transaction holds the company's lock alone.
    """
    names = {
        "company": transaction.company.id,
        "operation": draft.operation,
        "key": draft.key,
    }
    await transaction.execute(
        "DELETE FROM books.idempotency"
        " WHERE company_id = %(company)s AND operation = %(operation)s AND created_at < %(before)s",
        **names,
        before=draft.forget_before,
    )
    row = await transaction.row(
        "INSERT INTO books.idempotency AS i (company_id, operation, key, request_sha256, response, created_at)"
        " VALUES (%(company)s, %(operation)s, %(key)s, '',"
        "         jsonb_build_object('xact', pg_current_xact_id(), 'begun', 1), %(now)s)"
        " ON CONFLICT (company_id, operation, key) DO UPDATE SET response ="
        "    i.response || jsonb_build_object('begun', coalesce((i.response ->> 'begun')::integer, 1) + 1)"
        " RETURNING (i.response ->> 'begun')::integer",
        **names,
        now=now,
    )
    assert row is not None
    done = set() if row[0] == 1 else await _recorded_parts(transaction, names)
    return BegunRequest(KeyName(draft.operation, draft.key), row[0], done)


async def find_begun(transaction: Transaction, requests: Collection[KeyName]) -> dict[KeyName, int]:
    """Which time each of some requests was last begun.

    Who began one again waits for the postings under way, and those that follow see it here.
    """
    if not requests:
        return {}
    rows = await transaction.rows(
        "SELECT i.operation, i.key, (i.response ->> 'begun')::integer FROM books.idempotency i"
        "  JOIN unnest(%(operations)s::text[], %(keys)s::text[]) AS n (operation, key) USING (operation, key)"
        " WHERE i.company_id = %(company)s",
        company=transaction.company.id,
        operations=[name.operation for name in requests],
        keys=[name.key for name in requests],
    )
    return {KeyName(operation, key): begun for operation, key, begun in rows}


async def _recorded_parts(transaction: Transaction, names: dict[str, Any]) -> set[int]:
    rows = await transaction.rows(
        "SELECT (e.detail ->> 'place')::integer FROM books.event e"
        "  JOIN books.voucher v ON v.company_id = e.company_id AND v.id = e.subject::uuid AND v.live"
        " WHERE e.company_id = %(company)s AND e.detail ->> 'request' = %(key)s"
        "   AND e.xact > (SELECT (i.response ->> 'xact')::xid8 FROM books.idempotency i"
        "                  WHERE i.company_id = %(company)s AND i.operation = %(operation)s AND i.key = %(key)s)",
        **names,
    )
    return {row[0] for row in rows}
