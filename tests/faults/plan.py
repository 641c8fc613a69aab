"""What a seed stands for: which client sends what and how, and which faults come between. Pure.

The plan names what it cannot know yet by the step that will make it ("pay a third of what step 17 sold"), so that it
comes from the seed alone; ids and numbers are filled in while it runs. Timing is not planned, only invited.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction
from random import Random
from typing import TypeVar

T = TypeVar("T")

CUSTOMERS = ("1001001", "1001002")  # of the company's file
PRODUCTS = ("Plain-1", "Stock-1", "Stock-2")  # of the company's file
STOCKED = PRODUCTS[1:]
SHARED = ("2002001", "2002002", "2002003")  # new customers that any client may be first to bring
DAYS = ("2026-10-31", "2026-11-01", "2026-11-20", "2026-12-31", "2027-01-01")
STARTS = (
    datetime(2026, 11, 20, 15, 0, tzinfo=UTC),
    datetime(2026, 12, 1, 4, 59, 58, tzinfo=UTC),  # two seconds before December in Bogotá
    datetime(2027, 1, 1, 4, 59, 59, tzinfo=UTC),
)
LISTS = ("invoices", "vouchers", "journals", "customers", "products", "taxes", "warehouses")
SPOILED = (
    "not_json",
    "no_items",
    "wrong_total",
    "unknown_customer",
    "unknown_product",
    "unbalanced",
    "bad_key",
)


class Series(StrEnum):
    """The kinds of invoices: numbered by the server, dated by its clock, numbered by the client."""

    PLAIN = "1"
    ELECTRONIC = "2"
    MANUAL = "3"


class Manner(StrEnum):
    """How a request is sent and its answer read."""

    WHOLE = "whole"
    SLOW = "slow"  # half of it, a pause, the rest
    HALF = "half"  # half of it, then the connection is closed
    DROPPED = "dropped"  # all of it, then the connection is closed
    CUT = "cut"  # closed while the answer is read
    TWICE = "twice"  # two connections send the same at once


class FaultKind(StrEnum):
    """What goes wrong."""

    KILL_SERVER = "kill server"
    KILL_STARTING = "kill server, and again while it starts"
    KILL_WORKER = "kill worker"
    KILL_POSTGRES = "kill postmaster"
    KILL_BACKEND = "kill backend"
    END_BACKEND = "end backend"
    LOSE_COMMIT = "lose the answer to a commit"
    STOP_SERVER = "stop server"
    MOVE_CLOCK = "move clock"


@dataclass(frozen=True)
class Item:
    """One item of an invoice, in half units; the price is even, so that all comes to whole pesos, IVA included."""

    product: str
    halves: int
    price: int
    taxed: bool

    @property
    def quantity(self) -> int | float:
        """How much of it."""
        return self.halves / 2 if self.halves % 2 else self.halves // 2

    @property
    def total(self) -> int:
        """With its IVA."""
        base = self.halves * self.price // 2
        return base + base * 19 // 100 if self.taxed else base


@dataclass(frozen=True)
class Sell:
    """An invoice. `inline` sends the whole customer along; `number` is the client's own, for manual ones."""

    series: Series
    customer: str
    items: tuple[Item, ...]
    credit: bool
    day: str
    inline: bool = False
    number: int | None = None


@dataclass(frozen=True)
class Pay:
    """A journal that pays a part of what an earlier step sold. `safe`: all payments together never exceed it."""

    sale: int
    part: Fraction
    day: str
    safe: bool = False


@dataclass(frozen=True)
class Move:
    """A journal from cash to the bank, in cents."""

    cents: int
    day: str


@dataclass(frozen=True)
class Restock:
    """A journal that brings goods into the warehouse, at a value in cents."""

    product: str
    quantity: int
    cents: int
    day: str


@dataclass(frozen=True)
class Save:
    """A customer or product made, or replaced by a new version."""

    kind: str
    name: str
    replaces: bool = False


@dataclass(frozen=True)
class Remove:
    """A customer or product deleted."""

    kind: str
    name: str


@dataclass(frozen=True)
class Look:
    """Get the document that an earlier step made."""

    step: int


@dataclass(frozen=True)
class List:
    """Get the first page of a list."""

    kind: str


@dataclass(frozen=True)
class Spoil:
    """A request that must be refused."""

    how: str


@dataclass(frozen=True)
class Repeat:
    """What an earlier step sent, with its key; `differs` changes the body."""

    step: int
    differs: bool


Act = Sell | Pay | Move | Restock | Save | Remove | Look | List | Spoil | Repeat


@dataclass(frozen=True)
class Step:
    """One thing a client does. `bite` says where a request or an answer is cut, from 0 to 1.

    `rush` is the first step and the size of a rush: that many clients do the like at the same moment.
    """

    number: int
    client: int
    act: Act
    manner: Manner
    keyed: bool
    fresh: bool
    pause: float
    bite: float
    rush: tuple[int, int] | None = None


