"""Accounts by their names: clients write `"Caja General"` where books have codes. Pure."""

from cuadra.catalog.records import Account
from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.colppy.errors import Failure, shown


def find_account(catalog: Catalog, name: str, where: str) -> Account:
    """The account that takes lines and has this name; an exact one before one in another case.

    Lists print accounts as `110101 - Caja`, and answers have their codes: both are understood too. Raises
    `Failure` for a name that no account has, or more than one.
    """
    usable = [one for one in catalog.accounts.values() if one.movement and one.active]
    found = [one for one in usable if one.name == name]
    if not found:
        found = [one for one in usable if one.name.casefold() == name.casefold()]
    if not found:
        found = [one for one in usable if name in (one.code, f"{one.code} - {one.name}")]
    if not found:
        raise Failure(f"No existe la cuenta {shown(name)} ({where}).")
    if len(found) > 1:
        codes = ", ".join(one.code for one in found)
        raise Failure(f"Hay más de una cuenta {shown(name)} ({where}): {codes}.")
    return found[0]
