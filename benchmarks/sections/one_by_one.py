"""Section a, the yardstick: pgbench, one invoice in a transaction, on one busy company and on sixteen."""

from benchmarks import pgbench
from benchmarks.bench import Bench
from benchmarks.figures import Row, Rows, counted, median_of

CLIENTS = (1, 8, 16)
COMPANIES = 16


def measure(bench: Bench) -> Rows:
    """Each number of clients in turn, and all of that several times; the medians."""
    scripts = {
        "one busy company": [bench.busy],
        f"{COMPANIES} companies": bench.new_companies(*["spread"] * COMPANIES),
    }
    rounds: dict[str, list[Row]] = {}
    for companies in scripts.values():
        bench.use(companies)
    for number in range(bench.options.rounds):
        for where, companies in scripts.items():
            with bench.checked(companies) as tally:
                source = pgbench.script(bench.template, [company.id for company in companies])
                for clients in CLIENTS:
                    name = f"{where}, {counted(clients, 'client')}"
                    bench.tell(f"pgbench, {name}, round {number + 1}")
                    row = pgbench.run(bench, source, clients)
                    tally.add(row)
                    rounds.setdefault(name, []).append(row)
    return {name: median_of(rows) for name, rows in rounds.items()}
