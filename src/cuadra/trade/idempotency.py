"""A client's own name for one request, so that repeating it changes nothing.

`books.load_books` claims the keys of a group before anything else is done: a second transaction with
the same key waits for the first, then finds what it stands for. `post` writes that; a replay reads
that document again. A refused request leaves no key behind, so a corrected body may use it; nor does a
voucher that was removed, which is as if it had never been.

A request that records many drafts has one key. Each of them tells the audit trail which part of the request it
is, and whoever begins the same request again is told what is there already.
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
    """One of the drafts of a request that has many: the request's key, and the draft's place in it."""

    key: str
    place: int


class BeginRequest(msgspec.Struct, kw_only=True):
    """Begin a request that records many drafts, or go on with it. Keys from before an instant are let go."""

    operation: str
    key: str
    forget_before: datetime


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


async def begin_request(transaction: Transaction, draft: BeginRequest, now: datetime) -> set[int]:
    """The places of those parts of the request whose vouchers stand: none when it is a new one.

    The audit trail knows the parts, so that they cost nothing until somebody asks.
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
    begun = await transaction.row(
        "INSERT INTO books.idempotency (company_id, operation, key, request_sha256, response, created_at)"
        " VALUES (%(company)s, %(operation)s, %(key)s, '', jsonb_build_object('xact', pg_current_xact_id()), %(now)s)"
        " ON CONFLICT DO NOTHING RETURNING 1",
        **names,
        now=now,
    )
    return set() if begun else await _recorded_parts(transaction, names)


async def _recorded_parts(transaction: Transaction, names: dict[str, Any]) -> set[int]:
    # Postings hold this lock together; alone, none is under way, not even of a server that is no more.
    await transaction.execute("SELECT pg_advisory_xact_lock(7001, %(company)s)", **names)
    rows = await transaction.rows(
        "SELECT (e.detail ->> 'place')::integer FROM books.event e"
        "  JOIN books.voucher v ON v.company_id = e.company_id AND v.id = e.subject::uuid AND v.live"
        " WHERE e.company_id = %(company)s AND e.detail ->> 'request' = %(key)s"
        "   AND e.xact > (SELECT (i.response ->> 'xact')::xid8 FROM books.idempotency i"
        "                  WHERE i.company_id = %(company)s AND i.operation = %(operation)s AND i.key = %(key)s)",
        **names,
    )
    return {row[0] for row in rows}
