"""One set of books: what one door writes the other reads, and neither stumbles over the other's documents."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from tests.demo import DemoDatabases
from tests.dialects.serpi import bodies
from tests.dialects.serpi.client import Serpi
from tests.dialects.serpi.conftest import check_ledgers
from tests.dialects.siigo import bodies as siigo_bodies
from tests.dialects.siigo.client import Siigo, signed_in

CUSTOMER = "209048401"


@pytest.fixture
async def doors(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Siigo, Serpi, str]]:
    """Two clients of one server, and its database."""
    url = demo_databases.take()
    async with signed_in(url) as siigo:
        yield siigo, Serpi(siigo.app, siigo.clock, siigo.database), url
        await check_ledgers(siigo.database)
    demo_databases.give_back(url, changed=True)


async def test_a_siigo_invoice_read_by_serpi(doors: Any) -> None:
    siigo, serpi, _ = doors
    payments = siigo_bodies.on_credit(1000)
    made = await siigo.created("/v1/invoices", siigo_bodies.invoice(payments=payments))
    (found,) = await serpi.documents(bodies.INVOICE)
    assert (found["categoriaDocumento"], found["prefijo"], found["numeroDoc"]) == ("FV", "FVE", 701)
    assert (found["nitTerceroEnc"], found["nombreTerceroEnc"]) == (CUSTOMER, "Manuel Camacho")
    owed, sold = found["detalles"]
    assert (owed["cuenta"], owed["crucePrefijo"], owed["cruceNumero"]) == (13050501, "FVE", 701)
    assert (owed["fechaVencimiento"], owed["cuota"]) == ("2026-12-20", 0)
    assert (sold["cuenta"], sold["naturaleza"]) == (41350501, "C")
    assert made["balance"] == 1000


async def test_a_serpi_receipt_lowers_the_balance_of_a_siigo_invoice(doors: Any) -> None:
    siigo, serpi, _ = doors
    payments = siigo_bodies.on_credit(1000)
    made = await siigo.created("/v1/invoices", siigo_bodies.invoice(payments=payments))
    cross = {"crucePrefijo": "fve", "cruceNumero": 701, "nitTerceroDet": CUSTOMER, "cuota": 1}
    paid = bodies.detail(bodies.RECEIVABLE, -400, **cross)
    await serpi.created(bodies.document(1, bodies.detail(bodies.CASH, 400), paid, prefijo="RCA"))
    assert (await siigo.get(f"/v1/invoices/{made['id']}")).json()["balance"] == 600
    (receipt,) = await serpi.documents(bodies.RECEIPT)
    line = receipt["detalles"][1]
    assert [line[name] for name in ("crucePrefijo", "cruceNumero", "cuota")] == ["fve", 701, 1]
    # Without the receipt it owes everything again.
    assert (await serpi.delete(bodies.RECEIPT))["errors"] == []
    assert (await siigo.get(f"/v1/invoices/{made['id']}")).json()["balance"] == 1000


async def test_a_siigo_credit_note_read_by_serpi(doors: Any) -> None:
    """With the due of the invoice that it lowers."""
    siigo, serpi, _ = doors
    payments = siigo_bodies.on_credit(1000)
    made = await siigo.created("/v1/invoices", siigo_bodies.invoice(payments=payments))
    await siigo.created("/v1/credit-notes", siigo_bodies.note(made["id"], payments=payments))
    (found,) = await serpi.documents(siigo_bodies.NOTE)
    assert (found["categoriaDocumento"], found["prefijo"], found["numeroDoc"]) == ("NV", "NCV", 1)
    paid, returned = found["detalles"]
    assert (paid["cuenta"], paid["crucePrefijo"], paid["cruceNumero"]) == (13050501, "FVE", 701)
    assert (returned["cuenta"], returned["naturaleza"]) == (41750501, "D")


async def test_an_invoice_stays_while_a_note_corrects_it(doors: Any) -> None:
    """Even one that owes nothing: its goods would come back twice."""
    siigo, serpi, _ = doors
    made = await siigo.created("/v1/invoices", siigo_bodies.invoice())
    await siigo.created("/v1/credit-notes", siigo_bodies.note(made["id"]))
    refused = await serpi.delete(bodies.INVOICE)
    assert refused["errors"] == ["Documento FVE-701: otro documento lo corrige"]
    assert (await serpi.delete(siigo_bodies.NOTE))["errors"] == []
    assert (await serpi.delete(bodies.INVOICE))["errors"] == []


async def test_siigo_lists_go_on_over_documents_written_by_serpi(doors: Any) -> None:
    siigo, serpi, _ = doors
    made = await siigo.created("/v1/invoices", siigo_bodies.invoice())
    (found,) = await serpi.documents(bodies.INVOICE)
    await serpi.delete(bodies.INVOICE)
    assert (await siigo.get(f"/v1/invoices/{made['id']}")).status_code == 404
    await serpi.created(found, bodies.document(2), bodies.purchase(1))
    for path in ("/v1/invoices", "/v1/journals", "/v1/customers"):
        answer = await siigo.get(path)
        assert answer.status_code == 200, answer.text
    # The next invoice takes the next number: the consecutive never goes back.
    again = await siigo.created("/v1/invoices", siigo_bodies.invoice())
    assert again["number"] == 702


async def test_an_own_due_begins_with_the_document(doors: Any) -> None:
    """Without a cross the due is named after the document, and another document can pay it by that name."""
    _, serpi, _ = doors
    await serpi.created(bodies.purchase(5, 1000))
    paying = bodies.detail(bodies.PAYABLE, 1000, crucePrefijo="COM", cruceNumero=5)
    payment = bodies.document(
        1, paying, bodies.detail(bodies.CASH, -1000), categoriaDocumento="CE", prefijo="CEG"
    )
    await serpi.created(payment)
    answer = await serpi.delete(bodies.PURCHASE)
    assert answer["errors"] == ["Documento COM-5: otro documento canceló el saldo de COM-5"]
    (purchase,) = await serpi.documents(bodies.PURCHASE)
    assert purchase["detalles"][1]["crucePrefijo"] is None


async def test_a_deletion_across_a_locked_month(doors: Any) -> None:
    """What the lock holds is told, the rest goes."""
    _, serpi, url = doors
    await serpi.created(
        bodies.purchase(1, fechaDocumento="2026-09-30"),
        bodies.purchase(2, fechaDocumento="2026-10-01"),
        bodies.purchase(3, fechaDocumento="2026-10-31"),
        bodies.purchase(4, fechaDocumento="2026-11-01"),
    )
    with psycopg.connect(url) as owner:
        owner.execute(
            "SELECT set_config('cuadra.company_id', id::text, true),"
            "       books.lock_period(id, 202610, 'hard', 'test', 'test', '2026-11-20')"
            "  FROM control.company WHERE name = 'demo' AND live"
        )
    answer = await serpi.delete(bodies.PURCHASE)
    assert answer == {
        "success": True,
        "code": 200,
        "errors": [
            "Documento COM-3: el periodo 2026-10 está cerrado",
            "Documento COM-2: el periodo 2026-10 está cerrado",
        ],
        "message": "Se eliminaron 2 de 4 documentos contables ",
    }
    refused = await serpi.create(bodies.purchase(9, fechaDocumento="2026-10-15"))
    assert refused["errors"] == ["Documento COM-9: el periodo 2026-10 está cerrado"]
