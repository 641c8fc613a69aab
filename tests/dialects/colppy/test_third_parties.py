"""Customers and suppliers: what is written is read, once and by everybody, whatever is sent."""

import asyncio
import random
from decimal import Decimal
from typing import Any

import pytest

from cuadra.ledger.dues import list_dues
from tests.dialects.colppy.client import Colppy
from tests.dialects.colppy.masters import (
    GENERAL,
    OTHER,
    check_odd_values,
    cuit,
    customer,
    listed,
    named,
)
from tests.dialects.serpi.bodies import detail, document
from tests.dialects.serpi.client import DOCUMENTS, Serpi
from tests.dialects.siigo.client import DEMO_AR, Siigo

SERPI_AR = {"authorization": "Bearer demo-ar-serpi-token", "secretkey": "demo-ar-secret-key"}
WRITTEN = [n for n in (*GENERAL, *OTHER) if n not in ("idUsuario", "idCliente", "idEmpresa")]
CHOICES = {
    "DirPostalProvincia": ["", "Córdoba", "Buenos Aires", "Tierra del Fuego"],
    "DirPostalPais": ["Argentina"],
    "Email": ["", "a@example.com", "b@example.com"],
    "Activo": ["0", "1"],
    "FechaAlta": ["03-08-2020", "29-02-2024"],
    "idCondicionPago": ["0", "30", "180"],
    "idCondicionIva": ["1", "2", "3", "4"],
    "porcentajeIVA": ["10.5", "21", "27"],
    "idPlanCuenta": ["410101", "410102"],
    "CuentaCredito": ["110301", "110303"],
}


def chosen(chance: random.Random, name: str) -> str:
    """A value of a member, written as it is read back."""
    if name in CHOICES:
        return chance.choice(CHOICES[name])
    if name == "CUIT":
        return cuit(chance)
    if name == "dni":
        return str(chance.randrange(10**6, 10**8))
    needed = name in ("RazonSocial", "NombreFantasia", "DirPostal")
    words = ["Ñandú", "O'Brien & Cía.", "«ß»", "Ana", "%", "12"]
    text = " ".join(chance.sample(words, chance.randint(1 if needed else 0, 3)))
    return text[: 10 if name.endswith("CodigoPostal") else 15].strip()


@pytest.mark.parametrize("seed", range(12))
async def test_what_is_written_is_read_edited_and_listed(colppy: Colppy, seed: int) -> None:
    chance = random.Random(seed)
    said = {name: chosen(chance, name) for name in WRITTEN}
    id_ = (await colppy.send("Cliente", "alta_cliente", **customer(**said)))["idCliente"]
    for _ in range(4):
        (read, row) = await read_and_listed(colppy, id_)
        assert {name: read[name] for name in WRITTEN} == said
        assert row == read | {"Saldo": "0.00"}
        changes = {name: chosen(chance, name) for name in chance.sample(WRITTEN, 5)}
        said |= changes
        general = {n: v for n, v in changes.items() if n in GENERAL}
        other = {n: v for n, v in changes.items() if n in OTHER}
        parameters = {"info_general": {"idCliente": id_} | general, "info_otra": other}
        assert (await colppy.send("Cliente", "editar_cliente", **parameters))["idCliente"] == id_


async def read_and_listed(colppy: Colppy, id_: str) -> tuple[dict[str, Any], dict[str, Any]]:
    read = (await colppy.send("Cliente", "leer_cliente", idCliente=id_))["data"]
    wanted = [{"field": "idCliente", "op": "=", "value": id_}]
    (row,) = await listed(colppy, "listar_cliente", filter=wanted)
    return read, row


async def test_reading_and_sending_back_changes_nothing(colppy: Colppy) -> None:
    """Also of those whom other doors know better: two names, a telephone with its prefix."""
    async with colppy.database.read("demo-ar") as transaction:
        before = await transaction.rows(
            "SELECT to_jsonb(t) - 'extra' - 'updated_at' FROM books.third_party t ORDER BY id"
        )
    for row in await listed(colppy, "listar_cliente"):
        await colppy.send("Cliente", "editar_cliente", **row)
    for row in await listed(colppy, "listar_proveedor"):
        await colppy.send("Proveedor", "editar_proveedor", **row)
    async with colppy.database.read("demo-ar") as transaction:
        after = await transaction.rows(
            "SELECT to_jsonb(t) - 'extra' - 'updated_at' FROM books.third_party t ORDER BY id"
        )
    assert after == before


