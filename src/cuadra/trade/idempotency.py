"""A client's own name for one request, so that repeating it changes nothing.

`books.load_books` claims the keys of a group before anything else is done: a second transaction with
the same key waits for the first, then finds what it stands for. `post` writes that; a replay reads
that document again. A refused request leaves no key behind, so a corrected body may use it; nor does a
voucher that was removed, which is as if it had never been.
"""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

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
