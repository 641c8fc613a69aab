"""Who calls: a developer on every call, and a user by the key of a session.

Both have a password, of which the MD5 travels. Which companies a user may work with is asked of the database on
every call; the order of the checks is session given, user may work with the company, key valid.
"""

import re
from datetime import datetime, timedelta
from typing import Any

import msgspec

from cuadra.catalog.request_limits import note_request
from cuadra.catalog.sessions import Admission, Grant, Session, load_admission, verified
from cuadra.database.pool import Database
from cuadra.dialects.colppy import errors, wire
from cuadra.dialects.colppy.errors import Failure, Refusal
from cuadra.dialects.colppy.reading import Parameters
from cuadra.dialects.colppy.settings import (
    DEVELOPER_DIALECT,
    DIALECT,
    ColppySettings,
    settings_from_values,
)

_NOBODYS = -1


class Caller(msgspec.Struct, frozen=True):
    """What a request says of who sends it, everything a text; nothing of it is proved yet."""

    developer: str
    developer_digest: str
    user: str
    key: str
    parameters: dict[str, Any]


class Known(msgspec.Struct, frozen=True):
    """What the database knows of a caller. `developers` are proved; of a user, what a session proves."""

    caller: Caller
    admission: Admission
    developers: tuple[Grant, ...]
    named: tuple[Grant, ...]  # the user's credentials for the company the request names

    @property
    def home(self) -> Grant | None:
        """Whose settings the answer obeys: the company the request names, else the developer's."""
        return next(iter((*self.named, *self.developers)), None)


def caller_from_request(request: wire.RequestIn, *, signing_in: bool) -> Caller:
    """Read the two identities out of an envelope; what is no text is nobody. Who signs in has no session."""
    parameters = request.parameters if isinstance(request.parameters, dict) else {}
    session = None if signing_in else parameters.get("sesion")
    holder = parameters if signing_in else session
    return Caller(
        developer=_text(request.auth, "usuario"),
        developer_digest=digest_from_password(_text(request.auth, "password")),
        user=_text(holder, "usuario"),
        key=_text(session, "claveSesion"),
        parameters=parameters,
    )


async def load_known(database: Database, caller: Caller, now: datetime) -> Known:
    """Ask the database, and verify the developer."""
    admission = await load_admission(
        database,
        dialect=DIALECT,
        author_dialect=DEVELOPER_DIALECT,
        author=caller.developer,
        user=caller.user,
        key=caller.key,
        now=now,
    )
    wanted = _company_id(caller)
    return Known(
        caller=caller,
        admission=admission,
        developers=await verified(admission.authors, caller.developer_digest),
        named=tuple(
            sorted(
                (grant for grant in admission.users if id_of_company(grant) == wanted),
                key=lambda grant: settings_of(grant).company_id is None,  # a chosen id comes first
            )
        ),
    )


def check_developer(known: Known, settings: ColppySettings, *, session: bool) -> None:
    """Raise `Refusal` 602 unless the developer is known; a company may trust its sessions."""
    if not known.developers and (settings.developer_check or not session):
        raise Refusal(errors.ESTADO_PASSWORD, errors.BAD_PASSWORD, versioned=False)


async def check_rate(
    database: Database, known: Known, settings: ColppySettings, now: datetime
) -> None:
    """Raise `Refusal` with the seconds to wait when a developer calls too often."""
    home = known.home
    if home is None or settings.rate_limit == "off":
        return
    if settings.rate_limit == "auto" and home.sandbox:
        return
    limits = [
        (settings.requests_per_minute, timedelta(minutes=1)),
        (settings.requests_per_five_minutes, timedelta(minutes=5)),
    ]
    name = f"{DIALECT} {known.caller.developer.lower()[:100]}"
    if delay := await note_request(database, name, limits, now):
        raise Refusal(None, errors.TOO_MANY, retry_after=delay)


def check_session(known: Known) -> Session:
    """The session a key opens, if it is the user's, who still has a company. Raises `Refusal` 1."""
    session = known.admission.session
    if session is None or session.identity.lower() != known.caller.user.lower():
        raise Refusal(errors.ESTADO_SESSION, errors.BAD_SESSION)
    if not grants_of_session(known.admission):
        raise Refusal(errors.ESTADO_SESSION, errors.BAD_SESSION)
    return session


def grant_of_company(known: Known) -> Grant:
    """The credential for the company the request names. Raises `Refusal` and `Failure`."""
    if not known.caller.key or not known.admission.users:
        raise Refusal(errors.ESTADO_SESSION, errors.BAD_SESSION)
    if not known.named:
        if _company_id(known.caller) is None:
            raise Failure(errors.COMPANY_MISSING)
        raise Failure(errors.NO_PERMISSION)
    check_session(known)
    opened = {grant.id for grant in grants_of_session(known.admission)}
    for grant in known.named:
        if grant.id in opened:
            return grant
    raise Refusal(errors.ESTADO_SESSION, errors.BAD_SESSION)


def grants_of_session(admission: Admission) -> tuple[Grant, ...]:
    """The standing credentials that a session was opened with."""
    opened = admission.session.credentials if admission.session else ()
    return tuple(grant for grant in admission.users if grant.id in opened)


def id_of_company(grant: Grant) -> int:
    """What the vendor calls idEmpresa: chosen by the company, or its id here."""
    return settings_of(grant).company_id or grant.company_id


def settings_of(grant: Grant) -> ColppySettings:
    """The settings of the company a credential opens."""
    return settings_from_values(grant.settings)


def digest_from_password(text: str) -> str:
    """The MD5 of a password as it is sent, in any case; empty for what cannot be one.

    >>> digest_from_password("FE01CE2A7FBAC8FAFAED7C982A04E229"), digest_from_password("demo")
    ('fe01ce2a7fbac8fafaed7c982a04e229', '')
    """
    text = text.strip().lower()
    return text if re.fullmatch(r"[0-9a-f]{32}", text) else ""


def _company_id(caller: Caller) -> int | None:
    """The company a request names; customers name theirs in `info_general`. Two of them are nobody's."""
    named = set()
    for holder in (caller.parameters, caller.parameters.get("info_general")):
        if isinstance(holder, dict):
            try:
                named.add(Parameters(holder).id("idEmpresa"))
            except Failure:
                return _NOBODYS
    named.discard(None)
    return _NOBODYS if len(named) > 1 else next(iter(named), None)


def _text(holder: object, name: str) -> str:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value.strip() if isinstance(value, str) else ""
