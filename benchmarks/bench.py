"""What every section is handed: a running server, how long to measure, and companies made when first asked for."""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from uuid import UUID

import msgspec

from benchmarks import invoice
from benchmarks.books import Books, LargeBooks, fill_books, sizes_large, sizes_small
from benchmarks.companies import Company, create_companies
from benchmarks.figures import Row, counted
from benchmarks.filling import settle
from benchmarks.invoice import Template
from cuadra.database.opening import ADDRESS_FILE, Address
from tests.serving import PROGRAM, ServerProcess, clean_environment

VERIFY_SECONDS_MAX = 900
USED = 5000
TOGETHER = 100


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured; two runs are compared only when these are the same."""

    quick: bool
    lines: int
    invoices: int
    seconds: float
    rounds: int
    gets: int


class Tally:
    """How many invoices were posted."""

    count = 0

    def add(self, row: Row) -> None:
        """Count what a measurement posted."""
        self.count += int(row["count"])


class Bench:
    """One run."""

    def __init__(
        self, server: ServerProcess, options: Options, tell: Callable[[str], None]
    ) -> None:
        self.server = server
        self.options = options
        self.tell = tell
        file = server.folder / ADDRESS_FILE
        self.address = msgspec.json.decode(file.read_bytes(), type=Address)
        self._numbers = count(1)

    def new_companies(self, *names: str, built_in: str = "demo") -> list[Company]:
        """Companies of these names, with a number each, so that a section may run twice."""
        numbered = [f"{name}-{next(self._numbers)}" for name in names]
        return create_companies(self.address.url, numbered, built_in)

    @cached_property
    def busy(self) -> Company:
        """The company that everybody posts to."""
        return self.new_companies("busy")[0]

    @cached_property
    def template(self) -> Template:
        """The invoice of all measurements, recorded over HTTP in the busy company."""
        headers = self.server.sign_in(self.busy.login) | {"Content-Type": "application/json"}
        answer = self.server.client.post("/v1/invoices", content=invoice.encoded(), headers=headers)
        if answer.status_code != 201:
            raise SystemExit(f"the invoice is refused: {answer.status_code} {answer.text}")
        voucher = UUID(answer.json()["id"])
        return invoice.read_back(self.address.url, self.busy.id, voucher)

    def use(self, companies: Sequence[Company]) -> None:
        """Post some invoices into each, so that what is measured is not the first minute of an empty database.

        There it plans for empty tables, until it looks again.
        """
        invoices = USED // len(companies)
        self.tell(f"{counted(invoices, 'invoice')} into each company before measuring")
        with invoice.connect(self.address.url) as connection:
            for company in companies:
                batches = invoice.batches(self.template, TOGETHER)
                for _ in range(invoices // TOGETHER):
                    invoice.post(connection, company.id, next(batches))
        self.settle()

    @cached_property
    def small_books(self) -> Books:
        """The smallest books."""
        sizes = sizes_small(self.options.lines)
        made, _ = fill_books(self.address.owner_url, self.new_companies("books"), sizes)
        return made[0]

    @cached_property
    def large_books(self) -> LargeBooks:
        """The large ones."""
        sizes = sizes_large(self.options.lines)
        self.tell(f"filling books with {sum(lines for lines, _ in sizes):,} lines")
        companies = self.new_companies(*["books"] * len(sizes))
        made, row = fill_books(self.address.owner_url, companies, sizes)
        return LargeBooks(made[0], made[1], made[2], row)

    def settle(self) -> None:
        """Do now what the database would otherwise do in the background of what is measured next."""
        settle(self.address.owner_url)

    def verify(self, company: Company) -> float:
        """Recompute everything of a company from its lines; how many seconds it took. Ends the run if a thing is wrong."""
        started = time.perf_counter()
        done = subprocess.run(
            [*PROGRAM, "verify", "--company", company.name],
            env=clean_environment(self.server.folder, self.server.port),
            cwd=self.server.folder.parent,
            capture_output=True,
            text=True,
            timeout=VERIFY_SECONDS_MAX,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{done.stdout}{done.stderr}")
        return time.perf_counter() - started

    @contextmanager
    def checked(self, companies: Sequence[Company]) -> Iterator[Tally]:
        """Check at the end that as many invoices were recorded as were counted, all of them the template's."""
        self.template  # noqa: B018 - recorded before anything is counted
        url, ids = self.address.owner_url, [company.id for company in companies]
        before = invoice.count_invoices(url, ids)
        tally = Tally()
        yield tally
        found = invoice.count_invoices(url, ids) - before
        if found != tally.count:
            raise SystemExit(f"{tally.count} invoices were posted and {found} recorded")
        different = invoice.distinct_invoices(url, [self.busy.id, *ids])
        if different != 1:
            raise SystemExit(
                f"{different} different invoices were recorded; all should be the same"
            )
