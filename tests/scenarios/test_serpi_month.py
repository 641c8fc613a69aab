"""A month written through one door, read, deleted and written again through another, to the cent.

In November a shop sells and keeps its journals with a program that speaks Siigo Nube. Its accountants use
another, which knows nothing but accounting documents and speaks SERPI: they read the month, collect an
invoice, and at the end take the whole month out and hand it in again, as their program does whenever
something was corrected. The books must not notice.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from cuadra.database.pool import Database
from cuadra.ledger.dues import list_dues
from cuadra.ledger.verify import verify
from cuadra.reports.trial_balance import Wanted, trial_balance
from tests.dialects.serpi import bodies as documents
from tests.dialects.serpi.client import Serpi
from tests.dialects.siigo.bodies import (
    CASH,
    CREDIT,
    IVA_19,
    RETEFUENTE,
    entry,
    invoice,
    item,
    journal,
    taxes,
)
from tests.dialects.siigo.client import Siigo

BUYER = "900123456"
SUPPLIER = "830123456"
NOVEMBER = {"fechaDesde": "2026-11-01", "fechaHasta": "2026-11-30"}
TYPES = (documents.INVOICE, documents.JOURNAL, documents.RECEIPT)


async def test_a_month_of_two_programs(siigo: Siigo) -> None:
    """Every figure below was worked out by hand."""
    serpi = Serpi(siigo.app, siigo.clock, siigo.database)

    # Through Siigo: rent paid on the 2nd, a supplier's bill on the 4th, a counter sale on the 6th, and
    # on the 10th ten hours at 100,000 on credit: 1,000,000 + 190,000 of IVA - 25,000 withheld.
    await siigo.created("/v1/journals", rent())
    await siigo.created("/v1/journals", bill())
    await siigo.created("/v1/invoices", counter_sale())
    credit = await siigo.created("/v1/invoices", sale_on_credit())
    assert (credit["name"], credit["total"], credit["balance"]) == ("FV-1-702", 1165000, 1165000)

    # SERPI sees all four, by its own categories and prefixes.
    month = await serpi.documents(*TYPES, **NOVEMBER)
    assert [(d["categoriaDocumento"], d["prefijo"], d["numeroDoc"]) for d in month] == [
        ("FV", "FVE", 701),
        ("FV", "FVE", 702),
        ("NC", "NCC", 2),
        ("NC", "NCC", 3),
    ]
    owed = next(d for d in month[1]["detalles"] if d["cuenta"] == documents.RECEIVABLE)
    assert (owed["naturaleza"], str(owed["valor"])) == ("D", "1165000.00000")
    assert (owed["crucePrefijo"], owed["cruceNumero"]) == ("FVE", 702)
    assert owed["fechaVencimiento"] == "2026-12-10"

    # The buyer pays 400,000 of it on the 16th; the receipt names the invoice by its cross.
    await serpi.created(receipt(1, 400000))
    assert await balance_of(siigo, credit) == 765000
    # It cannot pay more than it still owes.
    refused = await serpi.create(receipt(2, 765001))
    assert refused["errors"] == [
        "Documento RCA-2: detalle 2: el documento cruce no tiene ese saldo: 765001"
    ]

    before = await state_of(siigo.database)
    month = await serpi.documents(*TYPES, **NOVEMBER)
    assert len(month) == 5
    await refuse_to_delete_what_was_paid(serpi)
    await delete_and_write_again(serpi, month)

    # The same to the cent: every account, every due, every document but for its id.
    assert await state_of(siigo.database) == before
    again = await serpi.documents(*TYPES, **NOVEMBER)
    assert without_ids(again) == without_ids(month)
    assert {document["id"] for document in again} & {document["id"] for document in month} == set()
    await pay_the_rest(siigo, serpi)
    async with siigo.database.read("demo") as transaction:
        assert await verify(transaction, lambda *_: None) == []


def rent() -> dict[str, Any]:
    landlord = {"identification": SUPPLIER}
    return journal(
        entry("51201001", 1500000, customer=landlord, cost_center=235),
        entry("11100501", -1500000, customer=landlord),
        date="2026-11-02",
    )


def bill() -> dict[str, Any]:
    supplier = {"identification": SUPPLIER}
    due = {"prefix": "FC-55", "consecutive": 1200, "quote": 1, "date": "2026-12-04"}
    return journal(
        entry("51953001", Decimal("200000.10"), customer=supplier),
        entry("22050501", Decimal("-200000.10"), customer=supplier, due=due),
        date="2026-11-04",
    )


def counter_sale() -> dict[str, Any]:
    sold = item(quantity=3, price="12345.67", taxes=taxes(IVA_19))
    payments = [{"id": CASH, "value": "44074.04"}]  # 37,037.01 and 7,037.03 of IVA
    return invoice(sold, date="2026-11-06", payments=payments)


def sale_on_credit() -> dict[str, Any]:
    hours = item(quantity=10, price=100000, taxes=taxes(IVA_19, RETEFUENTE))
    payments = [{"id": CREDIT, "value": 1165000, "due_date": "2026-12-10"}]
    return invoice(hours, date="2026-11-10", customer={"identification": BUYER}, payments=payments)


def receipt(number: int, value: int) -> dict[str, Any]:
    """Money into the bank for invoice FVE 702."""
    payer = {"nitTerceroDet": BUYER}
    return documents.document(
        number,
        documents.detail(documents.BANK, value, **payer),
        documents.detail(
            documents.RECEIVABLE, -value, crucePrefijo="FVE", cruceNumero=702, **payer
        ),
        prefijo="RCA",
        nitTerceroEnc=BUYER,
        fechaDocumento="2026-11-16",
    )


async def balance_of(siigo: Siigo, document: dict[str, Any]) -> Any:
    return (await siigo.get(f"/v1/invoices/{document['id']}")).json()["balance"]


async def refuse_to_delete_what_was_paid(serpi: Serpi) -> None:
    """The invoice that the receipt paid stays, the other one goes, and is handed in again at once."""
    sold = await serpi.documents(documents.INVOICE, **NOVEMBER)
    answer = await serpi.delete(documents.INVOICE, **NOVEMBER)
    assert answer["message"] == "Se eliminaron 1 de 2 documentos contables "
    assert answer["errors"] == ["Documento FVE-702: otro documento canceló el saldo de FVE-702"]
    await serpi.created(sold[0])


async def delete_and_write_again(serpi: Serpi, month: Sequence[dict[str, Any]]) -> None:
    """Payments out first and in last; what was read is sent back as it is."""
    for voucher_type in reversed(TYPES):
        answer = await serpi.delete(voucher_type, **NOVEMBER)
        assert answer["errors"] == []
    assert await serpi.documents(*TYPES, **NOVEMBER) == []
    in_order = sorted(month, key=lambda d: d["prefijo"] == "RCA")
    await serpi.created(*in_order)


def without_ids(month: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Documents but for their ids, which are new with every document."""
    return [document | {"id": None} for document in month]


async def pay_the_rest(siigo: Siigo, serpi: Serpi) -> None:
    """The invoice that was written again is still owed what the receipt left, and can be settled."""
    await serpi.created(receipt(2, 765000))
    async with siigo.database.read("demo") as transaction:
        owed = await list_dues(transaction, identification=BUYER)
    assert owed == []


async def state_of(database: Database) -> tuple[Any, ...]:
    """The trial balance by account, and what is owed; the ids of dues are new with whoever opens them."""
    async with database.read("demo") as transaction:
        balance = await trial_balance(transaction, Wanted(year=2026))
        dues = await list_dues(transaction)
    return balance, [msgspec.structs.astuple(due)[1:] for due in dues]
