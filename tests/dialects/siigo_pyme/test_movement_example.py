"""The vendor's own example of an export, with the counterpart row it lacks and the masters it names."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cuadra.catalog.company_file import load_company_file
from cuadra.database.pool import Database
from cuadra.dialects.siigo_pyme.settings import PymeSettings
from cuadra.trade.companies import load_company
from tests.demo import NOW
from tests.dialects.siigo.recording import Recording, dump
from tests.dialects.siigo_pyme.client import connected
from tests.dialects.siigo_pyme.movements import Books, codes, opened, sent
from tests.dialects.siigo_pyme.test_recordings import RECORDINGS, check_recording

EXAMPLE = json.loads((Path(__file__).parent / "movement_example.json").read_text(encoding="utf-8"))
RECORDED = [one for one in RECORDINGS if one.company == "example"]
COMPANY = """
company: {name: example, legal_name: Ejemplo S.A.S., identification: "901234567", country: CO, currency: COP, sandbox: true}
credentials: [{dialect: siigo_pyme, identity: OBai6kmwKH, secret: demo-api-key}]
chart: puc_co
accounts:
  - {code: "45", name: Ventas del ejemplo, nature: credit}
  - {code: "4567", name: Ventas del ejemplo, nature: credit}
  - {code: "456789", name: Ventas del ejemplo, nature: credit, movement: true}
account_groups:
  - {id: 1, name: Productos, income_account: "41350501", inventory_account: "14350101", cost_account: "61350501"}
warehouses: [{id: 1, name: Bodega}]
sellers:
  - {id: 789, username: v@example.com, first_name: Ana, last_name: Paz, email: v@example.com, identification: "1"}
cost_centres: [{id: 7, code: 101-202, name: Ventas}]
fixed_assets: [{id: 9, code: "000505001", name: Estante, group: Muebles}]
voucher_types:
  - id: 1
    kind: sales_invoice
    code: "1"
    name: Factura
    due_prefix: FV-1
    automatic_number: false
    names: {siigo_pyme: {type: F, code: "1"}}
third_parties:
  - {identification: "900123456", branch: 2, kind: customer, person: company, id_type: "31", name: [Cliente]}
products:
  - {code: "0100020000305", name: Equipo, account_group: 1, kind: product}
"""


@pytest.fixture
async def example_url(database_url: str) -> str:
    """A database with the masters that the example names."""
    database = Database(database_url)
    await database.open()
    await load_company(database, load_company_file(COMPANY), COMPANY, NOW)
    await database.close()
    return database_url


@pytest.fixture
async def books(example_url: str) -> AsyncIterator[Books]:
    async with opened(example_url, "example") as books:
        yield books


def example() -> list[dict[str, Any]]:
    """The vendor's row, and cash against it."""
    row = dict(EXAMPLE["data"]["list"][0])
    kept = {name: row[name] for name in row if name.startswith(("voucher_", "document_number"))}
    kept |= {name: row[name] for name in ("document_year", "document_month", "document_day")}
    counterpart = kept | {
        "accounting_account": 11050501,
        "debit_or_credit": "C",
        "sequence_value": row["sequence_value"],
        "sequence": 2,
    }
    return [row, counterpart]


async def test_the_example_is_accepted_with_warnings(books: Books) -> None:
    """As to types, widths and year: what its model would refuse, warns."""
    rows = example()
    assert len(rows[0]) == 117
    report = await books.written(rows, **EXAMPLE["data"]["params"])
    assert report.written == 1
    warned = {warning.field for warning in report.warnings if warning.row == 1}
    assert warned >= {
        "document_year", "city_code", "electronic_invoice_to_debit_or_credit", "cufe",
        "document_update_date", "document_update_time", "taxable_or_exempt_sequence",
        "order_document_type", "city_of_origin", "destination_city", "block_billing_concept",
    }  # fmt: skip
    back = (await books.read(year=2025))[0]
    differing = {name for name in rows[0] if back[name] != rows[0][name]}
    assert differing == {
        "accounting_account",  # in ten digits
        "cross_voucher_type",  # 0 is nothing, and nothing is blank
    }
    assert sent(back, {"accounting_account": 0}) == {"accounting_account": 4567890000}


@pytest.mark.parametrize("recording", RECORDED, ids=[one.name for one in RECORDED])
async def test_the_example_over_the_wire(example_url: str, recording: Recording) -> None:
    """The recordings of this company: the vendor's call, and what is read back."""
    async with connected(example_url) as pyme:
        for setup in recording.setup:
            assert (await pyme.send(raw=dump(setup["body"]))).status_code == 200
        await check_recording(pyme, recording)


async def test_the_example_alone_is_out_of_balance(books: Books) -> None:
    report = await books.export(example()[:1])
    assert codes(report) == [(1, "sequence_value", "balance")]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("nit", 900123457), ("branch", 3), ("accounting_account", 456788), ("cost_center", 102),
        ("salesperson_code", 788), ("product_code", 306), ("warehouse_code", 2),
        ("asset_code", 5002), ("voucher_code", 2),
    ],
)  # fmt: skip
async def test_references_are_never_waived(books: Books, member: str, value: int) -> None:
    rows = example()
    rows[0][member] = value
    if member == "voucher_code":
        rows[1][member] = value
    field = "nit" if member == "branch" else member
    assert (1, field, "unknown") in codes(await books.export(rows))


async def test_the_strict_profile_refuses_it(books: Books) -> None:
    books.settings = PymeSettings(profile="strict")
    report = await books.export(example(), **EXAMPLE["data"]["params"])
    assert report.written == 0
    assert {error.field for error in report.errors} >= {
        "document_year", "city_code", "order_document_type", "taxable_or_exempt_sequence",
        "document_update_date", "document_update_time", "block_billing_concept",
    }  # fmt: skip
