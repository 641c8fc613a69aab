"""Section l: receipts and the journal through Colppy. A peso after another of invoices on credit; pages of half a million lines.

Every answer of this door has the status 200, so what was recorded is counted in the books afterwards.
"""

import hashlib
import json
import time
from typing import Any

import psycopg

from benchmarks import client
from benchmarks.bench import Bench
from benchmarks.books import fill_books
from benchmarks.client import Orders
from benchmarks.companies import Company
from benchmarks.figures import Row, Rows, median_of, spread
from benchmarks.processes import Clock, memory

PATH = "/lib/frontera2/service.php"
CONNECTIONS = (1, 16, 64)
INVOICES = 100  # that receipts are applied to
OWED = 1_000_000
DAY, DUE_DAY = "2026-03-09", "2026-04-09"
CUSTOMER_ID = 2
LINES, PARTIES = 500_000, 500
LIMIT = 50
WARM_UP_SECONDS = 1.0


def measure(bench: Bench) -> Rows:
    """Receipts of one busy company, then the journal of another."""
    return receipts(bench) | journal(bench)


def receipts(bench: Bench) -> Rows:
    """`alta_cobro`, each a peso of one of the invoices in cash, with more and more connections."""
    company = bench.new_companies("collecting", built_in="demo-ar")[0]
    key = sign_in(bench, company)
    bench.tell(f"{INVOICES} invoices on credit")
    requests = [
        client.request("POST", PATH, {"Host": "127.0.0.1"}, receipt(company, key, serial))
        for serial in invoices_on_credit(bench, company)
    ]
    rounds: dict[str, list[Row]] = {}
    for number in range(bench.options.rounds):
        for connections in CONNECTIONS:
            name = f"alta_cobro, {connections} connection" + ("" if connections == 1 else "s")
            bench.tell(f"{name}, round {number + 1}")
            rounds.setdefault(name, []).append(collect(bench, company, requests, connections))
    bench.verify(company)
    return {name: median_of(rows) for name, rows in rounds.items()}


