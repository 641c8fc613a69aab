"""Receipts against what they touch: dues, the journal, numbers, other doors."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.demo import DemoDatabases
from tests.dialects.colppy import receipt_bodies as bodies
from tests.dialects.colppy.client import Colppy, choose, connected
from tests.dialects.colppy.conftest import check_ledgers
from tests.dialects.colppy.ledger import (
    EXAMPLE_ID,
    PERSON,
    PERSON_ID,
    SHOP_ID,
    argentina,
    balances_of,
    content_of,
    described,
    dues_of,
    lines_of,
    sold,
)

EXAMPLE = (EXAMPLE_ID, "FV-9-217")


@pytest.fixture
async def shop(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Colppy, str]]:
    """A client, and the database behind it."""
    url = demo_databases.take()
    async with connected(url) as client:
        yield client, url
        await check_ledgers(client.database)
    demo_databases.give_back(url, changed=True)


async def collect(colppy: Colppy, *media: dict[str, Any], total: Any, **more: Any) -> str:
    """A receipt that must be taken; its id."""
    answer = await colppy.send(
        "Cliente", "alta_cobro", **bodies.receipt(*media, total=total, **more)
    )
    assert answer["data"] == {"idCobro": answer["idCobro"]}
    return str(answer["idCobro"])


async def wrong(colppy: Colppy, *media: dict[str, Any], total: Any, **more: Any) -> str:
    """A receipt that must be refused; the message."""
    return await colppy.refused(
        "Cliente", "alta_cobro", **bodies.receipt(*media, total=total, **more)
    )


async def test_a_part_and_then_the_rest(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    for part, left in (("10.00", "17.83"), (17.83, "0.00")):
        receipt = await collect(
            colppy, bodies.medium(part), total=part, cobros=[bodies.applied(12010, part)]
        )
        assert dues_of(url)[EXAMPLE] == Decimal(left)
    assert lines_of(url, receipt) == [("110101", "17.83", None), ("110301", "-17.83", "FV-9-217")]
    again = await wrong(colppy, bodies.medium(1), total=1, cobros=[bodies.applied(12010, 1)])
    assert again == "La factura 0002-00000217 ya está cobrada."


async def test_every_withholding_goes_to_its_own_account(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    receipt = await collect(
        colppy,
        bodies.medium(10, "Banco cuenta corriente", "Transferencia"),
        bodies.medium("5.00", "Valores a depositar", "Cheque Recibido Común",
                      nroCheque="00012345", fechaValidez="30-11-2026", Banco="Nación"),
        total="15.00",
        cobros=[bodies.applied(12010, "27.83")],
        retGanancias=1, retIVA="2.00", retSUSS=3, retencionIIBB=6, IIBBLocal="0.50", retencionOtras=4,
        retsufridas=[
            {"jurisdiccion": "902", "nroCertificado": "C-1", "importeRet": "2.50"},
            {"jurisdiccion": "CABA", "nroCertificado": "C-2", "importeRet": "3.50"},
        ],
        retsufridasotras=[{"jurisdiccion": "", "nroCertificado": "O-1", "importeRet": 4, "concepto": "x"}],
        descuentos="0.83", intereses=2,
    )  # fmt: skip
    assert lines_of(url, receipt) == [
        ("110103", "10.00", None),
        ("110105", "5.00", None),
        ("110411", "1.00", None),
        ("110405", "2.00", None),
        ("110413", "3.00", None),
        ("110416", "0.50", None),
        ("110417", "2.50", None),
        ("110407", "3.50", None),
        ("110415", "4.00", None),
        ("630104", "0.83", None),
        ("420101", "-2.00", None),
        ("110301", "-27.83", "FV-9-217"),
        ("110301", "-2.50", "RC-1-1"),
    ]
    told = described(url, receipt)
    assert told[1] == ("110105", None, "Cheque Recibido Común 00012345 Nación")
    assert told[6] == ("110417", 27, "Retención de IIBB Buenos Aires 902 C-1")
    assert told[7] == ("110407", 24, "Retención de IIBB 901 C-2")
    kept = content_of(url, receipt)["extra"]["colppy"]
    assert kept["mediospagos"][1]["nroCheque"] == "00012345"
    assert kept["retsufridasotras"][0]["concepto"] == "x"
    assert kept["saldoFacturas"] == "2464.35"


async def test_several_invoices_in_one_receipt(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    siigo = await argentina(colppy)
    first, second = await sold(siigo, url, 1000), await sold(siigo, url, 500)
    receipt = await collect(
        colppy,
        bodies.medium(1200),
        total=1200,
        idCliente=str(SHOP_ID),
        cobros=[
            bodies.applied(first, 1000),
            bodies.applied(second, "200.00", pagar=True),
            bodies.applied(999_999, "0.00"),
        ],
    )
    assert [due for _, _, due in lines_of(url, receipt)] == [None, "FV-1-1", "FV-1-2"]
    assert dues_of(url)[SHOP_ID, "FV-1-2"] == 300
    rows = (await colppy.send("FacturaVenta", "leer_cobros_factura", idFactura=second))["data"]
    assert [(row["idCobro"], row["esteCobro"], row["idElementoAplicado"]) for row in rows] == [
        (receipt, "200.00", str(second))
    ]


async def test_what_is_on_account_is_applied_by_a_later_receipt(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    first = await collect(colppy, bodies.medium(100), total=100)
    assert dues_of(url)[EXAMPLE_ID, "RC-1-1"] == -100
    rows = [bodies.applied(12010, "27.83"), bodies.applied(first, "-27.83", tipoComprobante="REC")]
    await collect(colppy, total=0, cobros=rows)
    assert dues_of(url)[EXAMPLE] == 0
    assert dues_of(url)[EXAMPLE_ID, "RC-1-1"] == Decimal("-72.17")
    used = await colppy.refused("Cliente", "editar_cobro", idCobro=first, idEstadoCobro="Anulado")
    assert used == "El recibo tiene saldo a cuenta que ya se aplicó."


async def test_a_voided_receipt_leaves_the_books_as_they_were(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    dues, balances = dues_of(url), balances_of(url)
    named = {"nroRecibo1": "0008", "nroRecibo2": "00016117"}
    made = await collect(
        colppy, bodies.medium(100), total=100, cobros=[bodies.applied(12010, 27.83)], **named
    )
    assert dues_of(url) == dues | {
        EXAMPLE: Decimal(0),
        (EXAMPLE_ID, "RC-8-16117"): Decimal("-72.17"),
    }
    voided = await colppy.send("Cliente", "editar_cobro", idCobro=made, idEstadoCobro="Anulado")
    assert voided["idCobro"] == made
    assert (dues_of(url), balances_of(url)) == (dues, balances)
    assert lines_of(url, made) == []
    again = await colppy.refused("Cliente", "editar_cobro", idCobro=made, idEstadoCobro="Anulado")
    assert again == "El recibo ya está anulado."
    taken = await wrong(colppy, bodies.medium(1), total=1, **named)
    assert taken == "Ya existe un recibo con el número de recibo 0008-00016117"
    assert (await colppy.send("FacturaVenta", "leer_cobros_factura", idFactura=12010))["data"] == []


async def test_alta_cobro_voids_unless_the_company_forbids_it(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    made = await collect(colppy, bodies.medium(100), total=100)
    void = bodies.receipt(total=0, idCobro=made, idEstadoCobro="Anulado")
    choose(url, void_receipts=False)
    async with connected(url) as other:
        refused = await other.refused("Cliente", "alta_cobro", **void)
    assert refused == "La empresa no permite anular cobros con alta_cobro."
    choose(url, void_receipts=True)
    async with connected(url) as other:
        assert (await other.send("Cliente", "alta_cobro", **void))["idCobro"] == made
    assert (EXAMPLE_ID, "RC-1-1") not in dues_of(url)


async def test_more_than_is_owed_is_credit_where_the_company_lets_it(
    shop: tuple[Colppy, str],
) -> None:
    colppy, url = shop
    asked = {"total": 30, "cobros": [bodies.applied(12010, 30)]}
    assert await wrong(colppy, bodies.medium(30), **asked) == (
        "El importe 30.00 supera el saldo de la factura 0002-00000217 (27.83)."
    )
    choose(url, over_collected="lenient")
    async with connected(url) as other:
        await collect(other, bodies.medium(30), **asked)
    assert dues_of(url)[EXAMPLE] == 0
    assert dues_of(url)[EXAMPLE_ID, "RC-1-1"] == Decimal("-2.17")


async def test_an_invoice_in_dollars_is_collected_in_pesos(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    siigo = await argentina(colppy)
    dollars = {"currency": {"code": "USD", "exchange_rate": "1000.55"}}
    invoice = await sold(siigo, url, 10, **dollars)
    assert dues_of(url)[SHOP_ID, "FV-1-1"] == Decimal("10005.50")
    receipt = await collect(
        colppy,
        bodies.medium("10005.50"),
        total="10005.50",
        idCliente=SHOP_ID,
        cobros=[bodies.applied(invoice, "10005.50")],
    )
    assert lines_of(url, receipt) == [
        ("110101", "10005.50", None),
        ("110301", "-10005.50", "FV-1-1"),
    ]
    assert dues_of(url)[SHOP_ID, "FV-1-1"] == 0


async def test_numbers_are_one_series_for_each_prefix(shop: tuple[Colppy, str]) -> None:
    colppy, _ = shop

    async def upcoming(prefix: str) -> str:
        row = (await colppy.send("Empresa", "leer_numero_recibo", prefijo=prefix))["data"]
        return str(row["proximoNum"])

    assert (await upcoming("0001"), await upcoming("0008")) == ("00000001", "00016117")
    for prefix, number, after in (
        ("0001", "", "00000002"),
        ("", "", "00000003"),
        ("0001", "000000359", "00000360"),
        ("1", "7", "00000360"),
        ("00001", "8", "00000360"),
    ):
        await collect(colppy, bodies.medium(1), total=1, nroRecibo1=prefix, nroRecibo2=number)
        assert await upcoming("0001") == after
    assert await upcoming("0008") == "00016117"
    taken = await wrong(colppy, bodies.medium(1), total=1, nroRecibo1="0001", nroRecibo2="359")
    assert taken == "Ya existe un recibo con el número de recibo 0001-00000359"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("16-08-2016", "2016-08-16"), ("6-8-2016", "2016-08-06"), ("16/08/2016", "2016-08-16"),
     ("2016-08-16", "2016-08-16")],
)  # fmt: skip
async def test_days_in_every_form(shop: tuple[Colppy, str], sent: str, shown: str) -> None:
    colppy, _ = shop
    rows = [bodies.applied(12010, 1)]
    await collect(colppy, bodies.medium(1), total=1, fechaCobro=sent, cobros=rows)
    found = (await colppy.send("FacturaVenta", "leer_cobros_factura", idFactura="12010"))["data"]
    assert [row["fechaCobro"] for row in found] == [shown]


async def test_sums_of_floating_point_and_accounts_by_code(shop: tuple[Colppy, str]) -> None:
    """What programs send that add up cents without decimals, or send back what they read."""
    colppy, url = shop
    tenth, fifth = bodies.medium(0.1), bodies.medium("0.2", "110103", "Transferencia")
    rows = [bodies.applied(12010, 0.1 + 0.2)]
    made = await collect(colppy, tenth, fifth, total=0.1 + 0.2, cobros=rows)
    assert lines_of(url, made) == [
        ("110101", "0.10", None),
        ("110103", "0.20", None),
        ("110301", "-0.30", "FV-9-217"),
    ]
    funds = (await colppy.send("Cliente", "AR_leer_fondos_pagos", idCobro=made))["data"]
    assert [(row["importe"], row["5"]) for row in funds] == [("0.10", "110101"), ("0.20", "110103")]


async def test_at_the_same_time_one_collects_an_invoice(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    asked = bodies.receipt(bodies.medium(27.83), total=27.83, cobros=[bodies.applied(12010, 27.83)])
    answers = await asyncio.gather(
        *(colppy.answer("Cliente", "alta_cobro", **asked) for _ in range(8))
    )
    messages = sorted(answer["response"]["message"] for answer in answers)
    assert messages == ["La factura 0002-00000217 ya está cobrada."] * 7 + [
        "La operación se realizó con éxito."
    ]
    assert dues_of(url)[EXAMPLE] == 0


async def test_at_the_same_time_credit_is_used_once(shop: tuple[Colppy, str]) -> None:
    """Money on account pays one of several; the others do not turn it into a debt."""
    colppy, url = shop
    siigo = await argentina(colppy)
    invoices = [await sold(siigo, url, 100) for _ in range(6)]
    credit = await collect(colppy, bodies.medium(100), total=100, idCliente=str(SHOP_ID))
    asked = [
        bodies.receipt(
            total=0,
            idCliente=str(SHOP_ID),
            cobros=[bodies.applied(invoice, 100), bodies.applied(credit, -100)],
        )
        for invoice in invoices
    ]
    async with connected(url) as other:
        answers = await asyncio.gather(
            *(
                client.answer("Cliente", "alta_cobro", **one)
                for client, one in zip((colppy, other) * 3, asked, strict=True)
            )
        )
    messages = [answer["response"]["message"] for answer in answers]
    assert messages.count("La operación se realizó con éxito.") == 1
    dues = dues_of(url)
    assert dues[SHOP_ID, "RC-1-1"] == 0
    assert sorted(dues[SHOP_ID, f"FV-1-{number}"] for number in range(1, 7)) == [0] + [100] * 5


async def test_credit_that_was_voided_meanwhile_opens_nothing(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    dues = dues_of(url)
    for _ in range(4):
        credit = await collect(colppy, bodies.medium("27.83"), total="27.83")
        rows = [bodies.applied(12010, "27.83"), bodies.applied(credit, "-27.83")]
        voided, used = await asyncio.gather(
            colppy.answer("Cliente", "editar_cobro", idCobro=credit, idEstadoCobro="Anulado"),
            colppy.answer("Cliente", "alta_cobro", **bodies.receipt(total=0, cobros=rows)),
        )
        assert voided["response"]["success"] != used["response"]["success"]
        if used["response"]["success"]:
            for made in (used["response"]["idCobro"], credit):
                await colppy.send("Cliente", "editar_cobro", idCobro=made, idEstadoCobro="Anulado")
        assert dues_of(url) == dues


async def test_a_receipt_of_somebody_else_is_not_voided(shop: tuple[Colppy, str]) -> None:
    colppy, _ = shop
    made = await collect(colppy, bodies.medium(1), total=1)
    for operacion in ("editar_cobro", "alta_cobro"):
        body = {"idCobro": made, "idEstadoCobro": "Anulado", "idCliente": str(SHOP_ID)}
        assert await colppy.refused("Cliente", operacion, **body) == "El recibo es de otro cliente."
    await colppy.send("Cliente", "editar_cobro", **body | {"idCliente": bodies.CUSTOMER})


async def test_money_is_where_the_company_says(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    choose(url, money_accounts=["110201"])
    await collect(colppy, bodies.medium(1, "Plazos fijos"), total=1)
    await collect(colppy, bodies.medium(1, "Caja"), total=1)  # which a means of payment names
    refused = await wrong(colppy, bodies.medium(1, "BBVA Cta Cte"), total=1)
    assert refused == "La cuenta BBVA Cta Cte no es de dinero (mediospagos[1].idPlanCuenta)."


async def test_at_the_same_time_one_has_a_number(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    async with connected(url) as other:
        asked = bodies.receipt(bodies.medium(1), total=1, nroRecibo1="0008", nroRecibo2="00016117")
        answers = await asyncio.gather(
            *(one.answer("Cliente", "alta_cobro", **asked) for one in (colppy, other) * 4)
        )
    messages = [answer["response"]["message"] for answer in answers]
    assert messages.count("Ya existe un recibo con el número de recibo 0008-00016117") == 7


async def test_at_the_same_time_numbers_do_not_repeat(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    async with connected(url) as other:
        asked = bodies.receipt(bodies.medium(1), total=1)
        answers = await asyncio.gather(
            *(one.send("Cliente", "alta_cobro", **asked) for one in (colppy, other) * 10)
        )
    assert len({answer["idCobro"] for answer in answers}) == 20
    own = [name for party, name in dues_of(url) if party == EXAMPLE_ID and name.startswith("RC-")]
    assert sorted(own) == sorted(f"RC-1-{number}" for number in range(1, 21))


async def test_an_invoice_of_somebody_else(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    siigo = await argentina(colppy)
    theirs = await sold(siigo, url, 1000, PERSON)
    rows = [bodies.applied(theirs, 1)]
    refused = await wrong(colppy, bodies.medium(1), total=1, cobros=rows)
    assert refused == "La factura 0001-00000001 es de otro cliente."
    await collect(colppy, bodies.medium(1), total=1, cobros=rows, idCliente=str(PERSON_ID))


async def test_nothing_of_a_receipt_is_dropped(shop: tuple[Colppy, str]) -> None:
    """What the ledger has no place for is kept in the vendor's words."""
    colppy, url = shop
    cheque = bodies.medium(
        "27.83", "Valores a depositar", "Cheque Recibido Común", nroCheque="1", Banco="Nación",
        fechaValidez="1-12-2026", VAD="N", CED="S", Conciliado="C", idTabla=3, idElemento="4", idItem=5,
    )  # fmt: skip
    sent = bodies.receipt(
        cheque,
        total="27.83",
        idMedioCobro="Cheque Recibido Común",
        cobros=[bodies.applied(12010, "27.83", Saldo=0, pagar=True, RG=None)],
        anticipo="1.50", valorCambio="0", totalEsteCobro=3, totalACobrar="4", diferenciaTipoCambio="-0.07",
        retGanancias="1.00", intereses="1.00",
        retsufridas=[{"jurisdiccion": "902", "nroCertificado": "9", "importeRet": "0.00", "otro": {"a": [1]}}],
    )  # fmt: skip
    made = await colppy.send("Cliente", "alta_cobro", **sent)
    content = content_of(url, made["idCobro"])
    assert content["observations"] == "testPago"
    assert content["extra"]["colppy"] == {
        "idUsuario": "aa@colppy.com",
        "fechaCobro": "20-11-2026",
        "idMedioCobro": "Cheque Recibido Común",
        "totalEsteCobro": "3.00",
        "saldoFacturas": "2464.35",
        "anticipo": "1.50",
        "totalACobrar": "4.00",
        "diferenciaTipoCambio": "-0.07",
        "valorCambio": "0",
        "retGanancias": "1.00",
        "intereses": "1.00",
        "totalCobrado": "27.83",
        "cobros": [
            bodies.applied(
                12010, "27.83", Saldo="0", pagar=True, RG=None, cobrado="0", saldoAnterior="27.83"
            )
        ],
        "mediospagos": [cheque | {"idTabla": "3", "idItem": "5"}],
        "retsufridas": [
            {
                "jurisdiccion": "902",
                "nroCertificado": "9",
                "importeRet": "0.00",
                "otro": {"a": ["1"]},
            }
        ],
    }
    (row,) = (await colppy.send("Cliente", "AR_leer_fondos_pagos", idCobro=made["idCobro"]))["data"]
    assert (row["VAD"], row["Conciliado"], row["fechaValidez"]) == ("N", "C", "01-12-2026")


