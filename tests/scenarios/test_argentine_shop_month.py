"""November of a grocer's in Buenos Aires, told day by day through Colppy's door and checked to the cent.

The shop buys cheese on credit and sells to a restaurant that withholds, and over the counter to whoever
comes in. The restaurant pays in parts: a transfer with withholdings, a cheque of next month, money on
account that pays an invoice later. A cheese comes back, a receipt was a mistake, the supplier is paid.
In the end every other door tells the same month.
"""

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cuadra.database.pool import Database
from cuadra.ledger.dues import list_dues
from cuadra.ledger.verify import verify
from cuadra.reports.trial_balance import Wanted, trial_balance
from tests.dialects.colppy import sale_bodies as sales
from tests.dialects.colppy.client import COMPANY, Colppy
from tests.dialects.colppy.masters import ITEM as ARTICLE
from tests.dialects.colppy.masters import customer, listed
from tests.dialects.serpi.client import QUERY, Serpi
from tests.dialects.siigo.client import DEMO_AR, Siigo
from tests.dialects.siigo_pyme.client import Pyme, balances
from tests.scenarios import argentine_bodies as bodies
from tests.serving import data_folder, run_cuadra, serving

CUIT, RESTAURANT = "30-71555014-4", "30715550144"
SUPPLIER = "30700000016"
SCRIPT = Path(__file__).parents[2] / "docs/examples/colppy_receipt.py"
PRINTED = """\
Supermercado Ejemplo S.A. owes 242000.00
Invoice 0001-00000003, id …: owes 260150.00
Receipt 0001-00000006, id …: owes 242000.00
"""


async def test_november_of_a_grocer(colppy: Colppy) -> None:
    """The month, and then the books and every other door."""
    colppy.clock.now = datetime(2026, 11, 30, 15, tzinfo=UTC)  # noon in Buenos Aires
    await november_of_a_grocer(colppy)
    await check_books(colppy.database)
    await check_siigo_nube(colppy)
    await check_serpi(colppy)
    await check_siigo_pyme(colppy)
    colppy.changed = True


