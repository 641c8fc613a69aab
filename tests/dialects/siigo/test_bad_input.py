"""Bad input gets the vendor's own error: never a 500, never half a voucher.

The books are checked against themselves after every test that changed them (see conftest).
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuadra.dialects.siigo.body import BODY_BYTES_MAX
from cuadra.dialects.siigo.server import OPERATIONS
from tests.dialects.siigo import bodies
from tests.dialects.siigo.client import DEMO_AR, Siigo, errors_of
from tests.dialects.siigo.recording import Number, dump

UNKNOWN_ID = "6b6ceb28-b2eb-4b98-b3dd-26648a933c81"
CUSTOMER_ID = "a9f549eb-a2b6-4dad-aadc-d2401294db3b"
PRODUCT_ID = "03d07bb0-737d-444a-8e52-bb6141caeb99"
FULL_BODIES = {
    "POST /v1/customers": bodies.customer(),
    "PUT /v1/customers/{id}": bodies.customer(),
    "POST /v1/products": bodies.product(prices=[{"currency_code": "COP", "price_list": []}]),
    "PUT /v1/products/{id}": bodies.product(),
    "POST /v1/invoices": bodies.invoice(),
    "POST /v1/vouchers": bodies.cash_receipt(),
    "POST /v1/payment-receipts": bodies.payment_receipt(),
    "PUT /v1/payment-receipts/{id}": bodies.payment_receipt(),
    "POST /v1/journals": bodies.journal(),
    "POST /v1/credit-notes": bodies.note_of_old(),
    "POST /v1/quotations": bodies.quotation(),
    "PUT /v1/quotations/{id}": bodies.quotation(),
    "POST /v1/purchases": bodies.purchase(),
    "PUT /v1/purchases/{id}": bodies.purchase(provider_invoice=bodies.paper("1")),
    "POST /v1/purchase-support-documents": bodies.support_document(),
    "PUT /v1/purchase-support-documents/{id}": bodies.support_document(),
    "POST /v1/account-groups": bodies.account_group(),
    "PUT /v1/account-groups/{id}": bodies.account_group(),
}
ODD_VALUES = [
    None, True, "", " ", "x", "0", "-1", "1e5", "NaN", "ñ'\"<>", "9" * 60, [], [None], ["x"], {}, {"x": 1},
    Number("0"), Number("-1"), Number("1.5"), Number("1e400"), Number("-1e-400"), Number("9" * 60),
    Number("99999999999.99"), Number("2147483648"), Number("9223372036854775808"),
]  # fmt: skip
NOT_JSON = [
    b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe{\x00}\x00", b'{"code":"\xff"}', b"{'code':'x'}", b'{"code":NaN}',
    b"[" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b'{"code":"\\ud800"}', b'{"code":"a\\u0000b"}',
    b'{"account_group":1e400}', b"{} {}", b"<xml/>", b'{"account_group":' + b"9" * 5000 + b"}",
]  # fmt: skip


def check_refused(answer: Any) -> None:
    """The answer is a refusal in the vendor's envelope."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    body = answer.json()
    pascal = "Errors" in body
    assert body["Status" if pascal else "status"] == answer.status_code
    errors = body["Errors" if pascal else "errors"]
    assert errors
    assert answer.headers["siigoapi-error-code"] == errors[0]["Code" if pascal else "code"]
    for error in errors:
        message = error["Message" if pascal else "message"]
        assert message
        assert not message.endswith(": ")
        assert "None" not in message
        assert isinstance(error["Params" if pascal else "params"], list)


