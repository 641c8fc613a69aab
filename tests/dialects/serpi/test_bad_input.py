"""Bad input gets a refusal in the vendor's envelope: never a 500, never half a document.

The books are checked against themselves after every test that changed them (see conftest).
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from cuadra.dialects.serpi import wire
from cuadra.dialects.serpi.answers import Envelope
from cuadra.dialects.serpi.body import BODY_BYTES_MAX
from cuadra.dialects.serpi.server import OPERATIONS
from tests.dialects.serpi import bodies
from tests.dialects.serpi.client import DOCUMENTS, QUERY, Serpi
from tests.dialects.siigo.recording import Number, dump, parse

THIRD_PARTY = {
    "tipoidentidad": "CC",
    "identificacion": "52111222",
    "nombres": "Ana",
    "codigociudad": "11001",
}
RANGE = {
    "numeroDesde": 5000,
    "numeroHasta": 6000,
    "fechaDesde": "2023-03-01",
    "fechaHasta": "2023-03-31",
}
# Method, path, wire type, a body that is right, and whether it is a member of an array.
SENT: dict[str, tuple[str, str, Any, Any, bool]] = {
    "query": ("POST", QUERY, wire.QueryIn, RANGE | {"tiposDocumentos": [24470]}, False),
    "bare query": ("POST", DOCUMENTS, wire.QueryIn, RANGE | {"tiposDocumentos": [24470]}, False),
    "create": ("POST", DOCUMENTS, wire.DocumentIn, bodies.purchase(8), True),
    "delete": ("PUT", DOCUMENTS, wire.DeleteIn, RANGE | {"idTipoDocumento": 24470}, False),
    "third parties": ("POST", "/api/v1/Tercero", wire.ThirdPartyIn, THIRD_PARTY, True),
}
ODD_VALUES = [
    None, True, "", " ", "x", "0", "-1", "1e5", "NaN", "Infinity", "ñ'\"<>", "9" * 60, "a\0b", "2023-03-01T00:00:00",
    [], [None], ["x"], [[1]], {}, {"x": 1}, Number("0"), Number("-1"), Number("1.5"), Number("1e400"),
    Number("-1e-400"), Number("9" * 60), Number("0.000001"), Number("99999999999999"), Number("2147483648"),
    Number("9223372036854775808"), Number("32768"), Number("100000000000"), "x" * 3000, "0001-01-01", "9999-12-31",
]  # fmt: skip
NOT_JSON = [
    b"{", b"null", b"1", b'"x"', b"\xff\xfe[\x00]\x00", b'[{"prefijo":"\xff"}]', b"[{'prefijo':'x'}]", b'[{"x":NaN}]',
    b"[" * 100_000, b'[{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}]", b'[{"a":' * 50_000 + b"1", b'[{"prefijo":"\\ud800"}]',
    b'[{"prefijo":"a\\u0000b"}]', b'{"tiposDocumentos":[1],"fechaDesde":"2023-03-01\\u0000","fechaHasta":"2023-03-01"}',
    b'[{"numeroDoc":1e400}]', b"{} {}", b"[] []", b"<xml/>", b'[{"numeroDoc":' + b"9" * 5000 + b"}]", b"[1,null,[],\"x\"]",
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b"\xef\xbb\xbf[]", b"",
]  # fmt: skip


def check_refused(answer: Any) -> list[str]:
    """The answer is a refusal in the vendor's envelope; its sentences."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    body = answer.json()
    assert list(body)[:4] == ["success", "code", "errors", "message"]
    assert (body["success"], body["code"]) == (False, answer.status_code)
    assert body["message"]
    for text in body["errors"]:
        assert text and "None" not in text and not text.endswith(": "), text
    assert body["errors"]
    return list(body["errors"])


def check_answer(answer: Any) -> None:
    """The answer is a refusal, or an accepted one in the same envelope."""
    if answer.status_code in (200, 201):
        msgspec.json.decode(answer.content, type=Envelope)
        assert b'"success":true' in answer.content
    else:
        check_refused(answer)


