"""Purchases: what they post, what they owe, and the same at every door."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from cuadra.catalog.third_parties import PartyName
from cuadra.trade.books import Origin
from cuadra.trade.entries import EntryDraft, EntryDue, EntryLineDraft
from cuadra.trade.group import record_one
from cuadra.trade.recording import Submission
from tests.demo import NOW, DemoDatabases
from tests.dialects.colppy import odd
from tests.dialects.colppy.client import Colppy
from tests.dialects.colppy.conftest import check_ledgers
from tests.dialects.siigo.client import DEMO_AR, Siigo, signed_in

PURCHASE = "FacturaCompra"
CENT = Decimal("0.01")


def item(**changes: Any) -> dict[str, Any]:
    """An item of an account, with all its members."""
    return {
        "idItem": "",
        "minimo": "0",
        "tipoItem": "S",
        "codigo": "",
        "Descripcion": "",
        "ccosto1": "",
        "ccosto2": "",
        "almacen": "",
        "unidadMedida": "u",
        "Cantidad": 1,
        "ImporteUnitario": "1000.00",
        "porcDesc": "0",
        "IVA": "21",
        "subtotal": "1000.00",
        "idPlanCuenta": "Papelería y útiles",
        "Comentario": "",
    } | changes


def purchase(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The parameters of a purchase on credit."""
    return {
        "idUsuario": "demo@cuadra.local",
        "idProveedor": "4",
        "idFactura": "",
        "descripcion": "Compra",
        "fechaFactura": "10-03-2026",
        "fechaFacturaDoc": "08-03-2026",
        "fechaPago": "09-04-2026",
        "idCondicionPago": "a 30 Dias",
        "idEstadoAnterior": "",
        "idEstadoFactura": "Aprobada",
        "idMoneda": "1",
        "valorCambio": "1",
        "idTipoComprobante": "1",
        "idTipoFactura": "A",
        "nroFactura1": "0003",
        "nroFactura2": "00001234",
        "netoGravado": "1000.00",
        "netoNoGravado": "0.00",
        "totalIVA": "210.00",
        "percepcionIVA": "0.00",
        "percepcionIIBB": "0.00",
        "totalFactura": "1210.00",
        "percsufridas": [],
        "totalesiva": [],
        "itemsFactura": list(items) or [item()],
        "itemsPagos": [],
    } | changes


def medium(amount: Any, **changes: Any) -> dict[str, Any]:
    """A row of itemsPagos, with all its members."""
    return {
        "idMedioPago": "Efectivo",
        "idPlanCuenta": "Caja",
        "Banco": "",
        "nroCheque": "",
        "fechaValidez": "",
        "importe": amount,
        "CED": "S",
        "Conciliado": "",
        "idTabla": 0,
        "idElemento": 0,
        "idItem": 0,
    } | changes


async def bought(colppy: Colppy, *items: dict[str, Any], **changes: Any) -> str:
    """Record a purchase; its id."""
    made = await colppy.send(PURCHASE, "alta_facturacompra", **purchase(*items, **changes))
    return str(made["idFactura"])


async def posted(colppy: Colppy, purchase_id: str) -> list[tuple[str, Decimal]]:
    """The lines of a purchase in the journal, debit positive."""
    answer = await colppy.send(
        "Contabilidad", "listar_movimientosdiario", fromDate="2026-03-01", limit=5000
    )
    return [
        (row["idPlanCuenta"], Decimal(row["Importe"]) * (1 if row["DebitoCredito"] == "D" else -1))
        for row in answer["movimientos"]
        if row["idElemento"] == purchase_id and row["idTabla"] == "8"
    ]


