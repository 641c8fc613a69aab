"""PostgreSQL's own load generator, posting the same invoice without us: one transaction each, in one statement.

It calls `books.post()` with the server's rights, so that it passes the same checks and writes the same
rows; what it leaves out is everything above the ledger. This is the yardstick that posting over HTTP is held against.
"""

import math
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from psycopg.conninfo import conninfo_to_dict

from benchmarks import invoice
from benchmarks.bench import Bench
from benchmarks.figures import Row, spread
from benchmarks.invoice import Template
from benchmarks.processes import Clock
from cuadra.database.binaries import find_programs
from cuadra.database.pool import APPLICATION_ROLE

WARM_UP_SECONDS = 2.0
_FAILED = re.compile(r"^number of failed transactions: (\d+) ", re.MULTILINE)
_PROCESSED = re.compile(r"^number of transactions actually processed: (\d+)", re.MULTILINE)
# What pgbench would take for a variable of its own; spaces part the names and values of the JSON itself.
_NAME = re.compile(":(?=[A-Za-z_])")


def script(template: Template, companies: Sequence[int]) -> str:
    """One invoice for one of the companies, by chance.

    The call depends on what set_config returns, so the company is set first: `books.post()` refuses any other order.
    """
    batch = msgspec.json.format(invoice.encode([template]), indent=0)
    text = "'" + _NAME.sub(r"\\u003a", batch.replace("'", "''")) + "'"
    for name in (
        template.voucher.id,
        template.event.id,
        *(due.id for due in template.voucher.dues),
    ):
        assert str(name) in batch
        text = f"replace({text}, '{name}', uuidv7()::text)"
    return (
        f"\\set one random(1, {len(companies)})\n"
        "SELECT p.* FROM (SELECT set_config('cuadra.company_id',"
        f" (ARRAY{list(companies)}::text[])[:one::integer], true) AS company) s,"
        f" LATERAL books.post(s.company::integer, {text}::jsonb) p;\n"
    )


def run(bench: Bench, source: str, clients: int) -> Row:
    """Run a script with some clients; `count` is all that was done, the rest is what came after the warm-up.

    Each client plans every statement of `books.post()` some times before it trusts a plan; that is the
    warm-up, which the server's few connections have once in their lives. Ends the run unless every
    transaction succeeded.
    """
    with tempfile.TemporaryDirectory(prefix="cuadra-pgbench-") as folder:
        path = Path(folder, "script.sql")
        path.write_text(source, encoding="utf-8")
        with subprocess.Popen(
            [
                *(find_programs(None).path("pgbench"), "--no-vacuum", "--protocol=prepared"),
                *(f"--client={clients}", "--jobs=1", f"--file={path}"),
                f"--time={math.ceil(WARM_UP_SECONDS + bench.options.seconds)}",
                *("--log", f"--log-prefix={folder}/log"),
            ],
            env=environment(bench.address.url),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                time.sleep(WARM_UP_SECONDS)
                clock, begin = Clock(bench.server), time.time()
                said, _ = process.communicate(timeout=bench.options.seconds * 3 + 60)
            finally:
                process.kill()  # nothing to do when it has ended, as it should
        log = "".join(file.read_text() for file in Path(folder).glob("log.*"))
    failed, processed = _FAILED.search(said), _PROCESSED.search(said)
    if process.returncode or "ERROR" in said or not failed or int(failed[1]) or not processed:
        raise SystemExit(f"pgbench failed, exit code {process.returncode}\n{said}")
    rate = figures_of(log, begin)
    used = clock.used(int(rate["count"]))
    used.pop("server_ms", None)  # it had nothing to do
    return rate | used | {"count": int(processed[1])}


def environment(url: str) -> dict[str, str]:
    """Our environment with the address of the database, and the application's role."""
    parts = conninfo_to_dict(url)
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
    address = {name: str(parts[key]) for name, key in names.items() if key in parts}
    others = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return (
        others
        | address
        | {
            "PGDATABASE": str(parts["dbname"]),
            "PGOPTIONS": f"-c role={APPLICATION_ROLE}",
        }
    )


def figures_of(log: str, begin: float) -> Row:
    """Rate and latencies of the transactions that ended after a moment, from pgbench's log of them.

    A line is: client, number, latency in µs, script, and the second and microsecond of its end.

    >>> figures_of("0 1 900 0 50 0\\n0 2 1000 0 51 0\\n0 3 2000 0 52 0\\n0 4 1500 0 53 0\\n", 50.5)
    {'per_second': 1.2, 'p50_ms': 1.5, 'p99_ms': 2.0, 'count': 3}
    """
    rows = [line.split() for line in log.splitlines()]
    ends = [int(row[4]) + int(row[5]) / 1e6 for row in rows]
    latencies = [int(row[2]) / 1000 for row, end in zip(rows, ends, strict=True) if end > begin]
    return {"per_second": len(latencies) / (max(ends) - begin)} | spread(latencies)
