"""Every field of every write, wrong in every way: each answer is written down, and stays as it was read once.

The fields come from the wire types, so that none can be left out. For each there is a row for each fault in
`every_field/OPERATION.txt`: what was done to the field, and the status, code, message and parameter that came of
it, or the status alone where it was accepted. `pytest --update` writes the files anew; read the difference before
you commit it. What holds for all rows is asserted here.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from cuadra.dialects.siigo.server import OPERATIONS
from tests.dialects.siigo import bodies
from tests.dialects.siigo.client import Siigo
from tests.dialects.siigo.recording import Number, dump
from tests.dialects.siigo.test_bad_input import check_refused, put

FOLDER = Path(__file__).parent / "every_field"
NOTHING: Any = object()
Path_ = tuple[str | int, ...]
Body = Callable[[int], dict[str, Any]]

# What a name means wherever it stands: something switched off, and something only another company has.
INACTIVE = {
    "document.id": 24453, "seller": 700, "seller_id": 700, "collector_id": 700, "taxes[0].id": 589,
    "retentions[0].id": 589, "tax.id": 589, "payments[0].id": 53, "payment.id": 53, "warehouse": 1280,
    "cost_center": 236, "code": "Viejo-1", "identification": "52345678", "fixed_assets": 13158,
    "account_group": 1255, "global_discounts[0].id": 9003,
}  # fmt: skip


class Field(NamedTuple):
    """A member of a body: its path and the types it takes."""

    path: Path_
    types: frozenset[str]

    @property
    def name(self) -> str:
        """The path as the vendor writes it."""
        return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in self.path)[1:]


def fields_of(body: Any, path: Path_ = ()) -> Iterator[Field]:
    """Every member of a wire struct, those inside lists at index 0, in its order."""
    for name, hint in get_type_hints(body, include_extras=True).items():
        yield from _fields(hint, (*path, name))


def _fields(hint: Any, path: Path_) -> Iterator[Field]:
    members = _members(hint)
    yield Field(path, frozenset(_word(member) for member in members) - {"none"})
    for member in members:
        if isinstance(member, type) and issubclass(member, msgspec.Struct):
            yield from fields_of(member, path)
        elif get_origin(member) is list:
            yield from _fields(get_args(member)[0], (*path, 0))


def _members(hint: Any) -> list[Any]:
    """The plain types of a hint, without annotations."""
    if get_origin(hint) in (Union, type(int | str)):
        return [plain for one in get_args(hint) for plain in _members(one)]
    return [get_args(hint)[0] if hasattr(hint, "__metadata__") else hint]


def _word(member: Any) -> str:
    if member in (type(None), msgspec.UnsetType):
        return "none"
    if get_origin(member) is list:
        return "list"
    return "struct" if issubclass(member, msgspec.Struct) else member.__name__


def faults_of(field: Field) -> Iterator[tuple[str, Any]]:
    """What is done to a field: the word for it, and the value it gets."""
    yield "missing", NOTHING
    yield "null", None
    if isinstance(field.path[-1], int):
        return
    if "list" in field.types:
        yield from (
            ("empty", []),
            ("wrong type", "x"),
            ("wrong type", {"x": 1}),
            ("null inside", [None]),
        )
    if "struct" in field.types:
        yield from (("empty", {}), ("wrong type", "x"), ("wrong type", [1]))
    if "bool" in field.types:
        yield "wrong type", "perhaps"
    if "str" in field.types:
        yield from (
            ("empty", ""),
            ("wrong type", {"x": 1}),
            ("too long", "9" * 5001),
            ("unknown", "no-such-1"),
        )
    if field.types & {"int", "Decimal"}:
        yield from (("zero", Number("0")), ("negative", Number("-1")))
        yield from (("too many decimals", Number("1.1234567")), ("too large", Number("9" * 26)))
    if field.types & {"int", "Decimal"} and "str" not in field.types:
        yield "wrong type", "x"
    if "int" in field.types:
        yield "unknown", Number("2147483000")
    inactive = [value for name, value in INACTIVE.items() if f".{field.name}".endswith(f".{name}")]
    if inactive and field.types & {"int", "str"}:
        yield "inactive", inactive[0]


class Case(NamedTuple):
    """How a write is tried: on which path, and with which bodies.

    `body` gets a number that no request before had. `special` are bodies for the members under a path.
    `before` makes what the body or the path names, and gives what stands for `$id` in the path.
    """

    body: Body
    special: dict[str, Body] = {}
    before: Callable[[Siigo], Any] | None = None


def special_invoice(**members: Any) -> Body:
    return lambda _: bodies.invoice(**members)


TRANSPORT = {
    "file_number": 536, "shipment_number": "RM-145", "transported_quantity": 120, "measurement_unit": "KGM",
    "freight_value": 220000, "purchase_order": "OC-236", "service_type": "AdditionalService",
}  # fmt: skip
HEALTH = {
    "operation_type": "SS-CUFE", "period_start": "2024-02-14", "period_end": "2024-03-16", "payment_method": "04",
    "service_plan": "01", "policy_number": "ZAS321456677", "contract_number": "CON1245636", "copayment": 500,
}  # fmt: skip
INVOICE_SPECIAL: dict[str, Body] = {
    "customer.identification": special_invoice(),
    "customer.branch_office": special_invoice(),
    "customer": lambda number: bodies.invoice(
        customer=bodies.customer(identification=str(20_000_000 + number), related_users={})
    ),
    "items[0].transport": special_invoice(
        document={"id": 24454}, items=[bodies.item(transport=TRANSPORT)]
    ),
    "items[0].customer": special_invoice(
        document={"id": 24454}, items=[bodies.item(customer={"identification": "1234567"})]
    ),
    "items[0].seller": special_invoice(
        document={"id": bodies.SELLER_BY_ITEM}, items=[bodies.item(seller=629)]
    ),
    "items[0].warehouse": special_invoice(items=[bodies.item(code="Sku-1", warehouse=1270)]),
    "items[0].tax_base": special_invoice(
        items=[bodies.item(), bodies.item(price=0, tax_base=10, taxpayer="Company")][::-1]
    ),
    "items[0].taxpayer": special_invoice(
        items=[bodies.item(), bodies.item(price=0, tax_base=10, taxpayer="Company")][::-1]
    ),
    "healthcare_company": special_invoice(document={"id": 24455}, healthcare_company=HEALTH),
    "payments[0].due_date": special_invoice(payments=bodies.on_credit(1000)),
    "currency": special_invoice(currency={"code": "USD", "exchange_rate": 4000}),
    "global_discounts": special_invoice(
        total=900, global_discounts=[{"id": 9001, "percentage": 10}]
    ),
}


def product_body(number: int) -> dict[str, Any]:
    prices = [{"currency_code": "COP", "price_list": [{"position": 1, "value": 10}]}]
    return bodies.product(
        code=f"Campo-{number}", prices=prices, taxes=[{"id": bodies.IVA_19}], unit="94"
    )


def customer_body(number: int) -> dict[str, Any]:
    return bodies.customer(
        identification=str(10_000_000 + number),
        related_users={"seller_id": 629, "collector_id": 629},
    )


COMBO: dict[str, Body] = {"components": lambda n: bodies.combo(code=f"Campo-{n}")}


def purchase_body(number: int, **members: Any) -> dict[str, Any]:
    """Of a product with a tax; on credit, because the supplier's own paper is named."""
    one = bodies.bought(price=1000, taxes=bodies.taxes(bodies.RETEFUENTE))
    paper = bodies.paper(str(number))
    return bodies.purchase(one, total=975, **({"provider_invoice": paper} | members))


