"""Sessions and the two identities: who gets in, for how long, and who no longer."""

from datetime import timedelta
from typing import Any

import httpx2
import msgspec
import psycopg
import pytest

from cuadra.catalog.credentials import (
    IssuedCredential,
    issue_credential,
    list_credentials,
    revoke_credential,
)
from cuadra.catalog.tables import find_dialect
from tests.demo import NOW
from tests.dialects.colppy.client import (
    AUTH,
    USER,
    USER_PASSWORD,
    Colppy,
    connected,
    md5,
)

INVALID = {"estado": 1, "mensaje": "La sesion no es válida."}
WRONG = {"estado": 602, "mensaje": "La contraseña de usuario es incorrecta"}
ALIVE = {"estado": 0, "mensaje": "La operación se realizó correctamente"}


async def state(colppy: Colppy, key: str | None = None) -> Any:
    """What reading the company answers with a key."""
    colppy.key = colppy.key if key is None else key
    return (await colppy.answer("Empresa", "leer_empresa"))["result"]


async def signed_in(colppy: Colppy, user: str, password: str, auth: Any = AUTH) -> Any:
    """What signing in answers."""
    body = colppy.body("Usuario", "iniciar_sesion", {"usuario": user, "password": md5(password)})
    body["auth"] = auth
    return (await colppy.call(msgspec.json.encode(body))).json()


async def revoke(colppy: Colppy, company: str, dialect: str) -> None:
    """Revoke the credential of a company's user, or of its developer."""
    colppy.changed = True
    found = await list_credentials(colppy.database, company)
    one = next(one.id for one in found if one.dialect == dialect)
    await revoke_credential(colppy.database, company, one, NOW)


async def issue(colppy: Colppy, company: str, identity: str | None = None) -> IssuedCredential:
    """A new password of a company's user."""
    colppy.changed = True
    door = find_dialect("colppy")
    assert door is not None
    return await issue_credential(colppy.database, company, door, identity)


async def test_a_session_lives_an_hour_from_its_last_use(colppy: Colppy) -> None:
    for minutes in (59, 50, 59):
        colppy.clock.now += timedelta(minutes=minutes)
        assert await state(colppy) == ALIVE
    colppy.clock.now += timedelta(minutes=60)
    answer = await colppy.answer("Empresa", "leer_empresa")
    assert (answer["result"], answer["response"]) == (INVALID, None)
    assert await state(colppy, await colppy.sign_in()) == ALIVE


async def test_a_session_is_renewed_at_most_once_a_minute(colppy: Colppy) -> None:
    colppy.clock.now += timedelta(seconds=59)
    assert await state(colppy) == ALIVE  # nothing is written
    colppy.clock.now = NOW + timedelta(minutes=60)
    assert await state(colppy) == INVALID


async def test_what_is_refused_renews_nothing(colppy: Colppy) -> None:
    colppy.clock.now += timedelta(minutes=30)
    body = colppy.body("Empresa", "leer_empresa", colppy.session()) | {"auth": {}}
    assert (await colppy.call(msgspec.json.encode(body))).json()["result"] == WRONG
    colppy.clock.now = NOW + timedelta(minutes=60)
    assert await state(colppy) == INVALID


async def test_several_sessions_live_side_by_side_and_end_alone(colppy: Colppy) -> None:
    first = colppy.key
    second = await colppy.sign_in()
    assert first != second
    assert [await state(colppy, key) for key in (first, second)] == [ALIVE, ALIVE]
    assert (await colppy.send("Usuario", "cerrar_sesion"))["success"] is True
    assert [await state(colppy, key) for key in (second, first)] == [INVALID, ALIVE]
    assert (await colppy.answer("Usuario", "validar_sesion"))["result"] == ALIVE


async def test_all_processes_share_sessions(colppy: Colppy) -> None:
    async with connected(colppy.url) as other:
        assert await state(other, colppy.key) == ALIVE
        await other.send("Usuario", "cerrar_sesion")
    assert await state(colppy) == INVALID


async def test_keys_and_passwords_are_not_stored(colppy: Colppy) -> None:
    async with await psycopg.AsyncConnection.connect(colppy.url) as owner:
        cursor = await owner.execute(
            "SELECT encode(key_sha256, 'hex') || identity FROM control.session"
            " UNION ALL SELECT concat(encode(secret_sha256, 'hex'), secret_argon2) FROM control.credential"
        )
        stored = " ".join(row[0] for row in await cursor.fetchall())
    assert stored.count("$argon2id$") == 4
    assert colppy.key not in stored
    assert md5(USER_PASSWORD) not in stored


async def test_old_sessions_are_removed(colppy: Colppy) -> None:
    for _ in range(3):
        await colppy.sign_in()
    colppy.clock.now += timedelta(hours=2)
    await colppy.sign_in()
    async with colppy.database.control() as transaction:
        assert await transaction.row("SELECT count(*) FROM control.session") == (1,)


