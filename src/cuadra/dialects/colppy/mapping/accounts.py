"""Accounts by the name or the code a client writes; answers have codes. Pure."""

from collections.abc import Iterable

from cuadra.catalog.records import Account
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.tables import fold
from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.mapping.charts import account_title


def account_from_text(text: str, accounts: Iterable[Account]) -> Account:
    """The account that is called so: by its code, its name, or both as lists show them. Raises `Failure`.

    Where headings and accounts share a name, it is the one that takes movement; of several of those, the
    first in order of code.
    """
    wanted = fold(text)
    known = sorted(accounts, key=lambda account: (not account.movement, account.code))
    for account in known:
        names = (account.code, account.name, account_title(account))
        if wanted in map(fold, names):
            return account
    raise Failure(f"La cuenta {shown(text)} no existe en el plan de cuentas.")


def find_account(text: str, catalog: Catalog) -> Account:
    """The same among all accounts; one that is not written exactly so takes longer to find."""
    for account in catalog.accounts.values():
        if account.movement and text in (account.name, account.code):
            return account
    return account_from_text(text, catalog.accounts.values())
