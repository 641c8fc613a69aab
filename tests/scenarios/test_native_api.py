"""The native API: the trial balance in its formats, what it refuses, and its patience with slow readers."""

import asyncio
import io
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from python_calamine import CalamineWorkbook

from cuadra.web.native import STREAMS_MAX, XLSX
from tests.dialects.siigo.bodies import invoice
from tests.dialects.siigo.client import Siigo

PATH = "/cuadra/v1/reports/trial-balance"


async def ask(siigo: Siigo, query: str = "", accept: str = "*/*") -> httpx2.Response:
    return await siigo.get(f"{PATH}?{query}", headers={"accept": accept})


async def test_the_same_figures_in_every_format(siigo: Siigo) -> None:
    await siigo.created("/v1/invoices", invoice())
    query = "year=2026&month_start=11&month_end=11&level=1"
    told = (await ask(siigo, query)).json()
    assert told["title"] == "Trial balance 2026-11 to 2026-11, Comercial Demo S.A.S."
    assert [(row["code"], row["debit"], row["credit"]) for row in told["rows"]] == [
        ("1", 1000, 0),
        ("2", 0, 0),
        ("3", 0, 0),
        ("4", 0, 1000),
    ]
    assert told["total"] == {"opening": 0, "debit": 1000, "credit": 1000, "closing": 0}

    written = (await ask(siigo, query, "text/csv")).text.split("\r\n")
    assert written[0] == "code,name,level,opening,debit,credit,closing"
    assert written[4].startswith("4,Ingresos,1,0.00,0.00,1000.00,-1000.00")

    sheet = CalamineWorkbook.from_filelike(io.BytesIO((await ask(siigo, query, XLSX)).content))
    rows = sheet.get_sheet_by_index(0).to_python()
    assert rows[4][:2] + rows[4][4:] == ["4", "Ingresos", 0.0, 1000.0, -1000.0]


async def test_by_third_party(siigo: Siigo) -> None:
    query = "year=2026&by_third_party=true&account_start=1305&account_end=1305"
    rows = (await ask(siigo, query)).json()["rows"]
    assert {row["code"] for row in rows} == {"13050501"}
    one = rows[0]["identification"]
    alone = (await ask(siigo, f"{query}&identification={one}")).json()["rows"]
    assert alone == [row for row in rows if row["identification"] == one]


@pytest.mark.parametrize(
    "query",
    [
        "year=x",
        "year=26",
        "month_start=0",
        "month_end=14",
        "month_start=5&month_end=4",
        "level=0",
        "account_start=99",
        "account_start=2&account_end=1",
        "by_third_party=maybe",
        "identification=13832081",
        "by_third_party=true&identification=%00",
    ],
)
async def test_what_is_refused(siigo: Siigo, query: str) -> None:
    answer = await ask(siigo, query)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 400
    assert answer.json()["detail"]


async def test_strangers_and_unknown_paths(siigo: Siigo) -> None:
    for token in (None, "Bearer x.y.z"):
        answer = await siigo.get(PATH, headers={"authorization": token})
        assert (answer.status_code, answer.json()["title"]) == (401, "Unauthorized")
    assert (await siigo.get("/cuadra/v1/nothing")).json()["status"] == 404


async def test_the_year_is_the_one_it_is_there(siigo: Siigo) -> None:
    siigo.clock.now = datetime(2026, 11, 21, 4, tzinfo=UTC)
    assert "2026-01" in (await ask(siigo)).json()["title"]
    siigo.clock.now = datetime(2027, 1, 1, 4, 59, tzinfo=UTC)  # 31 December in Bogotá
    await siigo.sign_in()
    assert "2026-01" in (await ask(siigo)).json()["title"]


async def test_slow_readers_do_not_take_all_connections(siigo: Siigo) -> None:
    """Readers that never read hold a report each; one more is told to wait, and sales go on."""
    tasks = [asyncio.create_task(never_read(siigo)) for _ in range(STREAMS_MAX)]
    while sum(task.done() for task in tasks) == 0 and len(_reading) < STREAMS_MAX:
        await asyncio.sleep(0.01)
    try:
        assert (await ask(siigo)).status_code == 503
        await siigo.created("/v1/invoices", invoice())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert (await ask(siigo)).status_code == 200


_reading: list[int] = []


async def never_read(siigo: Siigo) -> None:
    """Ask for a report as an ASGI server would, and never accept its body."""
    _reading.clear()
    query = b"by_third_party=true&year=2026"
    headers = [(b"authorization", f"Bearer {siigo.token}".encode())]
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": PATH,
        "raw_path": PATH.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": query,
        "headers": headers,
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
    }

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            _reading.append(1)
            await asyncio.sleep(3600)

    await siigo.app(scope, receive, send)