async def test_goods_services_iva_and_perceptions_go_to_their_accounts(colppy: Colppy) -> None:
    made = await bought(
        colppy,
        item(idItem="1", Cantidad="10", ImporteUnitario="2500", idPlanCuenta=""),
        item(idItem="2", Cantidad=20, ImporteUnitario=500, IVA="10.5", idPlanCuenta=""),
        item(idPlanCuenta="Fletes y acarreos", ImporteUnitario=100, IVA="27", ccosto1="Ventas"),
        netoGravado="35100.00",
        totalIVA="6327.00",
        percepcionIVA="1050.00",
        percepcionIIBB="875.50",
        totalFactura="43352.50",
        percsufridas=[
            {"jurisdiccion": "Córdoba", "importePerc": "500.50"},
            {"jurisdiccion": "CABA", "importePerc": 375},
        ],
    )
    found = {
        ("210101", Decimal("-43352.50")),  # owed
        ("110601", Decimal("25000.00")),  # yerba is kept in stock
        ("510101", Decimal("10000.00")),  # flour is not
        ("610104", Decimal("100.00")),
        ("110401", Decimal("5250.00")),
        ("110401", Decimal("1050.00")),
        ("110401", Decimal("27.00")),
        ("110404", Decimal("1050.00")),
        ("110406", Decimal("500.50")),
        ("110406", Decimal("375.00")),
    }
    lines = await posted(colppy, made)
    assert (set(lines), len(lines)) == (found, len(found))
    async with colppy.database.read("demo-ar") as transaction:
        names = await transaction.rows(
            "SELECT t.name FROM books.line l JOIN books.tax t ON t.company_id = l.company_id AND t.id = l.tax_id"
            " WHERE l.company_id = %(company)s AND t.kind LIKE 'Percepcion%%' ORDER BY t.id",
            company=transaction.company.id,
        )
    told = ["Percepción de IVA", "Percepción de IIBB", "Percepción de IIBB Córdoba"]
    assert [name[0] for name in names] == told


async def test_a_purchase_in_cash_owes_nothing(colppy: Colppy) -> None:
    bank = {"idMedioPago": "Transferencia", "idPlanCuenta": "Banco caja de ahorro"}
    made = await bought(
        colppy,
        idTipoComprobante="FCC",
        idEstadoFactura="Pagada",
        fechaPago="",
        idCondicionPago="Contado",
        itemsPagos=[medium("210.00"), medium(1000, **bank), medium(0)],
    )
    assert set(await posted(colppy, made)) == {
        ("110101", Decimal("-210.00")),
        ("110104", Decimal("-1000.00")),
        ("620108", Decimal("1000.00")),
        ("110401", Decimal("210.00")),
    }
    read = await colppy.send(PURCHASE, "leer_facturacompra", idFactura=made)
    info = read["infofactura"]
    assert (info["idTipoComprobante"], info["idEstadoFactura"]) == ("7", "5")
    assert info["saldoaaplicar"] == "0.00"
    assert [(row["idPlanCuenta"], row["importe"]) for row in read["itemsPagos"]] == [
        ("Caja", "210.00"),
        ("Banco caja de ahorro", "1000.00"),
    ]


@pytest.mark.parametrize("seed", range(2))
async def test_random_purchases_come_to_what_their_paper_says(colppy: Colppy, seed: int) -> None:
    """With prices before IVA or with it, to the cent of the paper."""
    chance = random.Random(seed)
    for number in range(1, 16):
        rows, taxed, tax = [], Decimal(0), Decimal(0)
        included = chance.random() < 0.5
        for _ in range(chance.randint(1, 5)):
            rate = Decimal(chance.choice(("21", "10.5", "27")))
            base = Decimal(chance.randint(1, 10**7)) / 100
            value = (base * rate / 100).quantize(CENT, ROUND_HALF_UP)
            rows.append(item(ImporteUnitario=base + value if included else base, IVA=f"{rate:f}"))
            taxed, tax = taxed + base, tax + value
        perceived = Decimal(chance.choice((0, chance.randint(1, 10**5)))) / 100
        totals = {
            "netoGravado": f"{taxed:.2f}",
            "totalIVA": f"{tax:.2f}",
            "percepcionIIBB": f"{perceived:.2f}",
            "totalFactura": f"{taxed + tax + perceived:.2f}",
        }
        made = await bought(colppy, *rows, nroFactura2=str(number), **totals)
        lines = await posted(colppy, made)
        assert sum(amount for _, amount in lines) == 0
        assert dict(lines)["210101"] == -(taxed + tax + perceived)
        assert sum(amount for account, amount in lines if account == "110401") == tax
        read = (await colppy.send(PURCHASE, "leer_facturacompra", idFactura=made))["infofactura"]
        assert {name: read[name] for name in totals} == totals


