"""Whatever documents do to the books, taking them all away again undoes it, to the cent.

A random client sells, buys, returns, collects, pays, books, edits, annuls and deletes in any order. It may be
refused, never with a 5xx, and the books agree with themselves all along. In the end everything that still stands is
removed, and trial balance, dues and stock are those of the opening. Each story is told by its seed.
"""

import re
from collections.abc import AsyncIterator, Callable, Coroutine
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from cuadra.errors import Rejected
from cuadra.ledger.verify import verify
from cuadra.reports.trial_balance import Wanted, trial_balance
from cuadra.trade.books import Origin
from cuadra.trade.group import record_one
from cuadra.trade.recording import Submission
from cuadra.trade.versions import RemoveVoucher
from tests.demo import NOW, DemoDatabases
from tests.dialects.siigo import bodies
from tests.dialects.siigo.bodies import IVA_5, IVA_19, LEFT_OUT, RETEFUENTE, RETEICA, RETEIVA
from tests.dialects.siigo.client import TODAY, Siigo, signed_in

SEEDS, STEPS, CHECKED_EVERY = (1, 3, 10, 16, 32), 100, 10
DEBTORS = (bodies.CUSTOMER, "900123456", "8694251")
CREDITORS = (bodies.SUPPLIER, bodies.OTHER_SUPPLIER, "13832081")
KEPT = ("Sku-1", "Sku-2")
EDITABLE = ("/v1/invoices", "/v1/purchases", "/v1/payment-receipts", "/v1/quotations")
Body = dict[str, Any]

_OPEN_DUES = """
SELECT a.code, t.identification, t.branch, d.prefix, d.consecutive, d.quote, d.date::text, d.balance, d.currency, d.exchange_rate
  FROM books.due d JOIN books.account a ON a.company_id = d.company_id AND a.id = d.account_id
  JOIN books.third_party t ON t.company_id = d.company_id AND t.id = d.third_party_id
  JOIN control.company c ON c.id = d.company_id AND c.name = 'demo'
 WHERE d.balance <> 0 ORDER BY 1, 2, 3, 4, 5, 6
"""
_STOCK = """
SELECT p.code, s.warehouse_id, s.quantity, s.value FROM books.stock s
  JOIN books.product p ON p.company_id = s.company_id AND p.id = s.product_id
  JOIN control.company c ON c.id = s.company_id AND c.name = 'demo'
 WHERE s.quantity <> 0 OR s.value <> 0 ORDER BY 1, 2
"""
# What is left of the dues a voucher opened, in its own currency: those on its own side that its live version moved.
_OWED_ON = """
SELECT COALESCE(sum(abs(d.balance) / COALESCE(d.exchange_rate, 1)), 0) FROM books.line l
  JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.version = l.version AND v.live
  JOIN books.due d ON d.company_id = l.company_id AND d.id = l.due_id
  JOIN books.account a ON a.company_id = d.company_id AND a.id = d.account_id
 WHERE l.voucher_id = %s AND (l.amount > 0) = (a.due = 'receivable')
"""
_STANDING = """
SELECT v.id FROM books.voucher v JOIN control.company c ON c.id = v.company_id AND c.name = 'demo'
 WHERE v.live AND NOT v.annulled AND v.serial > %s ORDER BY v.serial DESC
"""
_UNPLACED = """
SELECT a.code, sum(l.amount) FROM books.line l
  JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.version = l.version AND v.live
  JOIN books.account a ON a.company_id = l.company_id AND a.id = l.account_id AND a.due IS NOT NULL
  JOIN control.company c ON c.id = l.company_id AND c.name = 'demo'
 GROUP BY a.code HAVING sum(l.amount) <> 0 ORDER BY 1
"""