async def test_a_revoked_user_is_out_at_once(colppy: Colppy) -> None:
    await revoke(colppy, "demo-ar", "colppy")
    assert await colppy.refused("Empresa", "leer_empresa") == (
        "El usuario no tiene permiso sobre la empresa."
    )
    rows = (await colppy.send("Empresa", "listar_empresa"))["data"]
    assert [row["razonSocial"] for row in rows] == ["Comercial Demo S.A.S."]
    await revoke(colppy, "demo", "colppy")
    assert await state(colppy) == INVALID
    assert (await signed_in(colppy, USER, USER_PASSWORD))["result"] == WRONG


async def test_a_revoked_developer_is_out_at_once(colppy: Colppy) -> None:
    assert await state(colppy) == ALIVE
    for company in ("demo", "demo-ar"):
        await revoke(colppy, company, "colppy_developer")
    assert await state(colppy) == WRONG


async def test_a_session_opens_the_companies_whose_password_was_given(colppy: Colppy) -> None:
    issued = await issue(colppy, "demo", "shop@example.com")
    other = await issue(colppy, "demo-ar", "shop@example.com")
    key = (await signed_in(colppy, "shop@example.com", issued.secret))["response"]["data"]
    session = {"sesion": {"usuario": "SHOP@example.com", **key}}
    for company, expected in (("1", ALIVE), ("98", INVALID)):
        parameters = session | {"idEmpresa": company}
        body = colppy.body("Empresa", "leer_empresa", parameters)
        assert (await colppy.call(msgspec.json.encode(body))).json()["result"] == expected
    assert (await signed_in(colppy, "shop@example.com", other.secret))["result"] == ALIVE


async def test_an_issued_password_is_one_more(colppy: Colppy) -> None:
    issued = await issue(colppy, "demo-ar")
    assert issued.identity == USER
    for password in (USER_PASSWORD, issued.secret):
        assert (await signed_in(colppy, USER, password))["result"] == ALIVE
    assert (await signed_in(colppy, USER, issued.secret + "x"))["result"] == WRONG


@pytest.mark.parametrize(
    "auth",
    [
        None,
        {},
        [],
        "demo",
        {"usuario": None, "password": None},
        {"usuario": AUTH["usuario"]},
        {"usuario": AUTH["usuario"], "password": "demo-dev"},
        {"usuario": AUTH["usuario"], "password": 1},
        {"usuario": "nobody", "password": AUTH["password"]},
        {"usuario": USER, "password": md5(USER_PASSWORD)},
    ],
)
async def test_nobody_else_is_a_developer(colppy: Colppy, auth: Any) -> None:
    answer = await signed_in(colppy, USER, USER_PASSWORD, auth)
    assert (answer["result"], answer["response"]) == (WRONG, None)
    assert "version" not in answer["service"]


@pytest.mark.parametrize(
    "session",
    [
        None,
        "",
        [],
        {},
        {"usuario": USER},
        {"usuario": USER, "claveSesion": None},
        {"usuario": USER, "claveSesion": ""},
        {"usuario": USER, "claveSesion": 5},
        {"usuario": "nobody@example.com", "claveSesion": "KEY"},
        {"claveSesion": "KEY"},
        {"usuario": USER, "claveSesion": "KEYx"},
    ],
)
async def test_nobody_else_has_a_session(colppy: Colppy, session: Any) -> None:
    if isinstance(session, dict) and isinstance(session.get("claveSesion"), str):
        session = session | {"claveSesion": session["claveSesion"].replace("KEY", colppy.key)}
    for provision, operacion in (("Empresa", "leer_empresa"), ("Empresa", "listar_empresa")):
        answer = await colppy.answer(provision, operacion, sesion=session)
        assert (answer["result"], answer["response"]) == (INVALID, None)
        assert answer["service"]["version"] == "1_0_0_0"


async def test_the_lifetime_is_a_setting_and_the_shortest_counts(colppy: Colppy) -> None:
    colppy.choose(session_minutes=20)
    colppy.choose(company="demo", session_minutes=30)
    await colppy.sign_in()
    colppy.clock.now += timedelta(minutes=19)
    assert await state(colppy) == ALIVE
    colppy.clock.now += timedelta(minutes=20)
    assert await state(colppy) == INVALID


async def expired(colppy: Colppy, **settings: Any) -> httpx2.Response:
    """What an expired session meets with these settings."""
    colppy.choose(**settings)
    colppy.clock.now += timedelta(hours=2)
    body = colppy.body("Empresa", "leer_empresa", colppy.session())
    return await colppy.call(msgspec.json.encode(body))


async def test_an_expired_session_may_meet_a_page(colppy: Colppy) -> None:
    answer = await expired(colppy, expired_session="html")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<!DOCTYPE html>")
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_an_expired_session_may_meet_nothing(colppy: Colppy) -> None:
    answer = await expired(colppy, expired_session="empty")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_a_company_may_trust_its_sessions(colppy: Colppy) -> None:
    colppy.choose(developer_check=False)
    body = colppy.body("Empresa", "leer_empresa", colppy.session()) | {"auth": None}
    assert (await colppy.call(msgspec.json.encode(body))).json()["result"] == ALIVE
    assert (await signed_in(colppy, USER, USER_PASSWORD, None))["result"] == WRONG
