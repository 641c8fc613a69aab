"""The chart of accounts, banks and currencies as this dialect lists them. Everything is text."""

from decimal import Decimal
from typing import Any

from cuadra.catalog.records import Account
from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.colppy.mapping.values import amount_text
from cuadra.reports.account_tree import Branch

DOLLAR = "USD"


def account_title(account: Account) -> str:
    """How lists show an account (`110101 - Caja`)."""
    return f"{account.code} - {account.name}"


def row_from_account(account: Account) -> dict[str, Any]:
    """A row of the lists of accounts that take lines."""
    return {
        "Id": str(account.id),
        "idPlanCuenta": account.code,
        "Descripcion": account_title(account),
    }


def list_usable(catalog: Catalog, part: str = "") -> list[Account]:
    """The active accounts that take lines and have this part in their code or name, in order of code."""
    wanted = part.casefold()
    return [
        account
        for _, account in sorted(catalog.accounts.items())
        if account.movement and account.active and wanted in account_title(account).casefold()
    ]


def row_from_branch(branch: Branch) -> dict[str, Any]:
    """A node of the chart with what is below it."""
    account, moved = branch.account, branch.moved
    return {
        "Id": str(account.id),
        "idPlanCuenta": account.code,
        "Descripcion": account.name,
        "asentable": "1" if account.movement else "0",
        "saldoInicial": amount_text(moved.opening),
        "debe": amount_text(moved.debit),
        "haber": amount_text(moved.credit),
        "saldo": amount_text(moved.closing),
        "hijos": [row_from_branch(child) for child in branch.children],
    }


def row_from_bank(account: Account, balance: Decimal, currency: str) -> dict[str, Any]:
    """A row of Tesoreria/listado_banco: an account that money is paid into or from."""
    return {
        "idBanco": str(account.id),
        "nombre": account.name,
        "banco": account.name,
        "nroCuenta": "",
        "moneda": currency,
        "idPlanCuenta": account.code,
        "cuentaContable": account_title(account),
        "saldo": amount_text(balance),
        "ultimaConciliacion": None,
    }


def currencies_of(catalog: Catalog) -> dict[str, str]:
    """The currencies by their ids: `"1"` is the company's own, `"3"` the dollar."""
    own = catalog.company.currency
    return {"1": own} if own == DOLLAR else {"1": own, "3": DOLLAR}
