"""Customers and suppliers: made, edited, read and listed with their balances."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from cuadra.catalog.cuit import find_cuit
from cuadra.catalog.records import ThirdPartyKind
from cuadra.catalog.snapshot import load_catalog
from cuadra.catalog.third_parties import StoredThirdParty
from cuadra.catalog.third_party_lists import find_heads
from cuadra.database.conditions import Condition
from cuadra.database.pool import Transaction
from cuadra.dialects.colppy.call import Call, Handler
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.lists import ListField, page, wanted_from
from cuadra.dialects.colppy.mapping.third_parties import (
    ID_NAMES,
    draft_from_info,
    identification_from_info,
    info_from_parameters,
    is_in_role,
    row_from_third_party,
)
from cuadra.dialects.colppy.reading import Parameters
from cuadra.dialects.colppy.settings import DIALECT
from cuadra.errors import Problem, Rejected
from cuadra.trade.books import local_day
from cuadra.trade.catalog_changes import SaveThirdParty
from cuadra.trade.party_dues import (
    PartiesWanted,
    PartyInRole,
    find_party_in_role,
    list_parties_in_role,
)
from cuadra.trade.recording import Submission

ATTEMPTS = 5  # against others who change the same third party
_WORDS = {ThirdPartyKind.CUSTOMER: "cliente", ThirdPartyKind.SUPPLIER: "proveedor"}
_FIELDS = {
    "RazonSocial": ListField("name"),
    "NombreFantasia": ListField("commercial_name"),
    "CUIT": ListField("tax_number"),
    "dni": ListField("personal_number"),
    "Email": ListField("email"),
    "Activo": ListField("active", "flag"),
    "FechaAlta": ListField("since", "day"),
    "Saldo": ListField("balance", "number"),
}


def _create_handler(role: ThirdPartyKind) -> Handler:
    """Cliente/alta_cliente and Proveedor/alta_proveedor."""

    async def create(call: Call) -> dict[str, Any]:
        info = info_from_parameters(call.parameters)
        identification = identification_from_info(info)
        return _saved(role, await _retried(lambda: _create(call, role, info, identification)))

    return create


def _edit_handler(role: ThirdPartyKind) -> Handler:
    """Cliente/editar_cliente and Proveedor/editar_proveedor."""

    async def edit(call: Call) -> dict[str, Any]:
        info = info_from_parameters(call.parameters)
        wanted = info.id(ID_NAMES[role])
        party = await _retried(lambda: _edit(call, role, info, wanted))
        answer = _saved(role, party)
        answer["data"][f"nombre{_WORDS[role].capitalize()}"] = " ".join(party.name)
        return answer

    return edit


def _read_handler(role: ThirdPartyKind, *, with_balance: bool = False) -> Handler:
    """Cliente/leer_cliente, Proveedor/leer_proveedor, and Cliente/leer_detalle_cliente with the balance."""

    async def read(call: Call) -> dict[str, Any]:
        wanted = call.parameters.id(ID_NAMES[role])
        async with call.database.read(call.credential) as transaction:
            found = await _find(transaction, role, wanted)
            return {"data": _row(call, role, found, with_balance=with_balance)}

    return read


def _list_handler(role: ThirdPartyKind) -> Handler:
    """Cliente/listar_cliente and Proveedor/listar_proveedor, with balances."""

    async def list_all(call: Call) -> dict[str, Any]:
        wanted = wanted_from(call, _FIELDS | {ID_NAMES[role]: ListField("id", "id")})
        async with call.database.read(call.credential) as transaction:
            total, found = await list_parties_in_role(
                transaction,
                PartiesWanted(
                    role=role,
                    dialect=DIALECT,
                    conditions=tuple(_as_stored(condition) for condition in wanted.conditions),
                    order=wanted.order,
                    start=wanted.start,
                    limit=wanted.limit,
                ),
            )
            return page([_row(call, role, one) for one in found], total)

    return list_all


def _as_stored(condition: Condition) -> Condition:
    """A condition as the books are asked: a CUIT has no hyphens there, nor a DNI dots."""
    if condition.name not in ("tax_number", "personal_number"):
        return condition
    digits = condition.value.replace("-", "").replace(".", "")
    return Condition(condition.name, condition.operator, digits)


async def _retried(save: Callable[[], Awaitable[StoredThirdParty]]) -> StoredThirdParty:
    """What is saved, tried again when somebody else was faster; then it is seen in time."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await save()
        except Rejected as rejected:
            if not any(problem.code in ("busy", "repeated") for problem in rejected.problems):
                raise
    return await save()