async def test_somebody_who_is_both(colppy: Colppy) -> None:
    made = await colppy.send("Cliente", "alta_cliente", **customer())
    both = await colppy.send("Proveedor", "alta_proveedor", **customer(CuentaCredito="Proveedores"))
    assert both["idProveedor"] == made["idCliente"]
    read = {"idCliente": made["idCliente"], "idProveedor": made["idCliente"]}
    asked = (await colppy.send("Cliente", "leer_cliente", **read))["data"]
    supplied = (await colppy.send("Proveedor", "leer_proveedor", **read))["data"]
    assert (asked["CuentaCredito"], supplied["CuentaCredito"]) == ("110301", "210101")
    wrong = await colppy.refused("Proveedor", "alta_proveedor", **customer())
    assert wrong == "El CUIT ya existe (otro proveedor)"


async def test_a_new_role_takes_nothing_from_the_old_one(colppy: Colppy) -> None:
    """Programs send all members, empty ones too."""
    made = await colppy.send("Cliente", "alta_cliente", **customer())
    empty = dict.fromkeys(WRITTEN, "") | {"Activo": "1", "CUIT": "20123456786"}
    names = {"RazonSocial": "Juan Pérez", "NombreFantasia": "Kiosco La Esquina"}
    before = await read_and_listed(colppy, made["idCliente"])
    await colppy.send("Proveedor", "alta_proveedor", **customer(**empty | names))
    assert await read_and_listed(colppy, made["idCliente"]) == before


async def test_a_customer_of_whom_nothing_was_known_gets_a_cuit_though_it_has_movements(
    colppy: Colppy,
) -> None:
    made = (await colppy.send("Cliente", "alta_cliente", **named("Ana Paz")))["idCliente"]
    serpi = Serpi(colppy.app, colppy.clock, colppy.database)
    others = (await serpi.get("/api/v1/Tercero", headers=SERPI_AR)).json()["result"]
    identification = next(one["identificacion"] for one in others if str(one["id"]) == made)
    assert identification.startswith("SIN-")
    await owe(serpi, 901, identification, 1000)
    edited = {"idCliente": made, "CUIT": "20123456786"}
    await colppy.send("Cliente", "editar_cliente", info_general=edited)
    row = (await read_and_listed(colppy, made))[1]
    assert (row["CUIT"], row["Saldo"]) == ("20-12345678-6", "1000.00")
    wrong = await colppy.refused("Cliente", "editar_cliente", info_general=edited | {"CUIT": ""})
    assert wrong == "El CUIT o DNI no se puede modificar: el cliente tiene movimientos."


async def owe(serpi: Serpi, number: int, identification: str, amount: int) -> None:
    """A journal of another door that makes a customer owe."""
    party = {"nitTerceroDet": identification, "idSubcentroCosto": 1}
    due = {"crucePrefijo": "X", "cruceNumero": number, "fechaVencimiento": "2026-12-20", "cuota": 1}
    lines = detail(110301, amount, **party, **due), detail(410101, -amount, **party)
    body = document(number, *lines, nitTerceroEnc=identification)
    answer = await serpi.post(DOCUMENTS, [body], headers=SERPI_AR)
    assert answer.json()["errors"] == [], answer.text


async def test_balances_are_the_dues_of_the_ledger(colppy: Colppy) -> None:
    serpi = Serpi(colppy.app, colppy.clock, colppy.database)
    owed = (("30688888871", 50), ("30688888871", 25), ("27203040518", 10))
    for number, (identification, amount) in enumerate(owed, 901):
        await owe(serpi, number, identification, amount)
    for operacion, sign in (("listar_cliente", 1), ("listar_proveedor", -1)):
        order = [{"field": "Saldo", "dir": "desc"}]
        rows = await listed(colppy, operacion, order=order)
        amounts = [Decimal(row["Saldo"]) for row in rows]
        assert amounts == sorted(amounts, reverse=True)
        for row in rows:
            async with colppy.database.read("demo-ar") as transaction:
                dues = await list_dues(transaction, identification=row["CUIT"].replace("-", ""))
            total = sum((due.balance for due in dues), Decimal(0)) if row["CUIT"] else Decimal(0)
            assert Decimal(row["Saldo"]) == sign * total
    rows = await listed(
        colppy, "listar_cliente", filter=[{"field": "Saldo", "op": ">=", "value": "100"}]
    )
    assert [row["Saldo"] for row in rows] == ["242075.00"]