def purchase_special(body: Callable[..., dict[str, Any]]) -> dict[str, Body]:
    """Bodies of purchases for the members that need others beside them."""
    return {
        "items[0].supplier": lambda n: body(n, supplier_by_item=True),
        "items[0].warehouse": lambda n: body(
            n, items=[bodies.bought(code="Sku-1", warehouse=1270)], payments=bodies.owed(1000)
        ),
        "payments[0].due_date": lambda n: body(n, payments=bodies.owed(975)),
        "currency": lambda n: body(n, currency={"code": "USD", "exchange_rate": 4000}),
        "retentions": lambda n: body(
            n, retentions=bodies.taxes(bodies.RETEICA), payments=bodies.owed("966.34")
        ),
    }


def support_body(number: int, **members: Any) -> dict[str, Any]:
    """The same as a support document."""
    own = {"document": {"id": bodies.SUPPORT_DOCUMENT}}
    own |= {"supplier_receipt_number": bodies.paper(str(number))}
    return purchase_body(number, **(own | {"provider_invoice": bodies.LEFT_OUT} | members))


async def an_invoice(siigo: Siigo) -> Any:
    return await siigo.created("/v1/invoices", bodies.invoice())


JOURNAL_SPECIAL: dict[str, Body] = {
    "items[0].due": lambda n: bodies.journal(
        bodies.entry(
            "13050501",
            5,
            due={"prefix": "DX-1", "consecutive": n + 1, "quote": 1, "date": "2026-12-31"},
        ),
        bodies.entry("11050501", -5),
    ),
    "items[0].tax": lambda _: bodies.journal(
        bodies.entry("24081001", 19, tax={"id": bodies.IVA_19, "base_value": 100}),
        bodies.entry("11050501", -19),
    ),
    "items[0].product": lambda _: bodies.journal(
        bodies.entry("14350101", 50, product={"code": "Sku-1", "quantity": 1, "warehouse": 1270}),
        bodies.entry("11050501", -50),
    ),
    "items[0].fixed_assets": lambda _: bodies.journal(
        bodies.entry("15280501", 50, fixed_assets=13156), bodies.entry("11050501", -50)
    ),
    "currency": lambda _: bodies.journal(currency={"code": "USD", "exchange_rate": 4000}),
}
NOTE_SPECIAL: dict[str, Body] = {
    "currency": lambda _: bodies.note_of_old(currency={"code": "USD", "exchange_rate": 4000}),
    "items[0].transport": lambda _: bodies.note_of_old(bodies.item(transport=TRANSPORT)),
    "items[0].customer": lambda _: bodies.note_of_old(
        bodies.item(customer={"identification": "1234567"}), document={"id": bodies.NOTE}
    ),
    "items[0].warehouse": lambda _: bodies.note_of_old(bodies.item(code="Sku-1", warehouse=1270)),
    "items[0].tax_base": lambda _: bodies.note_of_old(
        bodies.item(price=0, tax_base=10, taxpayer="Company"), bodies.item()
    ),
    "items[0].taxpayer": lambda _: bodies.note_of_old(
        bodies.item(price=0, tax_base=10, taxpayer="Company"), bodies.item()
    ),
    "healthcare_company": lambda _: bodies.note_of_old(healthcare_company=HEALTH),
    "payments[0].due_date": lambda _: bodies.note_of_old(payments=bodies.on_credit(1000)),
    "reason": lambda _: bodies.note_of_old(reason=1),
    "retentions": lambda _: bodies.note_of_old(
        document={"id": bodies.NOTE}, retentions=bodies.taxes(bodies.SELF_WITHHOLDING)
    ),
    "cost_center": lambda _: bodies.note_of_old(document={"id": bodies.NOTE}, cost_center=235),
}
QUOTATION_SPECIAL: dict[str, Body] = {
    "currency": lambda _: bodies.quotation(currency={"code": "USD", "exchange_rate": 4000}),
    "cost_center": lambda _: bodies.quotation(cost_center=235),
}


