"""Section d: reading back. GET of one invoice, and of the first and the last page of a long list."""

import random
import time

import msgspec
import psycopg

from benchmarks import client, invoice
from benchmarks.bench import Bench
from benchmarks.client import Orders
from benchmarks.companies import Company
from benchmarks.figures import Row, Rows
from benchmarks.processes import Clock

TOGETHER = 100
CONNECTIONS = 16
DIFFERENT = 5000
PAGE_SIZE = 25


def measure(bench: Bench) -> Rows:
    """A company of many invoices, then what its readers ask for."""
    company = bench.new_companies("listed")[0]
    rows = {f"books.post(), {TOGETHER} in a transaction": fill(bench, company)}
    headers = bench.server.sign_in(company.login) | {"Host": "127.0.0.1"}
    bench.tell(f"GET /v1/invoices/ID, {CONNECTIONS} connections")
    rows[f"GET by id, {CONNECTIONS} connections"] = get_by_id(bench, company, headers)
    last = bench.options.invoices // PAGE_SIZE
    for name, page in (("first page", 1), (f"last page, {last:,}", last)):
        bench.tell(f"GET /v1/invoices, page {page:,}")
        path = f"/v1/invoices?page={page}&page_size={PAGE_SIZE}"
        body, row = client.time_gets(bench.server.port, path, headers, bench.options.gets)
        check_page(body, bench.options.invoices)
        rows[f"GET list, {name}"] = row
    return rows


def fill(bench: Bench, company: Company) -> Row:
    """Post the invoices in sets."""
    wanted = bench.options.invoices
    bench.tell(f"{wanted:,} invoices in a company of their own")
    batches = invoice.batches(bench.template, TOGETHER)
    seconds = 0.0
    with bench.checked([company]) as tally, invoice.connect(bench.address.url) as connection:
        for _ in range(wanted // TOGETHER):
            batch = next(batches)
            started = time.perf_counter()
            invoice.post(connection, company.id, batch)
            seconds += time.perf_counter() - started
        tally.add({"count": wanted})
    bench.settle()
    return {"per_second": wanted / seconds, "seconds": seconds, "count": wanted}


def get_by_id(bench: Bench, company: Company, headers: dict[str, str]) -> Row:
    """Read invoices chosen by chance."""
    with psycopg.connect(bench.address.owner_url) as connection:
        found = connection.execute(
            "SELECT id::text FROM books.voucher WHERE company_id = %s AND kind = 'sales_invoice' ORDER BY id",
            (company.id,),
        ).fetchall()
    ids = random.Random(42).sample([row[0] for row in found], min(DIFFERENT, len(found)))
    clock = Clock(bench.server)
    outcome = client.send(
        Orders(
            host="127.0.0.1",
            port=bench.server.port,
            connections=CONNECTIONS,
            seconds=bench.options.seconds,
            requests=[client.request("GET", f"/v1/invoices/{one}", headers) for one in ids],
        ),
        expected=200,
    )
    count = outcome.statuses[200]
    return client.figures_of(outcome) | clock.used(count) | {"count": count}


def check_page(body: bytes, invoices: int) -> None:
    """A full page that knows exactly how many there are."""
    page = msgspec.json.decode(body)
    found = (page["pagination"]["total_results"], len(page["results"]))
    if found != (invoices, PAGE_SIZE):
        raise SystemExit(f"the page says {found}, not {(invoices, PAGE_SIZE)}")
