"""Section h: accounting documents through SERPI. Written in one array, then read back as a stream."""

import asyncio
import json
import time
from typing import Any

from benchmarks.bench import Bench
from benchmarks.companies import Company
from benchmarks.figures import Row, Rows, counted
from benchmarks.processes import Clock
from cuadra.catalog.credentials import IssuedCredential, issue_credential
from cuadra.catalog.tables import list_issued_dialects
from cuadra.database.pool import Database

DIALECT = "serpi"
PATH = "/api/v1/DocumentoContable"
JOURNAL = 27441
FIRST_NUMBER = 1000
PARTY, DAY = "209048401", "2026-03-09"
ARRAY = 10_000  # documents of two lines
ARRAYS = 5
READINGS = 5


def measure(bench: Bench) -> Rows:
    """A company of documents, sent by the array; all of them read at once."""
    company = bench.new_companies("documents")[0]
    issued = asyncio.run(new_token(bench.address.url, company, DIALECT))
    headers = {"secretkey": issued.identity, "Authorization": f"Bearer {issued.secret}"}
    size = ARRAY // (10 if bench.options.quick else 1)
    rows = {}
    for turn in range(ARRAYS):
        bench.tell(f"POST {PATH}, {counted(size, 'document')}, {turn + 1} of {ARRAYS}")
        rows[f"create {counted(size, 'document')}, {turn * size:,} there"] = create(
            bench, headers, FIRST_NUMBER + turn * size, size
        )
    bench.settle()
    lines = 2 * size * ARRAYS
    bench.tell(f"reading {counted(lines, 'line')} back")
    rows[f"query of {counted(lines, 'line')}"] = query(bench, headers, size * ARRAYS)
    bench.verify(company)
    return rows


async def new_token(url: str, company: Company, dialect: str) -> IssuedCredential:
    """A key to one of the company's doors."""
    door = next(door for door in list_issued_dialects() if door.code == dialect)
    database = Database(url, size=1)
    await database.open()
    try:
        return await issue_credential(database, company.name, door)
    finally:
        await database.close()


def create(bench: Bench, headers: dict[str, str], first: int, size: int) -> Row:
    """Send one array; every document must be written."""
    body = json.dumps([document(first + n) for n in range(size)]).encode()
    clock = Clock(bench.server)
    started = time.perf_counter()
    answer = bench.server.client.post(PATH, content=body, headers=headers, timeout=600)
    seconds = time.perf_counter() - started
    told = f"Se crearon {size} de {size} documentos contables"
    if answer.status_code != 201 or answer.json()["message"] != told:
        raise SystemExit(f"{PATH}: {answer.status_code} {answer.text[:500]}")
    return {"per_second": size / seconds, "seconds": seconds, "count": size} | clock.used(size)


def query(bench: Bench, headers: dict[str, str], documents: int) -> Row:
    """Read everything, a few times; the middle one counts."""
    body = {"tiposDocumentos": [JOURNAL], "numeroDesde": FIRST_NUMBER}
    body |= {"fechaDesde": DAY, "fechaHasta": DAY}
    times = []
    for _ in range(READINGS):
        started = time.perf_counter()
        answer = bench.server.client.post(
            f"{PATH}/GetDocumentoContable", json=body, headers=headers, timeout=600
        )
        times.append(time.perf_counter() - started)
        if answer.status_code != 200 or not answer.content.endswith(b"]}"):
            raise SystemExit(f"{PATH}: {answer.status_code} {answer.text[:500]}")
    found = len(answer.json()["result"])
    if found != documents:
        raise SystemExit(f"{found} documents were read, not {documents}")
    return {"seconds": sorted(times)[READINGS // 2], "lines": 2 * documents}


def document(number: int) -> dict[str, Any]:
    """A journal of two lines, all members given."""
    return {
        "categoriaDocumento": "NC",
        "prefijo": "NCC",
        "numeroDoc": number,
        "nitTerceroEnc": PARTY,
        "fechaDocumento": DAY,
        "detalles": [detail("51359501", "D"), detail("11100501", "C")],
    }


def detail(account: str, side: str) -> dict[str, Any]:
    """One line."""
    return {
        "cuenta": int(account),
        "nitTerceroDet": PARTY,
        "naturaleza": side,
        "crucePrefijo": None,
        "cruceNumero": None,
        "fechaVencimiento": None,
        "valor": 67900.0,
        "baseImpuesto": 0.0,
        "cuota": 0,
        "detalle": "SERV DE TRANSP INFORMAL",
        "idSubcentroCosto": 4 if side == "D" else None,
        "idCentroOperacion": 1,
        "idProyecto": None,
        "idActividad": None,
        "idSucursal": None,
    }