async def test_the_list_is_filtered_and_ordered(colppy: Colppy) -> None:
    for number, day in (("1", "2026-03-10"), ("2", "2026-03-05"), ("3", "2026-04-01")):
        cash = (
            {"idTipoComprobante": "7", "itemsPagos": [medium("1210.00")]} if number == "3" else {}
        )
        days = {"fechaFactura": day, "fechaFacturaDoc": "", "fechaPago": ""}
        await bought(colppy, nroFactura2=number, **days, **cash)

    async def listed(*filters: tuple[str, str, Any], **parameters: Any) -> list[str]:
        parameters["filter"] = [{"field": f, "op": o, "value": v} for f, o, v in filters]
        answer = await colppy.send(PURCHASE, "listar_facturasCompra", **parameters)
        return [row["nroFactura"][-1] for row in answer["data"]]

    assert await listed() == ["1", "2", "3"]
    assert await listed(order={"field": ["fechaFactura"], "order": "asc"}) == ["2", "1", "3"]
    assert await listed(order=[{"field": "idFactura", "dir": "desc"}], limit=2) == ["3", "2"]
    assert await listed(start=1, limit=1) == ["2"]
    assert await listed(("fechaFactura", "<=", "2026-03-31")) == ["1", "2"]
    assert await listed(("idTipoComprobante", "=", "7")) == ["3"]
    assert await listed(
        ("idTipoComprobante", "=", "FAC"), ("nroFactura", "<>", "0003-00000001")
    ) == ["2"]
    assert await listed(("idEstadoFactura", "=", "3")) == ["1", "2"]
    assert await listed(("idEstadoFactura", "=", "Pagada")) == ["3"]
    assert await listed(("idProveedor", "=", 4), ("totalFactura", ">", "1000")) == ["1", "2", "3"]
    assert await listed(("idProveedor", "<>", "4")) == []


async def test_of_two_at_once_with_one_number_one_is_recorded(colppy: Colppy) -> None:
    answers = await asyncio.gather(
        *(colppy.answer(PURCHASE, "alta_facturacompra", **purchase()) for _ in range(8))
    )
    assert sum(answer["response"]["success"] for answer in answers) == 1
    refused = [one["response"]["message"] for one in answers if not one["response"]["success"]]
    assert set(refused) == {"Ya existe una factura de este proveedor con el número 0003-00001234."}


async def test_odd_values_are_answered_in_the_envelope(colppy: Colppy) -> None:
    whole = purchase(
        item(
            idItem="1",
            codigo="YERBA-1",
            idPlanCuenta="Mercaderías",
            almacen="Depósito central",
            ccosto1="1",
        ),
        percepcionIIBB="5.00",
        totalFactura="1215.00",
        percsufridas=[{"jurisdiccion": "902", "nroCertificado": "1", "importePerc": "5.00"}],
        totalesiva=[{"alicuotaIva": "21", "baseImpIva": "1000.00", "importeIva": "210.00"}],
    )
    await odd.check(colppy, PURCHASE, "alta_facturacompra", whole)
    cash = {"idTipoComprobante": "7", "itemsPagos": [medium("1210.00")], "nroFactura2": "77"}
    for parameters in odd.changed(
        cash | {"tipoFactura": "Contado", "totalpagadofactura": "1210.00"}
    ):
        answer = await colppy.answer(PURCHASE, "alta_facturacompra", **(purchase() | parameters))
        assert answer["result"]["estado"] == 0, parameters
    await odd.check(colppy, PURCHASE, "leer_facturacompra", {"idFactura": "2"})
    rows = [{"field": "fechaFactura", "op": ">=", "value": "2026-01-01"}]
    listing = {
        "start": 0,
        "limit": 1,
        "filter": rows,
        "order": [{"field": "idFactura", "dir": "asc"}],
    }
    await odd.check(colppy, PURCHASE, "listar_facturasCompra", listing)


async def test_a_purchase_written_line_by_line_is_read_by_its_lines(colppy: Colppy) -> None:
    """As SERPI and Siigo Pyme hand them over."""
    supplier = PartyName("30700000016")
    owed = EntryDue(prefix="FC-1", own=True, date=date(2026, 4, 9))
    lines = [
        EntryLineDraft(account="620108", amount=Decimal(1000), description="Resmas", cost_centre=1),
        EntryLineDraft(account="110401", amount=Decimal(210), tax=1, tax_base=Decimal(1000)),
        EntryLineDraft(account="210101", amount=Decimal(-1210), due=owed),
    ]
    for line in lines:
        line.party = supplier
    draft = EntryDraft(
        voucher_type=4, date=date(2026, 3, 10), party=supplier, lines=lines, automatic=True
    )
    submission = Submission(draft=draft, origin=Origin("somebody", "test"))
    await record_one(colppy.database, "demo-ar", submission, NOW)
    colppy.changed = True
    (row,) = (await colppy.send(PURCHASE, "listar_facturasCompra"))["data"]
    read = await colppy.send(PURCHASE, "leer_facturacompra", idFactura=row["idFactura"])
    shown = (
        "totalFactura",
        "netoGravado",
        "netoNoGravado",
        "IVA21",
        "idEstadoFactura",
        "fechaPago",
    )
    assert [row[name] for name in shown] == [
        "1210.00", "1000.00", "0.00", "210.00", "3", "2026-04-09",
    ]  # fmt: skip
    (bought_line,) = read["itemsFactura"]
    assert (bought_line["idPlanCuenta"], bought_line["subtotal"]) == (
        "Papelería y útiles",
        "1000.00",
    )
    assert (bought_line["Descripcion"], bought_line["ccosto1"]) == ("Resmas", "1")
    assert read["totalesiva"] == [
        {"alicuotaIva": "21", "baseImpIva": "1000.00", "importeIva": "210.00"}
    ]


