"""Sessions: signing in, asking whether one is still open, and closing it."""

from datetime import timedelta
from typing import Any

from cuadra.catalog.sessions import close_session, open_session, verified
from cuadra.dialects.colppy import errors
from cuadra.dialects.colppy.auth import digest_from_password, settings_of
from cuadra.dialects.colppy.call import Call
from cuadra.dialects.colppy.errors import Refusal
from cuadra.dialects.colppy.settings import DIALECT


async def sign_in(call: Call) -> dict[str, Any]:
    """Usuario/iniciar_sesion: a key of a session more; the user's others go on."""
    password = call.parameters.raw.get("password")
    digest = digest_from_password(password if isinstance(password, str) else "")
    grants = await verified(call.admission.users, digest)
    if not grants:
        raise Refusal(errors.ESTADO_PASSWORD, errors.BAD_PASSWORD, versioned=False)
    minutes = min(settings_of(grant).session_minutes for grant in grants)
    key = await open_session(
        call.database,
        dialect=DIALECT,
        identity=call.user,
        credentials=tuple(grant.id for grant in grants),
        lifetime=timedelta(minutes=minutes),
        now=call.now,
    )
    return {"data": {"claveSesion": key}}


async def validate(_: Call) -> dict[str, Any]:
    """Usuario/validar_sesion: nothing but that the session is open, which was checked."""
    return {}


async def sign_out(call: Call) -> dict[str, Any]:
    """Usuario/cerrar_sesion: ends this session."""
    await close_session(call.database, call.key)
    return {}
