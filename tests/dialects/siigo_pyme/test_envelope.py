"""Bodies of every size and kind of wrong: each gets a clear answer, in the shape of its execution type."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from cuadra.dialects.siigo_pyme import body as body_module
from cuadra.dialects.siigo_pyme import server
from cuadra.dialects.siigo_pyme.errors import NOT_JSON
from cuadra.dialects.siigo_pyme.job import ExportReport, Job, RowError
from tests.demo import DemoDatabases
from tests.dialects.siigo_pyme.client import (
    CONNECTION,
    NOT_SENT,
    Pyme,
    balances,
    call,
    choose,
    connected,
)

MOVEMENTS = "accounting_movements"
ODD: list[Any] = [
    None, "", " ", "x", "1", 0, -1, 1.5, 1e400, 10**30, True, False, [], {}, [1], {"a": 1},
    "\u00e9", "a" * 200, "2026-13-45", "S", "N", [[]], {"": None}, "*", "0231 ",
]  # fmt: skip
PARAMS = (
    "year", "third_initial", "third_final", "account_initial", "account_final", "balance_account",
    "previous_cut", "cut_off_date",
)  # fmt: skip


class Seen:
    """What an export handler of a test was given."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.params: dict[str, Any] = {}
        self.report = ExportReport(written=1)

    async def handle(self, job: Job, rows: AsyncIterator[dict[str, Any]]) -> ExportReport:
        self.params = job.params
        async for row in rows:
            self.rows.append(row)
        return self.report


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    seen = Seen()
    exports = server.Export("thirds", seen.handle, "Hecho")
    monkeypatch.setattr(server, "OPERATIONS", (*server.OPERATIONS, exports))
    return seen


@pytest.fixture
async def exporter(seen: Seen, demo_databases: DemoDatabases) -> AsyncIterator[Pyme]:
    """A server that has an export of a test, and writes nothing."""
    url = demo_databases.take()
    async with connected(url) as client:
        yield client
    demo_databases.give_back(url, changed=False)


def export(*rows: Any, **members: Any) -> dict[str, Any]:
    return call("export", "thirds", data={"params": {"year": 2026}, "list": list(rows)}, **members)


@pytest.mark.parametrize("member", ["id_connection", "execution_type", "resource", "params"])
@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:12])
async def test_odd_members(pyme: Pyme, member: str, value: Any) -> None:
    body = json.dumps(balances() | {member: value}).replace("Infinity", "1e400")
    answer = await pyme.send(raw=body.encode())
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["statusCode"] == answer.status_code
    assert answer.json()["status"] == "error"


@pytest.mark.parametrize("member", ["timeout", "attempts", "backoff", *PARAMS])
async def test_odd_parameters(pyme: Pyme, member: str) -> None:
    for value in ODD:
        body = balances()
        if member in PARAMS:
            body["params"][member] = value
        else:
            body["request_config"] = {member: value}
        answer = await pyme.send(raw=json.dumps(body).replace("Infinity", "1e400").encode())
        assert answer.status_code in (200, 400), (value, answer.text)
        if answer.status_code == 400:
            assert member in answer.json()["message"]


async def test_every_parameter_but_the_year_is_needed(pyme: Pyme) -> None:
    for member in PARAMS:
        answer = await pyme.send(balances(**{member: NOT_SENT}))
        assert answer.status_code == (200 if member == "year" else 400), member


async def test_rows_arrive_as_they_were_sent(exporter: Pyme, seen: Seen) -> None:
    rows = [
        {"a": "}{", "b": [{"c": "]}"}], "d": 1.50, "e": 10**30},
        {"a": '\\"}', "é": "ñ"},
        {},
        *({"n": n} for n in range(250)),
    ]
    answer = await exporter.send(export(*rows))
    assert answer.json() == {"statusCode": 200, "message": "Hecho", "errors": None}
    assert seen.params == {"year": 2026}
    assert [json.loads(json.dumps(row, default=float)) for row in seen.rows] == rows


async def test_a_long_body_waits_on_disk(
    exporter: Pyme, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body_module, "IN_MEMORY_BYTES", 1000)
    rows = [{"name": "x" * 100, "row": n} for n in range(1000)]
    answer = await exporter.send(export(*rows, request_config={"timeout": 2}))
    assert answer.status_code == 200, answer.text
    assert seen.rows == rows


async def test_too_long_a_body(exporter: Pyme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "BODY_BYTES_MAX", 500)
    answer = await exporter.send(export({"a": "x" * 500}))
    assert (answer.status_code, answer.json()["statusCode"]) == (413, 413)


async def test_a_row_of_braces_is_read_in_linear_time(exporter: Pyme, seen: Seen) -> None:
    assert (await exporter.send(export({"a": "}" * 500_000}))).status_code == 200
    assert seen.rows == [{"a": "}" * 500_000}]