@dataclass(frozen=True)
class Fault:
    """A fault after so many steps have begun; `chance` and `rest` choose its target and its pauses.

    `aimed`: it strikes while a transaction commits, if one does so soon.
    """

    after: int
    delay: float
    kind: FaultKind
    aimed: bool
    chance: float
    rest: float


@dataclass(frozen=True)
class Plan:
    """All of a seed."""

    seed: int
    workers: int
    start: datetime
    clients: int
    steps: tuple[Step, ...]
    faults: tuple[Fault, ...]

    def steps_of(self, client: int) -> list[Step]:
        """What one client does, in order."""
        return [step for step in self.steps if step.client == client]


def draw_plan(seed: int) -> Plan:
    """The plan of a seed: always the same.

    >>> draw_plan(7) == draw_plan(7), draw_plan(7) == draw_plan(8)
    (True, False)
    """
    rng = Random(seed)
    workers = 2 if rng.random() < 0.35 else 1
    clients = rng.randint(3, 6)
    drawing = _Drawing(rng, clients)
    size = rng.randint(40, 100)
    while len(drawing.steps) < size:
        if rng.random() < 0.07:
            drawing.draw_rush()
        else:
            drawing.draw()
    steps = _with_safe_payments(drawing.steps)
    faults = _draw_faults(rng, len(steps), workers)
    return Plan(seed, workers, rng.choice(STARTS), clients, steps, faults)


class _Drawing:
    """Draws one step after the other, remembering what later steps may refer to."""

    def __init__(self, rng: Random, clients: int) -> None:
        self.steps: list[Step] = []
        self._rng = rng
        self._clients = clients
        self._sales: list[int] = []
        self._credits: list[int] = []
        self._documents: list[int] = []
        self._keyed: list[int] = []
        # Names that a client has made customers and products under, and perhaps removed since.
        self._own: dict[tuple[int, str], list[str]] = {}

    def draw(self) -> None:
        """Add a step of any client."""
        number, client = len(self.steps), self._rng.randrange(self._clients)
        self._add(self._step(client, self._act(number, client)))

    def draw_rush(self) -> None:
        """Add the like of one step for several clients, all at the same moment."""
        rng = self._rng
        size = rng.randint(2, min(4, self._clients))
        act = self._act_of_rush()
        rush = len(self.steps), size
        for client in rng.sample(range(self._clients), size):
            step = self._step(client, act)
            self._add(replace(step, manner=Manner.WHOLE, pause=0.0, rush=rush))

    def _step(self, client: int, act: Act) -> Step:
        rng = self._rng
        keyed = isinstance(act, Sell | Pay | Move | Restock | Spoil) and rng.random() < 0.75
        return Step(
            number=len(self.steps),
            client=client,
            act=act,
            manner=self._manner(writes=not isinstance(act, Look | List), keyed=keyed),
            keyed=keyed,
            fresh=rng.random() < 0.4,
            pause=rng.choice((0.0, 0.0, 0.0, 0.002, 0.01, 0.04)),
            bite=rng.random(),
        )

    def _add(self, step: Step) -> None:
        self.steps.append(step)
        if isinstance(step.act, Sell):
            self._sales.append(step.number)
            if step.act.credit:
                self._credits.append(step.number)
        if isinstance(step.act, Sell | Pay | Move | Restock):
            self._documents.append(step.number)
            if step.keyed:
                self._keyed.append(step.number)

    def _act_of_rush(self) -> Act:
        """What only one of many may do, or all of them one after the other."""
        rng = self._rng
        kind = rng.choice(("pay", "pay", "customer", "number", "stock"))
        if kind == "pay" and self._credits:
            part = Fraction(rng.choice(("1/2", "1")))
            return Pay(self._credits[-1], part, rng.choice(DAYS))
        item = Item(rng.choice(STOCKED), rng.randint(1, 9), rng.randint(1, 250) * 200, taxed=True)
        sale = Sell(Series.PLAIN, CUSTOMERS[0], (item,), credit=True, day=rng.choice(DAYS))
        if kind == "customer":
            return replace(sale, customer=rng.choice(SHARED), inline=True)
        if kind == "number":
            return replace(sale, series=Series.MANUAL, number=rng.randint(1, 6))
        return sale

    def _manner(self, *, writes: bool, keyed: bool) -> Manner:
        manners = {Manner.WHOLE: 70, Manner.DROPPED: 7, Manner.CUT: 6}
        if writes:
            manners |= {Manner.HALF: 4, Manner.SLOW: 4}
        if keyed:
            manners |= {Manner.TWICE: 9}
        return _weighted(self._rng, manners)

    def _act(self, number: int, client: int) -> Act:
        rng = self._rng
        kind = _weighted(
            rng,
            {"sell": 34, "pay": 15, "move": 6, "restock": 6, "save": 9, "replace": 6, "remove": 4}
            | {"look": 7, "list": 6, "spoil": 5, "repeat": 8},
        )
        owned = rng.choice(("customers", "products"))
        own = self._own.get((client, owned), [])
        match kind:
            case "pay" if self._sales:
                part = Fraction(rng.choice(("1/3", "1/3", "1/2", "1", "3/2")))
                return Pay(self._near(self._sales), part, rng.choice(DAYS))
            case "move":
                return Move(rng.randint(1, 9000000), rng.choice(DAYS))
            case "restock":
                return self._restock()
            case "save":
                return self._save(number, client, owned)
            case "replace" if own:
                return Save(owned, rng.choice(own), replaces=True)
            case "remove" if own:
                return Remove(owned, rng.choice(own))
            case "look" if self._documents:
                return Look(self._near(self._documents))
            case "list":
                return List(rng.choice(LISTS))
            case "spoil":
                return Spoil(rng.choice(SPOILED))
            case "repeat" if self._keyed:
                return Repeat(self._near(self._keyed), differs=rng.random() < 0.3)
        return self._sell(number, client)

    def _near(self, steps: Sequence[int]) -> int:
        """One of the steps, rather a recent one."""
        return self._rng.choice(steps[-8:] if self._rng.random() < 0.7 else steps)

    def _restock(self) -> Restock:
        rng = self._rng
        return Restock(
            product=rng.choice(STOCKED),
            quantity=rng.randint(1, 20),
            cents=rng.randint(100000, 40000000),
            day=rng.choice(DAYS),
        )

    def _save(self, number: int, client: int, kind: str) -> Save:
        if kind == "customers" and self._rng.random() < 0.3:
            return Save(kind, self._rng.choice(SHARED))
        name = _own_name(kind, number)
        self._own.setdefault((client, kind), []).append(name)
        return Save(kind, name)

    def _sell(self, number: int, client: int) -> Sell:
        rng = self._rng
        series = _weighted(rng, {Series.PLAIN: 80, Series.ELECTRONIC: 12, Series.MANUAL: 8})
        known = [*CUSTOMERS, *CUSTOMERS, *self._own.get((client, "customers"), [])[-2:]]
        customer, inline = rng.choice(known), False
        if rng.random() < 0.25:
            customer, inline = rng.choice(SHARED), True
            if rng.random() < 0.4:
                customer = _own_name("customers", number)
                self._own.setdefault((client, "customers"), []).append(customer)
        products = [*PRODUCTS, *PRODUCTS, *self._own.get((client, "products"), [])[-2:]]
        items = tuple(
            Item(
                product=rng.choice(products),
                halves=rng.randint(1, 18),
                price=rng.randint(1, 250) * 200,
                taxed=rng.random() < 0.5,
            )
            for _ in range(rng.randint(1, 3))
        )
        number_given = rng.randint(1, 6) if series is Series.MANUAL else None
        credit = rng.random() < 0.6
        return Sell(series, customer, items, credit, rng.choice(DAYS), inline, number_given)