@pytest.fixture
async def doors(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Siigo, Colppy]]:
    """Two clients of one server, both in the Argentine company."""
    url = demo_databases.take()
    async with signed_in(url) as siigo:
        await siigo.sign_in(DEMO_AR)
        colppy = Colppy(url, siigo.app, siigo.clock, siigo.database)
        await colppy.sign_in()
        yield siigo, colppy
        await check_ledgers(siigo.database)
    demo_databases.give_back(url, changed=True)


async def test_a_purchase_is_one_at_siigo_and_is_paid_there(doors: Any) -> None:
    siigo, colppy = doors
    made = await bought(colppy)
    (found,) = (await siigo.get("/v1/purchases")).json()["results"]
    assert (found["total"], found["balance"]) == (1210, 1210)
    assert found["provider_invoice"] == {"prefix": "0003", "number": "00001234"}
    assert found["supplier"]["identification"] == "30700000016"
    due = {"prefix": "FC-1", "consecutive": found["number"], "quote": 1, "date": "2026-04-09"}
    payment = {
        "document": {"id": 6},
        "date": "2026-05-05",
        "type": "DebtPayment",
        "supplier": {"identification": "30700000016", "branch_office": 0},
        "items": [{"due": due, "value": 1000}],
        "payment": {"id": 1, "value": 1000},
        "observations": "",
    }
    await siigo.created("/v1/payment-receipts", payment)
    read = (await colppy.send(PURCHASE, "leer_facturacompra", idFactura=made))["infofactura"]
    assert (read["idEstadoFactura"], read["saldoaaplicar"]) == ("7", "210.00")
    payment["items"][0]["value"] = payment["payment"]["value"] = 210
    await siigo.created("/v1/payment-receipts", payment)
    read = (await colppy.send(PURCHASE, "leer_facturacompra", idFactura=made))["infofactura"]
    assert (read["idEstadoFactura"], read["saldoaaplicar"]) == ("5", "0.00")


async def test_a_purchase_of_siigo_is_read_here(doors: Any) -> None:
    siigo, colppy = doors
    body = {
        "document": {"id": 4},
        "date": "2026-03-10",
        "supplier": {"identification": "30700000016"},
        "provider_invoice": {"prefix": "A1", "number": "77"},
        "observations": "Harina",
        "items": [
            {
                "type": "Product",
                "code": "HARINA-1",
                "quantity": 2,
                "price": 50,
                "taxes": [{"id": 2}],
            }
        ],
        "payments": [{"id": 4, "value": 110.5, "due_date": "2026-04-10"}],
    }
    await siigo.created("/v1/purchases", body)
    (row,) = (await colppy.send(PURCHASE, "listar_facturasCompra"))["data"]
    assert (row["nroFactura"], row["idTipoFactura"], row["totalFactura"]) == (
        "A1-77",
        "7",
        "110.50",
    )
    assert (row["netoGravado"], row["IVA105"], row["fechaPago"]) == (
        "100.00",
        "10.50",
        "2026-04-10",
    )
    read = await colppy.send(PURCHASE, "leer_facturacompra", idFactura=row["idFactura"])
    assert read["infofactura"]["fechaFactura"] == "10-03-2026"
    (sold,) = read["itemsFactura"]
    assert (sold["codigo"], sold["Cantidad"], sold["IVA"]) == ("HARINA-1", "2", "10.5")
    assert await colppy.refused(
        PURCHASE, "alta_facturacompra", **purchase(idFactura=row["idFactura"])
    )
