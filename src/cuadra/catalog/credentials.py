"""Credentials: the keys that open a company's doors, and the installation's own secrets.

Keys are random and long, so their SHA-256 is what is stored. A credential belongs to a company's name
and survives a reset of that company.
"""

import hashlib
import secrets
from collections.abc import Iterable

import msgspec

from cuadra.catalog.records import Credential
from cuadra.database.pool import Database, Transaction


class KnownCredential(msgspec.Struct, frozen=True):
    """A credential that stands, and the live company it opens."""

    id: int
    company_name: str
    company_guid: str


def digest(secret: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).digest()


async def find_credential(
    database: Database, dialect: str, identity: str, secret: str
) -> KnownCredential | None:
    """The credential with this identity and secret, or None; which of the two is wrong is not said."""
    async with database.control() as transaction:
        row = await transaction.row(
            "SELECT k.id, c.name, c.guid::text FROM control.credential k"
            "  JOIN control.company c ON c.name = k.company_name AND c.live"
            " WHERE k.dialect = %(dialect)s AND lower(k.identity) = lower(%(identity)s)"
            "   AND k.secret_sha256 = %(digest)s AND k.revoked_at IS NULL ORDER BY k.id LIMIT 1",
            dialect=dialect,
            identity=identity,
            digest=digest(secret),
        )
    return KnownCredential(*row) if row else None


async def insert_credentials(
    transaction: Transaction, company_name: str, credentials: Iterable[Credential]
) -> None:
    """Give a company credentials; those it has already stay as they are."""
    for credential in credentials:
        await transaction.execute(
            "INSERT INTO control.credential (company_name, dialect, identity, secret_sha256)"
            " VALUES (%(company)s, %(dialect)s, %(identity)s, %(digest)s) ON CONFLICT DO NOTHING",
            company=company_name,
            dialect=credential.dialect,
            identity=credential.identity,
            digest=digest(credential.secret),
        )


async def load_secret(database: Database, name: str) -> bytes:
    """A secret of the installation, made the first time it is asked for; the same in all processes."""
    async with database.control() as transaction:
        await transaction.execute(
            "INSERT INTO control.secret (name, value) VALUES (%(name)s, %(value)s) ON CONFLICT DO NOTHING",
            name=name,
            value=secrets.token_bytes(32),
        )
        row = await transaction.row(
            "SELECT value FROM control.secret WHERE name = %(name)s", name=name
        )
    assert row is not None
    return bytes(row[0])