def member_paths(body: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every member of a wire struct, those inside lists at index 0."""
    for name, hint in get_type_hints(body).items():
        yield (*path, name)
        yield from _inner_paths(hint, (*path, name))


def _inner_paths(hint: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield from member_paths(hint, path)
    elif get_origin(hint) is list:
        yield (*path, 0)
        yield from _inner_paths(get_args(hint)[0], (*path, 0))
    elif get_origin(hint) in (Union, type(int | str)):
        for one in get_args(hint):
            yield from _inner_paths(one, path)


def put(body: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """The body with a value at a path; what is missing on the way, or of another kind, is made."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(first, int):
        members = body if isinstance(body, list) else []
        return [put(members[0] if members else None, rest, value), *members[1:]]
    known = body if isinstance(body, dict) else {}
    return known | {first: put(known.get(first), rest, value)}


async def existing_id(siigo: Siigo, operation: str) -> str:
    """The id of something the operation can replace."""
    path = operation.split()[1].removesuffix("/{id}")
    known = {"/v1/customers": CUSTOMER_ID, "/v1/products": PRODUCT_ID, "/v1/account-groups": "1256"}
    if operation.startswith("POST") or path in known:
        return known.get(path, "")
    return str((await siigo.created(path, FULL_BODIES[operation]))["id"])


@pytest.mark.parametrize("operation", FULL_BODIES)
async def test_a_wrong_value_at_any_member(siigo: Siigo, operation: str) -> None:
    body_type = next(o.body for o in OPERATIONS if f"{o.method} {o.path}" == operation)
    method, path = operation.split()
    path = path.replace("{id}", await existing_id(siigo, operation))
    wrong = []
    for member in member_paths(body_type):
        for value in ODD_VALUES:
            body = put(FULL_BODIES[operation], member, value)
            answer = await siigo.call(method, path, raw=dump(body))
            if answer.status_code in (200, 201):
                continue
            try:
                check_refused(answer)
            except (AssertionError, KeyError) as error:
                wrong.append((member, value, str(error)[:200]))
    assert wrong == []


@pytest.mark.parametrize("operation", FULL_BODIES)
async def test_what_is_no_usable_json(siigo: Siigo, operation: str) -> None:
    method, path = operation.split()
    for raw in NOT_JSON:
        answer = await siigo.call(method, path.replace("{id}", CUSTOMER_ID), raw=raw)
        check_refused(answer)


async def test_a_body_of_the_wrong_kind_names_the_body(siigo: Siigo) -> None:
    answer = await siigo.post("/v1/products", raw=b"[]")
    assert answer.json()["Errors"][0]["Message"] == "Invalid data type: body"


@pytest.mark.parametrize("operation", FULL_BODIES)
async def test_empty_bodies(siigo: Siigo, operation: str) -> None:
    method, path = operation.split()
    for raw in (b"", b"{}", b"\xef\xbb\xbf{}"):
        answer = await siigo.call(method, path.replace("{id}", CUSTOMER_ID), raw=raw)
        assert {code for code, _ in errors_of(answer)} <= {"parameter_required", "not_found"}


async def test_a_body_over_the_limit(siigo: Siigo) -> None:
    raw = b'{"code":"' + b"x" * BODY_BYTES_MAX + b'"}'
    answer = await siigo.post("/v1/products", raw=raw)
    assert answer.status_code == 413
    check_refused(answer)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/json; charset=iso-8859-1"]
)
async def test_another_media_type(siigo: Siigo, content_type: str) -> None:
    answer = await siigo.post(
        "/v1/products", bodies.product(), headers={"content-type": content_type}
    )
    assert answer.status_code == 415
    check_refused(answer)


@pytest.mark.parametrize("content_type", [None, 'application/json; charset="UTF-8"'])
async def test_a_media_type_that_will_do(siigo: Siigo, content_type: str | None) -> None:
    await siigo.created("/v1/products", bodies.product(), headers={"content-type": content_type})