def journal(bench: Bench) -> Rows:
    """`listar_movimientosdiario`: pages of fifty, the first and deeper ones, of everything and of one year."""
    company = bench.new_companies("journal", built_in="demo-ar")[0]
    lines = LINES // (10 if bench.options.quick else 1)
    bench.tell(f"filling books with {lines:,} lines")
    fill_books(bench.address.owner_url, [company], [(lines, PARTIES)])
    key = sign_in(bench, company)
    rows: Rows = {}
    for start in (0, lines // 10, lines // 2, lines - LIMIT):
        page = {"start": start, "limit": LIMIT}
        rows[f"journal, from {start:,}"] = read(bench, company, key, page)
    year = {"fromDate": "2025-01-01", "toDate": "2025-12-31"}
    rows[f"journal, from {lines // 4:,} of a year"] = read(
        bench, company, key, year | {"start": lines // 4, "limit": LIMIT}
    )
    return rows


def sign_in(bench: Bench, company: Company) -> str:
    """The key of a session."""
    user, password = company.login["username"], digest(company)
    parameters = {"usuario": user, "password": password}
    body = envelope(company, "Usuario", "iniciar_sesion", parameters)
    return str(answered(bench, body)["data"]["claveSesion"])


def digest(company: Company) -> str:
    """What is sent instead of a password."""
    return hashlib.md5(company.login["access_key"].encode(), usedforsecurity=False).hexdigest()


def envelope(company: Company, provision: str, operacion: str, parameters: dict[str, Any]) -> bytes:
    """A whole request."""
    auth = {"usuario": company.login["username"], "password": digest(company)}
    service = {"provision": provision, "operacion": operacion}
    return json.dumps({"auth": auth, "service": service, "parameters": parameters}).encode()


def session(company: Company, key: str) -> dict[str, Any]:
    """The parameters of a signed-in call; its user sees one company only."""
    return {
        "sesion": {"usuario": company.login["username"], "claveSesion": key},
        "idEmpresa": "98",
    }


def answered(bench: Bench, body: bytes) -> dict[str, Any]:
    """The `response` of a call that must succeed."""
    answer = bench.server.client.post(PATH, content=body).json()
    if not (answer["response"] or {}).get("success"):
        raise SystemExit(f"{PATH}: {answer}")
    return dict(answer["response"])


def invoices_on_credit(bench: Bench, company: Company) -> list[int]:
    """What receipts are applied to, made through another door; their serials."""
    headers = bench.server.sign_in(company.login)
    body = {
        "document": {"id": 1},
        "date": DAY,
        "customer": {"identification": identification(bench, company)},
        "seller": 1,
        "items": [{"code": "HARINA-1", "quantity": OWED, "price": 1}],
        "payments": [{"id": 3, "value": OWED, "due_date": DUE_DAY}],
    }
    for _ in range(INVOICES):
        answer = bench.server.client.post("/v1/invoices", json=body, headers=headers)
        if answer.status_code != 201:
            raise SystemExit(f"POST /v1/invoices: {answer.status_code} {answer.text[:500]}")
    with psycopg.connect(bench.address.url) as connection:
        rows = connection.execute(
            f"SELECT serial FROM books.voucher WHERE company_id = {company.id} AND kind = 'sales_invoice'"
            "   AND content IS NOT NULL AND live"
        ).fetchall()
    return [row[0] for row in rows]


def identification(bench: Bench, company: Company) -> str:
    """Who buys."""
    with psycopg.connect(bench.address.url) as connection:
        row = connection.execute(
            f"SELECT identification FROM books.third_party WHERE company_id = {company.id} AND id = {CUSTOMER_ID}"
        ).fetchone()
    assert row is not None
    return str(row[0])


def receipt(company: Company, key: str, serial: int) -> bytes:
    """A peso of an invoice, in cash; the number is the next of its series."""
    medium = {"idMedioCobro": "Efectivo", "idPlanCuenta": "Caja", "importe": 1, "VAD": "S"}
    parameters = session(company, key) | {
        "idCobro": "",
        "idCliente": str(CUSTOMER_ID),
        "nroRecibo1": "0001",
        "nroRecibo2": "",
        "fechaCobro": "09-03-2026",
        "idEstadoCobro": "Aprobado",
        "valorCambio": "0",
        "cobros": [{"idFactura": str(serial), "tipoComprobante": "FAV", "esteCobro": "1.00"}],
        "mediospagos": [medium],
        "totalEsteCobro": 1,
        "totalACobrar": 1,
        "idMedioCobro": "Efectivo",
        "totalCobrado": 1,
    }
    return envelope(company, "Cliente", "alta_cobro", parameters)


def collect(bench: Bench, company: Company, requests: list[bytes], connections: int) -> Row:
    """Send receipts for a while; every answer must be one in the books."""
    port = bench.server.port
    client.send(Orders("127.0.0.1", port, connections, WARM_UP_SECONDS, requests), expected=200)
    bench.settle()  # plans made for a company that was empty a second ago read all of it
    before = count_receipts(bench, company)
    clock = Clock(bench.server)
    outcome = client.send(
        Orders("127.0.0.1", port, connections, bench.options.seconds, requests), expected=200
    )
    count = len(outcome.latencies)
    used = clock.used(count)
    if (found := count_receipts(bench, company) - before) != count:
        raise SystemExit(f"{count} receipts were sent and {found} recorded")
    return client.figures_of(outcome) | used | memory(bench.server.process.pid) | {"count": count}


def count_receipts(bench: Bench, company: Company) -> int:
    """How many there are."""
    with psycopg.connect(bench.address.url) as connection:
        row = connection.execute(
            f"SELECT count(*) FROM books.voucher WHERE company_id = {company.id} AND kind = 'cash_receipt'"
        ).fetchone()
    assert row is not None
    return int(row[0])


def read(bench: Bench, company: Company, key: str, page: dict[str, Any]) -> Row:
    """Read a page one time after another; it must be full."""
    bench.tell(f"listar_movimientosdiario, {page}")
    parameters = session(company, key) | page
    body = envelope(company, "Contabilidad", "listar_movimientosdiario", parameters)
    times = []
    for _ in range(bench.options.gets):
        started = time.perf_counter()
        found = answered(bench, body)
        times.append((time.perf_counter() - started) * 1000)
        if len(found["movimientos"]) != LIMIT:
            raise SystemExit(f"{page}: {len(found['movimientos'])} rows")
    return spread(times)
