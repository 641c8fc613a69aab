"""What purchases do to stock, dues and later documents, and what account groups made here post."""

from decimal import Decimal
from typing import Any

from tests.dialects.siigo import bodies
from tests.dialects.siigo.client import Siigo, errors_of

GOODS = {"code": "Sku-1", "price": 9000, "warehouse": 371092}


async def stock_of(siigo: Siigo, code: str) -> dict[int, Any]:
    """How much of a product each warehouse holds."""
    found = (await siigo.get(f"/v1/products?code={code}")).json()["results"][0]
    return {warehouse["id"]: warehouse["quantity"] for warehouse in found["warehouses"]}


async def lines_of(siigo: Siigo, document_id: str) -> list[tuple[str, Any, Any]]:
    """Account, amount and quantity of the live lines of a document."""
    async with siigo.database.read("demo") as transaction:
        return await transaction.rows(
            "SELECT a.code, l.amount, l.quantity FROM books.line l"
            "  JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id"
            "                      AND v.version = l.version AND v.live"
            "  JOIN books.account a ON a.company_id = l.company_id AND a.id = l.account_id"
            " WHERE l.company_id = %(company)s AND l.voucher_id = %(id)s ORDER BY l.line_no",
            company=transaction.company.id,
            id=document_id,
        )


async def test_what_is_bought_can_be_sold_at_its_average_cost(siigo: Siigo) -> None:
    """140 on hand at 8,000; ten more at 9,000 make 150 at 8,066.67."""
    await siigo.created(
        "/v1/purchases", bodies.purchase(bodies.bought(**GOODS, quantity=10), total=90000)
    )
    assert await stock_of(siigo, "Sku-1") == {1270: 100, 371092: 50}
    sold = bodies.item(code="Sku-1", quantity=15, price=100, warehouse=371092)
    invoice = await siigo.created("/v1/invoices", bodies.invoice(sold, total=1500))
    amounts = {code: str(amount) for code, amount, _ in await lines_of(siigo, invoice["id"])}
    assert (amounts["61350501"], amounts["14350101"]) == ("121000.00", "-121000.00")


async def test_an_edit_takes_goods_back_and_brings_others(siigo: Siigo) -> None:
    paper = {"provider_invoice": bodies.paper("1")}
    made = await siigo.created(
        "/v1/purchases", bodies.purchase(bodies.bought(**GOODS, quantity=10), total=90000, **paper)
    )
    edited = bodies.purchase(bodies.bought(**GOODS, quantity=4), total=36000, **paper)
    assert (await siigo.put(f"/v1/purchases/{made['id']}", edited)).status_code == 200
    assert await stock_of(siigo, "Sku-1") == {1270: 100, 371092: 44}
    assert (await siigo.delete(f"/v1/purchases/{made['id']}")).status_code == 200
    assert await stock_of(siigo, "Sku-1") == {1270: 100, 371092: 40}


async def test_an_edit_with_other_problems_may_keep_its_paper_and_number(siigo: Siigo) -> None:
    """What is wrong is told, and nothing that is not."""
    body = bodies.purchase(provider_invoice=bodies.paper("1"))
    made = await siigo.created("/v1/purchases", body)
    wrong = body | {"number": made["number"], "observations": "x" * 4001}
    answer = await siigo.put(f"/v1/purchases/{made['id']}", wrong)
    assert errors_of(answer) == [("length_max", "observations")]


async def test_the_paper_of_a_deleted_purchase_may_come_again(siigo: Siigo) -> None:
    body = bodies.purchase(provider_invoice=bodies.paper("1"))
    made = await siigo.created("/v1/purchases", body)
    assert (await siigo.delete(f"/v1/purchases/{made['id']}")).status_code == 200
    await siigo.created("/v1/purchases", body)
    answer = await siigo.post("/v1/purchases", body)
    assert errors_of(answer) == [("duplicated_document", "provider_invoice.number")]


async def test_the_paper_a_purchase_had_before_its_edit_is_free(siigo: Siigo) -> None:
    body = bodies.purchase(provider_invoice=bodies.paper("1"))
    made = await siigo.created("/v1/purchases", body)
    other = body | {"provider_invoice": bodies.paper("2")}
    assert (await siigo.put(f"/v1/purchases/{made['id']}", other)).status_code == 200
    await siigo.created("/v1/purchases", body)