async def test_other_doors_see_them_and_the_reverse(colppy: Colppy) -> None:
    made = await colppy.send("Cliente", "alta_cliente", **customer())
    siigo = Siigo(colppy.app, colppy.clock, colppy.database)
    await siigo.sign_in(DEMO_AR)
    (seen,) = (await siigo.get("/v1/customers?identification=20123456786")).json()["results"]
    assert (seen["name"], seen["commercial_name"]) == (["Juan Pérez"], "Kiosco La Esquina")
    assert seen["id_type"] == {"code": "80", "name": "CUIT"}
    assert seen["fiscal_responsibilities"] == [{"code": "6", "name": "Responsable Monotributo"}]
    assert seen["address"]["city"]["state_code"] == "S"
    serpi = Serpi(colppy.app, colppy.clock, colppy.database)
    codigo = "/api/v1/Tercero?codigo=20123456786"
    (row,) = (await serpi.get(codigo, headers=SERPI_AR)).json()["result"]
    assert (str(row["id"]), row["email"]) == (made["idCliente"], "kiosco@example.com")
    new = {"tipoidentidad": "80", "identificacion": "30500001735", "razonsocial": "Banco S.A."}
    changed = {"identificacion": "30688888871", "nombrecomercial": "Súper"}
    sent = [new | {"tipopersona": "JURIDICA"}, changed]
    answer = await serpi.post("/api/v1/Tercero", sent, headers=SERPI_AR)
    assert answer.json()["errors"] == [], answer.text
    for number, names in (
        ("30-50000173-5", ("Banco S.A.", "Banco S.A.")),
        ("30-68888887-1", ("Supermercado Ejemplo S.A.", "Súper")),
    ):
        wanted = [{"field": "CUIT", "op": "=", "value": number}]
        (found,) = await listed(colppy, "listar_cliente", filter=wanted)
        assert (found["RazonSocial"], found["NombreFantasia"]) == names


async def test_one_of_many_at_once_gets_the_cuit(colppy: Colppy) -> None:
    calls = [
        colppy.answer(provision, f"alta_{word}", **customer(Telefono=str(number)))
        for number in range(5)
        for provision, word in (("Cliente", "cliente"), ("Proveedor", "proveedor"))
    ]
    answers = [answer["response"] for answer in await asyncio.gather(*calls)]
    done = [response for response in answers if response["success"]]
    assert sorted(next(iter(response["data"])) for response in done) == ["idCliente", "idProveedor"]
    assert len({id_ for response in done for id_ in response["data"].values()}) == 1
    refused = {response["message"] for response in answers if not response["success"]}
    assert refused == {"El CUIT ya existe (otro cliente)", "El CUIT ya existe (otro proveedor)"}


async def test_edits_at_once_do_not_undo_each_other(colppy: Colppy) -> None:
    id_ = (await colppy.send("Cliente", "alta_cliente", **customer()))["idCliente"]
    changes = {
        "Telefono": "1",
        "Email": "x@example.com",
        "DirPostal": "Otra 2",
        "NombreFantasia": "N",
    }
    calls = [
        colppy.send("Cliente", "editar_cliente", info_general={"idCliente": id_, name: value})
        for name, value in changes.items()
    ]
    await asyncio.gather(*calls)
    read, _ = await read_and_listed(colppy, id_)
    assert {name: read[name] for name in changes} == changes


async def test_any_member_may_be_anything(colppy: Colppy) -> None:
    whole = customer()
    await check_odd_values(colppy, "Cliente", "alta_cliente", whole)
    await check_odd_values(colppy, "Proveedor", "alta_proveedor", GENERAL | OTHER)
    await check_odd_values(colppy, "Cliente", "editar_cliente", customer(idCliente="3"))
    await check_odd_values(colppy, "Cliente", "leer_cliente", {"idCliente": "3"})


async def test_any_list_may_be_asked_for(colppy: Colppy) -> None:
    conditions = [
        {"field": field, "op": op, "value": value}
        for field in (
            "Activo",
            "CUIT",
            "dni",
            "FechaAlta",
            "NombreFantasia",
            "RazonSocial",
            "idCliente",
        )
        for op in ("=", "<>", ">=", "<=")
        for value in ("", "1", 1, "2026-01-01", "30-68888887-1", "ñ%'", 10**30)
    ]
    for condition in conditions:
        answer = await colppy.answer("Cliente", "listar_cliente", filter=[condition])
        assert answer["result"]["estado"] == 0, (condition, answer)
    whole = {
        "start": 0,
        "limit": 2,
        "filter": [],
        "order": [{"field": "RazonSocial", "dir": "asc"}],
    }
    await check_odd_values(colppy, "Cliente", "listar_cliente", whole)


async def test_two_companies_at_once_are_nobodys(colppy: Colppy) -> None:
    """The demo user has both."""
    wrong = await colppy.refused("Cliente", "alta_cliente", **customer(idEmpresa="1"))
    assert wrong == "El usuario no tiene permiso sobre la empresa."


async def test_a_colombian_company_has_no_cuit(colppy: Colppy) -> None:
    colppy.company = "1"
    parameters = customer(idEmpresa="1", idPlanCuenta="", CuentaCredito="")
    wrong = await colppy.refused("Cliente", "alta_cliente", **parameters)
    assert wrong == "La empresa no admite este tipo de identificación: 80."
    rows = await listed(colppy, "listar_cliente", limit=5)
    assert len(rows) == 5
