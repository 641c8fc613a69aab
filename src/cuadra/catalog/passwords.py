"""Passwords that people choose: kept as a slow salted hash, verified away from the event loop.

Programs send the MD5 of a password, so that digest is what is hashed with argon2 (RFC 9106) and stored.
Callers repeat it with every request, so pairs that were verified are kept in a small bounded cache, under a fast
keyed hash of stored hash and digest together: what is remembered is a fact of arithmetic and never grows old. Whether
the credential still stands is asked of the database every time.
"""

import asyncio
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_CACHED_MAX = 10_000
_AT_ONCE = 2
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # as OWASP advises
_cache_key = secrets.token_bytes(32)
_verified: dict[bytes, None] = {}
_rooms: dict[int, asyncio.Semaphore] = {}  # one for each event loop


def digest_of_password(password: str) -> str:
    """What programs send instead of a password.

    >>> digest_of_password("demo")
    'fe01ce2a7fbac8fafaed7c982a04e229'
    """
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


async def hash_digest(digest: str) -> str:
    """What is stored of a password's digest; never the same twice."""
    async with _room():
        return await asyncio.to_thread(_hasher.hash, digest)


async def is_password(stored: str, digest: str) -> bool:
    """Whether a digest is of the password that was stored."""
    name = hashlib.blake2b(f"{stored}\n{digest}".encode(), key=_cache_key).digest()
    if name in _verified:
        return True
    async with _room():
        if not await asyncio.to_thread(_verify, stored, digest):
            return False
    while len(_verified) >= _CACHED_MAX:
        del _verified[next(iter(_verified))]
    _verified[name] = None
    return True


async def pretend_to_verify(digest: str) -> None:
    """Take as long as verifying does, so that nobody can tell which users there are."""
    await is_password(_NOBODY, digest)


def _verify(stored: str, digest: str) -> bool:
    try:
        return _hasher.verify(stored, digest)
    except (VerificationError, InvalidHashError):
        return False


def _room() -> asyncio.Semaphore:
    """Lets few be verified at once: each takes a processor, and much memory."""
    loop = id(asyncio.get_running_loop())
    if loop not in _rooms:
        _rooms.clear()
        _rooms[loop] = asyncio.Semaphore(_AT_ONCE)
    return _rooms[loop]


_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5J3Mgc2FsdA$6ZpnTRTVSbSnLE6Q3Vn0gQy1cRj5dYcFK0sl8vR4jUg"
)
