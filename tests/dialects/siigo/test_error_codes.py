"""Every error code the vendor documents: reached by a real request, or with the reason why it cannot occur.

Most are reached by recordings. The others are reached here, because they need a setting, a closed period, a large
body or a database that is away. `docs/siigo-errors.md` is the table of all; `pytest --update` writes it anew.
"""

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from cuadra.dialects.siigo.body import BODY_BYTES_MAX
from cuadra.trade.books import Origin
from cuadra.trade.group import record_one
from cuadra.trade.periods import ChangeLock
from cuadra.trade.recording import Submission
from tests.demo import NOW, DemoDatabases
from tests.dialects.siigo import bodies
from tests.dialects.siigo.client import Siigo, signed_in
from tests.dialects.siigo.recording import load_recordings
from tests.tidy.tree import ROOT

PAGE = ROOT / "docs" / "siigo-errors.md"
DOCUMENTED = [
    "already_exists",
    "blocked_transactions",
    "company_settings",
    "customer_settings",
    "date_settings",
    "delete_not_allowed",
    "disabled_functionality",
    "document_query_service",
    "document_settings",
    "documents_service",
    "duplicated_document",
    "entry_service",
    "general_service",
    "header_required",
    "invalid_account",
    "invalid_amount",
    "invalid_array",
    "invalid_balance",
    "invalid_code",
    "invalid_cost_center",
    "invalid_currency",
    "invalid_date",
    "invalid_date_range",
    "invalid_description",
    "invalid_dian_resolution",
    "invalid_document",
    "invalid_email",
    "invalid_idempotency-key",
    "invalid_idempotency_key",
    "invalid_identification",
    "invalid_name",
    "invalid_partner_id",
    "invalid_payment",
    "invalid_plan_type",
    "invalid_range",
    "invalid_reference",
    "invalid_retentions",
    "invalid_taxes",
    "invalid_total_payments",
    "invalid_type",
    "invalid_url",
    "invalid_value",
    "length_max",
    "length_min",
    "non_editable",
    "not_found",
    "parameter_empty",
    "parameter_inactive",
    "parameter_not_allowed",
    "parameter_required",
    "parameters_exclusive",
    "payment_types_service",
    "product_settings",
    "request_timeout",
    "requests_limit",
    "service_unavailable",
    "unauthorized",
    "unhandled_error",
    "update_not_allowed",
    "values_limit",
    "warehouse_settings",
]
# Why a code is never answered.
NEVER = {
    "date_settings": "a date that cannot be used is `invalid_date` or `blocked_transactions`",
    "document_query_service": "there is no such service behind this server; to be injected by a sandbox",
    "documents_service": "there is no such service behind this server; to be injected by a sandbox",
    "general_service": "there is no such service behind this server; to be injected by a sandbox",
    "payment_types_service": "there is no such service behind this server; to be injected by a sandbox",
    "invalid_dian_resolution": "nothing is sent to the authority yet",
    "invalid_url": "webhooks are not served yet",
    "length_min": "no field served so far has a least length; Partner-Id has a code of its own",
    "request_timeout": "only the log of a client that went away says it; nobody is left to be answered",
    "requests_limit": "there are no limits of calls yet",
    "unhandled_error": "only a defect of this server, or the setting `credit_note_mismatch: 500`",
}


class Shop:
    """A demo company whose settings, catalogs and periods a test may change before it calls."""

    def __init__(self, siigo: Siigo, url: str) -> None:
        self.siigo = siigo
        self._url = url

    def set(self, settings: dict[str, Any]) -> None:
        """Change the settings of the company, for transactions that begin from now on."""
        self._execute(
            "UPDATE control.company SET settings = %s, catalog_version = catalog_version + 1000"
            " WHERE name = 'demo'",
            Jsonb(settings),
        )

    def empty(self, table: str) -> None:
        """Take a catalog away."""
        self._execute(f"DELETE FROM books.{table}")
        self._execute("UPDATE control.company SET catalog_version = catalog_version + 2000")

    def _execute(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)


Reach = Callable[[Shop], Awaitable[Any]]
REACHED: dict[str, Reach] = {}


def reaches(code: str) -> Callable[[Reach], Reach]:
    """Say which code a request is answered with."""

    def note(request: Reach) -> Reach:
        REACHED[code] = request
        return request

    return note


@reaches("company_settings")
async def foreign_currency_where_there_is_none(shop: Shop) -> Any:
    """An invoice in dollars, with `trade.foreign_currency: false`"""
    shop.set({"trade": {"foreign_currency": False}})
    dollars = {"code": "USD", "exchange_rate": 4000}
    return await shop.siigo.post("/v1/invoices", bodies.invoice(currency=dollars))


