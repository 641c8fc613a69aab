"""Section j: balances through Siigo Pyme. Everything that is owed to a company, now and as of a day."""

import asyncio
import time
from typing import Any

from benchmarks.bench import Bench
from benchmarks.figures import Row, Rows, counted
from benchmarks.processes import memory
from benchmarks.sections.documents import new_token
from benchmarks.sections.reading import fill

DIALECT = "siigo_pyme"
PATH = "/api/v1/siigo-pyme/send"
READINGS = 5
CUTS = {"balances of now": ("N", "0101"), "balances at the end of a month": ("S", "1131")}


def measure(bench: Bench) -> Rows:
    """A company of many invoices on credit, then what its client asks for, read whole."""
    company = bench.new_companies("owed")[0]
    rows: Rows = {"filling": fill(bench, company)}
    issued = asyncio.run(new_token(bench.address.url, company, DIALECT))
    headers = {"Authorization": f"Bearer {issued.secret}"}
    for name, cut in CUTS.items():
        bench.tell(f"{name}, {counted(bench.options.invoices, 'open due')}")
        rows[name] = read(bench, headers, body_of(issued.identity, *cut))
    return rows


def body_of(connection: str, previous_cut: str, day: str) -> dict[str, Any]:
    """All third parties and accounts."""
    return {
        "id_connection": connection,
        "execution_type": "import",
        "resource": "accounts_receivable_or_payable_balances",
        "params": {
            "year": 2026,
            "third_initial": 1,
            "third_final": 999_999_999_999,
            "account_initial": 1,
            "account_final": 9_999_999_999,
            "balance_account": "C",
            "previous_cut": previous_cut,
            "cut_off_date": day,
        },
    }


def read(bench: Bench, headers: dict[str, str], body: dict[str, Any]) -> Row:
    """Read everything, a few times; the middle one counts. Every invoice must be there."""
    times = []
    for _ in range(READINGS):
        started = time.perf_counter()
        answer = bench.server.client.post(PATH, json=body, headers=headers, timeout=600)
        times.append(time.perf_counter() - started)
    if answer.status_code != 200 or answer.content.count(b'"balance"') < bench.options.invoices:
        raise SystemExit(f"{PATH}: {answer.status_code} {answer.text[:500]}")
    found = {"rows": len(answer.json()["data"])}
    return {"seconds": sorted(times)[READINGS // 2], **found} | memory(bench.server.process.pid)
