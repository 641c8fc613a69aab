"""Lines of the journal as this door shows them: one row of text, with where it comes from. Pure."""

from datetime import date
from decimal import Decimal
from typing import Any

from cuadra.catalog.records import VoucherKind
from cuadra.ledger.vouchers import CENT

_LINES_MAX = 100_000  # more lines than a voucher has
# The vendor's numbers of its tables.
_TABLES = {
    VoucherKind.PURCHASE: "8",
    VoucherKind.SUPPORT_DOCUMENT: "8",
    VoucherKind.PAYMENT_RECEIPT: "14",
    VoucherKind.SALES_INVOICE: "19",
    VoucherKind.CREDIT_NOTE: "19",
    VoucherKind.DEBIT_NOTE: "19",
    VoucherKind.CASH_RECEIPT: "20",
    VoucherKind.JOURNAL: "24",
}
_CUSTOMER, _SUPPLIER = "1", "2"
_PURCHASES = (VoucherKind.PURCHASE, VoucherKind.SUPPORT_DOCUMENT, VoucherKind.PAYMENT_RECEIPT)


def table_of(kind: VoucherKind) -> str:
    """The vendor's number of the table that holds vouchers of a kind (`idTabla`)."""
    return _TABLES.get(kind, "24")


def diary_id(serial: int, line: int) -> str:
    """The id of a line: no other line has it, on whichever page it is shown.

    >>> diary_id(12010, 3)
    '1201000003'
    """
    return str(serial * _LINES_MAX + line)


def journal_row(
    *,
    company: int,
    kind: VoucherKind,
    serial: int,
    line: int,
    day: date,
    posted: str,
    account: str,
    amount: Decimal,
    third_party: int | None,
    cost_centre: int | None = None,
    second_cost_centre: int | None = None,
    about: int | None = None,
    about_kind: VoucherKind | None = None,
) -> dict[str, Any]:
    """One line. `about` is the serial of the document it settles, where it does; `posted` when it was written."""
    return {
        "idEmpresa": str(company),
        "idTabla": table_of(kind),
        "idElemento": str(serial),
        "idDiario": diary_id(serial, line),
        "idElementoContacto": str(third_party or 0),
        "idObjetoContacto": _SUPPLIER if kind in _PURCHASES else _CUSTOMER,
        "FechaContabilizado": posted,
        "fechaContable": day.isoformat(),
        "idPlanCuenta": account,
        "idSubdiario": "0",
        "DebitoCredito": "D" if amount > 0 else "C",
        "Importe": f"{abs(amount).quantize(CENT):f}",
        "idTablaAplicado": table_of(about_kind) if about_kind else "0",
        "idElementoAplicado": str(about or 0),
        "idItem": "0",
        "idItemAplicado": "0",
        "ccosto1": "" if cost_centre is None else str(cost_centre),
        "ccosto2": "" if second_cost_centre is None else str(second_cost_centre),
        "Conciliado": "N",
        "batch": "0",
        "idTercero": str(third_party or 0),
        "isNIIF": "0",
        "itemId": "0",
    }
