"""Section c, the aim: POST /v1/invoices on the busy company, from a load generator of its own.

pgbench runs with sixteen clients before and after each round, because only ratios of what ran side by side
are worth anything on a machine that is never quiet.
"""

from statistics import mean

from benchmarks import client, invoice, pgbench
from benchmarks.bench import Bench
from benchmarks.client import Orders
from benchmarks.figures import Row, Rows, counted, median_of
from benchmarks.processes import Clock, memory

CONNECTIONS = (1, 16, 64)
YARDSTICK_CLIENTS = 16
WARM_UP_SECONDS = 1.0


def measure(bench: Bench) -> Rows:
    """Each number of connections in turn between two runs of pgbench, several times; the medians."""
    names = {number: counted(number, "connection") for number in CONNECTIONS}
    script = pgbench.script(bench.template, [bench.busy.id])
    rounds: dict[int, list[Row]] = {connections: [] for connections in CONNECTIONS}
    bench.use([bench.busy])
    with bench.checked([bench.busy]) as tally:
        yardsticks = [run_yardstick(bench, script)]
        for number in range(bench.options.rounds):
            for connections in CONNECTIONS:
                bench.tell(f"POST /v1/invoices, {names[connections]}, round {number + 1}")
                rounds[connections].append(post(bench, connections))
            yardsticks.append(run_yardstick(bench, script))
            beside = mean(row["per_second"] for row in yardsticks[-2:])
            for rows in rounds.values():
                rows[-1]["of_pgbench"] = rows[-1]["per_second"] / beside
                tally.add(rows[-1])
        for row in yardsticks:
            tally.add(row)
    bench.tell("cuadra verify of the busy company")
    bench.verify(bench.busy)
    posted = {names[connections]: median_of(rows) for connections, rows in rounds.items()}
    return posted | {f"pgbench beside it, {YARDSTICK_CLIENTS} clients": median_of(yardsticks)}


def run_yardstick(bench: Bench, script: str) -> Row:
    """What the ratio is to."""
    bench.tell(f"pgbench beside it, {YARDSTICK_CLIENTS} clients")
    return pgbench.run(bench, script, YARDSTICK_CLIENTS)


def post(bench: Bench, connections: int) -> Row:
    """Post for a while; `count` is all that was posted, the rest is what came after the warm-up."""
    headers = bench.server.sign_in(bench.busy.login)
    headers |= {"Host": "127.0.0.1", "Content-Type": "application/json"}
    orders = Orders(
        host="127.0.0.1",
        port=bench.server.port,
        connections=connections,
        seconds=WARM_UP_SECONDS,
        requests=[client.request("POST", "/v1/invoices", headers, invoice.encoded())],
    )
    warmed = client.send(orders, expected=201)
    clock = Clock(bench.server)
    orders.seconds = bench.options.seconds
    outcome = client.send(orders, expected=201)
    used = clock.used(len(outcome.latencies)) | memory(bench.server.process.pid)
    count = len(warmed.latencies) + len(outcome.latencies)
    return client.figures_of(outcome) | used | {"count": count}