async def test_a_paper_is_one_for_purchases_and_support_documents(siigo: Siigo) -> None:
    await siigo.created("/v1/purchases", bodies.purchase(provider_invoice=bodies.paper("1")))
    body = bodies.support_document(supplier_receipt_number=bodies.paper("1"))
    answer = await siigo.post("/v1/purchase-support-documents", body)
    assert errors_of(answer) == [("duplicated_document", "supplier_receipt_number.number")]


async def test_a_due_that_others_named_like_the_next_purchase(siigo: Siigo) -> None:
    """Unlike an invoice's, it may be there: other programs name what they owe after papers of their own."""
    due = {"prefix": "FC-1", "consecutive": 701, "quote": 1, "date": "2026-12-31"}
    supplier = {"identification": bodies.SUPPLIER}
    lines = [
        bodies.entry("22050501", -5, due=due, customer=supplier),
        bodies.entry("11050501", 5),
    ]
    await siigo.created("/v1/journals", bodies.journal(*lines))
    on_credit = bodies.purchase(payments=bodies.owed(1000))
    assert errors_of(await siigo.post("/v1/purchases", on_credit)) == [("entry_service", "id")]
    assert (await siigo.created("/v1/purchases", bodies.purchase()))["number"] == 701
    assert (await siigo.created("/v1/purchases", on_credit))["number"] == 702


async def test_amounts_nobody_can_post(siigo: Siigo) -> None:
    most = "99999999999.99"
    for body in (
        bodies.purchase(bodies.bought(price=most, quantity=most), total=most),
        bodies.purchase(currency={"code": "USD", "exchange_rate": "0.000001"}),
        bodies.purchase(bodies.bought(discount=100)),
        bodies.purchase(bodies.bought(price="0.001"), total="0.01"),
    ):
        assert errors_of(await siigo.post("/v1/purchases", body)) == [("invalid_amount", "total")]
    goods = bodies.bought(code="Sku-1", price=most)
    await siigo.created("/v1/purchases", bodies.purchase(goods, total=most))
    many = [bodies.bought(price=1)] * 501
    answer = await siigo.post("/v1/purchases", bodies.purchase(*many, total=501))
    assert errors_of(answer) == [("invalid_array", "items")]


async def test_a_foreign_purchase_is_owed_in_its_own_currency(siigo: Siigo) -> None:
    dollars = {"code": "USD", "exchange_rate": 3825.035}
    body = bodies.purchase(
        bodies.bought(price="12.34", taxes=bodies.taxes(bodies.IVA_19)),
        bodies.bought(**GOODS | {"price": "65.55"}),
        currency=dollars,
        payments=bodies.owed("80.23"),
    )
    made = await siigo.created("/v1/purchases", body)
    due = {"prefix": "FC-1", "consecutive": made["number"], "quote": 1, "date": "2026-12-20"}
    supplier = {"identification": bodies.SUPPLIER}
    paid = [
        bodies.entry("22050501", Decimal("80.23"), due=due, customer=supplier),
        bodies.entry("11100501", Decimal("-80.23")),
    ]
    await siigo.created("/v1/journals", bodies.journal(*paid, currency=dollars))
    assert (await siigo.get(f"/v1/purchases/{made['id']}")).json()["balance"] == 0


async def test_support_documents_are_among_the_purchases(siigo: Siigo) -> None:
    path = "/v1/purchase-support-documents"
    made = await siigo.created(path, bodies.support_document())
    await siigo.created("/v1/purchases", bodies.purchase())
    assert len((await siigo.get("/v1/purchases")).json()["results"]) == 2
    assert [one["id"] for one in (await siigo.get(path)).json()["results"]] == [made["id"]]
    assert (await siigo.get(f"/v1/purchases/{made['id']}")).json()["name"] == made["name"]
    found = (await siigo.get(f"{path}?name={made['name']}")).json()["results"]
    assert [one["id"] for one in found] == [made["id"]]


async def test_a_new_account_group_posts_like_the_first(siigo: Siigo) -> None:
    group = await siigo.created("/v1/account-groups", bodies.account_group())
    body = bodies.product(account_group=group["id"], stock_control=True)
    await siigo.created("/v1/products", body)
    bought = bodies.purchase(bodies.bought(code="Nuevo-1", quantity=2), total=2000)
    made = await siigo.created("/v1/purchases", bought)
    assert [code for code, *_ in await lines_of(siigo, made["id"])] == ["11050501", "14350101"]


async def test_odd_ids_of_account_groups(siigo: Siigo) -> None:
    for odd in ("x", "-1", "1.5", "9" * 30, "%7B%7D", "0"):
        answer = await siigo.put(f"/v1/account-groups/{odd}", bodies.account_group())
        assert answer.status_code == 404, odd
