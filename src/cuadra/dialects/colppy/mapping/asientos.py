"""Journals (asientos): what is asked for to an entry, and entries to rows of the list. Pure.

An asiento says of a line its account, its amount, and perhaps a third party and two cost centres. It is recorded as
an entry, so that what an account asks for besides (a tax and its base, a product, an asset) may stay unsaid. A line on
an account of dues opens a due of the asiento's own.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from cuadra.catalog.party_lookup import CalledParty
from cuadra.catalog.records import Account, VoucherKind, VoucherType
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.third_parties import PartyName
from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.mapping.accounts import find_account
from cuadra.dialects.colppy.mapping.charts import account_title
from cuadra.dialects.colppy.mapping.cost_centres import find_cost_centres
from cuadra.dialects.colppy.mapping.journal import diary_id
from cuadra.dialects.colppy.mapping.values import ZERO, amount_text, signed_of, to_cents
from cuadra.dialects.colppy.reading import Parameters
from cuadra.dialects.colppy.settings import DIALECT
from cuadra.trade.books import local_time
from cuadra.trade.entries import EntryDraft, EntryDue, EntryLineDraft
from cuadra.trade.journal_lists import ListedJournal, ListedLine

TYPE = "asiento"
_TEXT_MAX = 255
_NAME_MAX = 120


class AskedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `itemsAsiento`. `amount` is signed, debit positive; the third party is an id or else a name."""

    row: Parameters
    amount: Decimal
    party_id: int | None
    party_text: str
    comment: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An asiento as asked for, before anything of the books is known."""

    day: date
    description: str
    lines: tuple[AskedLine, ...]

    @property
    def party_ids(self) -> set[int]:
        """The third parties that are named by id."""
        return {line.party_id for line in self.lines if line.party_id}

    @property
    def party_texts(self) -> set[str]:
        """The third parties that are named otherwise."""
        return {line.party_text for line in self.lines if line.party_text and not line.party_id}


def asked_from_parameters(parameters: Parameters) -> Asked:
    """What is asked for. Raises `Failure` for the first thing wrong with it by itself."""
    if parameters.id("idAsiento"):
        raise Failure("El asiento ya existe; un asiento no se puede modificar.")
    day = parameters.day("fechaContable", required=True)
    assert day is not None
    rows = parameters.items("itemsAsiento")
    if not rows:
        raise Failure("El parámetro itemsAsiento es obligatorio.")
    lines = tuple(_asked_line(row) for row in rows)
    _check_total(parameters, "totalDebito", [line.amount for line in lines])
    _check_total(parameters, "totalCredito", [-line.amount for line in lines])
    return Asked(day=day, description=parameters.text("descAsiento", size=_TEXT_MAX), lines=lines)


def _asked_line(row: Parameters) -> AskedLine:
    debit, credit = (_amount(row, name) for name in ("Debito", "Credito"))
    if bool(debit) == bool(credit):
        names = f"{row.name('Debito')} o {row.name('Credito')}"
        raise Failure(f"Cada renglón lleva un importe, en {names}.")
    if row.text("Conciliado").upper() not in ("", "N", "0"):
        raise Failure(f"{row.name('Conciliado')}: un asiento nuevo no se puede conciliar.")
    return AskedLine(
        row=row,
        amount=debit - credit,
        party_id=row.id("idTercero"),
        party_text=row.text("tercero", size=_NAME_MAX),
        comment=row.text("Comentario", size=_TEXT_MAX),
    )


def _amount(row: Parameters, name: str) -> Decimal:
    """A side of a row: nothing or a positive amount of whole cents."""
    cents = signed_of(row, name)
    if cents < 0:
        raise Failure(f"El importe {row.name(name)} no es válido: {shown(cents.normalize())}.")
    return cents


def _check_total(parameters: Parameters, name: str, amounts: Sequence[Decimal]) -> None:
    """A total that is told is the sum of its side."""
    told = parameters.number(name)
    total = sum((amount for amount in amounts if amount > 0), ZERO)
    if told is not None and to_cents(told) != total:
        raise Failure(f"El parámetro {name} es {told:f} y los renglones suman {total:f}.")


def draft_from_asked(asked: Asked, catalog: Catalog, parties: Sequence[CalledParty]) -> EntryDraft:
    """The entry over the company's catalogs. Raises `Failure` for what is not in them."""
    voucher_type = _voucher_type(catalog)
    return EntryDraft(
        voucher_type=voucher_type.id,
        date=asked.day,
        observations=asked.description,
        lines=[_line(line, voucher_type, catalog, parties) for line in asked.lines],
        automatic=True,
    )