async def test_withholdings_told_by_their_parts_only(shop: tuple[Colppy, str]) -> None:
    colppy, _ = shop
    parts = [
        {"jurisdiccion": 902, "importeRet": "1.00"},
        {"municipio": "Rosario", "importeRet": 0.5},
    ]
    more = {"retencionIIBB": 0, "retsufridas": parts, "cobros": [bodies.applied(12010, "11.50")]}
    await collect(colppy, bodies.medium(10), total=10, **more)
    (row,) = (await colppy.send("FacturaVenta", "leer_cobros_factura", idFactura=12010))["data"]
    assert (row["retencionIIBB"], row["totalCobro"], row["esteCobro"]) == ("1.50", "11.50", "11.50")


async def test_a_closed_month_and_an_inactive_customer(shop: tuple[Colppy, str]) -> None:
    colppy, url = shop
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO books.period (company_id, period, lock, reason, locked_at, locked_by)"
            " SELECT id, 202610, 'hard', 'test', now(), 'test' FROM control.company WHERE name = 'demo-ar' AND live"
        )
    locked = await wrong(colppy, bodies.medium(1), total=1, fechaCobro="31-10-2026")
    assert locked == "El período 2026-10 está cerrado."
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("UPDATE books.third_party SET active = false WHERE id = %s", (EXAMPLE_ID,))
    inactive = await wrong(colppy, bodies.medium(1), total=1)
    assert inactive == "El cliente 30500000038 no está activo."
    answer = await colppy.answer(
        "Cliente", "alta_cobro", **bodies.receipt(bodies.medium(1), total=1)
    )
    assert "errors" not in answer["response"]  # once, not for each line


async def test_the_balance_of_the_customer_is_what_its_dues_come_to(
    shop: tuple[Colppy, str],
) -> None:
    colppy, url = shop

    async def balance() -> str:
        wanted = [{"field": "idCliente", "op": "=", "value": str(EXAMPLE_ID)}]
        (row,) = (await colppy.send("Cliente", "listar_cliente", filter=wanted))["data"]
        return str(row["Saldo"])

    assert await balance() == "27.83"
    rows = [bodies.applied(12010, "20.00")]
    made = await collect(colppy, bodies.medium(50), total=50, retIVA=1, cobros=rows)
    assert await balance() == "-23.17"
    assert sum(owed for (party, _), owed in dues_of(url).items() if party == EXAMPLE_ID) == Decimal(
        "-23.17"
    )
    await colppy.send("Cliente", "editar_cobro", idCobro=made, idEstadoCobro="Anulado")
    assert await balance() == "27.83"
