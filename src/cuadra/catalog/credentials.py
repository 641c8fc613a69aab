"""Credentials: the keys that open a company's doors, and the installation's own secrets.

Keys are random and long, so their SHA-256 is what is stored; of passwords, which people choose, it is
what `catalog.passwords` makes of them. A credential belongs to a company's name and survives a reset of that company.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime

import msgspec

from cuadra.catalog.company_records import Credential
from cuadra.catalog.passwords import digest_of_password, hash_digest, is_password
from cuadra.catalog.tables import Dialect, Identity, SecretKind, find_dialect
from cuadra.database.pool import CompanyUnknown, Database, Transaction
from cuadra.errors import CuadraError

_IDENTITY = re.compile(r"[!-~]{1,100}")  # what fits into a header, without spaces


class KnownCredential(msgspec.Struct, frozen=True):
    """A credential that stands, and the live company it opens."""

    id: int
    company_name: str
    company_guid: str


class StandingCredential(msgspec.Struct, frozen=True):
    """What never changes of a credential while it stands, also when its company is reset.

    So it may be kept in memory; whether it still stands is what every transaction begins with.
    """

    id: int
    company_name: str
    identity: str


class ListedCredential(msgspec.Struct, frozen=True):
    """A credential as its owner may see it, revoked or not: never the secret."""

    id: int
    dialect: str
    identity: str
    created_at: datetime
    revoked_at: datetime | None


class IssuedCredential(msgspec.Struct, frozen=True):
    """A new credential, the only time that its secret is in clear."""

    id: int
    identity: str
    secret: str


class UnusableIdentity(CuadraError):
    """An identity that a credential cannot have."""


class CredentialUnknown(CuadraError):
    """The company has no such credential."""


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


async def find_credentials_by_secret(
    database: Database, dialect: str, secret: str
) -> list[StandingCredential]:
    """The standing credentials with this secret, for doors where the secret alone says who calls.

    There are several only where company files gave several companies the same one.
    """
    async with database.control() as transaction:
        rows = await transaction.rows(
            "SELECT k.id, k.company_name, k.identity FROM control.credential k"
            "  JOIN control.company c ON c.name = k.company_name AND c.live"
            " WHERE k.secret_sha256 = %(digest)s AND k.dialect = %(dialect)s AND k.revoked_at IS NULL"
            " ORDER BY k.id",
            dialect=dialect,
            digest=digest(secret),
        )
    return [StandingCredential(*row) for row in rows]


async def list_credentials(database: Database, company: str) -> list[ListedCredential]:
    """All credentials a company ever had, oldest first. Raises `CompanyUnknown`."""
    async with database.control() as transaction:
        await _lock_company(transaction, company)
        rows = await transaction.rows(
            "SELECT id, dialect, identity, created_at, revoked_at FROM control.credential"
            " WHERE company_name = %(company)s ORDER BY id",
            company=company,
        )
    return [ListedCredential(*row) for row in rows]


async def issue_credential(
    database: Database, company: str, dialect: Dialect, identity: str | None = None
) -> IssuedCredential:
    """A new random secret for a company, under its identity at that door.

    Without `identity` it is that of a standing credential, or a random one if there is none. Raises
    `CompanyUnknown`, and `UnusableIdentity` for one that fits into no header, or for a second one where
    a company has only one.
    """
    if identity is not None and not _IDENTITY.fullmatch(identity):
        message = "an identity is 1 to 100 letters, digits and signs of ASCII, without spaces"
        raise UnusableIdentity(message)
    async with database.control() as transaction:
        await _lock_company(transaction, company)
        rows = await transaction.rows(
            "SELECT identity FROM control.credential WHERE company_name = %(company)s"
            "   AND dialect = %(dialect)s AND identity <> '' AND revoked_at IS NULL ORDER BY id",
            company=company,
            dialect=dialect.code,
        )
        standing = [row[0] for row in rows]
        if (
            identity
            and standing
            and identity not in standing
            and dialect.issued is Identity.COMPANY
        ):
            message = f"{company} is known as {standing[0]} there; revoke its tokens to change that"
            raise UnusableIdentity(message)
        chosen = identity or next(iter(standing), None) or secrets.token_hex(16)
        secret = secrets.token_hex(32)
        new = Credential(dialect=dialect.code, identity=chosen, secret=secret)
        id = await _insert(transaction, company, new)  # noqa: A001
    return IssuedCredential(id, chosen, secret)


async def revoke_credential(database: Database, company: str, id: int, now: datetime) -> bool:  # noqa: A002
    """Revoke a credential of a company; False when it was revoked before.

    It opens no transaction that begins from now on. Raises `CompanyUnknown` and `CredentialUnknown`.
    """
    async with database.control() as transaction:
        await _lock_company(transaction, company)
        row = await transaction.row(
            "SELECT revoked_at FROM control.credential WHERE company_name = %(company)s AND id = %(id)s",
            company=company,
            id=id,
        )
        if row is None:
            raise CredentialUnknown(f"{company} has no token {id}; see cuadra token list")
        if row[0] is None:
            await transaction.execute(
                "UPDATE control.credential SET revoked_at = %(now)s WHERE id = %(id)s",
                now=now,
                id=id,
            )
    return row[0] is None


async def _lock_company(transaction: Transaction, name: str) -> None:
    """Let nobody else change the company's credentials meanwhile. Raises `CompanyUnknown`."""
    row = await transaction.row(
        "SELECT 1 FROM control.company WHERE name = %(name)s AND live FOR UPDATE", name=name
    )
    if row is None:
        raise CompanyUnknown(f"there is no company named {name!r}; see cuadra company list")


