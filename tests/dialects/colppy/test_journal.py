"""The journal: every line once whatever the page, asientos that balance or are refused, the same at every door."""

import random
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from tests.demo import DemoDatabases
from tests.dialects.colppy import odd
from tests.dialects.colppy.client import Colppy
from tests.dialects.colppy.conftest import check_ledgers
from tests.dialects.siigo.client import DEMO_AR, Siigo, signed_in

JOURNAL = "Contabilidad"
RENT, BANK = "Alquileres", "Banco cuenta corriente"
CUSTOMER, SUPPLIER = "2", "4"
# Accounts of every sort: plain, of dues, of taxes, of goods, of assets.
ACCOUNTS = (
    (RENT, ""), (BANK, ""), ("Caja", ""), ("Deudores por ventas", CUSTOMER), ("Proveedores", SUPPLIER),
    ("IVA crédito fiscal", SUPPLIER), ("Mercaderías", ""), ("Rodados", ""),
)  # fmt: skip


def line(account: str, amount: Decimal | int, **members: Any) -> dict[str, Any]:
    """A row; debit positive."""
    side, other = ("Debito", "Credito") if amount > 0 else ("Credito", "Debito")
    return {"idPlanCuenta": account, side: abs(amount), other: "0.00"} | members


def asiento(*lines: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The parameters of an asiento; rent paid by the bank, if no lines are given."""
    rows = lines or (line(RENT, 1000), line(BANK, -1000))
    return {"fechaContable": "15/03/2026", "descAsiento": "", "itemsAsiento": list(rows)} | members


async def movements(colppy: Colppy, **parameters: Any) -> list[dict[str, Any]]:
    """Rows of the journal."""
    return list(
        (await colppy.send(JOURNAL, "listar_movimientosdiario", **parameters))["movimientos"]
    )


async def pages(colppy: Colppy, size: int, **parameters: Any) -> list[dict[str, Any]]:
    """All rows, page by page, as clients read them: to the first short page."""
    rows: list[dict[str, Any]] = []
    while True:
        page = await movements(colppy, start=len(rows), limit=size, **parameters)
        rows += page
        if len(page) < size:
            return rows


def signed(row: dict[str, Any]) -> Decimal:
    """The amount of a row, debit positive."""
    return Decimal(row["Importe"]) * (1 if row["DebitoCredito"] == "D" else -1)


@pytest.mark.parametrize("seed", range(3))
async def test_random_asientos_balance_and_stand_once_on_pages_of_any_size(
    colppy: Colppy, seed: int
) -> None:
    chance = random.Random(seed)
    sent: dict[str, list[Decimal]] = {}
    for _ in range(25):
        chosen = [chance.choice(ACCOUNTS) for _ in range(chance.randint(1, 6))]
        amounts = [Decimal(chance.randint(1, 10**9) * chance.choice((1, -1))) / 100 for _ in chosen]
        rest = -sum(amounts)
        rows = [
            line(account, amount, idTercero=party)
            for (account, party), amount in zip(chosen, amounts, strict=True)
        ]
        if rest:
            rows.append(line(BANK, rest))
        day = f"{chance.randint(1, 28)}-{chance.randint(1, 12)}-2026"
        parameters = asiento(*rows, fechaContable=day)
        if chance.random() < 0.2 or len(rows) < 2:  # one that does not balance
            rows[0] = rows[0] | {"Debito": Decimal("12345678901.01"), "Credito": 0}
            parameters["itemsAsiento"] = rows
            message = await colppy.refused(JOURNAL, "alta_asiento", **parameters)
            assert message.startswith("El debe y el haber no son iguales")
            continue
        made = await colppy.send(JOURNAL, "alta_asiento", **parameters)
        sent[made["idAsiento"]] = [*amounts, rest] if rest else amounts
    every = await movements(colppy, limit=5000)
    assert sum(signed(row) for row in every) == 0
    assert len({row["idDiario"] for row in every}) == len(every)
    for size in (1, 7, 50):
        assert await pages(colppy, size) == every
    found: dict[str, list[Decimal]] = {}
    for row in every:
        if row["idElemento"] in sent:
            found.setdefault(row["idElemento"], []).append(signed(row))
    assert found == sent


async def test_days_narrow_the_journal_and_nonsense_is_refused(colppy: Colppy) -> None:
    for month in (2, 3, 4):
        await colppy.send(JOURNAL, "alta_asiento", **asiento(fechaContable=f"2026-0{month}-10"))
    for start, end in (
        ("2026-03-01", "2026-03-31"),
        ("01-03-2026", "31-03-2026"),
        ("1/3/2026", "10/3/2026"),
        ("10-3-2026", "2026-03-10"),
    ):
        rows = await movements(colppy, fromDate=start, toDate=end)
        assert [row["fechaContable"] for row in rows] == ["2026-03-10"] * 2
    late = await movements(colppy, fromDate="2026-03-01")
    assert {row["fechaContable"] for row in late} == {"2026-03-10", "2026-04-10"}
    early = await movements(colppy, fromDate="2026-02-01", toDate="2026-03-31")
    assert {row["fechaContable"] for row in early} == {"2026-02-10", "2026-03-10"}
    for nonsense in (
        "marzo",
        "2026-3-1T00:00:00",
        "31-02-2026",
        "2026/03/01",
        "20260301",
        20260301,
    ):
        for name in ("fromDate", "toDate"):
            message = await colppy.refused(JOURNAL, "listar_movimientosdiario", **{name: nonsense})
            assert message == f"La fecha {name} no es válida: {nonsense}."


async def test_fifty_rows_unless_told_otherwise(colppy: Colppy) -> None:
    rows = [line(RENT, 1) for _ in range(60)]
    await colppy.send(JOURNAL, "alta_asiento", **asiento(*rows, line(BANK, -60)))
    assert len(await movements(colppy, fromDate="2026-03-01", toDate="2026-03-31")) == 50
    assert (
        len(await movements(colppy, limit="61", fromDate="2026-03-01", toDate="2026-03-31")) == 61
    )


async def test_sums_of_floating_point_are_whole_cents(colppy: Colppy) -> None:
    tenths = 0.1 + 0.2  # 0.30000000000000004
    rows = ({"idPlanCuenta": RENT, "Debito": tenths}, {"idPlanCuenta": BANK, "Credito": "0.30"})
    await colppy.send(JOURNAL, "alta_asiento", **asiento(*rows, totalDebito=tenths))


async def test_an_asiento_on_dues_moves_the_balance_of_its_third_party(colppy: Colppy) -> None:
    """It opens a due of its own, on whichever side."""
    before = await balance(colppy)
    owed = line("Deudores por ventas", 500, tercero="Supermercado Ejemplo S.A.")
    await colppy.send(JOURNAL, "alta_asiento", **asiento(owed, line("Ventas", -500)))
    paid = line("Deudores por ventas", -200, idTercero=CUSTOMER)
    await colppy.send(JOURNAL, "alta_asiento", **asiento(paid, line(BANK, 200)))
    async with colppy.database.read("demo-ar") as transaction:
        dues = await transaction.rows(
            "SELECT prefix, consecutive, balance FROM books.due WHERE company_id = %(company)s"
            "   AND third_party_id = %(party)s AND prefix = 'CC-1' ORDER BY consecutive",
            company=transaction.company.id,
            party=int(CUSTOMER),
        )
    assert [due[2] for due in dues] == [500, -200]
    assert await balance(colppy) == before + 300


async def balance(colppy: Colppy) -> Decimal:
    """What the customer owes, as the list of customers says."""
    wanted = [{"field": "idCliente", "op": "=", "value": CUSTOMER}]
    (row,) = (await colppy.send("Cliente", "listar_cliente", filter=wanted))["data"]
    return Decimal(row["Saldo"])


async def test_the_list_of_asientos_is_filtered_and_ordered(colppy: Colppy) -> None:
    texts = ("Alquiler", "Sueldos", "alquiler de abril")
    for month, text in enumerate(texts, 2):
        parameters = asiento(fechaContable=f"10/0{month}/2026", descAsiento=text)
        await colppy.send(JOURNAL, "alta_asiento", **parameters)

    async def listed(**parameters: Any) -> list[str]:
        narrowed = [{"field": "fechaContable", "op": ">=", "value": "2026-02-01"}]
        parameters["filter"] = narrowed + parameters.get("filter", [])
        answer = await colppy.send(JOURNAL, "listar_asientosmanuales", **parameters)
        return [row["descAsiento"] for row in answer["data"]]

    assert await listed() == list(texts)
    down = {"field": ["fechaContable", "idAsiento"], "order": "desc"}
    assert await listed(order=down) == list(reversed(texts))
    assert await listed(order=[{"field": "descasiento", "dir": "ASC"}]) == [
        "Alquiler", "alquiler de abril", "Sueldos",
    ]  # fmt: skip
    assert await listed(start=1, limit="1") == ["Sueldos"]
    until = {"field": "fechaContable", "op": "<=", "value": "2026-03-10"}
    assert await listed(filter=[until]) == list(texts[:2])
    assert await listed(filter=[{"field": "descAsiento", "op": "=", "value": "ALQUÍLER"}]) == [
        texts[0]
    ]
    assert await listed(filter=[{"field": "nroAsiento", "op": "=", "value": "999"}]) == []


async def test_odd_values_are_answered_in_the_envelope(colppy: Colppy) -> None:
    whole = asiento(
        line(RENT, 1000, ccosto1="1", ccosto2="", Comentario="Local", Conciliado="N")
        | {"Descripcion": "620105 - Alquileres", "tercero": "", "idTercero": "4"},
        line(BANK, -1000),
        idUsuario="demo@cuadra.local",
        idAsiento="",
        totalDebito="1000.00",
        totalCredito="1000.00",
    )
    await odd.check(colppy, JOURNAL, "alta_asiento", whole)
    listing = {"start": 0, "limit": 1, "filter": [{"field": "idAsiento", "op": ">", "value": "0"}]}
    order = {"order": [{"field": "idAsiento", "dir": "asc"}]}
    await odd.check(colppy, JOURNAL, "listar_asientosmanuales", listing | order)
    days = {
        "fromDate": "2026-01-01",
        "toDate": "2026-12-31",
        "start": 0,
        "limit": 5,
        "filter": [],
        "order": [],
    }
    await odd.check(colppy, JOURNAL, "listar_movimientosdiario", days)


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


async def test_an_asiento_is_a_journal_at_siigo_and_the_other_way_round(doors: Any) -> None:
    siigo, colppy = doors
    made = await colppy.send(JOURNAL, "alta_asiento", **asiento(descAsiento="Alquiler de marzo"))
    found = (await siigo.get("/v1/journals")).json()["results"][0]
    assert (found["observations"], found["date"]) == ("Alquiler de marzo", "2026-03-15")
    assert found["number"] == int(made["data"]["nroAsiento"])
    assert [
        (i["account"]["code"], i["account"]["movement"], i["value"]) for i in found["items"]
    ] == [
        ("620105", "Debit", 1000),
        ("110103", "Credit", 1000),
    ]
    items = [
        {"account": {"code": code, "movement": side}, "value": 75.5, "description": "x"}
        for code, side in (("620108", "Debit"), ("110101", "Credit"))
    ]
    body = {
        "document": {"id": 7},
        "date": "2026-04-01",
        "items": items,
        "observations": "Papelería",
    }
    for item in items:
        item["customer"] = {"identification": "30700000016", "branch_office": 0}
    await siigo.created("/v1/journals", body)
    rows = await movements(colppy, fromDate="2026-04-01")
    shown = [(row["idTabla"], row["idPlanCuenta"], signed(row), row["idTercero"]) for row in rows]
    assert shown == [
        ("24", "620108", Decimal("75.50"), SUPPLIER),
        ("24", "110101", Decimal("-75.50"), SUPPLIER),
    ]
    listed = await colppy.send(
        JOURNAL, "listar_asientosmanuales", order={"field": ["idAsiento"], "order": "desc"}
    )
    assert listed["data"][0]["descAsiento"] == "Papelería"
    assert listed["data"][0]["idAsiento"] == rows[0]["idElemento"]


async def test_a_receipt_of_another_door_says_what_it_pays(doors: Any) -> None:
    """The rows of a receipt are of table 20, and name the voucher whose due they lower."""
    siigo, colppy = doors
    owed = line("Deudores por ventas", 500, idTercero=CUSTOMER)
    made = await colppy.send(JOURNAL, "alta_asiento", **asiento(owed, line("Ventas", -500)))
    (identification,) = [
        row["identification"]
        for row in (await siigo.get("/v1/customers")).json()["results"]
        if row["name"] == ["Supermercado Ejemplo S.A."]
    ]
    body = {
        "document": {"id": 5},
        "date": "2026-05-05",
        "type": "DebtPayment",
        "customer": {"identification": identification, "branch_office": 0},
        "items": [
            {
                "due": {
                    "prefix": "CC-1",
                    "consecutive": int(made["data"]["nroAsiento"]),
                    "quote": 1,
                    "date": "2026-03-15",
                },
                "value": 300,
            }
        ],
        "payment": {"id": 1, "value": 300},
        "observations": "",
    }
    await siigo.created("/v1/vouchers", body)
    rows = await movements(colppy, fromDate="2026-05-05")
    told = {
        row["idPlanCuenta"]: (row["idTabla"], row["idTablaAplicado"], row["idElementoAplicado"])
        for row in rows
    }
    assert told["110301"] == ("20", "24", made["idAsiento"])
    assert told["110101"] == ("20", "0", "0")
