"""Credit notes and what else happens to their invoice, at once: in one process, and in two over the same books."""

import asyncio

import pytest

from tests.dialects.siigo import bodies
from tests.dialects.siigo.crowd import Crowd, at_once, outcomes

NOTES = "/v1/credit-notes"


async def test_all_that_is_left_credited_by_ten_clients(crowd: Crowd) -> None:
    goods = bodies.item(code="Sku-1", quantity=10, price=100)
    sold = await crowd.created(
        "/v1/invoices", bodies.invoice(goods, payments=bodies.on_credit(1000))
    )
    body = bodies.note(sold["id"], goods, payments=bodies.on_credit(1000))
    answers = await at_once(lambda _: crowd.post(NOTES, body))
    assert outcomes(answers) == {(201, ""): 1, (400, "invalid_value"): 9}
    assert (await crowd.get(f"/v1/invoices/{sold['id']}")).json()["balance"] == 0


async def test_parts_credited_by_ten_clients(crowd: Crowd) -> None:
    sold = await crowd.created("/v1/invoices", bodies.invoice(payments=bodies.on_credit(1000)))
    part = bodies.item(price=300)
    body = bodies.note(sold["id"], part, payments=bodies.on_credit(300), reason=4)
    answers = await at_once(lambda _: crowd.post(NOTES, body))
    assert outcomes(answers) == {(201, ""): 3, (400, "invalid_amount"): 7}
    assert (await crowd.get(f"/v1/invoices/{sold['id']}")).json()["balance"] == 100


@pytest.mark.parametrize("how", ["annul", "delete", "replace"])
async def test_a_note_or_the_end_of_its_invoice(crowd: Crowd, how: str) -> None:
    """One of both is refused, whichever comes first."""
    for _ in range(5):
        sold = await crowd.created("/v1/invoices", bodies.invoice())
        path = f"/v1/invoices/{sold['id']}"
        change = {
            "annul": lambda path=path: crowd.post(f"{path}/annul"),
            "delete": lambda path=path: crowd.delete(path),
            "replace": lambda path=path: crowd.put(path, bodies.invoice(bodies.item(price=1), total=1)),
        }[how]  # fmt: skip
        body = bodies.note(sold["id"])
        noted, changed, again = await asyncio.gather(
            crowd.post(NOTES, body), change(), crowd.post(NOTES, body)
        )
        notes = [noted.status_code, again.status_code]
        assert sorted(notes) in ([201, 400], [400, 400])
        assert (changed.status_code == 200) is (201 not in notes), (notes, changed.text)


async def test_a_note_and_a_payment_of_the_same_due(crowd: Crowd) -> None:
    sold = await crowd.created("/v1/invoices", bodies.invoice(payments=bodies.on_credit(1000)))
    due = {"prefix": "FV-1", "consecutive": 701, "quote": 1, "date": "2026-12-20"}
    lines = [bodies.entry("11050501", 1000), bodies.entry("13050501", -1000, due=due)]
    note = bodies.note(sold["id"], payments=bodies.on_credit(1000))
    noted, paid = await asyncio.gather(
        crowd.post(NOTES, note), crowd.post("/v1/journals", bodies.journal(*lines))
    )
    assert noted.status_code == 201  # what was paid already is the customer's own
    assert paid.status_code in (201, 400)
    assert (await crowd.get(f"/v1/invoices/{sold['id']}")).json()["balance"] == 0