async def insert_credentials(
    transaction: Transaction, company_name: str, credentials: Iterable[Credential]
) -> None:
    """Give a company credentials; those it has already stay as they are.

    A password that was kept like a key, before there was another way, opens nothing until it is given again.
    """
    for credential in credentials:
        if _is_password(credential.dialect):
            await _keep_as_password(transaction, company_name, credential)
        if not await _stands(transaction, company_name, credential):
            await _insert(transaction, company_name, credential)


async def _keep_as_password(
    transaction: Transaction, company_name: str, credential: Credential
) -> None:
    """Keep a password that was kept like a key as passwords are kept."""
    rows = await transaction.rows(
        "SELECT id FROM control.credential WHERE company_name = %(company)s AND dialect = %(dialect)s"
        "   AND identity = %(identity)s AND secret_sha256 = %(digest)s AND revoked_at IS NULL",
        company=company_name,
        dialect=credential.dialect,
        identity=credential.identity,
        digest=digest(credential.secret),
    )
    for (id_,) in rows:
        await transaction.execute(
            "UPDATE control.credential SET secret_sha256 = NULL, secret_argon2 = %(argon2)s"
            " WHERE id = %(id)s",
            id=id_,
            argon2=await hash_digest(digest_of_password(credential.secret)),
        )


async def _stands(transaction: Transaction, company_name: str, credential: Credential) -> bool:
    """Whether a company has this credential."""
    rows = await transaction.rows(
        "SELECT secret_sha256, secret_argon2 FROM control.credential"
        " WHERE company_name = %(company)s AND dialect = %(dialect)s AND identity = %(identity)s"
        "   AND revoked_at IS NULL ORDER BY id",
        company=company_name,
        dialect=credential.dialect,
        identity=credential.identity,
    )
    if not _is_password(credential.dialect):
        return any(bytes(row[0]) == digest(credential.secret) for row in rows)
    sent = digest_of_password(credential.secret)
    for row in rows:
        if row[1] is not None and await is_password(row[1], sent):
            return True
    return False


async def _insert(transaction: Transaction, company_name: str, credential: Credential) -> int:
    """Give a company one credential more; its id."""
    password = _is_password(credential.dialect)
    row = await transaction.row(
        "INSERT INTO control.credential (company_name, dialect, identity, secret_sha256, secret_argon2)"
        " VALUES (%(company)s, %(dialect)s, %(identity)s, %(sha256)s, %(argon2)s) RETURNING id",
        company=company_name,
        dialect=credential.dialect,
        identity=credential.identity,
        sha256=None if password else digest(credential.secret),
        argon2=await hash_digest(digest_of_password(credential.secret)) if password else None,
    )
    assert row is not None
    return int(row[0])


def _is_password(dialect: str) -> bool:
    door = find_dialect(dialect)
    return door is not None and door.secret is SecretKind.PASSWORD


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
