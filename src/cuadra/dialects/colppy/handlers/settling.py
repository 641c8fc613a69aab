"""What receipts and payments share: recorded against what they settle, and voided."""

from cuadra.catalog.records import ThirdPartyKind, VoucherKind
from cuadra.catalog.snapshot import load_catalog
from cuadra.catalog.third_parties import PartyName, find_third_party_numbered
from cuadra.database.pool import Transaction
from cuadra.dialects.colppy.call import Call
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.mapping.settlements import SIDES, Settlement, draft_from_settlement
from cuadra.dialects.colppy.mapping.talonarios import (
    PAYMENT,
    RECEIPT,
    find_talonario,
    full_number,
)
from cuadra.dialects.colppy.mapping.third_parties import is_in_role
from cuadra.errors import Rejected
from cuadra.trade.receipts import ReceiptDraft
from cuadra.trade.recording import Submission
from cuadra.trade.versions import AnnulVoucher
from cuadra.trade.voucher_dues import VoucherDues, list_voucher_dues

ATTEMPTS = 3
_SERIES = {VoucherKind.CASH_RECEIPT: RECEIPT, VoucherKind.PAYMENT_RECEIPT: PAYMENT}
_ROLES = {
    VoucherKind.CASH_RECEIPT: ThirdPartyKind.CUSTOMER,
    VoucherKind.PAYMENT_RECEIPT: ThirdPartyKind.SUPPLIER,
}


async def record_settlement(call: Call, asked: Settlement) -> int:
    """Record what a receipt or a payment asks for; its id. Raises `Failure`, and what recording raises.

    What is owed may change between reading and recording. Then it is read again: who comes second is told
    how things stand.
    """
    for attempt in range(ATTEMPTS):
        draft, name = await _draft(call, asked)
        submission = Submission(draft=draft, origin=call.origin, credential=call.credential)
        try:
            recorded = await call.groups.record(call.company, submission)
        except Rejected as rejected:
            codes = {problem.code for problem in rejected.problems}
            if "repeated_number" in codes:
                what = SIDES[asked.kind].paper
                raise Failure(f"Ya existe un {what} con el número de {what} {name}") from rejected
            if "array" in codes:
                raise Failure(f"El {SIDES[asked.kind].paper} tiene demasiadas filas.") from rejected
            if attempt + 1 < ATTEMPTS and codes & {"due_balance", "unknown"}:
                continue
            raise
        assert recorded.serial is not None
        return recorded.serial
    raise AssertionError("the last attempt returns or raises")


async def _draft(call: Call, asked: Settlement) -> tuple[ReceiptDraft, str]:
    """The draft over what is owed now, and what the paper will be called if its number was chosen."""
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        party = await find_third_party_numbered(transaction, asked.third_party)
        documents = await list_voucher_dues(transaction, [one.serial for one in asked.applied])
    # Somebody who is neither may still owe for what another door sold it.
    if party is None or not (asked.applied or is_in_role(party, _ROLES[asked.kind])):
        raise Failure(f"No se encuentra el {SIDES[asked.kind].party}.")
    series = find_talonario(catalog, _SERIES[asked.kind], asked.prefix)
    if series is None:
        raise Failure(f"No existe un talonario con el prefijo {asked.prefix}.")
    draft = draft_from_settlement(
        asked,
        PartyName(party.identification, party.branch),
        series,
        documents,
        catalog,
        call.settings,
    )
    return draft, full_number(series, asked.number or 0)


async def void(call: Call, kind: VoucherKind, serial: int, third_party: int | None) -> None:
    """Take a receipt or a payment back; its number stays used. Raises `Failure`.

    Where it is said whose it is, it has to be theirs: somebody who mistakes one id loses nothing.
    """
    found = await require_voucher(call, kind, serial)
    what = SIDES[kind].paper
    if third_party and found.third_party not in (None, third_party):
        raise Failure(f"El {what} es de otro {SIDES[kind].party}.")
    if found.annulled:
        raise Failure(f"El {what} ya está anulado.")
    draft = AnnulVoucher(id=found.id, kinds=(kind,))
    submission = Submission(draft=draft, origin=call.origin, credential=call.credential)
    try:
        await call.groups.record(call.company, submission)
    except Rejected as rejected:
        codes = {problem.code for problem in rejected.problems}
        if "in_use" in codes:
            raise Failure(f"El {what} tiene saldo a cuenta que ya se aplicó.") from rejected
        if "not_found" in codes:
            raise Failure(f"El {what} ya está anulado.") from rejected
        raise


async def require_voucher(call: Call, kind: VoucherKind, serial: int) -> VoucherDues:
    """The receipt or payment with this id, annulled ones included. Raises `Failure`."""
    async with call.database.read(call.credential) as transaction:
        return await load_voucher(transaction, kind, serial)


async def load_voucher(transaction: Transaction, kind: VoucherKind, serial: int) -> VoucherDues:
    """As `require_voucher`, for who goes on reading."""
    found = (await list_voucher_dues(transaction, [serial])).get(serial)
    if found is None or found.kind is not kind:
        missing = "cobro" if kind is VoucherKind.CASH_RECEIPT else "pago"
        raise Failure(f"No se encontro el {missing}.")
    return found