async def _create(
    call: Call, role: ThirdPartyKind, info: Parameters, identification: str
) -> StoredThirdParty:
    """A new customer or supplier; somebody who is the other already becomes both."""
    async with call.database.read(call.credential) as transaction:
        heads = await find_heads(transaction, [identification] if identification else [])
        known = heads.get(identification)
        draft = await _draft(transaction, call, role, info, known)
        if known is not None and is_in_role(known, role):
            raise _exists(role, known.identification)
    return await _record(call, role, draft)


async def _edit(
    call: Call, role: ThirdPartyKind, info: Parameters, wanted: int | None
) -> StoredThirdParty:
    async with call.database.read(call.credential) as transaction:
        known = (await _find(transaction, role, wanted)).party
        draft = await _draft(transaction, call, role, info, known)
        identification = draft.party.identification
        others = await find_heads(transaction, [identification] if identification else [])
        if any(other.id != known.id for other in others.values()):
            raise _exists(role, identification)
    return await _record(call, role, draft)


async def _draft(
    transaction: Transaction,
    call: Call,
    role: ThirdPartyKind,
    info: Parameters,
    known: StoredThirdParty | None,
) -> SaveThirdParty:
    before = _row(call, role, PartyInRole(known, Decimal(0))) if known else {}
    accounts = (await load_catalog(transaction)).accounts.values()
    return draft_from_info(info, role, known, accounts, before)


async def _record(call: Call, role: ThirdPartyKind, draft: SaveThirdParty) -> StoredThirdParty:
    submission = Submission(draft=draft, origin=call.origin, credential=call.credential)
    try:
        recorded = await call.groups.record(call.company, submission)
    except Rejected as rejected:
        if _is_about_movements(rejected.problems[0]):
            message = f"El CUIT o DNI no se puede modificar: el {_WORDS[role]} tiene movimientos."
            raise Failure(message) from rejected
        raise
    party: StoredThirdParty = recorded.value
    return party


def _is_about_movements(problem: Problem) -> bool:
    return (problem.code, problem.field) == ("not_editable", "identification")


def _exists(role: ThirdPartyKind, identification: str) -> Failure:
    number = "CUIT" if find_cuit(identification) else "DNI"
    return Failure(f"El {number} ya existe (otro {_WORDS[role]})")


async def _find(transaction: Transaction, role: ThirdPartyKind, wanted: int | None) -> PartyInRole:
    found = await find_party_in_role(transaction, role, DIALECT, wanted or 0)
    if found is None:
        raise Failure(f"No se encuentra el {_WORDS[role]}")
    return found


def _saved(role: ThirdPartyKind, party: StoredThirdParty) -> dict[str, Any]:
    """The id, where each kind of client looks for it."""
    id_name = ID_NAMES[role]
    return {"data": {id_name: str(party.id)}, id_name: str(party.id)}


def _row(
    call: Call, role: ThirdPartyKind, found: PartyInRole, *, with_balance: bool = True
) -> dict[str, Any]:
    made = local_day(call.country, found.party.created_at)
    row = row_from_third_party(found.party, role, call.company_id, made)
    return row | {"Saldo": f"{found.balance:.2f}"} if with_balance else row


_CUSTOMER, _SUPPLIER = ThirdPartyKind.CUSTOMER, ThirdPartyKind.SUPPLIER
create_customer, create_supplier = _create_handler(_CUSTOMER), _create_handler(_SUPPLIER)
edit_customer, edit_supplier = _edit_handler(_CUSTOMER), _edit_handler(_SUPPLIER)
read_customer, read_supplier = _read_handler(_CUSTOMER), _read_handler(_SUPPLIER)
read_customer_with_balance = _read_handler(_CUSTOMER, with_balance=True)
list_customers, list_suppliers = _list_handler(_CUSTOMER), _list_handler(_SUPPLIER)
