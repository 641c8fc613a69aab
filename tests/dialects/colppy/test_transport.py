"""The one address: methods, bodies of every sort, the settings of the envelope, and the limit of requests."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.dialects.colppy.client import AUTH, PATH, USER, Colppy, connected
from tests.dialects.colppy.test_recordings import CORS

FAILED = {"estado": 2, "mensaje": "Ocurrió un error durante la ejecución del servicio"}
INVALID = {"estado": 1, "mensaje": "La sesion no es válida."}
ALIVE = {"estado": 0, "mensaje": "La operación se realizó correctamente"}


def check_envelope(answer: Any) -> Any:
    """An answer of any sort has the vendor's envelope; its body."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert {name: answer.headers[name] for name in CORS} == CORS
    body = answer.json()
    assert list(body) == ["service", "result", "response"]
    assert list(body["result"]) == ["estado", "mensaje"]
    assert type(body["result"]["estado"]) is int
    if body["result"]["estado"]:
        assert body["response"] is None
    return body


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"   ",
        b"{",
        b"null",
        b"[]",
        b"[{}]",
        b'"text"',
        b"12",
        b"true",
        b"usuario=demo&password=x",
        b"\xff\xfe{\x00}\x00",
        b'{"auth":"\xff"}',
        b'{"auth":"\x00"}',
        b'{"auth":"\\u0000"}',
        b'{"\\u0000":1}',
        b'{"auth":"\\ud800"}',
        b'{"auth":NaN}',
        b'{"auth":1e999999999999}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"auth":' + b"[" * 900 + b"]" * 900 + b"}",
        b"<xml/>",
        b"{} {}",
        b"{'auth':{}}",
        b" " * (2 * 1024 * 1024 + 1),
    ],
    ids=range(25),
)
async def test_a_body_that_is_none_fails_in_the_envelope(colppy: Colppy, raw: bytes) -> None:
    body = check_envelope(await colppy.call(raw))
    wrong = {"estado": 602, "mensaje": "La contraseña de usuario es incorrecta"}
    assert body["result"] in (FAILED, wrong)
    assert body["service"]["provision"] is None


@pytest.mark.parametrize("method", ["POST", "GET", "PUT", "DELETE", "PATCH"])
async def test_any_method_and_media_type_will_do(colppy: Colppy, method: str) -> None:
    raw = msgspec.json.encode(colppy.body("Empresa", "leer_empresa", colppy.session()))
    for media in ("application/json", "text/plain", "multipart/form-data; boundary=x", ""):
        answer = await colppy.call(
            b"\xef\xbb\xbf" + raw, method=method, headers={"content-type": media}
        )
        assert check_envelope(answer)["response"]["success"] is True


@pytest.mark.parametrize("path", [PATH, PATH + "/", "/" + PATH, "/lib/Frontera2/Service.PHP"])
async def test_the_path_in_any_form(colppy: Colppy, path: str) -> None:
    raw = msgspec.json.encode(colppy.body("Usuario", "validar_sesion", colppy.session()))
    assert check_envelope(await colppy.call(raw, path=path))["result"] == ALIVE


async def test_browsers_may_ask_first(colppy: Colppy) -> None:
    answer = await colppy.call(None, method="OPTIONS", headers={"origin": "https://example.com"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert {name: answer.headers[name] for name in CORS} == CORS


ODD = [None, "", "x", 0, -1, 1.5, True, [], [1], {}, {"a": None}, "á" * 3000, 10**30]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("member", ["auth", "service", "parameters", "filter", "order"])
async def test_odd_members_of_the_envelope(colppy: Colppy, member: str, odd: Any) -> None:
    body = colppy.body("Empresa", "listar_empresa", colppy.session()) | {member: odd}
    check_envelope(await colppy.call(msgspec.json.encode(body)))


@pytest.mark.parametrize("odd", ODD, ids=repr)
async def test_odd_names_and_ids(colppy: Colppy, odd: Any) -> None:
    parameters = colppy.session()
    for service in (
        {"provision": odd, "operacion": "leer_empresa"},
        {"provision": "Empresa", "operacion": odd},
    ):
        body = colppy.body("", "", parameters) | {"service": service}
        found = check_envelope(await colppy.call(msgspec.json.encode(body)))
        assert found["result"] == FAILED
    for operacion in ("leer_empresa", "leer_numero_recibo"):
        answer = await colppy.answer("Empresa", operacion, idEmpresa=odd)
        assert answer["result"] == ALIVE
        assert answer["response"]["success"] is False
    answer = await colppy.answer("Usuario", "iniciar_sesion", usuario=odd, password=odd)
    assert answer["result"]["estado"] == 602


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (("Empresa", "leer_numero_recibo"), "prefijo"),
        (("Empresa", "leer_talonario"), "descTipoComprobante"),
        (("Empresa", "leer_talonario"), "talonarioDefault"),
        (("Empresa", "proximo_numero_factura"), "prefijo"),
        (("Empresa", "proximo_numero_factura"), "tipofactura"),
        (("Empresa", "proximo_numero_factura"), "tipocomprobante"),
        (("Empresa", "listar_resoluciones"), "idTipoComprobante"),
        (("Empresa", "listar_ccostos"), "ccosto"),
        (("Contabilidad", "listar_cuentasdiario"), "query"),
        (("Contabilidad", "leer_arbol_contabilidad"), "fechaDesde"),
        (("Contabilidad", "leer_arbol_contabilidad"), "fechaHasta"),
        (("Tesoreria", "listado_banco"), "filter"),
        (("Tesoreria", "listado_banco"), "order"),
        (("Moneda", "listar_monedas"), "start"),
        (("Moneda", "listar_monedas"), "limit"),
    ],
)
async def test_odd_parameters(
    colppy: Colppy, operation: tuple[str, str], name: str, odd: Any
) -> None:
    answer = await colppy.answer(*operation, **{name: odd})
    assert answer["result"] == ALIVE
    assert answer["response"]["message"]


