"""Access tokens: signed, short-lived, and standing for one credential.

They are real JWTs, because clients of some vendors decode them. A token names a credential; every
transaction checks that this credential still stands, so revoking it is enough. Verified tokens are
kept in a small bounded cache, since verifying one costs as much as the rest of a request.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import jwt

LIFETIME = timedelta(hours=24)
_CACHED_TOKENS_MAX = 1000
_ISSUER = "cuadra"
_OPTIONS: Any = {
    "require": ["sub", "exp"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


class Bearer(NamedTuple):
    """Whom a token stands for: a credential, and the name of its user for the audit trail."""

    credential: int
    actor: str


class InvalidToken(Exception):
    """The token is missing, false or expired."""


class Tokens:
    """Issues and verifies the tokens of one installation. The clock is the caller's."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._verified: dict[bytes, tuple[Bearer, float]] = {}

    def issue(self, bearer: Bearer, now: datetime, claims: dict[str, str] | None = None) -> str:
        """A token of 24 hours; `claims` are what a vendor's own tokens carry besides."""
        return jwt.encode(
            {
                **(claims or {}),
                "iss": _ISSUER,
                "sub": str(bearer.credential),
                "actor": bearer.actor,
                "iat": int(now.timestamp()),
                "exp": int((now + LIFETIME).timestamp()),
                "jti": uuid4().hex,
            },
            self._key,
            algorithm="HS256",
        )

    def verify(self, token: str, now: datetime) -> Bearer:
        """Whom a token stands for. Raises `InvalidToken`."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        known = self._verified.get(digest)
        if known is None:
            known = self._decode(token)
            while len(self._verified) >= _CACHED_TOKENS_MAX:
                del self._verified[next(iter(self._verified))]
            self._verified[digest] = known
        bearer, expires_at = known
        if expires_at <= now.timestamp():
            raise InvalidToken("the token has expired")
        return bearer

    def verify_header(self, header: str | None, now: datetime) -> Bearer:
        """Whom an Authorization header stands for, with or without the word Bearer. Raises `InvalidToken`."""
        text = (header or "").strip()
        if text[:7].lower() == "bearer ":
            text = text[7:].strip()
        if not text:
            raise InvalidToken("there is no token")
        return self.verify(text, now)

    def _decode(self, token: str) -> tuple[Bearer, float]:
        # Expiry is checked on every use against the caller's clock, not once against the system's.
        try:
            claims = jwt.decode(
                token, self._key, algorithms=["HS256"], issuer=_ISSUER, options=_OPTIONS
            )
            return Bearer(int(claims["sub"]), str(claims["actor"])), float(claims["exp"])
        except (jwt.InvalidTokenError, KeyError, ValueError, UnicodeError) as error:
            raise InvalidToken("the token is not one of ours") from error