def receipt_special(make: Callable[..., Any], party: str) -> dict[str, Body]:
    """Bodies of receipts in which the members of lines in detail mean something."""

    def in_detail(*lines: dict[str, Any]) -> Body:
        own = {"type": "Detailed", "payment": bodies.LEFT_OUT}
        return lambda _: make(*lines, **own)

    bank = bodies.entry("11100501", -50)
    return {
        "items[0].tax": in_detail(
            bodies.entry("24081001", 50, tax={"id": bodies.IVA_19, "base_value": 100}), bank
        ),
        "items[0].product": in_detail(
            bodies.entry(
                "14350101", 50, product={"code": "Sku-1", "quantity": 1, "warehouse": 1270}
            ),
            bank,
        ),
        "items[0].fixed_assets": in_detail(bodies.entry("15280501", 50, fixed_assets=13156), bank),
        **{
            f"items[0].{name}": in_detail(bodies.entry("51953001", 50, cost_center=235), bank)
            for name in ("account", "customer", "description", "cost_center")
        },
        "currency": lambda _: make(
            **{party: {"identification": bodies.CUSTOMER}},
            type="AdvancePayment",
            items=bodies.LEFT_OUT,
            currency={"code": "USD", "exchange_rate": 4000},
        ),
    }


CASES = {
    "POST /v1/customers": Case(customer_body),
    "PUT /v1/customers/{id}": Case(
        customer_body, before=lambda siigo: siigo.created("/v1/customers", customer_body(0))
    ),
    "POST /v1/products": Case(product_body, COMBO),
    "PUT /v1/products/{id}": Case(
        product_body, COMBO, before=lambda siigo: siigo.created("/v1/products", product_body(0))
    ),
    "POST /v1/invoices": Case(lambda _: bodies.invoice(), INVOICE_SPECIAL),
    "PUT /v1/invoices/{id}": Case(
        special_invoice(),
        {
            "customer.identification": special_invoice(),
            "customer.branch_office": special_invoice(),
            "customer": special_invoice(
                customer=bodies.customer(identification=bodies.CUSTOMER, related_users={})
            ),
        },
        before=an_invoice,
    ),
    "POST /v1/credit-notes": Case(lambda _: bodies.note_of_old(), NOTE_SPECIAL),
    "POST /v1/quotations": Case(lambda _: bodies.quotation(), QUOTATION_SPECIAL),
    "PUT /v1/quotations/{id}": Case(
        lambda _: bodies.quotation(),
        {"cost_center": QUOTATION_SPECIAL["cost_center"]},
        before=lambda siigo: siigo.created("/v1/quotations", bodies.quotation()),
    ),
    "POST /v1/vouchers": Case(
        lambda _: bodies.cash_receipt(total=1), receipt_special(bodies.cash_receipt, "customer")
    ),
    "POST /v1/payment-receipts": Case(
        lambda _: bodies.payment_receipt(total=1),
        receipt_special(bodies.payment_receipt, "supplier"),
    ),
    "PUT /v1/payment-receipts/{id}": Case(
        lambda _: bodies.payment_receipt(total=1),
        before=lambda siigo: siigo.created("/v1/payment-receipts", bodies.payment_receipt()),
    ),
    "POST /v1/journals": Case(lambda _: bodies.journal(), JOURNAL_SPECIAL),
    "POST /v1/purchases": Case(purchase_body, purchase_special(purchase_body)),
    "PUT /v1/purchases/{id}": Case(
        purchase_body,
        purchase_special(purchase_body),
        before=lambda siigo: siigo.created("/v1/purchases", purchase_body(0)),
    ),
    "POST /v1/purchase-support-documents": Case(support_body, purchase_special(support_body)),
    "PUT /v1/purchase-support-documents/{id}": Case(
        support_body,
        purchase_special(support_body),
        before=lambda siigo: siigo.created("/v1/purchase-support-documents", support_body(0)),
    ),
    "POST /v1/account-groups": Case(lambda n: bodies.account_group(code=f"G{n}")),
    "PUT /v1/account-groups/{id}": Case(
        lambda n: bodies.account_group(code=f"G{n}"),
        before=lambda siigo: siigo.created("/v1/account-groups", bodies.account_group()),
    ),
}


