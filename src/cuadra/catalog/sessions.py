"""Sessions: who signed in with a password, and which companies that opens.

A session has a random key, of which the SHA-256 is stored, lives for as long as it is used, and is shared by all
processes. Somebody may have several. What a call needs to know before it is let in comes in one query, so
nothing of it is remembered: what was revoked or closed counts at once.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec

from cuadra.catalog.credentials import digest
from cuadra.catalog.passwords import is_password, pretend_to_verify
from cuadra.database.pool import Database

RENEWED_AFTER = timedelta(minutes=1)
_OLD_ONES_AT_ONCE = 100


class Grant(msgspec.Struct, frozen=True):
    """A standing credential with a password, and the live company it opens.

    `settings` are the company's for the dialect that was asked about.
    """

    id: int
    company_name: str
    company_id: int
    legal_name: str
    identification: str
    country: str
    sandbox: bool
    settings: dict[str, Any]
    stored: str


class Session(msgspec.Struct, frozen=True):
    """A session that has not expired."""

    identity: str
    credentials: tuple[int, ...]
    used_at: datetime


class Admission(msgspec.Struct, frozen=True):
    """Who a caller may be: the credentials of the program's author, those of its user, and the session."""

    authors: tuple[Grant, ...]
    users: tuple[Grant, ...]
    session: Session | None


_GRANTS = """
    (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', k.id, 'company_name', c.name, 'company_id', c.id,
            'legal_name', c.legal_name, 'identification', c.identification || c.check_digit,
            'country', c.country, 'sandbox', c.sandbox, 'stored', k.secret_argon2,
            'settings', COALESCE(c.settings -> %(settings)s, '{{}}')) ORDER BY k.id), '[]')
       FROM control.credential k JOIN control.company c ON c.name = k.company_name AND c.live
      WHERE k.dialect = %({dialect})s AND lower(k.identity) = lower(%({identity})s)
        AND k.revoked_at IS NULL AND k.secret_argon2 IS NOT NULL)::text
"""
_ADMISSION = (
    "SELECT "
    + _GRANTS.format(dialect="author_dialect", identity="author")
    + ","
    + _GRANTS.format(dialect="dialect", identity="user")
    + ", s.identity, s.credentials, s.used_at FROM (VALUES (1)) one"
    "  LEFT JOIN control.session s ON s.key_sha256 = %(key)s AND s.dialect = %(dialect)s"
    "        AND s.expires_at > %(now)s"
)
_grants_decoder = msgspec.json.Decoder(tuple[Grant, ...])


async def load_admission(
    database: Database,
    *,
    dialect: str,
    author_dialect: str,
    author: str,
    user: str,
    key: str,
    now: datetime,
) -> Admission:
    """Everything about a caller; nothing of it is verified but the key of the session."""
    async with database.control() as transaction:
        row = await transaction.row(
            _ADMISSION,
            settings=dialect,
            dialect=dialect,
            author_dialect=author_dialect,
            author=author,
            user=user,
            key=digest(key),
            now=now,
        )
    assert row is not None
    return Admission(
        authors=_grants_decoder.decode(row[0]),
        users=_grants_decoder.decode(row[1]),
        session=None if row[2] is None else Session(row[2], tuple(row[3]), row[4]),
    )


async def verified(grants: tuple[Grant, ...], password_digest: str) -> tuple[Grant, ...]:
    """Those of the credentials that have this password. It takes its time also where there are none."""
    if not password_digest:
        return ()
    if not grants:
        await pretend_to_verify(password_digest)
    return tuple([grant for grant in grants if await is_password(grant.stored, password_digest)])


async def open_session(
    database: Database,
    *,
    dialect: str,
    identity: str,
    credentials: tuple[int, ...],
    lifetime: timedelta,
    now: datetime,
) -> str:
    """A new session; its key, 32 hexadecimal digits, is known to the caller only. Some old ones are removed."""
    key = secrets.token_hex(16)
    async with database.control() as transaction:
        await transaction.execute(
            "DELETE FROM control.session WHERE key_sha256 IN (SELECT key_sha256 FROM control.session"
            " WHERE expires_at <= %(now)s ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)",
            now=now,
            limit=_OLD_ONES_AT_ONCE,
        )
        await transaction.execute(
            "INSERT INTO control.session (key_sha256, dialect, identity, credentials, lifetime, used_at,"
            "                             expires_at)"
            " VALUES (%(key)s, %(dialect)s, %(identity)s, %(credentials)s, %(lifetime)s, %(now)s,"
            "         %(now)s + %(lifetime)s)",
            key=digest(key),
            dialect=dialect,
            identity=identity,
            credentials=list(credentials),
            lifetime=lifetime,
            now=now,
        )
    return key


async def renew_session(database: Database, session: Session, key: str, now: datetime) -> None:
    """Let a session that was used live on; at most once a minute is anything written."""
    if now - session.used_at < RENEWED_AFTER:
        return
    async with database.control() as transaction:
        await transaction.execute(
            "UPDATE control.session SET used_at = %(now)s, expires_at = %(now)s + lifetime"
            " WHERE key_sha256 = %(key)s",
            now=now,
            key=digest(key),
        )


async def close_session(database: Database, key: str) -> None:
    """End one session; the user's others go on."""
    async with database.control() as transaction:
        await transaction.execute(
            "DELETE FROM control.session WHERE key_sha256 = %(key)s", key=digest(key)
        )