def _voucher_type(catalog: Catalog) -> VoucherType:
    """The voucher type that is called so at this door, else the first journal that numbers itself."""
    usable = [
        one
        for one in catalog.voucher_types.values()
        if one.active and one.kind is VoucherKind.JOURNAL and one.automatic_number
    ]
    named = [one for one in usable if DIALECT in one.names and one.names[DIALECT].type == TYPE]
    for one in named or usable:
        return one
    raise Failure("La empresa no tiene un comprobante para asientos.")


def _line(
    asked: AskedLine, voucher_type: VoucherType, catalog: Catalog, parties: Sequence[CalledParty]
) -> EntryLineDraft:
    account = _account(asked.row, catalog)
    party = _party(asked, parties)
    centre, second_centre = find_cost_centres(
        asked.row.text("ccosto1"), asked.row.text("ccosto2"), asked.row.name(""), catalog
    )
    title = account_title(account)
    if party is None and (account.needs_third_party or account.due):
        raise Failure(f"La cuenta {title} necesita un tercero ({asked.row.name('idTercero')}).")
    if centre is None and account.needs_cost_centre:
        raise Failure(
            f"La cuenta {title} necesita un centro de costo ({asked.row.name('ccosto1')})."
        )
    due = EntryDue(prefix=voucher_type.due_prefix, own=True) if account.due else None
    return EntryLineDraft(
        account=account.code,
        amount=asked.amount,
        party=party,
        description=asked.comment,
        cost_centre=centre,
        second_cost_centre=second_centre,
        due=due,
    )


def _account(row: Parameters, catalog: Catalog) -> Account:
    """The account of `idPlanCuenta`, of `Descripcion` where that is empty; both say the same one if both say any."""
    said = {name: row.text(name, size=_NAME_MAX) for name in ("idPlanCuenta", "Descripcion")}
    found = {name: find_account(text, catalog) for name, text in said.items() if text}
    if not found:
        raise Failure(f"El parámetro {row.name('idPlanCuenta')} es obligatorio.")
    accounts = list(found.values())
    if accounts[0].code != accounts[-1].code:
        texts = f"{shown(said['idPlanCuenta'])} y {shown(said['Descripcion'])}"
        raise Failure(f"{row.name('idPlanCuenta')}: {texts} no son la misma cuenta.")
    return accounts[0]


def _party(asked: AskedLine, parties: Sequence[CalledParty]) -> PartyName | None:
    """The third party of a line. An id decides; the name beside it is then only told."""
    if asked.party_id:
        found = [one for one in parties if one.id == asked.party_id]
        told = str(asked.party_id)
    else:
        found = [one for one in parties if one.is_called(asked.party_text)]
        told = asked.party_text
    if not told:
        return None
    if not found:
        raise Failure(f"No existe el tercero {shown(told)} ({asked.row.name('idTercero')}).")
    if len(found) > 1:
        ids = ", ".join(str(one.id) for one in found)
        raise Failure(f"Hay más de un tercero {shown(told)}; indique idTercero: {ids}.")
    return found[0].key


def row_from_journal(journal: ListedJournal, catalog: Catalog, company_id: int) -> dict[str, Any]:
    """A row of Contabilidad/listar_asientosmanuales; everything is text."""
    debits = sum((line.amount for line in journal.lines if line.amount > 0), ZERO)
    country = catalog.company.country
    return {
        "idAsiento": str(journal.serial),
        "idEmpresa": str(company_id),
        "nroAsiento": str(journal.number),
        "fechaContable": journal.date.isoformat(),
        "descAsiento": journal.description,
        "totalDebito": amount_text(debits),
        "totalCredito": amount_text(debits),
        "record_insert_ts": f"{local_time(country, journal.created_at):%Y-%m-%d %H:%M:%S}",
        "record_update_ts": f"{local_time(country, journal.posted_at):%Y-%m-%d %H:%M:%S}",
        "itemsAsiento": [_row_from_line(line, journal.serial, catalog) for line in journal.lines],
    }


def _row_from_line(line: ListedLine, serial: int, catalog: Catalog) -> dict[str, Any]:
    return {
        "idDiario": diary_id(serial, line.line),
        "idPlanCuenta": line.account,
        "Descripcion": account_title(catalog.accounts[line.account]),
        "ccosto1": "" if line.cost_centre is None else str(line.cost_centre),
        "ccosto2": "" if line.second_cost_centre is None else str(line.second_cost_centre),
        "Debito": amount_text(max(line.amount, ZERO)),
        "Credito": amount_text(max(-line.amount, ZERO)),
        "Comentario": line.description,
        "Conciliado": "N",
        "tercero": line.party_name,
        "idTercero": str(line.party or 0),
    }