async def test_names_may_have_to_be_exact(colppy: Colppy) -> None:
    assert (await colppy.answer("EMPRESA", "Leer_Empresa"))["result"] == ALIVE
    colppy.choose(case="exact")
    assert (await colppy.answer("EMPRESA", "Leer_Empresa"))["result"] == FAILED
    assert (await colppy.answer("Empresa", "leer_empresa"))["result"] == ALIVE


async def test_what_an_unknown_operation_meets_is_a_setting(colppy: Colppy) -> None:
    colppy.choose(internal_estado=7)
    assert (await colppy.answer("Nada", "nada"))["result"] == FAILED | {"estado": 7}
    colppy.choose(unknown_operation="success_false")
    assert await colppy.refused("Nada", "nada") == FAILED["mensaje"]


async def test_a_lost_database_is_a_failure(colppy: Colppy) -> None:
    await colppy.database.close()
    answer = await colppy.answer("Empresa", "leer_empresa")
    assert (answer["result"], answer["response"]) == (FAILED, None)


async def test_requests_are_limited_where_the_company_wants_it(colppy: Colppy) -> None:
    colppy.choose(rate_limit="on", requests_per_minute=3, requests_per_five_minutes=5)
    raw = msgspec.json.encode(colppy.body("Empresa", "leer_empresa", colppy.session()))
    start = colppy.clock.now
    expected = [(0, 200), (10, 200), (20, 200), (25, 35), (60, 200), (61, 9), (70, 200), (80, 220)]
    for seconds, outcome in expected:
        colppy.clock.now = start + timedelta(seconds=seconds)
        answer = await colppy.call(raw)
        if outcome == 200:
            assert answer.status_code == 200
            continue
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == str(outcome)
        assert {name: answer.headers[name] for name in CORS} == CORS
        assert answer.json()["response"] is None
    colppy.clock.now = start + timedelta(seconds=300)
    assert (await colppy.call(raw)).status_code == 200


async def test_the_limit_holds_for_requests_at_once(colppy: Colppy) -> None:
    colppy.choose(rate_limit="on", requests_per_minute=3)
    raw = msgspec.json.encode(colppy.body("Empresa", "leer_empresa", colppy.session()))
    async with connected(colppy.url) as other:
        calls = [one.call(raw) for one in (colppy, other) for _ in range(10)]
        statuses = [answer.status_code for answer in await asyncio.gather(*calls)]
    assert sorted(statuses) == [200] * 3 + [429] * 17


async def test_sandboxes_are_not_limited(colppy: Colppy) -> None:
    colppy.choose(requests_per_minute=1)
    for _ in range(3):
        assert (await colppy.answer("Empresa", "leer_empresa"))["result"] == ALIVE
    async with colppy.database.control() as transaction:
        await transaction.execute("UPDATE control.company SET sandbox = false")
    raw = msgspec.json.encode(colppy.body("Empresa", "leer_empresa", colppy.session()))
    assert [(await colppy.call(raw)).status_code for _ in range(3)] == [200, 429, 429]


async def test_signing_in_needs_no_session_object(colppy: Colppy) -> None:
    body = {
        "auth": AUTH,
        "service": {"provision": "Usuario", "operacion": "iniciar_sesion"},
        "parameters": {"usuario": USER, "password": "fe01ce2a7fbac8fafaed7c982a04e229", "sesion": {}},
    }  # fmt: skip
    assert check_envelope(await colppy.call(msgspec.json.encode(body)))["result"] == ALIVE
