"""Sales of this door collected at this door: states, balances, credit notes and receipts together."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from tests.demo import DemoDatabases
from tests.dialects.colppy import receipt_bodies as bodies
from tests.dialects.colppy.client import Colppy, connected
from tests.dialects.colppy.conftest import check_ledgers
from tests.dialects.colppy.ledger import SHOP_ID, balances_of, dues_of
from tests.dialects.colppy.sale_bodies import CASH, NOTE, info, record


@pytest.fixture
async def shop(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Colppy, str]]:
    """A client, and the database behind it."""
    url = demo_databases.take()
    async with connected(url) as client:
        yield client, url
        await check_ledgers(client.database)
    demo_databases.give_back(url, changed=True)


async def collect(colppy: Colppy, *media: dict[str, Any], total: Any, **more: Any) -> str:
    asked = bodies.receipt(*media, total=total, idCliente=SHOP_ID, **more)
    return str((await colppy.send("Cliente", "alta_cobro", **asked))["idCobro"])


async def state(colppy: Colppy, invoice: str) -> tuple[str, str]:
    """The state of a sale, and what is owed on it."""
    head = await info(colppy, invoice)
    return head["idEstadoFactura"], head["saldoaaplicar"]


async def test_a_sale_is_partly_and_then_wholly_collected(shop: tuple[Colppy, str]) -> None:
    colppy, _ = shop
    invoice = await record(colppy)
    assert await state(colppy, invoice) == ("3", "10890.00")
    part = {"cobros": [bodies.applied(invoice, "5000.00")], "retGanancias": "100.00"}
    await collect(colppy, bodies.medium("4900.00"), total="4900.00", **part)
    assert await state(colppy, invoice) == ("6", "5890.00")
    rest = {"cobros": [bodies.applied(invoice, "5890.00")]}
    last = await collect(colppy, bodies.medium("5890.00"), total="5890.00", **rest)
    assert await state(colppy, invoice) == ("5", "0.00")
    asked = {"idFactura": invoice, "idEstadoFactura": "Anulada"}
    refused = await colppy.refused("FacturaVenta", "editar_facturaventa", **asked)
    assert refused == "El comprobante tiene cobros o notas de crédito aplicados: anúlelos primero."
    await colppy.send("Cliente", "editar_cobro", idCobro=last, idEstadoCobro="Anulado")
    assert await state(colppy, invoice) == ("6", "5890.00")


async def test_a_credit_note_is_used_in_a_receipt(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    invoice, note = await record(colppy), await record(colppy, **NOTE)
    rows = [
        bodies.applied(invoice, "10890.00"),
        bodies.applied(note, "-5445.00", tipoComprobante="NCV", moneda="P"),
    ]
    await collect(colppy, bodies.medium("5445.00"), total="5445.00", cobros=rows)
    assert await state(colppy, invoice) == ("5", "0.00")
    assert dues_of(url)[SHOP_ID, "NC-1-1"] == 0


async def test_sales_that_are_not_collected(shop: tuple[Colppy, str]) -> None:
    colppy, _ = shop
    cash, void = await record(colppy, **CASH), await record(colppy)
    asked = {"idFactura": void, "idEstadoFactura": "Anulada"}
    await colppy.send("FacturaVenta", "editar_facturaventa", **asked)
    for invoice, message in (
        (cash, "La factura 0001-00000001 ya está cobrada."),
        (void, "La factura 0001-00000002 está anulada."),
    ):
        body = bodies.receipt(
            bodies.medium(1), total=1, idCliente=SHOP_ID, cobros=[bodies.applied(invoice, 1)]
        )
        assert await colppy.refused("Cliente", "alta_cobro", **body) == message


async def test_the_month_of_a_shop(shop: tuple[Colppy, str]) -> None:
    """Sales A and B, a partial receipt with withholdings, a cheque, a credit note, a receipt voided."""
    colppy, url = shop
    opening = balances_of(url)[SHOP_ID]
    first = await record(colppy)
    second = await record(colppy, fechaFactura="12-11-2026")
    await record(colppy, idTipoFactura="B", idCliente="1", **CASH)
    # Half of the first, with what the customer withheld.
    withheld = {
        "retGanancias": "100.00",
        "retencionIIBB": "150.00",
        "retsufridas": [{"jurisdiccion": "902", "nroCertificado": "77", "importeRet": "150.00"}],
    }
    await collect(
        colppy,
        bodies.medium("5195.00", "Banco cuenta corriente", "Transferencia"),
        total="5195.00",
        cobros=[bodies.applied(first, "5445.00")],
        **withheld,
    )
    # One packet came back, and that pays for it.
    paid = [{"idFactura": first, "estePago": "5445.00", "pagar": True}]
    await record(colppy, **NOTE, ItemsCobro=paid)
    assert await state(colppy, first) == ("5", "0.00")
    # A cheque for the second and a little more; it bounced, so the receipt is voided.
    cheque = bodies.medium(
        "11000.00", "Cheques de pago diferido en cartera", "Cheque Recibido Diferido",
        Banco="Galicia", nroCheque="00012345", fechaValidez="20-12-2026",
    )  # fmt: skip
    bounced = await collect(
        colppy, cheque, total="11000.00", cobros=[bodies.applied(second, "10890.00")]
    )
    assert await state(colppy, second) == ("5", "0.00")
    assert balances_of(url)[SHOP_ID] == opening - 110
    await colppy.send("Cliente", "editar_cobro", idCobro=bounced, idEstadoCobro="Anulado")
    assert await state(colppy, second) == ("3", "10890.00")
    assert balances_of(url)[SHOP_ID] == opening + 10890
    owed = sum(balance for (party, _), balance in dues_of(url).items() if party == SHOP_ID)
    assert owed == balances_of(url)[SHOP_ID] == opening + Decimal("10890.00")
    row = (await colppy.send("Empresa", "leer_numero_recibo", prefijo="0001"))["data"]
    assert row["proximoNum"] == "00000003"
