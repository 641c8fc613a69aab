"""Credit notes. Pure."""

from collections.abc import Iterator

from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.mapping.base import guid_from_text
from cuadra.dialects.siigo.mapping.credit_notes import REASONS
from cuadra.dialects.siigo.rules.base import consecutive, date_text, decimals_at_most, max_length
from cuadra.dialects.siigo.rules.invoices import item_problems, payment_problems
from cuadra.dialects.siigo.rules.sectors import health_problems
from cuadra.errors import Problem

PREFIX_LENGTH_MAX = 20
CUFE_LENGTH_MAX = 200


def credit_note_problems(body: wire.CreditNoteIn) -> list[Problem]:
    """What is wrong with a credit note."""
    problems = [*consecutive(body.number), *date_text("date", body.date)]
    if body.invoice and guid_from_text(body.invoice) is None:
        problems.append(Problem("value", "invoice", "the id of an invoice", body.invoice))
    problems += _invoice_data(body.invoice_data or wire.InvoiceDataIn())
    if body.currency is not None:
        problems += decimals_at_most("currency.exchange_rate", body.currency.exchange_rate, 6)
    if body.reason is not None and body.reason not in REASONS:
        problems.append(Problem("value", "reason", "one of 1 to 7", body.reason))
    problems += max_length("observations", body.observations, 4000)
    for index, item in enumerate(body.items or []):
        problems += item_problems(f"items[{index}].", item)
    for index, payment in enumerate(body.payments or []):
        problems += payment_problems(f"payments[{index}].", payment)
    if body.healthcare_company is not None:
        problems += health_problems("healthcare_company.", body.healthcare_company)
    return problems


def _invoice_data(data: wire.InvoiceDataIn) -> Iterator[Problem]:
    yield from date_text("invoice_data.date", data.date)
    yield from max_length("invoice_data.prefix", data.prefix, PREFIX_LENGTH_MAX)
    for problem in consecutive(data.number):
        yield Problem(problem.code, "invoice_data.number", problem.message, problem.value)
    yield from max_length("invoice_data.cufe", data.cufe, CUFE_LENGTH_MAX)