async def test_a_body_that_is_not_utf_8(exporter: Pyme, seen: Seen) -> None:
    body = json.dumps(export({"a": "?"})).encode().replace(b"?", b"\xff")
    assert (await exporter.send(raw=body)).status_code == 400
    assert seen.rows == []


async def test_deep_nesting(exporter: Pyme, seen: Seen) -> None:
    deep = b'{"id_connection":' + b"[" * 100_000
    assert (await exporter.send(raw=deep)).status_code == 400
    params = "[" * 20_000 + "]" * 20_000
    body = json.dumps(export({})).replace('{"year": 2026}', params)
    assert (await exporter.send(raw=body.encode())).status_code == 400
    assert seen.rows == []


@pytest.mark.parametrize(
    "number", ["9" * 5000, "1e99999999999999999999", "-1E-99999999999999999999"]
)
async def test_numbers_that_nothing_can_hold(pyme: Pyme, number: str) -> None:
    """They are wrong where they stand, and right where nobody looks."""
    rows = [{"voucher_type": "L", "nit": 0}, {"voucher_type": "L"}]
    body = json.dumps(call("export", MOVEMENTS, data={"list": rows}))
    answer = await pyme.send(raw=body.replace('"nit": 0', f'"nit": {number}').encode())
    assert answer.status_code == 400
    told = {(one["row"], one["field"]): one["message"] for one in answer.json()["errors"]}
    assert told[1, "nit"] == "NIT: el número es demasiado grande" and (2, "voucher_code") in told
    for member in ("data.params.year", "request_config.timeout", "execution_type"):
        outer, _, inner = member.partition(".")
        value = json.dumps({"list": [{}]} | _nested(inner)) if inner else "0"
        wrong = body[:-1] + f', "{outer}": {value.replace("0", number)}}}'
        answer = await pyme.send(raw=wrong.encode())
        assert answer.status_code == 400 and member in answer.text
    assert (await pyme.send(raw=f'{body[:-1]}, "other": {number}}}'.encode())).status_code == 400


def _nested(path: str) -> dict[str, Any]:
    """An object with a zero at the end of a path."""
    name, _, rest = path.partition(".")
    return {name: _nested(rest) if rest else 0}


async def test_the_year_may_have_a_point(pyme: Pyme) -> None:
    data = {"params": {"year": 2026.0}, "list": [{"voucher_type": "L"}]}
    answer = await pyme.send(call("export", MOVEMENTS, data=data))
    assert {one["field"] for one in answer.json()["errors"]} == {
        "voucher_code", "accounting_account", "debit_or_credit", "sequence_value",
    }  # fmt: skip


async def test_deep_parameters(pyme: Pyme) -> None:
    params = '{"a":' * 900 + "1" + "}" * 900
    body = json.dumps(call("export", MOVEMENTS, data={"params": "HERE", "list": [{}]}))
    answer = await pyme.send(raw=body.replace('"HERE"', params).encode())
    assert (answer.status_code, answer.json()["message"]) == (400, NOT_JSON)


async def test_a_report_of_refused_rows(exporter: Pyme, seen: Seen) -> None:
    wrong = RowError(row=2, sequence=1, field="nit", code="unknown", message="no existe")
    seen.report = ExportReport(written=1, errors=[wrong], warnings=[wrong])
    answer = (await exporter.send(export({}))).json()
    shown = {"row": 2, "sequence": 1, "field": "nit", "code": "unknown", "message": "no existe"}
    assert answer == {
        "statusCode": 400,
        "message": "1 comprobante insertado en Siigo Pyme; hay registros rechazados",
        "errors": [shown],
        "warnings": [shown],
    }


async def test_settings_of_statuses(seen: Seen, demo_databases: DemoDatabases) -> None:
    url = demo_databases.take()
    choose(url, http_status="200", partial="207")
    async with connected(url) as client:
        seen.report = ExportReport(written=1, errors=[RowError(field="x", code="x", message="x")])
        answer = await client.send(export({}))
        assert (answer.status_code, answer.json()["statusCode"]) == (200, 207)
        answer = await client.send(balances("X"))
        assert (answer.status_code, answer.json()["statusCode"]) == (200, 400)
    demo_databases.give_back(url, changed=True)


async def test_keys_open_only_their_own_connections(pyme: Pyme) -> None:
    other = {"authorization": "Bearer demo-ar-api-key"}
    assert (await pyme.send(balances(), headers=other)).status_code == 404
    own = balances() | {"id_connection": "DEMOAR0001"}
    assert (await pyme.send(own, headers=other)).status_code == 200
    assert (await pyme.send(own)).status_code == 404
    lower = balances() | {"id_connection": CONNECTION.lower()}
    assert (await pyme.send(lower)).status_code == 404
