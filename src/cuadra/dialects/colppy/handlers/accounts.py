"""The chart of accounts, banks and currencies: what clients look up before they write."""

from datetime import date
from typing import Any

from cuadra.catalog.records import Account
from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.catalog.tables import find_currency
from cuadra.dialects.colppy.call import Call
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.lists import ListField, page, wanted_from
from cuadra.dialects.colppy.mapping.charts import (
    currencies_of,
    list_usable,
    row_from_account,
    row_from_bank,
    row_from_branch,
)
from cuadra.reports.account_tree import Moved, load_moved, tree_from_moved
from cuadra.trade.books import local_day

FIRST_DAY = date(1900, 1, 1)
_SYMBOLS = {"ARS": "$", "COP": "$", "USD": "U$S"}
CURRENCY_FIELDS = {name: ListField(name) for name in ("idMoneda", "nombre", "codigo")}
BANK_FIELDS = {name: ListField(name) for name in ("idBanco", "nombre", "moneda", "idPlanCuenta")}


async def list_journal_accounts(call: Call) -> dict[str, Any]:
    """Contabilidad/listar_cuentasdiario: accounts with a part of their code or name, or all of them."""
    part = call.parameters.text("query", size=100)
    catalog = await _catalog(call)
    return {"cuentas": [row_from_account(account) for account in list_usable(catalog, part)]}


async def list_item_accounts(call: Call) -> dict[str, Any]:
    """Inventario/listar_cuentasAsentables: the accounts that items may name."""
    catalog = await _catalog(call)
    return {"cuentas": [row_from_account(account) for account in list_usable(catalog)]}


async def read_chart(call: Call) -> dict[str, Any]:
    """Contabilidad/leer_arbol_contabilidad: the whole chart with its balances between two days."""
    start = call.parameters.day("fechaDesde") or FIRST_DAY
    end = call.parameters.day("fechaHasta") or local_day(call.country, call.now)
    if start > end:
        raise Failure("La fechaDesde es posterior a la fechaHasta.")
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        moved = await load_moved(transaction, start, end)
    return {"data": [row_from_branch(root) for root in tree_from_moved(catalog.accounts, moved)]}


async def list_banks(call: Call) -> dict[str, Any]:
    """Tesoreria/listado_banco: the accounts of the company's means of payment, with their balances of today."""
    wanted = wanted_from(call, BANK_FIELDS)
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        moved = await load_moved(transaction, FIRST_DAY, date.max)
    rows = [
        row_from_bank(one, moved.get(one.id, Moved()).closing, catalog.company.currency)
        for one in _money_accounts(catalog)
    ]
    return page(*wanted.of(rows))


async def list_currencies(call: Call) -> dict[str, Any]:
    """Moneda/listar_monedas."""
    wanted = wanted_from(call, CURRENCY_FIELDS)
    rows = []
    for currency_id, code in currencies_of(await _catalog(call)).items():
        currency = find_currency(code)
        rows.append(
            {
                "idMoneda": currency_id,
                "nombre": currency.name if currency else code,
                "simbolo": _SYMBOLS.get(code, code),
                "codigo": code,
            }
        )
    return page(*wanted.of(rows))


def _money_accounts(catalog: Catalog) -> list[Account]:
    """The accounts that payments move at once, in order of code."""
    codes = {
        one.account for one in catalog.payment_types.values() if one.active and not one.due_date
    }
    return [catalog.accounts[code] for code in sorted(codes)]


async def _catalog(call: Call) -> Catalog:
    async with call.database.read(call.credential) as transaction:
        return await load_catalog(transaction)