ODD_IDS = ["{}", "%7B%7D", "%00", "null", "1", "x" * 3000, "%ED%A0%80", "..%2F..", "a%2Fb"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("resource", ["customers", "products", "quotations", "purchases"])
async def test_odd_ids_in_paths(siigo: Siigo, resource: str, method: str) -> None:
    for odd in ODD_IDS:
        answer = await siigo.call(method, f"/v1/{resource}/{odd}", raw=b"{}")
        assert answer.status_code == 404
        check_refused(answer)


WRONG_METHODS = [
    ("PATCH", "/v1/customers"),
    ("PUT", "/v1/customers"),
    ("PATCH", f"/v1/customers/{UNKNOWN_ID}"),
    ("DELETE", "/v1/taxes"),
    ("OPTIONS", "/v1/invoices"),
    ("GET", "/auth"),
    ("DELETE", "/v1/auth"),
    ("POST", "/v1/nothing"),
    ("GET", "/v1"),
    ("GET", "/v1/customers/a/b"),
]


async def test_wrong_methods_and_paths(siigo: Siigo) -> None:
    for method, path in WRONG_METHODS:
        answer = await siigo.call(method, path)
        assert answer.status_code == 404, (method, path)
        check_refused(answer)


QUERIES = [
    "page=0", "page=-1", "page=99999999999", "page=1.5", "page=x", "page=%00", "page_size=0", "page_size=x",
    "created_start=x", "created_start=2026-13-01", "created_end=2026-02-30", "updated_start=%00", "updated_end=-",
]  # fmt: skip


RESOURCES = [
    "customers", "products", "invoices", "credit-notes", "quotations", "vouchers", "payment-receipts", "journals",
    "purchases", "purchase-support-documents",
]  # fmt: skip


@pytest.mark.parametrize("resource", RESOURCES)
async def test_wrong_query_values(siigo: Siigo, resource: str) -> None:
    for query in QUERIES:
        check_refused(await siigo.get(f"/v1/{resource}?{query}"))


WRONG_FILTERS = [
    "customers?type=Robot", "customers?person_type=1", "customers?branch_office=-1", "customers?active=maybe",
    "products?type=Thing", "products?account_group=x", "products?stock_control=2",
    "products?ids=" + ",".join([UNKNOWN_ID] * 21), "invoices?document_id=x", "invoices?date_start=2026-01-01x",
    "purchases?document_id=x", "purchases?supplier_branch_office=x", "purchase-support-documents?date_end=x",
    "invoices?number=-1", "vouchers?date_end=x", "payment-receipts?number=x", "journals?document_id=-1",
    "invoices?customer_branch_office=x", "document-types?type=%00", "users?page=0",
]  # fmt: skip
ODD_FILTERS = [
    "customers?created_start=0001-01-01T00:00:00%2B14:00", "customers?created_end=9999-12-31T23:59:59-12:00",
    "products?created_end=2026-01-01T00:00:00.1234567Z", "products?ids=x", "products?page=2147483647",
    "invoices?name=%F0%9F%98%80", "invoices?name=FV-1-99999999999999", "invoices?customer_identification=%ED%A0%80",
    "invoices?unknown=1&start_date=x&limit=0", "vouchers?name=RC-1-1&name=x", "payment-receipts?name=RP-1-0",
]  # fmt: skip


async def test_wrong_filters(siigo: Siigo) -> None:
    for path in WRONG_FILTERS:
        check_refused(await siigo.get(f"/v1/{path}"))


async def test_odd_filters_that_find_nothing_wrong(siigo: Siigo) -> None:
    for path in ODD_FILTERS:
        assert (await siigo.get(f"/v1/{path}")).status_code == 200, path


async def test_odd_hosts(siigo: Siigo) -> None:
    for host in ("[", "", "a b", "127.0.0.1:99999999", "x" * 500):
        assert (await siigo.get("/v1/customers", headers={"host": host})).status_code == 200


MANY_DECIMALS = Decimal("1000.00000000000000000000000000000000001")


@pytest.mark.parametrize(
    ("code", "field", "body"),
    [
        ("invalid_value", "items[0].quantity", bodies.invoice(bodies.item(quantity=MANY_DECIMALS))),
        ("invalid_amount", "items[0].price", bodies.invoice(bodies.item(price=MANY_DECIMALS))),
        ("invalid_amount", "payments[0].value", bodies.invoice(total=MANY_DECIMALS)),
        ("parameter_required", "items[0].tax_base", bodies.invoice(bodies.item(price=0))),
        (
            "invalid_amount",
            "total",
            bodies.invoice(
                bodies.item(price=Decimal("99999999999.99"), quantity=Decimal("99999999999.99"))
            ),
        ),
        (
            "invalid_amount",
            "total",
            bodies.invoice(
                bodies.item(price=Decimal("99999999999.99")),
                total=Decimal("99999999999.99"),
                currency={"code": "USD", "exchange_rate": 1_000_000_000},
            ),
        ),
        (
            "invalid_amount",
            "total",
            bodies.invoice(currency={"code": "USD", "exchange_rate": Decimal("0.000001")}),
        ),
        (
            "invalid_currency",
            "currency.code",
            bodies.invoice(currency={"code": "XXX", "exchange_rate": 1}),
        ),
        ("invalid_array", "items", bodies.invoice(*[bodies.item(price=1)] * 501, total=501)),
    ],
)
async def test_amounts_nobody_can_post(siigo: Siigo, code: str, field: str, body: Any) -> None:
    answer = await siigo.post("/v1/invoices", body)
    check_refused(answer)
    assert errors_of(answer)[0] == (code, field)


async def test_the_largest_amounts_are_posted(siigo: Siigo) -> None:
    largest = Decimal("99999999999.99")
    invoice = await siigo.created(
        "/v1/invoices", bodies.invoice(bodies.item(price=largest), total=largest)
    )
    assert Decimal(str(invoice["total"])) == largest
    await siigo.created("/v1/invoices", bodies.invoice(*[bodies.item(price=1)] * 500, total=500))


async def test_a_foreign_journal_beyond_what_the_books_hold(siigo: Siigo) -> None:
    body = bodies.journal(
        bodies.entry("11100501", Decimal("99999999999.99")),
        bodies.entry("11050501", Decimal("-99999999999.99")),
        currency={"code": "USD", "exchange_rate": 1_000_000_000},
    )
    answer = await siigo.post("/v1/journals", body)
    assert errors_of(answer)[0] == ("invalid_amount", "items[0].value")


async def test_sums_are_told_only_when_nothing_else_is_wrong(siigo: Siigo) -> None:
    answer = await siigo.post("/v1/invoices", bodies.invoice(total=5, observations="x" * 4001))
    assert errors_of(answer) == [("length_max", "observations")]
    lines = [bodies.entry("11050501", 5, description="x" * 501), bodies.entry("11100501", -4)]
    answer = await siigo.post("/v1/journals", bodies.journal(*lines))
    assert errors_of(answer) == [("length_max", "items[0].description")]


async def test_a_due_named_like_the_next_invoice(siigo: Siigo) -> None:
    due = {"prefix": "FV-1", "consecutive": 701, "quote": 1, "date": "2026-12-31"}
    lines = [bodies.entry("13050501", 5, due=due), bodies.entry("11050501", -5)]
    answer = await siigo.post("/v1/journals", bodies.journal(*lines))
    assert errors_of(answer) == [("invalid_value", "items[0].due.consecutive")]
    await siigo.created("/v1/invoices", bodies.invoice(payments=bodies.on_credit(1000)))


@pytest.mark.parametrize("text", ["--5", "-", "5-", "٣", "1e2", "9" * 40])
async def test_odd_numbers_in_the_query(siigo: Siigo, text: str) -> None:
    for name in ("page", "page_size", "document_id", "number", "customer_branch_office"):
        check_refused(await siigo.get(f"/v1/invoices?{name}={text}"))


@pytest.mark.parametrize("depth", [300, 500, 900, 5000])
async def test_deep_members_of_any_shape(siigo: Siigo, depth: int) -> None:
    raw = b'{"healthcare_company":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
    check_refused(await siigo.post("/v1/invoices", raw=raw))


async def test_a_cost_beyond_what_the_books_can_hold(siigo: Siigo) -> None:
    stock = {"code": "Sku-2", "quantity": 0.01, "warehouse": 1270}
    lines = [
        bodies.entry("14350101", Decimal("99999999999.99"), product=stock),
        bodies.entry("11050501", Decimal("-99999999999.99")),
    ]
    await siigo.created("/v1/journals", bodies.journal(*lines))
    much = bodies.item(code="Sku-2", quantity=100000000, price="0.01")
    answer = await siigo.post("/v1/invoices", bodies.invoice(much, total=1000000))
    assert errors_of(answer) == [("invalid_value", "items[0].quantity")]


async def test_a_discount_above_the_price_without_iva(siigo: Siigo) -> None:
    dear = bodies.item(taxed_price=119, discount=110, taxes=bodies.taxes(bodies.IVA_19))
    del dear["price"]
    body = bodies.invoice(dear, bodies.item(), document={"id": bodies.BY_VALUE}, total=1000)
    assert errors_of(await siigo.post("/v1/invoices", body)) == [
        ("invalid_amount", "items[0].discount")
    ]


async def test_a_foreign_invoice_can_be_paid_off_at_its_rate(siigo: Siigo) -> None:
    dollars = {"code": "USD", "exchange_rate": 3825.035}
    for first, second in (("12.34", "65.55"), ("9.99", "8.60"), ("0.01", "0.05")):
        total = Decimal(first) + Decimal(second)
        made = await siigo.created(
            "/v1/invoices",
            bodies.invoice(
                bodies.item(price=first),
                bodies.item(price=second),
                currency=dollars,
                payments=bodies.on_credit(total),
            ),
        )
        due = {"prefix": "FV-1", "consecutive": made["number"], "quote": 1, "date": "2026-12-20"}
        paid = [
            bodies.entry("11100501", total),
            bodies.entry("13050501", -total, due=due),
        ]
        await siigo.created("/v1/journals", bodies.journal(*paid, currency=dollars))
        assert (await siigo.get(f"/v1/invoices/{made['id']}")).json()["balance"] == 0


async def test_a_foreign_line_that_comes_to_nothing(siigo: Siigo) -> None:
    tiny = {"code": "USD", "exchange_rate": 0.000001}
    answer = await siigo.post("/v1/journals", bodies.journal(currency=tiny))
    assert answer.status_code == 201, answer.text
    cent = Decimal("0.01")
    lines = [bodies.entry("11100501", cent), bodies.entry("11050501", -cent)]
    answer = await siigo.post("/v1/journals", bodies.journal(*lines, currency=tiny))
    assert errors_of(answer)[0] == ("invalid_amount", "items[0].value")


@pytest.mark.parametrize("resource", RESOURCES)
async def test_ids_of_another_company_are_not_found(siigo: Siigo, resource: str) -> None:
    body = {
        "customers": bodies.customer(),
        "products": bodies.product(),
        "invoices": bodies.invoice(),
        "vouchers": bodies.cash_receipt(),
        "payment-receipts": bodies.payment_receipt(),
        "journals": bodies.journal(),
        "credit-notes": bodies.note_of_old(),
        "quotations": bodies.quotation(),
        "purchases": bodies.purchase(provider_invoice=bodies.paper("1")),
        "purchase-support-documents": bodies.support_document(),
    }[resource]
    made = await siigo.created(f"/v1/{resource}", body)
    await siigo.sign_in(DEMO_AR)
    unknown = await siigo.get(f"/v1/{resource}/{UNKNOWN_ID}")
    methods = {  # of a document that is replaced, the body is judged before the id
        "customers": ("GET", "PUT", "DELETE"),
        "products": ("GET", "PUT", "DELETE"),
        "quotations": ("GET", "DELETE"),
        "payment-receipts": ("GET", "DELETE"),
    }
    for method in methods.get(resource, ("GET",)):
        raw = dump(body) if method == "PUT" else b""
        answer = await siigo.call(method, f"/v1/{resource}/{made['id']}", raw=raw)
        assert (answer.status_code, answer.text) == (404, unknown.text)
    answer = await siigo.get(f"/v1/{resource}?page_size=100")
    assert made["id"] not in answer.text


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
MEMBERS = {
    f"{o.method} {o.path}": list(member_paths(o.body))
    for o in OPERATIONS
    if o.body is not None and o.method == "POST"
}


@pytest.mark.parametrize("operation", MEMBERS)
@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_anything_at_several_members(siigo: Siigo, operation: str, data: Any) -> None:
    body = FULL_BODIES[operation]
    for member in data.draw(st.lists(st.sampled_from(MEMBERS[operation]), min_size=1, max_size=3)):
        body = put(body, member, data.draw(JSON_VALUES))
    method, path = operation.split()
    answer = await siigo.call(method, path, body)
    if answer.status_code not in (200, 201):
        check_refused(answer)
