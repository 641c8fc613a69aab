"""Section i: a firm's day. Invoices, receipts, credit notes, purchases and journals mixed, beside invoices alone.

Of twenty requests twelve are invoices, three receipts, two credit notes, two purchases and one is a journal. Every
receipt pays a peso of its own due, every note owed a unit of its own invoice, so that none has to wait
for another because of what it is about.
"""

import itertools
import json
from collections.abc import Iterator
from typing import Any

from benchmarks import client, invoice
from benchmarks.bench import Bench
from benchmarks.client import Orders
from benchmarks.figures import Row, Rows, median_of
from benchmarks.processes import Clock, memory

CONNECTIONS = 64
WARM_UP_SECONDS = 1.0
CREDITS = 300  # invoices that receipts and notes are about
UNITS = 1_000_000  # sold on each, at a peso
DAY, DUE_DAY = "2026-03-09", "2026-04-09"
CUSTOMER, SUPPLIER = {"identification": "13832081"}, {"identification": "830123456"}
PATTERN = "IIIRIIPIINJIIRIIPNIR"  # by the first letter; N for a credit note


def measure(bench: Bench) -> Rows:
    """Both in turn, several times; the medians, and what one is of the other."""
    company = bench.new_companies("mixed")[0]
    headers = bench.server.sign_in(company.login)
    headers |= {"Host": "127.0.0.1", "Content-Type": "application/json"}
    bench.tell(f"{CREDITS} invoices on credit")
    owed = [(made["id"], made["number"]) for made in invoices_on_credit(bench, headers)]
    alone = [client.request("POST", "/v1/invoices", headers, invoice.encoded())]
    mixed = list(requests(headers, owed))
    rounds: dict[str, list[Row]] = {"invoices alone": [], "mixed": []}
    for number in range(bench.options.rounds):
        for name, sent in (("invoices alone", alone), ("mixed", mixed)):
            bench.tell(f"{name}, {CONNECTIONS} connections, round {number + 1}")
            rounds[name].append(post(bench, sent))
        pair = [rows[-1]["per_second"] for rows in rounds.values()]
        rounds["mixed"][-1]["of_alone"] = pair[1] / pair[0]
    bench.verify(company)
    return {name: median_of(rows) for name, rows in rounds.items()}


def invoices_on_credit(bench: Bench, headers: dict[str, str]) -> Iterator[dict[str, Any]]:
    """What receipts and notes will be about."""
    body = invoice.BODY | {
        "items": [{"code": "Item-1", "quantity": UNITS, "price": 1}],
        "payments": [{"id": 5636, "value": UNITS, "due_date": DUE_DAY}],
    }
    for _ in range(CREDITS):
        answer = bench.server.client.post("/v1/invoices", json=body, headers=headers)
        if answer.status_code != 201:
            raise SystemExit(f"POST /v1/invoices: {answer.status_code} {answer.text[:500]}")
        yield answer.json()


def requests(headers: dict[str, str], owed: list[tuple[str, int]]) -> Iterator[bytes]:
    """Prepared requests in the order of the pattern, until each invoice on credit was paid and credited."""
    paid, credited = iter(owed), iter(owed)
    for letter in itertools.islice(itertools.cycle(PATTERN), len(PATTERN) * len(owed) // 3):
        path, body = _of_letter(letter, paid, credited)
        yield client.request("POST", path, headers, json.dumps(body).encode())


def _of_letter(letter: str, paid: Any, credited: Any) -> tuple[str, dict[str, Any]]:
    match letter:
        case "R":
            return "/v1/vouchers", receipt(next(paid)[1])
        case "N":
            return "/v1/credit-notes", credit_note(next(credited)[0])
        case "P":
            return "/v1/purchases", PURCHASE
        case "J":
            return "/v1/journals", JOURNAL
    return "/v1/invoices", invoice.BODY


def receipt(number: int) -> dict[str, Any]:
    """A peso of an invoice's due."""
    due = {"prefix": "FV-1", "consecutive": number, "quote": 1, "date": DUE_DAY}
    return {
        "document": {"id": 7714},
        "type": "DebtPayment",
        "date": DAY,
        "customer": CUSTOMER,
        "items": [{"due": due, "value": 1}],
        "payment": {"id": 5638, "value": 1},
    }


def credit_note(invoice_id: str) -> dict[str, Any]:
    """One unit of an invoice comes back."""
    return {
        "document": {"id": 77775},
        "date": DAY,
        "invoice": invoice_id,
        "items": [{"code": "Item-1", "quantity": 1, "price": 1}],
        "payments": [{"id": 5636, "value": 1, "due_date": DUE_DAY}],
    }


PURCHASE = {
    "document": {"id": 24470},
    "date": DAY,
    "supplier": SUPPLIER,
    "items": [
        {"type": "Product", "code": "Sku-1", "quantity": 1, "price": 1000, "warehouse": 1270},
        {"type": "Account", "code": "51959501", "quantity": 1, "price": 500},
    ],
    "payments": [{"id": 5640, "value": 1500, "due_date": DUE_DAY}],
}
JOURNAL = {
    "document": {"id": 27441},
    "date": DAY,
    "items": [
        {
            "account": {"code": code, "movement": movement},
            "customer": CUSTOMER,
            "description": "",
            "value": 119000,
        }
        for code, movement in (("11100501", "Debit"), ("11050501", "Credit"))
    ],
}


def post(bench: Bench, sent: list[bytes]) -> Row:
    """Send for a while, in turn from all connections; what came after the warm-up."""
    orders = Orders(
        host="127.0.0.1",
        port=bench.server.port,
        connections=CONNECTIONS,
        seconds=WARM_UP_SECONDS,
        requests=sent,
    )
    client.send(orders, expected=201)
    clock = Clock(bench.server)
    orders.seconds = bench.options.seconds
    outcome = client.send(orders, expected=201)
    used = clock.used(len(outcome.latencies)) | memory(bench.server.process.pid)
    return client.figures_of(outcome) | used | {"count": len(outcome.latencies)}
