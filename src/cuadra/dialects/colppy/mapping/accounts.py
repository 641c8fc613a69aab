"""Accounts by the name or the code a client writes; answers have codes. Pure."""

from collections.abc import Collection

from cuadra.catalog.records import Account
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.tables import fold
from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.mapping.charts import account_title


def account_from_text(text: str, accounts: Collection[Account], where: str = "") -> Account:
    """The account that is called so: by its code, its name, or both as lists show them.

    One that is written exactly so comes before one in other letters, and where headings and accounts share
    a name, it is the one that takes lines. Raises `Failure` for what no account is called, or several are.
    """
    beside = f" ({where})" if where else ""
    found = [one for one in accounts if text in _names(one)]
    if not found:
        wanted = fold(text)
        found = [one for one in accounts if wanted in map(fold, _names(one))]
    if not found:
        raise Failure(f"La cuenta {shown(text)} no existe en el plan de cuentas{beside}.")
    taking = [one for one in found if one.movement and one.active] or found
    if len(taking) > 1:
        codes = ", ".join(sorted(one.code for one in taking))
        raise Failure(f"Hay más de una cuenta {shown(text)}{beside}: {codes}.")
    return taking[0]


def _names(account: Account) -> tuple[str, str, str]:
    return account.code, account.name, account_title(account)


def find_account(text: str, catalog: Catalog, where: str = "") -> Account:
    """The same among all accounts of a company."""
    return account_from_text(text, catalog.accounts.values(), where)