def test_every_write_is_here() -> None:
    assert set(CASES) == {f"{o.method} {o.path}" for o in OPERATIONS if o.body is not None}


@pytest.mark.parametrize("operation", CASES)
async def test_every_field(siigo: Siigo, operation: str, request: pytest.FixtureRequest) -> None:
    rows = [row async for row in outcomes(siigo, operation)]
    text = "".join(f"{row}\n" for row in rows)
    path = FOLDER / (re.sub(r"\W+", "-", operation).strip("-") + ".txt")
    if request.config.getoption("--update"):
        path.write_text(text, encoding="utf-8")
    assert text.splitlines() == path.read_text(encoding="utf-8").splitlines()


async def outcomes(siigo: Siigo, operation: str) -> Any:
    """One row for each field and fault; and what must hold for all of them."""
    case = CASES[operation]
    method, path = operation.split()
    body_type = next(o.body for o in OPERATIONS if f"{o.method} {o.path}" == operation)
    made = await case.before(siigo) if case.before else {}
    path = path.replace("{id}", str(made.get("id", "")))
    numbers = itertools.count(1)
    for field in fields_of(body_type):
        make = next((b for p, b in case.special.items() if field.name.startswith(p)), case.body)
        for fault, value in faults_of(field):
            body = without(make(next(numbers)), field.path) if value is NOTHING else None
            body = put(make(next(numbers)), field.path, value) if body is None else body
            answer = await siigo.call(method, path, raw=dump(body))
            yield f"{field.name} | {fault} | {outcome(answer, fault, field.name)}"


def outcome(answer: Any, fault: str, name: str) -> str:
    """What came of a request, about this field if it is mentioned, else the first thing that is wrong."""
    if answer.status_code in (200, 201):
        assert fault != "wrong type", (name, answer.request.content)
        return str(answer.status_code)
    check_refused(answer)
    errors = answer.json().get("Errors") or answer.json()["errors"]
    errors = [{key.lower(): value for key, value in error.items()} for error in errors]
    about = [error for error in errors if name in "".join(error["params"])]
    error = (about or errors)[0]
    if fault == "wrong type":
        assert error["code"] == "invalid_type"
        assert error["params"][0].startswith(name)
    message = re.sub(r"9{30,}", "9…", error["message"])
    return f"{answer.status_code} {error['code']}: {message} {error['params']}"


def without(body: Any, path: Path_) -> Any:
    """The body without the member at a path."""
    first, rest = path[0], path[1:]
    if isinstance(first, int):
        return [without(body[0], rest), *body[1:]] if rest and body else body[1:] if body else body
    if not isinstance(body, dict) or first not in body:
        return body
    if not rest:
        return {name: member for name, member in body.items() if name != first}
    return body | {first: without(body[first], rest)}
