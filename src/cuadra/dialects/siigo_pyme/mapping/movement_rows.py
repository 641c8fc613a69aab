"""Entries to rows, whichever door wrote them: what the ledger knows of a line, and what was kept with it. Pure."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from cuadra.dialects.siigo_pyme.fields import empty_row, fields
from cuadra.dialects.siigo_pyme.mapping.crosswalk import (
    Crosswalk,
    VoucherName,
    nit_of,
    padded_account,
    product_key,
)
from cuadra.dialects.siigo_pyme.mapping.movements import WITHHOLDING_BASE, base_reference
from cuadra.dialects.siigo_pyme.rows import shortest
from cuadra.dialects.siigo_pyme.settings import DIALECT
from cuadra.trade.entry_reading import Entry, EntryLine


def rows_from_entry(entry: Entry, crosswalk: Crosswalk) -> Iterator[dict[str, Any]]:
    """A voucher as rows, whichever door wrote it: every field, with its neutral value where it has none."""
    name = crosswalk.names[entry.voucher_type]
    head = empty_row() | told_head(name, entry.number, entry.date, annulled=entry.annulled)
    for sequence, line in enumerate(entry.lines, 1):
        row = head.copy()
        row["sequence"] = sequence
        _tell_line(row, line, crosswalk)
        if entry.annulled:
            _tell_lost_due(row, line, name.cross, crosswalk)
        tell_kept(row, line.extra)
        yield row


def told_head(name: VoucherName, number: int, day: date, *, annulled: bool) -> dict[str, Any]:
    """What every row of a voucher says of it."""
    return {
        "voucher_type": name.letter,
        "voucher_code": name.code,
        "document_number": number,
        "document_year": day.year,
        "document_month": day.month,
        "document_day": day.day,
        "canceled_voucher": "S" if annulled else "N",
    }


def tell_kept(row: dict[str, Any], extra: dict[str, Any] | None) -> None:
    """Put back into a row what was kept of it."""
    if extra and (kept := extra.get(DIALECT)):
        row.update(kept)
        for reference in _amounts() & kept.keys():
            row[reference] = shortest(Decimal(str(kept[reference])))


@cache
def _amounts() -> frozenset[str]:
    """The fields that are kept as text."""
    return frozenset(field.reference for field in fields().values() if field.form == "decimals")


def _tell_line(row: dict[str, Any], line: EntryLine, crosswalk: Crosswalk) -> None:
    """What the ledger knows of a line."""
    padded = padded_account(line.account)
    row["accounting_account"] = int(padded) if padded else line.account
    row["debit_or_credit"] = "C" if line.amount < 0 else "D"
    row["sequence_value"] = shortest(abs(line.amount))
    row["sequence_description"] = line.description
    row["nit"], row["branch"] = nit_of(line.party, crosswalk.made_numbers), line.branch
    if line.cost_centre is not None:
        row["cost_center"], row["sub_cost_center"] = crosswalk.centre_codes[line.cost_centre]
    if line.due_prefix is not None:
        row["cross_voucher_type"] = crosswalk.crosses.get(line.due_prefix, line.due_prefix)
        row["cross_document_number"] = line.due_consecutive
        row["expiration_number"] = line.due_quote
        if day := line.due_date:
            row["cross_document_expiration_year"] = day.year
            row["cross_document_expiration_month"] = day.month
            row["cross_document_expiration_day"] = day.day
    if line.product is not None and line.product_id is not None:
        row |= told_product(line.product, line.product_id)
        row["quantity"] = shortest(abs(line.quantity or Decimal(0)))
        row["warehouse_code"] = line.warehouse or 0
    if line.tax_base:
        account = crosswalk.accounts.get(padded or "")
        reference = base_reference(account, crosswalk) if account else WITHHOLDING_BASE
        row[reference] = shortest(line.tax_base)
    if line.fixed_asset is not None:
        group, code = crosswalk.asset_codes[line.fixed_asset]
        row["asset_group"], row["asset_code"] = group or None, code


def told_product(code: str, product_id: int) -> dict[str, int | None]:
    """A product by its three numbers."""
    key = product_key(code, product_id)
    return {
        "product_line": key.line or None,
        "product_group": key.group or None,
        "product_code": key.code,
    }


def _tell_lost_due(row: dict[str, Any], line: EntryLine, own: str, crosswalk: Crosswalk) -> None:
    """The due of a canceled voucher is gone: it was its own, unless the line says another."""
    account = crosswalk.accounts.get(padded_account(line.account) or "")
    if account is not None and account.due is not None and line.due_prefix is None:
        row["cross_voucher_type"], row["expiration_number"] = own, 1
        row["cross_document_number"] = row["document_number"]
