"""Section b: what sets are worth. The same invoice through books.post(), many in a transaction, over one connection."""

import time
from itertools import count

from benchmarks import invoice
from benchmarks.bench import Bench
from benchmarks.figures import Row, Rows, spread

TOGETHER = (1, 10, 100)


def measure(bench: Bench) -> Rows:
    """Each size of set on the busy company."""
    rows = {}
    bench.use([bench.busy])
    with bench.checked([bench.busy]) as tally:
        for together in TOGETHER:
            bench.tell(f"books.post() over one connection, {together} in a transaction")
            row = post_for(bench, together)
            tally.add(row)
            rows[f"{together} in a transaction"] = row
    return rows


def post_for(bench: Bench, together: int) -> Row:
    """Post for a while; the clock stands still while a set is put together in Python."""
    batches = invoice.batches(bench.template, together)
    times: list[float] = []
    with invoice.connect(bench.address.url) as connection:
        for number in count():
            if number % 10 == 0 and sum(times) >= bench.options.seconds * 1000:
                break
            batch = next(batches)
            started = time.perf_counter()
            invoice.post(connection, bench.busy.id, batch)
            times.append((time.perf_counter() - started) * 1000)
    posted = len(times) * together
    return {"per_second": posted * 1000 / sum(times)} | spread(times) | {"count": posted}
