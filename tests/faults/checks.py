"""What must hold after a seed: all that was acknowledged is there once, as acknowledged, and nothing else. Pure.

Each check compares what the clients remember with what was found, and returns what is wrong in one line each.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.faults import bodies
from tests.faults.compare import NUMBERED_BY_CLIENTS, difference
from tests.faults.found import Found
from tests.faults.memory import Document, Entity, Memory
from tests.faults.plan import CUSTOMERS, PRODUCTS

FIRST_NUMBERS = {1: 701, 2: 1, 7: 1, 10: 1}  # of the voucher types in `company.yaml`
OPENING = {"Stock-1": Decimal(100), "Stock-2": Decimal(30)}
OPENING_MARK = "Saldos iniciales"


def everything_wrong(memory: Memory, found: Found) -> list[str]:
    """All that is not as it must be; an empty list for a server without a mistake."""
    checks = (
        _documents(memory, found),
        _nothing_else(memory, found),
        _numbers(found),
        _keys(memory, found),
        _balances(found),
        _stock(found),
        _entities(memory, found),
        _names(found),
    )
    return [wrong for check in checks for wrong in check]


def _documents(memory: Memory, found: Found) -> Iterator[str]:
    """Acknowledged: there once, the same in every answer. Refused: not there. Unknown: there at most once."""
    by_mark: dict[str, list[Any]] = defaultdict(list)
    for one in _vouchers(found):
        by_mark[one.get("observations")].append(one)
    for document in memory.documents.values():
        there = by_mark[document.mark]
        if len(there) > 1:
            yield f"{document.mark}: {len(there)} times in the books: {[d['name'] for d in there]}"
        elif there and not document.possible:
            yield f"{document.mark}: in the books as {there[0]['name']}, though it was refused"
        elif document.sure and not there:
            yield f"{document.mark}: acknowledged as {document.value['name']}, and not in the books"
        if document.sure:
            yield from _acknowledged(document, found)


def _acknowledged(document: Document, found: Found) -> Iterator[str]:
    """Every answer, now and then, says the same; only the first of them said that it was made."""
    first = document.acknowledged[0].body
    path = f"{document.path}/{document.value['id']}"
    status, body = found.bodies[path]
    if status != 200:
        yield f"{document.mark}: acknowledged as {document.value['name']}, and {path} is {status}"
        return
    if wrong := difference(document.path, first, body):
        yield f"{document.mark}: {wrong}"
    for other in document.acknowledged[1:]:
        if wrong := difference(document.path, first, other.body):
            yield f"{document.mark}: told twice, otherwise: {wrong}"
    made = sum(answer.status == 201 for answer in document.acknowledged)
    if made > 1:
        yield f"{document.mark}: answered {made} times that it was made"


def _nothing_else(memory: Memory, found: Found) -> Iterator[str]:
    """Nobody but our clients writes, and a list counts what it holds."""
    marks = {one.mark for one in memory.documents.values()} | {OPENING_MARK}
    for one in _vouchers(found):
        if one.get("observations") not in marks:
            yield f"{one['name']}: nobody asked for it: {one.get('observations')}"
    for kind, total in found.totals.items():
        ids = {one["id"] for one in found.lists[kind]}
        if len(ids) != total or len(ids) != len(found.lists[kind]):
            yield f"list of {kind}: {total} told, {len(found.lists[kind])} shown, {len(ids)} different"
    posted = {one["id"]: one["name"] for one in _vouchers(found)}
    for voucher, name in posted.items():
        if found.events.get(voucher, 0) != 1:
            yield f"{name}: {found.events.get(voucher, 0)} events say that it was posted"
    for voucher in found.events.keys() - posted.keys():
        yield f"an event says that {voucher} was posted, and it is not there"


def _numbers(found: Found) -> Iterator[str]:
    """Numbers that the server gives have no gaps, and no number is given twice."""
    given: dict[int, list[int]] = defaultdict(list)
    for one in _vouchers(found):
        given[int(one["document"]["id"])].append(int(one["number"]))
    for kind, numbers in given.items():
        for number, times in Counter(numbers).items():
            if times > 1:
                yield f"type {kind}: number {number} given {times} times"
        if kind != NUMBERED_BY_CLIENTS:
            first = FIRST_NUMBERS[kind]
            for missing in set(range(first, first + len(numbers))) - set(numbers):
                yield f"type {kind}: number {missing} is missing below {max(numbers)}"


def _keys(memory: Memory, found: Found) -> Iterator[str]:
    """A key stands for the document it was acknowledged with; the key of a refused request is free."""
    asked = {one.key: one for one in memory.documents.values() if one.key is not None}
    for key, document in asked.items():
        if document.sure and found.keys.get(key) != document.value["id"]:
            stands_for = found.keys.get(key)
            yield f"{document.mark}: its key stands for {stands_for}, not {document.value['id']}"
        elif key in found.keys and not document.sure:
            yield f"{document.mark}: refused, and its key stands for {found.keys[key]}"
    for key in found.keys.keys() - asked.keys():
        yield f"key {key}: nobody sent it, and it stands for {found.keys[key]}"


def _balances(found: Found) -> Iterator[str]:
    """What an invoice is still owed is its credit less what receipts in the books have paid of it."""
    paid: dict[tuple[str, str, int], Decimal] = defaultdict(Decimal)
    for receipt in found.lists["vouchers"]:
        for item in receipt["items"]:
            due, party = item["due"], receipt["customer"]["identification"]
            paid[party, due["prefix"], int(due["consecutive"])] += item["value"]
    for invoice in found.lists["invoices"]:
        prefix = f"FV-{invoice['document']['id']}"
        name = invoice["customer"]["identification"], prefix, int(invoice["number"])
        owed = sum(p["value"] for p in invoice["payments"] if "due_date" in p) - paid[name]
        if invoice["balance"] != owed or owed < 0:
            yield f"{invoice['name']}: its balance is {invoice['balance']}, and {owed} is owed"


def _stock(found: Found) -> Iterator[str]:
    """What is available of a product is what came in less what invoices in the books have sold."""
    expected = defaultdict(Decimal, OPENING)
    for journal in found.lists["journals"]:
        for line in journal["items"]:
            if (goods := line.get("product")) and journal["observations"] != OPENING_MARK:
                expected[goods["code"]] += goods["quantity"]
    for invoice in found.lists["invoices"]:
        for item in invoice["items"]:
            if item["code"] in OPENING:
                expected[item["code"]] -= item["quantity"]
    for product in found.lists["products"]:
        if product["available_quantity"] != expected[product["code"]]:
            told = product["available_quantity"]
            yield f"{product['code']}: {told} available, {expected[product['code']]} by its documents"


def _entities(memory: Memory, found: Found) -> Iterator[str]:
    """A customer or product is one of the versions it may be, and exactly what was told of that version."""
    names = {"customers": ("identification", CUSTOMERS), "products": ("code", PRODUCTS)}
    for kind, (name_of, of_the_file) in names.items():
        there: dict[str, list[Any]] = defaultdict(list)
        for one in found.lists[kind]:
            there[one[name_of]].append(one)
        for name, ones in there.items():
            if len(ones) > 1:
                yield f"{kind} {name}: there {len(ones)} times"
            if (kind, name) not in memory.entities and name not in of_the_file:
                yield f"{kind} {name}: nobody made it"
        for entity in memory.entities.values():
            if entity.kind == kind:
                yield from _entity(entity, there[entity.name], found)


def _entity(entity: Entity, there: list[Any], found: Found) -> Iterator[str]:
    what = f"{entity.kind} {entity.name}"
    version = bodies.version_of(there[0]) if there else None
    if version not in entity.possible:
        yield f"{what}: found version {version}, and it can only be {entity.possible}"
    if entity.created > 1:
        yield f"{what}: answered {entity.created} times that it was made"
    if entity.id is None:
        return
    status, body = found.bodies[f"/v1/{entity.kind}/{entity.id}"]
    if status != (200 if there else 404):
        yield f"{what}: {'listed' if there else 'not listed'}, and by its id {status}"
    elif version is not None:
        for answer in entity.told.get(version, []):
            if wrong := difference(f"/v1/{entity.kind}", answer.body, body):
                yield f"{what}: {wrong}"


def _names(found: Found) -> Iterator[str]:
    """Whom a document names is there, and is who it says."""
    ids = {one["identification"]: one["id"] for one in found.lists["customers"]}
    headed = [*found.lists["invoices"], *found.lists["vouchers"]]
    named = [(one["name"], one["customer"]) for one in headed]
    named += [
        (one["name"], line["customer"])
        for one in found.lists["journals"]
        for line in one["items"]
        if "customer" in line
    ]
    for name, customer in named:
        known = ids.get(customer["identification"])
        if known != customer["id"]:
            yield f"{name}: names {customer['identification']} as {customer['id']}, and it is {known}"


def _vouchers(found: Found) -> list[Any]:
    return [one for kind in ("invoices", "vouchers", "journals") for one in found.lists[kind]]
