"""Sign-in as the vendor does it: a username and an access key for a token of 24 hours."""

from datetime import datetime

from cuadra.catalog.credentials import KnownCredential, find_credential
from cuadra.catalog.tokens import LIFETIME, Bearer, Tokens
from cuadra.database.pool import Database
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.errors import Failure

DIALECT = "siigo"


def unauthorized() -> Failure:
    """The answer to a missing, false or expired token."""
    message = "Unauthorized"
    return Failure(401, [wire.PascalError("unauthorized", message, [], None)])


async def sign_in(
    database: Database, tokens: Tokens, body: wire.TokenIn, now: datetime
) -> tuple[int, wire.TokenOut]:
    """A credential's id and a token for it. Raises `Failure` 400 as the vendor does."""
    for name in ("username", "access_key"):
        if not getattr(body, name):
            message = f"The field {name} is required"
            raise Failure(400, [wire.PascalError("parameter_required", message)])
    assert body.username is not None and body.access_key is not None
    credential = await find_credential(database, DIALECT, body.username, body.access_key)
    if credential is None:
        raise Failure(400, [wire.PascalError("invalid_value", "Invalid value: access_key")])
    token = tokens.issue(
        Bearer(credential.id, body.username), now, _claims(credential, body.username)
    )
    return credential.id, wire.TokenOut(token, int(LIFETIME.total_seconds()), "Bearer", "SiigoAPI")


def _claims(credential: KnownCredential, username: str) -> dict[str, str]:
    """What the vendor's tokens carry; clients read the company key."""
    return {
        "mail_siigo": username,
        "cloud_tenant_company_key": credential.company_name,
        "users_id": str(credential.id),
        "tenant_id": credential.company_guid,
        "user_license_type": "0",
        "plan_type": "0",
        "tenant_state": "1",
    }