def member_paths(body: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every member of a wire struct as it is called on the wire, those inside lists at index 0."""
    called = dict(zip(body.__struct_fields__, body.__struct_encode_fields__, strict=True))
    for name, hint in get_type_hints(body).items():
        yield (*path, called[name])
        yield from _inner_paths(hint, (*path, called[name]))


def _inner_paths(hint: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield from member_paths(hint, path)
    elif get_origin(hint) is list:
        yield (*path, 0)
        yield from _inner_paths(get_args(hint)[0], (*path, 0))
    elif get_origin(hint) in (Union, type(int | str)):
        for one in get_args(hint):
            yield from _inner_paths(one, path)


def put(body: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """The body with a value at a path; what is missing on the way, or of another kind, is made."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(first, int):
        members = body if isinstance(body, list) else []
        return [put(members[0] if members else None, rest, value), *members[1:]]
    known = body if isinstance(body, dict) else {}
    return known | {first: put(known.get(first), rest, value)}


def test_every_body_is_tried() -> None:
    tried = {(method, path) for method, path, *_ in SENT.values()}
    read = {(o.method, o.path) for o in OPERATIONS if o.method != "GET"}
    assert {(m, p) for m, p in read if "/Get" not in p and "/Consultar" not in p} <= tried


@pytest.mark.parametrize("operation", SENT)
async def test_a_wrong_value_at_any_member(serpi: Serpi, operation: str) -> None:
    method, path, body_type, right, is_member = SENT[operation]
    right = parse(dump(_numbers(right)))
    wrong = []
    for member in member_paths(body_type):
        for value in ODD_VALUES:
            body = put(right, member, value)
            answer = await serpi.call(method, path, raw=dump([body] if is_member else body))
            try:
                check_answer(answer)
            except (AssertionError, KeyError) as error:
                wrong.append((member, value, str(error)[:200]))
    assert wrong == []


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _numbers(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_numbers(member) for member in value]
    return Number(str(value)) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("operation", SENT)
async def test_what_is_no_usable_json(serpi: Serpi, operation: str) -> None:
    method, path, *_ = SENT[operation]
    for raw in NOT_JSON:
        check_refused(await serpi.call(method, path, raw=raw))


@pytest.mark.parametrize("operation", SENT)
async def test_a_body_over_the_limit(serpi: Serpi, operation: str) -> None:
    method, path, *_ = SENT[operation]
    answer = await serpi.call(method, path, raw=b"[" + b" " * BODY_BYTES_MAX + b"]")
    assert check_refused(answer) == ["El cuerpo supera el tamaño máximo de 32 MB"]


async def test_any_media_type_is_read_as_json(serpi: Serpi) -> None:
    for media in ("text/plain", "application/xml", None):
        answer = await serpi.post(
            QUERY, RANGE | {"tiposDocumentos": [24470]}, headers={"content-type": media}
        )
        assert answer.status_code == 200


QUERIES = [
    "limite=0", "limite=-1", "limite=x", "limite=1.5", "limite=99999999999", "limite=%00", "pagina=0", "pagina=x",
    "limite=1&pagina=-1", "limite=%D9%A3", "pagina=99999999999999999999", "limite=2147483648",
]  # fmt: skip


@pytest.mark.parametrize(
    "path", [o.path for o in OPERATIONS if o.method == "GET" and o.path != DOCUMENTS]
)
async def test_wrong_paging(serpi: Serpi, path: str) -> None:
    for query in QUERIES:
        check_refused(await serpi.get(f"{path}?{query}"))
    last = await serpi.get(f"{path}?limite=2147483647&pagina=2147483647")
    assert last.json()["code"] == 204


async def test_wrong_paging_of_a_query(serpi: Serpi) -> None:
    for query in QUERIES:
        body = RANGE | {"tiposDocumentos": [27441]}
        check_refused(await serpi.post(f"{QUERY}?{query}", body))


WRONG_FILTERS = [
    "Tercero?fechamodificaini=2026-02-30", "Tercero?fechamodificafin=%00", "Tercero?codigo=%00",
    "Tercero?fechamodificaini=9999-12-31&fechamodificafin=0001-01-01", "Sucursales?nit=a%00",
]  # fmt: skip
ODD_FILTERS = [
    "Tercero?fechamodificaini=0001-01-01&fechamodificafin=9999-12-31", "Tercero?codigo=%ED%A0%80",
    "Tercero?codigo=%F0%9F%98%80", "Tercero?unknown=1", "Sucursales?NIT=900123456", "Impuesto?limite=&pagina=",
]  # fmt: skip


async def test_wrong_filters(serpi: Serpi) -> None:
    for path in WRONG_FILTERS:
        check_refused(await serpi.get(f"/api/v1/{path}"))


async def test_odd_filters_that_find_nothing_wrong(serpi: Serpi) -> None:
    for path in ODD_FILTERS:
        assert (await serpi.get(f"/api/v1/{path}")).status_code == 200, path


ODD_HEADERS = [
    {"authorization": ""}, {"authorization": "Bearer"}, {"authorization": "Bearer "}, {"authorization": "demo-serpi-token"},
    {"authorization": "Bearer x y"}, {"authorization": "Bearer " + "x" * 5000}, {"secretkey": ""}, {"secretkey": " "},
    {"authorization": "Bearer demo-ar-serpi-token"}, {"secretkey": "x" * 5000}, {"secretkey": "DEMO-SECRET-KEYS"},
]  # fmt: skip


async def test_odd_credentials(serpi: Serpi) -> None:
    for headers in ODD_HEADERS:
        for operation in OPERATIONS:
            answer = await serpi.call(operation.method, operation.path, headers=headers)
            assert answer.status_code in (401, 403), (headers, operation.path)
            check_refused(answer)


async def test_wrong_methods_and_paths(serpi: Serpi) -> None:
    for method in ("DELETE", "PATCH", "HEAD", "OPTIONS"):
        for operation in OPERATIONS:
            answer = await serpi.call(method, operation.path)
            assert answer.status_code == 405
    for path in (
        "DocumentoContable/x",
        "DocumentoContable/GetTipoDocumento/1",
        "Tercero/5",
        "DocumentoContable/%00",
    ):
        assert (await serpi.get(f"/api/v1/{path}")).status_code == 404


async def test_paths_in_any_case_with_slashes(serpi: Serpi) -> None:
    for path in (
        "/api/v1/documentocontable/gettipodocumento",
        "//API//v1/DOCUMENTOCONTABLE//GetTipoDocumento//",
    ):
        assert (await serpi.get(path)).json()["code"] == 200


async def test_two_thousand_documents_of_which_some_are_wrong(serpi: Serpi) -> None:
    """Each by itself, in order: an unbalanced one, an unknown account, a repetition, a wrong type."""
    documents: list[Any] = [bodies.document(number) for number in range(1000, 3000)]
    documents[7]["detalles"][0]["valor"] = 999
    documents[100]["detalles"][1]["cuenta"] = 99999999
    documents[1500]["numeroDoc"] = 1000
    documents[1999] = "x"
    answer = await serpi.post(DOCUMENTS, documents)
    assert answer.status_code == 201
    assert answer.json()["errors"] == [
        "Documento NCC-1007: los débitos y los créditos no son iguales; la diferencia es 1",
        "Documento NCC-1100: detalle 2: la cuenta 99999999 no existe",
        "Documento NCC-1000: ya existe un documento con este tipo y número",
        "Documento 2000 del arreglo: el elemento no tiene el tipo de dato esperado",
    ]
    assert answer.json()["message"] == "Se crearon 1996 de 2000 documentos contables"
    found = await serpi.documents(bodies.JOURNAL, numeroDesde=1000)
    assert [d["numeroDoc"] for d in found] == [
        number for number in range(1000, 2999) if number not in (1007, 1100, 2500)
    ]


async def test_too_many_lines(serpi: Serpi) -> None:
    lines = [bodies.detail(bodies.BANK, 0)] * 30_001
    errors = check_refused(await serpi.post(DOCUMENTS, [bodies.document(8, *lines)]))
    assert errors == ["Documento NCC-8: el documento debe tener entre 2 y 30000 detalles"]


async def test_amounts_that_are_kept_to_the_cent(serpi: Serpi) -> None:
    """Five decimals come back; that their cents must agree as well is the books' rule."""
    third = Decimal("0.33333")
    lines = [bodies.detail(bodies.BANK, third)] * 3 + [bodies.detail(bodies.CASH, -3 * third)]
    errors = check_refused(await serpi.post(DOCUMENTS, [bodies.document(8, *lines)]))
    assert "los débitos y los créditos no son iguales" in errors[0]
    lines = [bodies.detail(bodies.BANK, third), bodies.detail(bodies.CASH, -third)]
    await serpi.created(bodies.document(8, *lines))
    (found,) = await serpi.documents(bodies.JOURNAL, numeroDesde=8)
    assert [str(line["valor"]) for line in found["detalles"]] == ["0.33333", "0.33333"]


async def test_the_largest_amounts(serpi: Serpi) -> None:
    largest = Decimal("9999999999999.99")
    lines = [bodies.detail(bodies.BANK, largest), bodies.detail(bodies.CASH, -largest)]
    await serpi.created(bodies.document(8, *lines))
    larger = Decimal(10000000000000)
    lines = [bodies.detail(bodies.BANK, larger), bodies.detail(bodies.CASH, -larger)]
    check_refused(await serpi.post(DOCUMENTS, [bodies.document(9, *lines)]))


async def test_zeros_without_end(serpi: Serpi) -> None:
    """An amount of at most five decimals may be written with thousands of zeros behind them."""
    document = bodies.document(77)
    raw = msgspec.json.Encoder(decimal_format="number").encode([document])
    amount = str(document["detalles"][0]["valor"]).encode()
    zeros = amount + (b"" if b"." in amount else b".") + b"0" * 20_000
    assert amount in raw
    answer = await serpi.call("POST", DOCUMENTS, raw=raw.replace(amount, zeros))
    assert answer.json()["errors"] == [], answer.text[:300]
