"""Credit and debit notes through the Colppy door: what they pay, and what comes back."""

import asyncio
from typing import Any

import pytest

from tests.dialects.colppy.client import Colppy
from tests.dialects.colppy.sale_bodies import NOTE, applied, info, item, read, record, sale, wrong


async def test_a_credit_note_pays_invoices_and_the_rest_is_credit(colppy: Colppy) -> None:
    invoice = await record(colppy)
    note = await record(colppy, **NOTE, ItemsCobro=[applied(invoice, "5000.00")])
    paid, shown = await info(colppy, invoice), await read(colppy, note)
    assert (paid["idEstadoFactura"], paid["saldoaaplicar"], paid["has_NC"]) == ("6", "5890.00", "1")
    assert shown["infofactura"]["idTipoComprobante"] == "5"
    assert (shown["infofactura"]["idEstadoFactura"], shown["infofactura"]["saldoaaplicar"]) == (
        "6",
        "445.00",
    )
    assert shown["ItemsCobro"][0]["estePago"] == "5000.00"
    # The yerba came back at what it cost.
    async with colppy.database.read("demo-ar") as transaction:
        rows = await transaction.rows(
            "SELECT quantity, value FROM books.stock WHERE company_id = %(company)s",
            company=transaction.company.id,
        )
    assert [(str(quantity), str(value)) for quantity, value in rows] == [("99", "297000.00")]


async def test_a_credit_note_of_nothing_but_credit(colppy: Colppy) -> None:
    note = await record(colppy, **NOTE)
    head = await info(colppy, note)
    assert (head["idEstadoFactura"], head["saldoaaplicar"]) == ("3", "5445.00")


async def test_several_invoices_are_paid_by_one_note(colppy: Colppy) -> None:
    first, second = await record(colppy), await record(colppy)
    rows = [applied(first, "5000"), applied(second, "445"), applied(second, "0", pagar=False)]
    note = await record(colppy, **NOTE, ItemsCobro=rows)
    assert (await info(colppy, note))["idEstadoFactura"] == "5"
    assert [(await info(colppy, one))["saldoaaplicar"] for one in (first, second)] == [
        "5890.00",
        "10445.00",
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [applied("12011", "10890.01")],
            "El importe estePago supera el saldo de la factura: 10890.00.",
        ),
        (
            [applied("12011", "5445.01")],
            "Lo aplicado (5445.01) supera el total de la nota de crédito.",
        ),
        ([applied("99", "1")], "No se encontro la factura 99 (ItemsCobro)."),
        (
            [applied("12011", "1"), applied("12011", "1")],
            "ItemsCobro tiene demasiadas filas o filas repetidas.",
        ),
        (
            [applied("12011", "1", pagar=False)],
            "La fila ItemsCobro[1].estePago tiene importe y no se paga (pagar).",
        ),
    ],
)
async def test_a_note_that_pays_wrongly_is_refused(
    colppy: Colppy, rows: list[Any], message: str
) -> None:
    await record(colppy)
    assert await wrong(colppy, **NOTE, ItemsCobro=rows) == message


async def test_a_note_pays_no_more_than_is_owed(colppy: Colppy) -> None:
    small = NOTE | {"idTipoComprobante": "4", "fechaFactura": "10-11-2026"}
    first = await record(colppy, **small)
    await record(colppy, **NOTE, ItemsCobro=[applied(first, "5000")])
    again = await wrong(colppy, **NOTE, ItemsCobro=[applied(first, "445.01")])
    assert again == "El importe estePago supera el saldo de la factura: 445.00."
    await record(colppy, **NOTE, ItemsCobro=[applied(first, "445")])
    assert (await info(colppy, first))["idEstadoFactura"] == "5"


async def test_a_note_pays_only_its_own_customers_invoices(colppy: Colppy) -> None:
    invoice = await record(colppy)
    other = NOTE | {"idCliente": "3", "idTipoFactura": "B"}
    message = "Una factura de ItemsCobro es de otro cliente."
    assert await wrong(colppy, **other, ItemsCobro=[applied(invoice, "1")]) == message
    early = NOTE | {"fechaFactura": "09-11-2026"}
    message = "La fecha de la nota de crédito es anterior a la de la factura: 2026-11-09."
    assert await wrong(colppy, **early, ItemsCobro=[applied(invoice, "1")]) == message


async def test_a_debit_note_owes_like_an_invoice_and_a_note_pays_it(colppy: Colppy) -> None:
    debit = await record(
        colppy,
        idTipoComprobante="6",
        itemsFactura=[item(idItem="", codigo="", idPlanCuenta="Intereses ganados")],
    )
    head = await info(colppy, debit)
    assert (head["idTipoComprobante"], head["idEstadoFactura"], head["nroFactura"]) == (
        "6",
        "3",
        "0001-00000001",
    )
    await record(colppy, **NOTE, ItemsCobro=[applied(debit, "5445")])
    assert (await info(colppy, debit))["saldoaaplicar"] == "5445.00"


async def test_a_foreign_invoice_and_its_note(colppy: Colppy) -> None:
    foreign = {"idMoneda": "3", "idCurrency": "3", "rate": "1000.00", "valorCambio": "1"}
    serial = await record(colppy, **foreign, idTipoFactura="E")
    head = await info(colppy, serial)
    assert (head["idMoneda"], head["currencyIso"], head["valorCambio"]) == ("3", "USD", "1000.0000")
    assert (head["totalFactura"], head["saldoaaplicar"]) == ("10890.00", "10890000.00")
    rows = [applied(serial, "5445000.00")]
    await record(colppy, **(NOTE | foreign | {"idTipoFactura": "E"}), ItemsCobro=rows)
    assert (await info(colppy, serial))["saldoaaplicar"] == "5445000.00"
    message = "Una factura de ItemsCobro está en otra moneda o a otro cambio."
    assert await wrong(colppy, **NOTE, ItemsCobro=[applied(serial, "1")]) == message


async def test_notes_at_once_pay_no_more_than_is_owed(colppy: Colppy) -> None:
    """Six notes of 5,445 want 2,000 each of one invoice of 10,890."""
    invoice = await record(colppy)
    body = sale(**NOTE, ItemsCobro=[applied(invoice, "2000")])
    asked = [colppy.answer("FacturaVenta", "alta_facturaventa", **body) for _ in range(6)]
    answers = [answer["response"] for answer in await asyncio.gather(*asked)]
    assert [answer["success"] for answer in answers].count(True) == 5
    (refused,) = [answer["message"] for answer in answers if not answer["success"]]
    assert refused == "El importe estePago supera el saldo de la factura: 890.00."
    assert (await info(colppy, invoice))["saldoaaplicar"] == "890.00"