@reaches("invalid_plan_type")
async def combos_in_a_plan_without_them(shop: Shop) -> Any:
    """A combo, with `siigo.combo_products: false`"""
    shop.set({"siigo": {"combo_products": False}})
    await shop.siigo.get("/v1/taxes")
    return await shop.siigo.post("/v1/products", bodies.combo())


@reaches("blocked_transactions")
async def a_date_in_a_closed_period(shop: Shop) -> Any:
    """An invoice dated in a period that was locked"""
    lock = ChangeLock(period=202610, lock="hard", reason="presented")
    submission = Submission(draft=lock, origin=Origin("test", "test"))
    await record_one(shop.siigo.database, "demo", submission, NOW)
    return await shop.siigo.post("/v1/invoices", bodies.invoice(date="2026-10-31"))


@reaches("warehouse_settings")
async def a_warehouse_where_there_is_none(shop: Shop) -> Any:
    """An item with a warehouse, in a company without warehouses"""
    shop.empty("warehouse")
    item = bodies.item(code="Sku-1", warehouse=1270)
    return await shop.siigo.post("/v1/invoices", bodies.invoice(item))


@reaches("values_limit")
async def a_body_over_the_limit(shop: Shop) -> Any:
    """A body of more than 1 MB"""
    return await shop.siigo.post("/v1/products", raw=b" " * (BODY_BYTES_MAX + 1))


@reaches("service_unavailable")
async def a_database_that_is_away(shop: Shop) -> Any:
    """Any call while the database does not answer"""
    await shop.siigo.database.close()
    return await shop.siigo.get("/v1/products")


@reaches("entry_service")
async def a_due_of_the_same_name(shop: Shop) -> Any:
    """An invoice with a chosen number whose due somebody else opened before"""
    due = {"prefix": "FV-3", "consecutive": 5, "quote": 1, "date": "2026-12-31"}
    lines = [bodies.entry("13050501", 5, due=due), bodies.entry("11050501", -5)]
    await shop.siigo.created("/v1/journals", bodies.journal(*lines))
    manual = {"document": {"id": bodies.MANUAL}, "number": 5, "payments": bodies.on_credit(1000)}
    return await shop.siigo.post("/v1/invoices", bodies.invoice(**manual))


@reaches("invalid_idempotency-key")
async def the_spelling_of_the_blueprint(shop: Shop) -> Any:
    """A key with hyphens, with `siigo.idempotency_key_error: invalid_idempotency-key`"""
    shop.set({"siigo": {"idempotency_key_error": "invalid_idempotency-key"}})
    await shop.siigo.get("/v1/taxes")
    headers = {"idempotency-key": "a-b"}
    return await shop.siigo.post("/v1/invoices", bodies.invoice(), headers=headers)


@pytest.fixture
async def shop(demo_databases: DemoDatabases) -> AsyncIterator[Shop]:
    url = demo_databases.take()
    async with signed_in(url) as siigo:
        yield Shop(siigo, url)
    demo_databases.give_back(url, changed=True)


@pytest.mark.parametrize("code", REACHED)
async def test_a_code_is_reached(shop: Shop, code: str) -> None:
    answer = await REACHED[code](shop)
    assert answer.headers["siigoapi-error-code"] == code


def test_the_table_of_all_codes(request: pytest.FixtureRequest) -> None:
    recorded = recordings_by_code()
    rows = []
    for code in sorted(DOCUMENTED):
        ways = [code in recorded, code in REACHED, code in NEVER]
        assert ways.count(True) == 1, (code, ways)
        if code in recorded:
            how = ", ".join(f"`{name}.json`" for name in recorded[code][:2])
        else:
            how = NEVER.get(code) or f"{REACHED[code].__doc__}: `{REACHED[code].__name__}`"
        rows.append(f"| `{code}` | {'never: ' if code in NEVER else ''}{how} |")
    text = PAGE.read_text(encoding="utf-8")
    table = "| code | how it is reached |\n|---|---|\n" + "\n".join(rows) + "\n"
    written = re.sub(r"\| code \|.*\Z", lambda _: table, text, flags=re.DOTALL)
    if request.config.getoption("--update"):
        PAGE.write_text(written, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == written


def recordings_by_code() -> dict[str, list[str]]:
    """The recordings that a code is the first error of."""
    found: dict[str, list[str]] = defaultdict(list)
    for recording in load_recordings():
        body = recording.response["body"]
        errors = body.get("Errors") or body.get("errors") if isinstance(body, dict) else None
        if errors:
            found[errors[0].get("Code") or errors[0]["code"]].append(recording.name)
    return found
