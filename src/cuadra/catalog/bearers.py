"""Whom a long-lived bearer token stands for, at doors where it alone says who calls.

Such a token comes with every request, so what it stands for is kept in a small bounded cache under its
digest. A hit is safe: a transaction is opened by the credential's id and begins by checking that it still
stands. Misses are not kept, since a token may be issued any moment. This module decides nothing: whether
the other things a caller sends belong to the credential is the door's business.
"""

from cuadra.catalog.credentials import StandingCredential, digest, find_credentials_by_secret
from cuadra.database.pool import Database

_CACHED_MAX = 1000


class Bearers:
    """The bearer tokens that one process has met lately."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], tuple[StandingCredential, ...]] = {}

    async def find(
        self, database: Database, dialect: str, secret: str, *, again: bool = False
    ) -> tuple[StandingCredential, ...]:
        """The credentials that stand with this secret, oldest first; nothing when it is no token of ours.

        With `again` the database is asked in any case. A door does so before it refuses a caller on
        account of a cached answer: when its transaction says that the credential was revoked, and when
        none of the identities is the caller's. A company may have been deleted and loaded again with
        the same tokens. Raises `DatabaseUnavailable`.
        """
        key = (dialect, digest(secret))
        if not again and key in self._known:
            return self._known[key]
        found = tuple(await find_credentials_by_secret(database, dialect, secret))
        self._known.pop(key, None)
        if found:
            while len(self._known) >= _CACHED_MAX:
                del self._known[next(iter(self._known))]
            self._known[key] = found
        return found
