"""Section k: movements through Siigo Pyme. A year of sales written in one call, beside a raw COPY of its lines, then read."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import psycopg

from benchmarks.bench import Bench
from benchmarks.companies import Company
from benchmarks.figures import Row, Rows, counted
from benchmarks.processes import Clock, memory
from benchmarks.sections.balances import DIALECT, PATH
from benchmarks.sections.documents import new_token

VOUCHERS = 50_000  # of four rows
FIRST_NUMBER = 1000
PARTY = 209048401
SALE = (  # account, side, value
    (1305050100, "D", 119_000),
    (4135050100, "C", 60_000),
    (4135050100, "C", 40_000),
    (2408050100, "C", 19_000),
)


def measure(bench: Bench) -> Rows:
    """One export, the COPY that it is held against, one import of everything."""
    company = bench.new_companies("movements")[0]
    issued = asyncio.run(new_token(bench.address.url, company, DIALECT))
    headers = {"Authorization": f"Bearer {issued.secret}"}
    vouchers = VOUCHERS // (10 if bench.options.quick else 1)
    lines = vouchers * len(SALE)
    bench.tell(f"an export of {counted(lines, 'movement')}")
    written = export(bench, headers, issued.identity, vouchers)
    bench.settle()
    copied = copy(bench, company, lines)
    written["of_copy"] = written["per_second"] / copied["per_second"]
    bench.tell(f"reading {counted(lines, 'movement')} back")
    read = import_all(bench, headers, issued.identity, lines)
    bench.verify(company)
    return {"export": written, "COPY of its lines": copied, "import": read}


def export(bench: Bench, headers: dict[str, str], connection: str, vouchers: int) -> Row:
    """Send them all in one call; every one must be written."""
    data = {"params": {"year": 2026, "basic_invoice": "N", "modify_documents": "N"}}
    data["list"] = [row for number in range(vouchers) for row in sale(FIRST_NUMBER + number)]
    body = json.dumps(envelope(connection, "export", data=data)).encode()
    count = len(data["list"])
    clock = Clock(bench.server)
    started = time.perf_counter()
    answer = send(bench, headers, body)
    seconds = time.perf_counter() - started
    if answer.json()["errors"] is not None:
        raise SystemExit(f"{PATH}: {answer.text[:500]}")
    found = {"per_second": count / seconds, "seconds": seconds, "lines": count}
    return found | clock.used(count) | memory(bench.server.process.pid)


def copy(bench: Bench, company: Company, lines: int) -> Row:
    """The same lines into a table like theirs, with its indexes, by nothing but COPY."""
    wanted = (
        f"SELECT * FROM books.line WHERE company_id = {company.id} ORDER BY voucher_id, line_no"
    )
    with psycopg.connect(bench.address.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE books.copied (LIKE books.line INCLUDING ALL)")
        try:
            with connection.cursor().copy(f"COPY ({wanted}) TO STDOUT") as out:
                content = b"".join(out)
            started = time.perf_counter()
            with connection.cursor().copy("COPY books.copied FROM STDIN") as into:
                into.write(content)
            seconds = time.perf_counter() - started
        finally:
            connection.execute("DROP TABLE books.copied")
    found = content.count(b"\n")
    if found < lines:
        raise SystemExit(f"{found} lines were copied, not {lines}")
    return {"per_second": found / seconds, "seconds": seconds, "lines": found}


def import_all(bench: Bench, headers: dict[str, str], connection: str, lines: int) -> Row:
    """Read what was written."""
    params = {"year": 2026, "voucher_type": "F", "number_initial": FIRST_NUMBER}
    body = json.dumps(envelope(connection, "import", params=params)).encode()
    started = time.perf_counter()
    answer = send(bench, headers, body)
    seconds = time.perf_counter() - started
    if answer.content.count(b'"sequence_value"') != lines:
        raise SystemExit(f"{PATH}: not {lines} rows: {answer.text[:500]}")
    found = {"per_second": lines / seconds, "seconds": seconds, "lines": lines}
    return found | memory(bench.server.process.pid)


def send(bench: Bench, headers: dict[str, str], body: bytes) -> Any:
    """One call, which must succeed."""
    answer = bench.server.client.post(PATH, content=body, headers=headers, timeout=600)
    if answer.status_code != 200:
        raise SystemExit(f"{PATH}: {answer.status_code} {answer.text[:500]}")
    return answer


def envelope(connection: str, execution_type: str, **rest: Any) -> dict[str, Any]:
    """A call."""
    names = {"id_connection": connection, "execution_type": execution_type}
    return names | {"resource": "accounting_movements"} | rest


def sale(number: int) -> Iterator[dict[str, Any]]:
    """A sale on credit, with the due it opens."""
    for sequence, (account, side, value) in enumerate(SALE, 1):
        row = {
            "voucher_type": "F",
            "voucher_code": 3,
            "document_number": number,
            "accounting_account": account,
            "debit_or_credit": side,
            "sequence_value": value,
            "document_year": 2026,
            "document_month": 3,
            "document_day": 9,
            "sequence": sequence,
            "nit": PARTY,
        }
        if sequence == 1:
            row |= {
                "cross_voucher_type": "F-003",
                "cross_document_number": number,
                "expiration_number": 1,
                "cross_document_expiration_year": 2026,
                "cross_document_expiration_month": 4,
                "cross_document_expiration_day": 9,
            }
        if sequence == len(SALE):
            row["withholding_base"] = 100_000
        yield row
