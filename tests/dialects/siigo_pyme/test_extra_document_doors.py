"""One set of books: quotations of Siigo Nube come out as V, those written here go there, SERPI sees neither."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from tests.demo import DemoDatabases
from tests.dialects.serpi.client import QUERY, Serpi
from tests.dialects.siigo import bodies
from tests.dialects.siigo.client import Siigo, signed_in
from tests.dialects.siigo_pyme.extra_documents import document, export, read, row, written
from tests.dialects.siigo_pyme.movements import CUSTOMER, Books, opened, sent

ORDER, IVA = 27461, 13156


@pytest.fixture
async def doors(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Siigo, Books]]:
    url = demo_databases.take()
    async with signed_in(url) as siigo, opened(url) as books:
        yield siigo, books
    demo_databases.give_back(url, changed=True)


async def quoted(siigo: Siigo, **members: Any) -> Any:
    """A quotation of three, a tenth off, with IVA."""
    item = bodies.item(quantity=3, price=1000.55, discount=10, taxes=bodies.taxes(IVA))
    return await siigo.created("/v1/quotations", bodies.quotation(item, **members))


async def test_a_quotation_of_the_other_door(doors: Any) -> None:
    siigo, books = doors
    made = await quoted(siigo, cost_center=235)
    (one,) = await read(books, voucher_type="V")
    assert (one["document_type"], one["document_code"], one["document_number"]) == (
        "V", 1, made["number"],
    )  # fmt: skip
    assert (one["nit"], one["salesperson_code"], one["quantity"]) == (CUSTOMER, bodies.SELLER, 3)
    assert one["sequence_value"] == Decimal("3001.65")
    assert float(one["sequence_discount_1_value"]) == made["items"][0]["discount"]["value"]
    total = one["sequence_value"] - one["sequence_discount_1_value"] + one["sequence_vat_value"]
    assert float(total) == made["total"]
    again = [one | {"document_number": 900}]
    await written(books, again)
    (back,) = await read(books, number_initial=900)
    assert sent(back, again[0]) == again[0]


async def test_a_quotation_written_here(doors: Any) -> None:
    siigo, books = doors
    iva = {"sequence_vat_percentage": 19}
    rows = document(row("V", 7, salesperson_code=bodies.SELLER, **iva), row("V", 7, quantity=3))
    await written(books, rows)
    (made,) = (await siigo.get("/v1/quotations")).json()["results"]
    assert (made["number"], made["total"], made["seller"]) == (7, 2190, bodies.SELLER)
    assert [one["price"] for one in made["items"]] == [500, 333.333333]
    assert (await siigo.get(f"/v1/quotations/{made['id']}")).json() == made
    later = await siigo.created("/v1/quotations", bodies.quotation())
    assert later["number"] == 8
    answer = await siigo.delete(f"/v1/quotations/{made['id']}")
    assert answer.status_code == 200
    assert [one["document_number"] for one in await read(books, voucher_type="V")] == [8]


async def test_a_quotation_replaced_and_canceled_here(doors: Any) -> None:
    siigo, books = doors
    made = await quoted(siigo)
    number = made["number"]
    await written(books, [row("V", number)], modify_documents="S")
    assert (await siigo.get(f"/v1/quotations/{made['id']}")).json()["total"] == 1000
    await written(books, [row("V", number, canceled_voucher="S")], modify_documents="S")
    assert (await siigo.get("/v1/quotations")).status_code == 200
    assert [one["canceled_voucher"] for one in await read(books)] == ["S"]


async def test_orders_are_no_document_of_other_doors(doors: Any) -> None:
    siigo, books = doors
    await written(books, [row("Z"), row("Y")])
    for path in ("/v1/quotations", "/v1/invoices", "/v1/purchases"):
        assert (await siigo.get(path)).json()["pagination"]["total_results"] == 0
    for letters in ("C", "FV", "FC"):
        answer = await siigo.get(f"/v1/document-types?type={letters}")
        assert ORDER not in [one["id"] for one in answer.json()]
    assert (await siigo.get("/v1/test-balance-report")).status_code != 500
    serpi = Serpi(siigo.app, siigo.clock, siigo.database)
    days = {"fechaDesde": "2026-01-01", "fechaHasta": "2026-12-31"}
    answer = await serpi.post(QUERY, {"tiposDocumentos": [ORDER, bodies.QUOTATION]} | days)
    assert answer.status_code < 500 and b"FechaDocumento" not in answer.content
    types = await serpi.get("/api/v1/TipoDocumento/GetTiposDocumentos")
    assert types.status_code < 500
    assert (await export(books, [row("Z")])).written == 0
