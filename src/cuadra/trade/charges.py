"""Perceptions: taxes that are charged as amounts of a whole document, on sales and on purchases. Pure."""

from collections.abc import Sequence

from cuadra.errors import Problem, inactive, required, unknown
from cuadra.trade.books import Books
from cuadra.trade.documents import ChargeDraft
from cuadra.trade.totals import CHARGED


def validate_charges(charges: Sequence[ChargeDraft], books: Books) -> list[Problem]:
    """Perceptions that exist and are active, each once, of a positive amount."""
    problems = []
    seen = set()
    for index, charge in enumerate(charges):
        path = f"charges[{index}]"
        tax = books.catalog.taxes.get(charge.tax or 0)
        if tax is None:
            problems.append(unknown(f"{path}.tax", charge.tax or 0))
        elif not tax.active:
            problems.append(inactive(f"{path}.tax", tax.id))
        elif tax.kind not in CHARGED or tax.id in seen:
            message = f"the tax {tax.id} is not charged on the whole document, or twice"
            problems.append(Problem("taxes", f"{path}.tax", message, tax.id))
        seen.add(charge.tax)
        if charge.value is None:
            problems.append(required(f"{path}.value"))
        elif charge.value <= 0:
            message = "a charge is greater than zero"
            problems.append(Problem("amount", f"{path}.value", message, charge.value))
    return problems


def validate_charge_accounts(charges: Sequence[ChargeDraft], books: Books) -> list[Problem]:
    """Perceptions that know where purchases post them."""
    return [
        Problem("taxes", f"charges[{index}].tax", "no account for purchases", charge.tax)
        for index, charge in enumerate(charges)
        if (tax := books.catalog.taxes.get(charge.tax or 0)) and tax.purchase_account is None
    ]
