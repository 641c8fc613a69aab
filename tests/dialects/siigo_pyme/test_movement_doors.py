"""One set of books: what Siigo Nube writes comes out as movements, and movements move its balances."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.demo import DemoDatabases
from tests.dialects.siigo import bodies as siigo_bodies
from tests.dialects.siigo.client import Siigo, signed_in
from tests.dialects.siigo_pyme.movements import (
    CASH,
    CUSTOMER,
    RECEIVABLE,
    Books,
    opened,
    row,
    voucher,
)


@pytest.fixture
async def doors(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Siigo, Books]]:
    url = demo_databases.take()
    async with signed_in(url) as siigo, opened(url) as books:
        yield siigo, books
    demo_databases.give_back(url, changed=True)


async def invoiced(siigo: Siigo) -> Any:
    """An invoice FV-1-701 of 1000 on credit."""
    payments = siigo_bodies.on_credit(1000)
    return await siigo.created("/v1/invoices", siigo_bodies.invoice(payments=payments))


async def test_an_invoice_comes_out_as_movements(doors: Any) -> None:
    siigo, books = doors
    await invoiced(siigo)
    owed, sold = await books.read(voucher_type="F")
    assert (owed["voucher_type"], owed["voucher_code"], owed["document_number"]) == ("F", 1, 701)
    assert (owed["accounting_account"], owed["debit_or_credit"]) == (RECEIVABLE, "D")
    assert (owed["nit"], owed["sequence_value"], owed["sequence"]) == (CUSTOMER, 1000, 1)
    assert (owed["cross_voucher_type"], owed["cross_document_number"]) == ("F-001", 701)
    assert owed["expiration_number"] == 1 and owed["cross_document_expiration_month"] == 12
    assert (sold["debit_or_credit"], sold["sequence"]) == ("C", 2)


async def test_a_receipt_lowers_the_balance_of_an_invoice(doors: Any) -> None:
    siigo, books = doors
    made = await invoiced(siigo)
    cross = {"cross_voucher_type": "F-001", "cross_document_number": 701, "expiration_number": 1}
    rows = voucher(row(CASH, 400), row(RECEIVABLE, -400, nit=CUSTOMER, **cross), voucher_type="R")
    await books.written(rows)
    assert (await siigo.get(f"/v1/invoices/{made['id']}")).json()["balance"] == 600
    number = (await books.read(voucher_type="R"))[0]["document_number"]
    rows = voucher(row(CASH, 100), row(RECEIVABLE, -100, nit=CUSTOMER, **cross), voucher_type="R")
    await books.written([one | {"document_number": number} for one in rows], modify_documents="S")
    assert (await siigo.get(f"/v1/invoices/{made['id']}")).json()["balance"] == 900


async def test_every_movement_of_the_other_door_can_be_sent_again(doors: Any) -> None:
    """In a number of its own: what is read is what is written."""
    siigo, books = doors
    await invoiced(siigo)
    await siigo.created("/v1/invoices", siigo_bodies.invoice())
    for one in await books.read():
        assert one["voucher_type"] in "FL"
    rows = await books.read(voucher_type="F", number_initial=702, number_final=702)
    assert rows
    again = [one | {"document_number": None} for one in rows]
    await books.written(again)
    back = await books.read(voucher_type="F", number_initial=703, number_final=703)
    names = rows[0].keys() - {"document_number", "cross_document_number"}
    assert [{n: b[n] for n in names} for b in back] == [{n: r[n] for n in names} for r in rows]


async def test_lists_of_the_other_door_go_on(doors: Any) -> None:
    siigo, books = doors
    await books.written(
        voucher(
            row(RECEIVABLE, 10, nit=CUSTOMER),
            row(4135050100, -10),
            voucher_type="F",
            voucher_code=1,
        )
    )
    for path in ("/v1/invoices", "/v1/journals", "/v1/customers"):
        assert (await siigo.get(path)).status_code == 200


async def test_an_invoice_replaced_by_movements(doors: Any) -> None:
    """It is no invoice of the other door any more; what is owed is what the movements say."""
    siigo, books = doors
    made = await invoiced(siigo)
    rows = [one | {"sequence_value": 800} for one in await books.read(voucher_type="F")]
    await books.written(rows, modify_documents="S")
    assert [one["sequence_value"] for one in await books.read(voucher_type="F")] == [800, 800]
    assert (await siigo.get(f"/v1/invoices/{made['id']}")).status_code == 404
    assert (await siigo.get("/v1/invoices")).status_code == 200


async def test_an_annulled_invoice_comes_out_canceled(doors: Any) -> None:
    siigo, books = doors
    made = await invoiced(siigo)
    answer = await siigo.post(f"/v1/invoices/{made['id']}/annul")
    assert answer.status_code == 200, answer.text
    rows = await books.read(voucher_type="F")
    assert [(one["canceled_voucher"], one["sequence_value"]) for one in rows] == [("S", 1000)] * 2
    assert rows[0]["cross_document_number"] == 701