@pytest.mark.slow
async def test_two_programs_over_http() -> None:
    """The same month by our client over HTTP, then the script of the documentation; the books hold both."""
    with data_folder() as folder, serving(folder) as server:
        shop = RemoteColppy(server.url)
        await november_of_a_grocer(shop)
        await shop.http.aclose()
        assert run_script(server.url) == PRINTED
        verified = run_cuadra(folder, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def run_script(address: str) -> str:
    """What the documentation's script says, numbers of documents left out. It has the standard library only."""
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) <= 60
    alone = [sys.executable, "-I", "-S", str(SCRIPT), address]
    done = subprocess.run(alone, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return re.sub(r"id \d+", "id …", done.stdout)


class RemoteColppy(Colppy):
    """Our client, of a server somewhere else."""

    def __init__(self, url: str) -> None:
        self.host = url
        self.key = ""
        self.company = COMPANY
        self.changed = False
        self.http = httpx2.AsyncClient(timeout=30)


async def november_of_a_grocer(colppy: Colppy) -> None:
    """Every figure below was worked out by hand."""
    await sign_in_to_the_shop(colppy)
    restaurant, woman = await two_customers(colppy)
    cheese = await an_item(colppy)

    # Monday 2: twenty cheeses at 2,000, IVA of 21 %, and gross income that the supplier perceives.
    bought = await buy(colppy, bodies.twenty_cheeses(cheese))

    # Wednesday 4: to the restaurant, on 30 days. 9,999.99 at 21 % (2,100.00), 12,000 at 10.5 %
    # (1,260.00), a book of 18,000 that is exempt, and 3 % perceived of what is not: 660.00.
    first = await sell(colppy, bodies.dinner_for(restaurant, cheese), "0001-00000001")
    assert await owed(colppy, first) == ("3", "44019.99")
    assert await saldo(colppy, restaurant) == "44019.99"

    # Friday 6: over the counter, prices with IVA in them, paid in three ways at once.
    counter = await sell(colppy, bodies.counter_sale(woman), "0001-00000001")
    assert await owed(colppy, counter) == ("5", "0.00")
    assert await saldo(colppy, woman) == "0.00"

    # Tuesday 10: the restaurant settles 20,000 of it, of which it withholds 450.00 of income tax and
    # 699.75 of gross income of Buenos Aires. Thursday 12: a cheque that is good in December.
    part = await collect(colppy, bodies.part_with_withholdings(restaurant, first), "00000001")
    assert await owed(colppy, first) == ("6", "24019.99")
    cheque = await collect(colppy, bodies.deferred_cheque(restaurant, first), "00000002")
    assert await owed(colppy, first) == ("6", "14019.99")

    # Friday 13: 8,000 in cash, for whatever comes. Monday 16: two deliveries, on credit.
    advance = await collect(colppy, bodies.on_account(restaurant), "00000003")
    assert await saldo(colppy, restaurant) == "6019.99"
    second = await sell(colppy, bodies.two_deliveries(restaurant), "0001-00000002")

    # Tuesday 17: a cheese was bad. 3,333.33 and 700.00 of IVA, taken off the invoice.
    note = await sell(colppy, bodies.a_bad_cheese(restaurant, cheese, first), "0001-00000001")
    assert await owed(colppy, first) == ("6", "9986.66")

    # Wednesday 18: a receipt for all of the rest, which was somebody else's money. It never was.
    mistake = await collect(colppy, bodies.all_the_rest(restaurant, first), "00000004")
    assert await owed(colppy, first) == ("5", "0.00")
    gone = await colppy.send("Cliente", "editar_cobro", idCobro=mistake, idEstadoCobro="Anulado")
    assert gone["idCobro"] == mistake
    assert await owed(colppy, first) == ("6", "9986.66")

    # Friday 20: the 8,000 on account and 1,986.66 from the bank settle it; its number is not used again.
    last = await collect(
        colppy, bodies.with_what_was_on_account(restaurant, first, advance), "00000005"
    )
    assert await owed(colppy, first) == ("5", "0.00")
    assert await saldo(colppy, restaurant) == "36300.00"

    # Monday 23: the cheeses are paid, less 800.00 withheld. Friday 27: what the bank takes.
    paid = await colppy.send("Pago", "alta_pago", **bodies.the_supplier(bought))
    await colppy.send("Contabilidad", "alta_asiento", **bodies.bank_charges())

    await read_it_back(colppy, first, {part: "20000.00", cheque: "10000.00", last: "9986.66"})
    await read_the_lists(colppy, [first, counter, second, note], cheese)
    shown = (await colppy.send("Pago", "leer_pago", idPago=paid["data"]["idPago"]))["data"]
    assert (shown["aplicadoAEstePago"], shown["totalpagado"]) == ("49400.00", "48600.00")
    await sign_out(colppy)


async def sign_in_to_the_shop(colppy: Colppy) -> None:
    """The company is found by its name; from now on every call is about it."""
    colppy.company = None
    await colppy.sign_in()
    rows = (await colppy.send("Empresa", "listar_empresa", start=0, limit=50))["data"]
    (shop,) = [row for row in rows if row["razonSocial"] == "Almacén Demo S.R.L."]
    assert shop["CUIT"] == "30-71234567-1"
    colppy.company = shop["IdEmpresa"]


async def sign_out(colppy: Colppy) -> None:
    await colppy.send("Usuario", "cerrar_sesion")
    ended = await colppy.answer("Empresa", "leer_empresa")
    assert ended["result"] == {"estado": 1, "mensaje": "La sesion no es válida."}


async def two_customers(colppy: Colppy) -> tuple[str, str]:
    """A registered company, and a final consumer who says her document."""
    company = customer(
        RazonSocial="Restaurante Los Cántaros S.R.L.", NombreFantasia="Los Cántaros", CUIT=CUIT,
        dni="", idCondicionIva="1", DirPostalProvincia="Buenos Aires",
    )  # fmt: skip
    person = customer(
        RazonSocial="Gómez, Marta", NombreFantasia="Marta Gómez", CUIT="", dni="20111222", idCondicionIva="3",
    )  # fmt: skip
    ids = [
        str((await colppy.send("Cliente", "alta_cliente", **one))["data"]["idCliente"])
        for one in (company, person)
    ]
    found = await listed(
        colppy, "listar_cliente", filter=[{"field": "CUIT", "op": "=", "value": CUIT}]
    )
    assert [(row["idCliente"], row["RazonSocial"], row["Saldo"]) for row in found] == [
        (ids[0], "Restaurante Los Cántaros S.R.L.", "0.00")
    ]
    return ids[0], ids[1]


async def an_item(colppy: Colppy) -> str:
    cheese = ARTICLE | {
        "codigo": "QUESO-1",
        "descripcion": "Queso cremoso",
        "precioVenta": "3333.33",
    }
    made = await colppy.send("Inventario", "alta_iteminventario", **cheese)
    return str(made["data"]["idItem"])


async def buy(colppy: Colppy, purchase: dict[str, Any]) -> str:
    made = await colppy.send("FacturaCompra", "alta_facturacompra", **purchase)
    return str(made["idFactura"])


async def sell(colppy: Colppy, sale: dict[str, Any], number: str) -> str:
    made = await colppy.send("FacturaVenta", "alta_facturaventa", **sale)
    assert made["nroFactura"] == number
    return str(made["idfactura"])


async def collect(colppy: Colppy, receipt: dict[str, Any], number: str) -> str:
    """A receipt with the number that the server says is next."""
    row = (await colppy.send("Empresa", "leer_numero_recibo", prefijo="0001"))["data"]
    assert row["proximoNum"] == number
    numbered = receipt | {"nroRecibo1": "0001", "nroRecibo2": number}
    return str((await colppy.send("Cliente", "alta_cobro", **numbered))["idCobro"])


async def owed(colppy: Colppy, invoice: str) -> tuple[str, str]:
    """The state of a sale, and what is left to pay."""
    head = await sales.info(colppy, invoice)
    return head["idEstadoFactura"], head["saldoaaplicar"]


async def saldo(colppy: Colppy, customer_id: str) -> str:
    wanted = [{"field": "idCliente", "op": "=", "value": customer_id}]
    (row,) = await listed(colppy, "listar_cliente", filter=wanted)
    return str(row["Saldo"])


async def read_it_back(colppy: Colppy, invoice: str, collected: dict[str, str]) -> None:
    """The first invoice, the three receipts that paid it, and how they were paid."""
    shown = await sales.read(colppy, invoice)
    head = shown["infofactura"]
    assert (head["totalFactura"], head["netoGravado"], head["netoNoGravado"]) == (
        "44019.99", "21999.99", "18000.00",
    )  # fmt: skip
    assert (head["IVA21"], head["IVA105"], head["percepcionIIBB"], head["has_NC"]) == (
        "2100.00", "1260.00", "660.00", "1",
    )  # fmt: skip
    assert [(one["codigo"], one["Cantidad"], one["IVA"]) for one in shown["itemsFactura"]] == [
        ("QUESO-1", "3", "21"), ("HARINA-1", "10", "10.5"), ("LIBRO-1", "1", "0"),
    ]  # fmt: skip
    asked = {"idFactura": invoice}
    rows = (await colppy.send("FacturaVenta", "leer_cobros_factura", **asked))["data"]
    assert {row["idCobro"]: row["esteCobro"] for row in rows} == collected
    assert [(row["retGanancias"], row["retencionIIBB"]) for row in rows] == [
        ("450.00", "699.75"), ("0.00", "0.00"), ("0.00", "0.00"),
    ]  # fmt: skip
    funds = [
        (await colppy.send("Cliente", "AR_leer_fondos_pagos", idCobro=one))["data"]
        for one in collected
    ]
    assert [[(row["idMedioCobro"], row["5"], row["importe"]) for row in one] for one in funds] == [
        [("Transferencia", "110103", "18850.25")],
        [("Cheque Recibido Diferido", "110106", "10000.00")],
        [("Transferencia", "110103", "1986.66")],
    ]
    assert (funds[1][0]["nroCheque"], funds[1][0]["fechaValidez"]) == ("00099887", "15-12-2026")


async def read_the_lists(colppy: Colppy, sold: list[str], cheese: str) -> None:
    """What is unpaid, what is in stock, and a journal that balances, in pages of seven."""
    rows = (await colppy.send("FacturaVenta", "listar_facturasventa", filter=[
        {"field": "fechaFactura", "op": ">=", "value": "2026-11-01"},
    ]))["data"]  # fmt: skip
    assert {row["idFactura"]: row["idEstadoFactura"] for row in rows} == dict(
        zip(sold, ("5", "5", "3", "5"), strict=True)
    )
    (stock,) = (await colppy.send("Inventario", "listar_dispDeposito", idItem=cheese))["data"]
    assert stock["disponibilidad"] == "18.00000"
    customers = await listed(colppy, "listar_cliente")
    assert {row["RazonSocial"]: row["Saldo"] for row in customers} == SALDOS
    journal: list[dict[str, Any]] = []
    while page := await november(colppy, len(journal)):
        journal += page
    assert {row["idTabla"] for row in journal} == {"8", "14", "19", "20", "24"}
    for side in "DC":
        amounts = [Decimal(row["Importe"]) for row in journal if row["DebitoCredito"] == side]
        assert sum(amounts) == TOTAL


async def november(colppy: Colppy, start: int) -> list[dict[str, Any]]:
    days = {"fromDate": "2026-11-01", "toDate": "2026-11-30"}
    asked = {"start": start, "limit": 7}
    answer = await colppy.send("Contabilidad", "listar_movimientosdiario", **days, **asked)
    return list(answer["movimientos"])


async def check_books(database: Database) -> None:
    """What is owed, November's trial balance, and that the ledger agrees with itself."""
    async with database.read("demo-ar") as transaction:
        then = await list_dues(transaction, as_of=date(2026, 11, 18), identification=RESTAURANT)
        dues = [
            due
            for party in (RESTAURANT, SUPPLIER)
            for due in await list_dues(transaction, identification=party)
        ]
        balance = await trial_balance(transaction, Wanted(year=2026, month_start=11, month_end=11))
        assert await verify(transaction, lambda *_: None) == []
    # On the day of the receipt that never was, and at the end of the month.
    assert [(f"{due.prefix}-{due.consecutive}", str(due.balance)) for due in then] == [
        ("RC-1-3", "-8000.00"),
        ("FV-1-1", "9986.66"),
        ("FV-1-2", "36300.00"),
    ]
    assert [(f"{due.prefix}-{due.consecutive}", str(due.balance)) for due in dues] == [
        ("FV-1-2", "36300.00"),
        ("FC-0-1", "-363000.00"),
    ]
    moved = {
        row.code: (row.debit, row.credit)
        for row in balance.rows
        if row.movement and (row.debit or row.credit)
    }
    assert moved == {code: (Decimal(debit), Decimal(credit)) for code, debit, credit in NOVEMBER}
    assert balance.total.debit == balance.total.credit == TOTAL
    # IVA of the month: 12,600.00 charged, 700.00 given back, 8,400.00 paid to the supplier.
    closing = {row.code: row.closing for row in balance.rows}
    assert closing["210301"] + closing["110401"] == Decimal("-3504.83")  # 4.83 from before


async def check_siigo_nube(colppy: Colppy) -> None:
    siigo = Siigo(colppy.app, colppy.clock, colppy.database)
    await siigo.sign_in(DEMO_AR)

    async def told(path: str, *members: str) -> list[tuple[Any, ...]]:
        answer = await siigo.get(f"{path}?created_start=2026-11-01")
        assert answer.status_code == 200, answer.text
        rows = json.loads(answer.content, parse_float=Decimal)["results"]
        return sorted(tuple(row[name] for name in ("name", "date", *members)) for row in rows)

    async def debits(path: str) -> list[tuple[str, Decimal]]:
        """Receipts by name, and the money and withholdings of each."""
        return [
            (name, sum(one["value"] for one in items if one["account"]["movement"] == "Debit"))
            for name, _, items in await told(path, "items")
        ]

    assert await told("/v1/invoices", "total", "balance") == [
        ("FV-1-1", "2026-11-04", Decimal("44019.99"), 0),
        ("FV-1-2", "2026-11-16", 36300, 36300),
        ("FV-2-1", "2026-11-06", 16940, 0),
    ]
    assert await told("/v1/credit-notes", "total") == [("NC-1-1", "2026-11-17", Decimal("4033.33"))]
    # The mistake keeps its number, and nothing else.
    assert await debits("/v1/vouchers") == [
        ("RC-1-1", 20000),
        ("RC-1-2", 10000),
        ("RC-1-3", 8000),
        ("RC-1-4", 0),
        ("RC-1-5", Decimal("9986.66")),  # 8,000 of it from RC-1-3
    ]
    assert await told("/v1/purchases", "total") == [("FC-1-1", "2026-11-02", 49400)]
    assert await debits("/v1/payment-receipts") == [("RP-1-1", 49400)]
    await siigo.http.aclose()


async def check_serpi(colppy: Colppy) -> None:
    """Nothing but documents, and they come to November's trial balance."""
    serpi = Serpi(colppy.app, colppy.clock, colppy.database)
    wanted = {"fechaDesde": "2026-11-01", "fechaHasta": "2026-11-30"}
    types = {"tiposDocumentos": [1, 9, 2, 4, 5, 6, 7]}
    answer = await serpi.post(QUERY, types | wanted, headers=SERPI)
    assert answer.status_code == 200, answer.text
    documents = json.loads(answer.content, parse_float=Decimal)["result"]
    assert sorted((one["prefijo"], one["numeroDoc"]) for one in documents) == [
        ("CEG", 1), ("COM", 1), ("FVB", 1), ("FVE", 1), ("FVE", 2), ("NCC", 2), ("NCV", 1),
        ("RCA", 1), ("RCA", 2), ("RCA", 3), ("RCA", 5),
    ]  # fmt: skip
    moved: dict[str, list[Decimal]] = {}
    for line in (line for document in documents for line in document["detalles"]):
        account = moved.setdefault(str(line["cuenta"]), [Decimal(0), Decimal(0)])
        account["DC".index(line["naturaleza"])] += line["valor"]
    assert {code: tuple(sums) for code, sums in moved.items()} == {
        code: (Decimal(debit), Decimal(credit)) for code, debit, credit in NOVEMBER
    }
    await serpi.http.aclose()


async def check_siigo_pyme(colppy: Colppy) -> None:
    """The restaurant owes its deliveries, the supplier is owed what it was in January."""
    pyme = Pyme(colppy.app, colppy.clock, colppy.database)
    for kind, expected in (
        ("C", {(int(RESTAURANT), "F", 1, 2, Decimal(36300))}),
        ("P", {(int(SUPPLIER), "L", 1, 1, Decimal(-363000))}),
    ):
        body = balances(kind) | {"id_connection": "DEMOAR0001"}
        answer = await pyme.send(body, headers={"authorization": "Bearer demo-ar-api-key"})
        assert answer.status_code == 200, answer.text
        rows = json.loads(answer.content, parse_float=Decimal)["data"]
        names = ("identification", "voucher_type", "voucher_code", "document_number", "balance")
        found = {tuple(row[name] for name in names) for row in rows}
        ours = {row for row in found if row[0] in (int(RESTAURANT), int(SUPPLIER))}
        assert ours == expected
    await pyme.http.aclose()


SERPI = {"authorization": "Bearer demo-ar-serpi-token", "secretkey": "demo-ar-secret-key"}
SALDOS = {
    "Restaurante Los Cántaros S.R.L.": "36300.00",
    "Gómez, Marta": "0.00",
    "Supermercado Ejemplo S.A.": "242000.00",  # from before, as what follows
    "Cliente del Ejemplo S.A.": "27.83",
    "Consumidor final": "0.00",
    "Julieta Ferreyra": "0.00",
}
TOTAL = Decimal("263330.48")
NOVEMBER = (
    ("110101", "14940.00", "0.00"),  # 6,940 over the counter, 8,000 on account
    ("110103", "20836.91", "49850.50"),  # 18,850.25 + 1,986.66; 48,600 + 1,250.50
    ("110106", "15000.00", "0.00"),  # cheques of 5,000 and 10,000
    ("110301", "88319.99", "52019.99"),  # sold 80,319.99, 8,000 used; the note is 4,033.33
    ("110304", "5000.00", "0.00"),
    ("110401", "8400.00", "0.00"),
    ("110406", "1000.00", "0.00"),
    ("110411", "450.00", "0.00"),
    ("110417", "699.75", "0.00"),
    ("110601", "42000.00", "12000.00"),  # 20 cheeses in and one back; 3 out, and 2 packets of yerba
    ("210101", "49400.00", "49400.00"),
    ("210301", "700.00", "12600.00"),  # 3,360 + 2,940 + 6,300
    ("210305", "0.00", "800.00"),
    ("210310", "0.00", "660.00"),
    ("410101", "0.00", "48999.99"),  # 39,999.99 + 9,000
    ("410102", "0.00", "35000.00"),
    ("410104", "3333.33", "0.00"),
    ("510101", "12000.00", "2000.00"),
    ("630102", "1250.50", "0.00"),
)
