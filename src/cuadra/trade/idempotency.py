"""A client's own name for one request, so that repeating it changes nothing.

The key is claimed before anything else is done: a second transaction with the same key waits for the
first, then finds the key taken. `post` writes what the key stands for; a replay reads that document
again. A refused request leaves no key behind, so a corrected body may use it.
"""

from typing import NamedTuple
from uuid import UUID

from cuadra.database.pool import Transaction


class IdempotencyKey(NamedTuple):
    """What the client sent: for which operation, its key, and the digest of its body."""

    operation: str
    key: str
    request_sha256: bytes


class Replay(NamedTuple):
    """An earlier request with the same key: its voucher, and whether its body was another one."""

    voucher: UUID
    differs: bool


async def claim_key(transaction: Transaction, key: IdempotencyKey, now: object) -> Replay | None:
    """Claim the key for this transaction, or say what it already stands for."""
    claimed = await transaction.execute(
        "INSERT INTO books.idempotency (company_id, operation, key, request_sha256, response, created_at)"
        " VALUES (%(company)s, %(operation)s, %(key)s, %(sha256)s, '{}', %(now)s) ON CONFLICT DO NOTHING",
        company=transaction.company.id,
        operation=key.operation,
        key=key.key,
        sha256=key.request_sha256,
        now=now,
    )
    if claimed:
        return None
    replay = await find_replay(transaction, key)
    assert replay is not None, "a claimed key is never removed once its transaction committed"
    return replay


async def find_replay(transaction: Transaction, key: IdempotencyKey) -> Replay | None:
    """What the key already stands for, or None."""
    row = await transaction.row(
        "SELECT (response ->> 'voucher')::uuid, request_sha256 FROM books.idempotency"
        " WHERE company_id = %(company)s AND operation = %(operation)s AND key = %(key)s",
        company=transaction.company.id,
        operation=key.operation,
        key=key.key,
    )
    return Replay(row[0], bytes(row[1]) != key.request_sha256) if row else None


async def release_key(transaction: Transaction, key: IdempotencyKey) -> None:
    """Give back a key claimed in this transaction by a draft that was refused."""
    await transaction.execute(
        "DELETE FROM books.idempotency"
        " WHERE company_id = %(company)s AND operation = %(operation)s AND key = %(key)s",
        company=transaction.company.id,
        operation=key.operation,
        key=key.key,
    )
