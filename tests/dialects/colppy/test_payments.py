"""Payments against what they touch: what is owed to suppliers, withholdings to deposit, numbers."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from tests.demo import DemoDatabases
from tests.dialects.colppy.client import Colppy, connected
from tests.dialects.colppy.conftest import check_ledgers
from tests.dialects.colppy.ledger import SUPPLIER_ID, dues_of, lines_of
from tests.dialects.colppy.test_purchases import bought
from tests.dialects.colppy.test_receipt_refusals import PAYMENT

OWED = (SUPPLIER_ID, "FC-0-1")
OPENING = "1"  # the id of the voucher that opened it


@pytest.fixture
async def shop(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Colppy, str]]:
    """A client, and the database behind it."""
    url = demo_databases.take()
    async with connected(url) as client:
        yield client, url
        await check_ledgers(client.database)
    demo_databases.give_back(url, changed=True)


def payment(amount: Any, **more: Any) -> dict[str, Any]:
    """The parameters of alta_pago: money from the bank."""
    row = {
        "idMedioPago": "Transferencia", "idPlanCuenta": "Banco cuenta corriente", "nroCheque": "",
        "fechaValidez": "", "importe": amount, "Conciliado": "",
    }  # fmt: skip
    return PAYMENT | {"totalpagado": amount, "recordsToInsertUpdate1": [row]} | more


async def pay(colppy: Colppy, amount: Any, **more: Any) -> str:
    """A payment that must be taken; its id."""
    answer = await colppy.send("Pago", "alta_pago", **payment(amount, **more))
    assert answer["message"] == "Se insertó el pago con éxito"
    return str(answer["data"]["idPago"])


def invoices(amount: Any) -> str:
    """The invoices of a payment, as the text of a list."""
    return f'[{{"idFactura":"{OPENING}","estePago":"{amount}"}}]'


async def test_a_payment_with_withholdings(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    made = await pay(
        colppy,
        "90000.00",
        recordsToInsertUpdate=invoices("100000.00"),
        retGanancias1="6000.00",
        baseCalculo1="82644.63",
        retencionIIBB="3000.00",
        retemitidas=[{"jurisdiccion": "B", "nroCertificado": "9", "importeRet": "3000.00"}],
        descuentos="1500.00",
        intereses="250.00",
    )
    assert lines_of(url, made) == [
        ("110103", "-90000.00", None),
        ("210305", "-6000.00", None),
        ("210307", "-3000.00", None),
        ("420102", "-1500.00", None),
        ("630101", "250.00", None),
        ("210101", "100000.00", "FC-0-1"),
        ("210101", "250.00", "RP-1-1"),
    ]
    assert dues_of(url)[OWED] == Decimal("-263000.00")
    read = (await colppy.send("Pago", "leer_pago", idPago=made))["data"]
    assert (read["aplicadoAEstePago"], read["totalpagado"]) == ("100000.00", "90000.00")
    assert (read["nroPago"], read["fechaPago"]) == ("0001-00000001", "20/11/2026")


async def test_a_voided_payment_leaves_the_books_as_they_were(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    before = dues_of(url)
    made = await pay(colppy, 500, recordsToInsertUpdate=invoices(300))
    assert dues_of(url)[SUPPLIER_ID, "RP-1-1"] == 200
    void = {"idPago": made, "idEstadoPago": "Anulado"}
    await colppy.send("Pago", "alta_pago", **PAYMENT | void)
    assert dues_of(url) == before
    assert (await colppy.send("Pago", "leer_pago", idPago=made))["data"][
        "idEstadoPago"
    ] == "Anulado"
    again = await colppy.refused("Pago", "alta_pago", **PAYMENT | void)
    assert again == "El pago ya está anulado."


async def test_at_the_same_time_one_pays(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    asked = payment("363000.00", recordsToInsertUpdate=invoices("363000.00"))
    answers = await asyncio.gather(*(colppy.answer("Pago", "alta_pago", **asked) for _ in range(6)))
    messages = [answer["response"]["message"] for answer in answers]
    assert messages.count("La factura 0000-00000001 ya está pagada.") == 5
    assert dues_of(url)[OWED] == 0


async def test_an_invoice_of_a_customer_is_not_paid(shop: tuple[Colppy, str]) -> None:
    colppy, _ = shop
    refused = await colppy.refused(
        "Pago",
        "alta_pago",
        **payment(1, recordsToInsertUpdate='[{"idFactura":12010,"estePago":1}]'),
    )
    assert refused == "La factura 0002-00000217 es de otro proveedor."


async def test_a_purchase_is_partly_and_then_wholly_paid(shop: tuple[Colppy, str]) -> None:
    colppy, _ = shop
    bill = await bought(colppy)

    async def state() -> str:
        read = await colppy.send("FacturaCompra", "leer_facturacompra", idFactura=bill)
        return str(read["infofactura"]["idEstadoFactura"])

    def rows(amount: str) -> str:
        return f'[{{"idFactura":"{bill}","estePago":"{amount}"}}]'

    assert await state() == "3"
    first = await pay(colppy, "1000.00", recordsToInsertUpdate=rows("1000.00"))
    assert await state() == "7"
    await pay(colppy, "200.00", retGanancias1="10.00", recordsToInsertUpdate=rows("210.00"))
    assert await state() == "5"
    more = payment(1, recordsToInsertUpdate=rows("1"))
    refused = await colppy.refused("Pago", "alta_pago", **more)
    assert refused == "La factura 0003-00001234 ya está pagada."
    await colppy.send("Pago", "alta_pago", **PAYMENT | {"idPago": first, "idEstadoPago": "Anulado"})
    assert await state() == "7"
