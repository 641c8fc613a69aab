"""Who calls: a bearer token that stands for a credential, and the company's own key beside it.

Tokens are long-lived, handed out by the command line and revocable; there is no sign-in.
"""

import re

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