class Client:
    """Says something random to the door; what it made it remembers by path, with the body it sent."""

    def __init__(self, siigo: Siigo, url: str, seed: int) -> None:
        self.siigo = siigo
        self.url = url
        self.random = Random(seed)
        self.made: dict[str, tuple[str, Body]] = {}
        self.numbers = iter(range(1, 10_000))
        self.first = 0

    def rows(self, query: str, *parameters: Any) -> list[Any]:
        """The database as its owner sees it."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, parameters).fetchall()

    async def step(self) -> None:
        """Do one thing."""
        weights: dict[Callable[[], Coroutine[Any, Any, None]], int] = {
            self.buy: 4, self.sell: 6, self.credit: 3, self.collect: 4, self.pay: 3,
            self.take_advance: 2, self.book: 3, self.quote: 1, self.edit: 6, self.annul: 1,
            self.delete: 3, self.remove: 2,
        }  # fmt: skip
        (do,) = self.random.choices(list(weights), list(weights.values()))
        await do()

    async def send(self, method: str, path: str, body: Body | None = None) -> Any:
        """One request. A body whose payments are not what it comes to is sent again with what it does."""
        for _ in range(2):
            answer = await self.siigo.call(method, path, *([] if body is None else [body]))
            assert answer.status_code < 500, f"{method} {path} {body}: {answer.text}"
            total = re.search(r"(\d+(\.\d+)?)\.?\"", answer.text)
            if "invalid_total_payments" not in answer.text or body is None or total is None:
                break
            body = self.paying(body, Decimal(total[1]))
        if answer.status_code in (200, 201) and body is not None:
            shown = answer.json()
            root = path if method == "POST" else path.rsplit("/", 1)[0]
            self.made[f"{root}/{shown['id']}"] = (root, body)
            return shown
        return None

    def paying(self, body: Body, total: Decimal) -> Body:
        """The body with payments of this total, as they were divided."""
        if "payments" not in body:
            return body | {"payment": body["payment"] | {"value": total}}
        *first, last = body["payments"]
        part = (total / (len(first) + 1)).quantize(Decimal(1))
        payments = [payment | {"value": part} for payment in first]
        return body | {"payments": [*payments, last | {"value": total - part * len(first)}]}

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def amount(self, top: int = 50_000) -> Decimal:
        return Decimal(self.random.randint(100, top * 100)) / 100

    def day(self) -> str:
        return f"2026-11-{self.random.randint(1, 20):02}"

    def currency(self, chance: float = 0.2) -> Any:
        rates = ("3825.033333", "4100.5", "0.16")
        rate = self.random.choice(rates)
        return {"code": "USD", "exchange_rate": rate} if self.maybe(chance) else LEFT_OUT

    def payments(self, credit: int) -> list[Body]:
        """One or two, later or at once; their values come from the answer."""
        later = {"id": credit, "value": 1, "due_date": "2026-12-20"}
        now = {"id": bodies.CASH, "value": 1}
        return self.random.choice(([later], [later], [later], [now], [now, now]))

    def retentions(self) -> Any:
        some = [tax for tax in (RETEIVA, RETEICA) if self.maybe(0.3)]
        return bodies.taxes(*some) if some else LEFT_OUT

    def taxed(self) -> list[dict[str, int]]:
        some = [self.random.choice((IVA_19, IVA_5))] if self.maybe(0.7) else []
        return bodies.taxes(*some, *([RETEFUENTE] if self.maybe(0.3) else []))

    def kept_or_not(self) -> Body:
        """A product, with a warehouse if it is kept in one."""
        code = self.random.choice((*KEPT, *KEPT, "Item-1", "Serv-1"))
        place = self.random.choice((LEFT_OUT, 1270, 371092)) if code in KEPT else LEFT_OUT
        quantity = Decimal(self.random.choice(("1", "2", "3", "7", "0.5", "12.25")))
        return {"code": code, "quantity": quantity, "warehouse": place, "price": self.amount()}

    def invoice(self) -> Body:
        """Goods, services, combos and gifts, in any of the series."""
        items = []
        for _ in range(self.random.randint(1, 3)):
            members = self.kept_or_not() | {"taxes": self.taxed()}
            if self.maybe(0.15):
                members |= {"code": "Combo-1"}
            if self.maybe(0.1):
                gift = {"price": 0, "tax_base": self.amount(), "taxes": bodies.taxes(IVA_19)}
                members |= gift | {"taxpayer": self.random.choice(("Customer", "Company"))}
            elif self.maybe(0.3):
                members |= {"discount": self.random.randint(1, 50)}
            items.append(bodies.item(**members))
        kind = self.random.choice(
            (bodies.PLAIN, bodies.PLAIN, bodies.MANUAL, bodies.ELECTRONIC, bodies.WHOLE_PESOS)
        )
        members = {
            "document": {"id": kind},
            "number": next(self.numbers) if kind == bodies.MANUAL else LEFT_OUT,
            "date": TODAY if kind == bodies.ELECTRONIC else self.day(),
            "customer": self.customer(),
            "currency": self.currency(),
            "payments": self.payments(bodies.CREDIT),
            "retentions": self.retentions(),
        }
        if kind == bodies.PLAIN and self.maybe(0.3):
            members["advance_payment"] = self.amount(3000)
            members["currency"] = LEFT_OUT
        if kind == bodies.PLAIN and self.maybe(0.3):
            members["global_discounts"] = [{"id": 9001, "percentage": self.random.randint(1, 20)}]
        return bodies.invoice(*items, **members)

    def customer(self) -> Body:
        party = {"identification": self.random.choice(DEBTORS)}
        if party["identification"] == "900123456" and self.maybe(0.5):
            return party | {"branch_office": 2}
        return party

    def purchase(self) -> Body:
        """Goods, expenses and assets; sometimes from several suppliers."""
        items, several = [], self.maybe(0.15)
        for _ in range(self.random.randint(1, 3)):
            members = self.kept_or_not() | {"taxes": self.taxed()}
            if self.maybe(0.25):
                kind, code = self.random.choice((("Account", "51201001"), ("FixedAsset", "AF-1")))
                members |= {"type": kind, "code": code, "warehouse": LEFT_OUT}
            if several and self.maybe(0.7):
                members["supplier"] = self.random.choice(CREDITORS[:2])
            items.append(bodies.bought(**members))
        kind = self.random.choice((bodies.PURCHASE, bodies.PURCHASE, bodies.WHOLE_PURCHASE))
        return bodies.purchase(
            *items,
            document={"id": kind},
            number=next(self.numbers) if kind == bodies.WHOLE_PURCHASE else LEFT_OUT,
            date=self.day(),
            supplier={"identification": self.random.choice(CREDITORS[:2])},
            currency=self.currency(),
            payments=self.payments(bodies.SUPPLIER_CREDIT),
            supplier_by_item=several,
            retentions=self.retentions(),
            tax_included=self.maybe(0.2),
            provider_invoice=bodies.paper(str(self.random.randint(1, 30))),
        )

    def payment_receipt(self, supplier: str = "") -> Body:
        """Dues of a supplier are paid, or he gets an advance, or lines say it."""
        supplier = supplier or self.random.choice(CREDITORS)
        items = self.paid("22050501", supplier)
        foreign = items.pop("currency", LEFT_OUT)
        members: Body = {"date": self.day(), "supplier": {"identification": supplier}}
        if not items["dues"] or self.maybe(0.2):
            advance = {"type": "AdvancePayment", "items": LEFT_OUT, "currency": self.currency()}
            return bodies.payment_receipt(total=self.amount(), **members, **advance)
        total = sum(item["value"] for item in items["dues"])
        if self.maybe(0.25):
            lines = [
                bodies.entry("22050501", item["value"], due=item["due"], customer=LEFT_OUT)
                for item in items["dues"]
            ]
            lines.append(bodies.entry("11100501", -total, customer=LEFT_OUT))
            free = {"type": "Detailed", "payment": LEFT_OUT, "currency": foreign}
            return bodies.payment_receipt(*lines, **members, **free)
        return bodies.payment_receipt(*items["dues"], total=total, currency=foreign, **members)

    def paid(self, account: str, party: str, branch: int = 0) -> Body:
        """Parts, or all, of some open dues of a third party in one currency, at any rate."""
        due_side = 1 if account[0] == "1" else -1
        found = [
            due
            for due in self.rows(_OPEN_DUES)
            if due[:3] == (account, party, branch) and due[7] * due_side > 0
        ]
        if not found:
            return {"dues": []}
        first = self.random.choice(found)
        same = [due for due in found if due[8] == first[8]]
        chosen = self.random.sample(same, min(len(same), self.random.randint(1, 3)))
        dues = []
        for _, _, _, prefix, consecutive, quote, day, balance, _, rate in chosen:
            owed = (abs(balance) / (rate or 1)).quantize(Decimal("0.01"), ROUND_HALF_UP)
            part = owed if self.maybe(0.5) else (owed * self.random.randint(1, 99) / 100)
            part = part.quantize(Decimal("0.01"))
            name = {"prefix": prefix, "consecutive": consecutive, "quote": quote, "date": day}
            dues.append(bodies.paid(name, part * 2 if self.maybe(0.05) else part))
        result: Body = {"dues": dues}
        if first[8]:
            rate = self.random.choice((first[9], Decimal("3990.1"), Decimal(4200)))
            result["currency"] = {"code": first[8], "exchange_rate": rate}
        return result

    async def sell(self) -> None:
        await self.send("POST", "/v1/invoices", self.invoice())

    async def buy(self) -> None:
        await self.send("POST", "/v1/purchases", self.purchase())

    async def quote(self) -> None:
        await self.send("POST", "/v1/quotations", bodies.quotation())

    async def pay(self) -> None:
        await self.send("POST", "/v1/payment-receipts", self.payment_receipt())

    async def take_advance(self) -> None:
        party = {"identification": self.random.choice(DEBTORS)}
        body = bodies.advance(self.amount(), customer=party, currency=self.currency(0.1))
        await self.send("POST", "/v1/vouchers", body)

    async def credit(self) -> None:
        """A part of an invoice, or all of it, comes back."""
        path = self.one_of(("/v1/invoices",))
        if not path:
            return
        invoice = self.made[path][1]
        items = []
        for sold in invoice["items"]:
            if self.maybe(0.3) and len(invoice["items"]) > 1:
                continue
            quantity = sold["quantity"] if self.maybe(0.5) else sold["quantity"] / 2
            items.append(sold | {"quantity": quantity})
        electronic = invoice["document"]["id"] == bodies.ELECTRONIC
        body = bodies.note(
            path.rsplit("/", 1)[1],
            *items,
            document={"id": bodies.ELECTRONIC_NOTE if electronic else bodies.NOTE},
            reason=self.random.choice((1, 2, 3, 4)),
            payments=self.payments(bodies.CREDIT)[:1],
            retentions=invoice.get("retentions", LEFT_OUT),
        )
        await self.send("POST", "/v1/credit-notes", body)

    async def collect(self) -> None:
        """A customer pays what he owes, in dues or in lines."""
        party = self.customer()
        found = self.paid("13050501", party["identification"], party.get("branch_office", 0))
        if not found["dues"]:
            return
        total = sum(item["value"] for item in found["dues"])
        members = {"customer": party, "date": self.day()}
        members["currency"] = found.get("currency", LEFT_OUT)
        body = bodies.cash_receipt(*found["dues"], total=total, **members)
        if self.maybe(0.25):
            lines = [
                bodies.entry("13050501", -item["value"], due=item["due"], customer=LEFT_OUT)
                for item in found["dues"]
            ]
            bank = bodies.entry("11100501", total, customer=LEFT_OUT)
            body = bodies.detailed(bank, *lines, **members)
        await self.send("POST", "/v1/vouchers", body)

    async def book(self) -> None:
        """A journal moves an open due of any kind, or opens one, or corrects stock."""
        value = self.amount()
        open_dues = self.rows(_OPEN_DUES)
        due = self.random.choice(open_dues)
        account, party, branch, prefix, consecutive, quote, day, balance, *_ = due
        name = {"prefix": prefix, "consecutive": consecutive, "quote": quote, "date": day}
        who = {"identification": party, "branch_office": branch}
        part = balance if self.maybe(0.3) else (balance / 3).quantize(Decimal("0.01"))
        new = name | {"prefix": "LP", "consecutive": self.random.randint(1, 9), "quote": 1}
        product = {"code": "Sku-1", "name": "Pantalón", "quantity": 3, "warehouse": 1270}
        lines = self.random.choice(
            (
                [(account, -part, {"due": name, "customer": who}), ("11050501", part, {})],
                [(account, balance, {"due": name, "customer": who}), ("11050501", -balance, {})],
                [("13050501", value, {"due": new}), ("41350501", -value, {})],
                [("14350101", value, {"product": product}), ("11050501", -value, {})],
            )
        )
        body = bodies.journal(*(bodies.entry(code, v, **more) for code, v, more in lines))
        await self.send("POST", "/v1/journals", body)

    def one_of(self, roots: tuple[str, ...]) -> str:
        return self.random.choice(
            [p for p, (root, _) in self.made.items() if root in roots] or [""]
        )

    async def edit(self) -> None:
        """A new body for an old document; it keeps what cannot change, mostly."""
        path = self.one_of(EDITABLE)
        if not path:
            return
        root, old = self.made[path]
        makers: dict[str, Callable[[], Body]] = {
            "/v1/invoices": self.invoice,
            "/v1/purchases": self.purchase,
            "/v1/payment-receipts": lambda: self.payment_receipt(old["supplier"]["identification"]),
            "/v1/quotations": lambda: bodies.quotation(bodies.item(price=self.amount())),
        }
        new = old | {"date": self.day()} if self.maybe(0.3) else makers[root]()
        for member in ("document", "number", "customer", "supplier", "currency"):
            new.pop(member, None)
            if member in old:
                new[member] = old[member]
        await self.send("PUT", path, new)

    async def annul(self) -> None:
        if path := self.one_of(("/v1/invoices",)):
            answer = await self.siigo.post(f"{path}/annul")
            assert answer.status_code < 500
            if answer.is_success:
                del self.made[path]

    async def delete(self) -> None:
        if path := self.one_of((*EDITABLE,)):
            answer = await self.siigo.delete(path)
            assert answer.status_code < 500
            if answer.is_success:
                del self.made[path]

    async def remove(self) -> None:
        """What this door has no DELETE for is removed behind it."""
        path = self.one_of(("/v1/credit-notes", "/v1/vouchers", "/v1/journals"))
        if path and await self.take_away(UUID(path.rsplit("/", 1)[1])):
            del self.made[path]

    async def take_away(self, voucher: UUID) -> bool:
        draft = RemoveVoucher(id=voucher)
        submission = Submission(draft=draft, origin=Origin("accountant", "command line"))
        try:
            await record_one(self.siigo.database, "demo", submission, NOW)
        except Rejected:
            return False
        return True

    async def check(self) -> None:
        """The books agree with themselves, and the door with the books."""
        async with self.siigo.database.read("demo") as transaction:
            assert await verify(transaction, lambda *_: None) == []
        sums: dict[str, Decimal] = {}
        for code, *_, balance, _, _ in self.rows(_OPEN_DUES):
            sums[code] = sums.get(code, Decimal(0)) + balance
        placed = {code: balance for code, balance in sums.items() if balance}
        assert placed == dict(self.rows(_UNPLACED))
        for path, (root, _) in self.made.items():
            answer = await self.siigo.get(path)
            assert answer.status_code == 200, path
            if root in ("/v1/invoices", "/v1/purchases"):
                (owed,) = self.rows(_OWED_ON, path.rsplit("/", 1)[1])[0]
                shown = Decimal(str(answer.json()["balance"]))
                assert shown == owed.quantize(Decimal("0.01"), ROUND_HALF_UP), path
        for code in KEPT:
            on_hand = sum(row[2] for row in self.rows(_STOCK) if row[0] == code)
            (product,) = (await self.siigo.get(f"/v1/products?code={code}")).json()["results"]
            assert Decimal(str(product["available_quantity"])) == on_hand

    async def books(self) -> Any:
        """All that must be as before in the end."""
        async with self.siigo.database.read("demo") as transaction:
            balance = await trial_balance(transaction, Wanted(year=2026, month_end=12))
        moved = [row for row in balance.rows if row.debit or row.credit or row.opening]
        return moved, self.rows(_OPEN_DUES), self.rows(_STOCK)

    async def undo(self) -> None:
        """Remove everything, the newest first; what others were built on waits for those."""
        while standing := self.rows(_STANDING, self.first):
            removed = [await self.take_away(voucher) for (voucher,) in standing]
            assert any(removed), standing

    async def begin(self) -> None:
        self.first = self.rows(
            "SELECT max(v.serial) FROM books.voucher v"
            " JOIN control.company c ON c.id = v.company_id AND c.name = 'demo'"
        )[0][0]
        await self.siigo.created("/v1/products", bodies.combo())


@pytest.fixture(params=SEEDS)
async def client(request: Any, demo_databases: DemoDatabases) -> AsyncIterator[Client]:
    """A client with its seed, of a company that sells what it does not have, or does not."""
    settings = {"negative_stock": bool(request.param % 2), "credit_note_needs_accepted": False}
    url = demo_databases.take()
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(
            "UPDATE control.company SET settings = %s, catalog_version = catalog_version + 1 WHERE name = 'demo'",
            (Jsonb({"trade": settings}),),
        )
    async with signed_in(url) as siigo:
        yield Client(siigo, url, request.param)
    demo_databases.give_back(url, changed=True)


async def test_everything_undone(client: Client) -> None:
    """Any story, told backwards, ends where it began."""
    await client.begin()
    opening = await client.books()
    for number in range(1, STEPS + 1):
        await client.step()
        if number % CHECKED_EVERY == 0:
            await client.check()
    await client.undo()
    assert await client.books() == opening
