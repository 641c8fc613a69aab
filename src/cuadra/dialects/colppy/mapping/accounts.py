"""Accounts by the name or the code a client writes; answers have codes. Pure."""

from collections.abc import Collection

from cuadra.catalog.records import Account
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.tables import fold
from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.mapping.charts import account_title
from cuadra.dialects.colppy.settings import settings_from_catalog


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


def find_money_account(text: str, catalog: Catalog, where: str) -> Account:
    """The account that a means of payment names: cash, a bank, values. Raises `Failure` for any other.

    What is collected on an account of income or cost would be no money anywhere, and be told as collected.
    """
    account = find_account(text, catalog, where)
    if not is_of_money(account, catalog):
        raise Failure(f"La cuenta {account.name} no es de dinero ({where}).")
    return account


def is_of_money(account: Account, catalog: Catalog) -> bool:
    """Whether an account holds money: the chart has it among those, or a means of payment pays there at once.

    One whose lines have to say more than an amount does not.
    """
    if account.due or account.tax or account.inventory or account.fixed_asset:
        return False
    groups = settings_from_catalog(catalog).money_in(catalog.company.country)
    types = catalog.payment_types.values()
    paid_at_once = {one.account for one in types if one.active and not one.due_date}
    return account.movement and (account.code.startswith(groups) or account.code in paid_at_once)
