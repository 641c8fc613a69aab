"""Who calls: an API key, and the connection that the body names, which must be the key's.

Keys are long-lived, handed out by the command line and revocable. A call is a whole job, so the database
is asked every time and nothing is remembered.
"""

import re

from cuadra.catalog.credentials import StandingCredential, find_credentials_by_secret
from cuadra.database.pool import Database
from cuadra.dialects.siigo_pyme import errors
from cuadra.dialects.siigo_pyme.job import Refused
from cuadra.dialects.siigo_pyme.settings import DIALECT


def key_from_header(header: str | None) -> str:
    """The key of an Authorization header, its scheme in any case. Raises `Refused` 401.

    >>> key_from_header("bearer abc")
    'abc'
    """
    parts = re.fullmatch(r"\s*bearer\s+(\S+)\s*", header or "", re.IGNORECASE)
    if parts is None:
        raise Refused(401, errors.KEY_WRONG)
    return parts[1]


async def load_connections(database: Database, key: str) -> list[StandingCredential]:
    """The connections a key opens; several only where company files share it. Raises `Refused` 401."""
    found = await find_credentials_by_secret(database, DIALECT, key)
    if not found:
        raise Refused(401, errors.KEY_WRONG)
    return found


def connection_of(name: str, connections: list[StandingCredential]) -> StandingCredential:
    """The connection with this name. Raises `Refused` 404, also for another key's."""
    for connection in connections:
        if connection.identity == name:
            return connection
    raise Refused(404, errors.CONNECTION_UNKNOWN.format(name[:60]))
