"""Who calls: a bearer token that stands for a credential, and the company's own key beside it.

Tokens are long-lived, handed out by the command line and revocable; there is no sign-in.
"""

import re
from typing import NamedTuple

from cuadra.catalog.credentials import digest
from cuadra.database.pool import Database
from cuadra.dialects.serpi import errors
from cuadra.dialects.serpi.errors import Failure


def token_from_header(header: str | None) -> tuple[str, bool]:
    """The token of an Authorization header, and whether it was written as it must be. Raises `Failure`.

    The scheme may be in any case. `Bearer` without a blank after it, as in the vendor's samples, is for
    the company to allow.

    >>> token_from_header("bearer abc"), token_from_header("Bearerabc")
    (('abc', True), ('abc', False))
    """
    parts = re.fullmatch(r"\s*bearer(\s*)(\S+)\s*", header or "", re.IGNORECASE)
    if parts is None:
        raise Failure(401, errors.TOKEN_WRONG)
    return parts[2], bool(parts[1])


class Bearer(NamedTuple):
    """Whom a token stands for: a credential, its company key, and its company."""

    credential: int
    identity: str
    company: str


class Bearers:
    """The credentials of tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, token: str) -> list[Bearer]:
        """The credentials with this token, one for each company key."""
        async with self._database.control() as transaction:
            rows = await transaction.rows(
                "SELECT k.id, k.identity, k.company_name FROM control.credential k"
                "  JOIN control.company c ON c.name = k.company_name AND c.live"
                " WHERE k.dialect = 'serpi' AND k.secret_sha256 = %(digest)s AND k.revoked_at IS NULL",
                digest=digest(token),
            )
        return [Bearer(*row) for row in rows]