def _own_name(kind: str, number: int) -> str:
    return f"3003{number:03d}" if kind == "customers" else f"Own-{number}"


def _with_safe_payments(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, with the payments marked that nobody's other payment can leave without anything to pay."""
    paid: dict[int, Fraction] = {}
    for step in steps:
        if isinstance(step.act, Pay):
            paid[step.act.sale] = paid.get(step.act.sale, Fraction(0)) + step.act.part
    return tuple(
        replace(step, act=replace(step.act, safe=paid[step.act.sale] <= 1))
        if isinstance(step.act, Pay)
        else step
        for step in steps
    )


def _draw_faults(rng: Random, steps: int, workers: int) -> tuple[Fault, ...]:
    kinds = {
        FaultKind.KILL_SERVER: 5,
        FaultKind.KILL_STARTING: 1,
        FaultKind.KILL_POSTGRES: 4,
        FaultKind.KILL_BACKEND: 3,
        FaultKind.END_BACKEND: 3,
        FaultKind.LOSE_COMMIT: 4,
        FaultKind.STOP_SERVER: 4,
        FaultKind.MOVE_CLOCK: 5,
    }
    if workers > 1:
        kinds[FaultKind.KILL_WORKER] = 5
    places = sorted(rng.randint(4, steps) for _ in range(rng.randint(2, 4)))
    return tuple(
        Fault(
            after=place,
            delay=rng.choice((0.0, 0.002, 0.005, 0.02)) * rng.random(),
            kind=_weighted(rng, kinds),
            aimed=rng.random() < 0.5,
            chance=rng.random(),
            rest=rng.random(),
        )
        for place in places
    )


def _weighted(rng: Random, weights: dict[T, int]) -> T:
    return rng.choices(list(weights), weights=list(weights.values()))[0]
