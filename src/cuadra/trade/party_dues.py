"""Third parties that are customers, or suppliers, each with what is open between them and the company.

Somebody may be both: the books know what a third party mostly is, a dialect may have marked it as the other,
too, in what it keeps with it. What a customer's dues come to, less its advances, is debit positive; what a supplier is owed
is credit positive. Nothing here writes.
"""

from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from cuadra.catalog.records import DueKind, ThirdPartyKind
from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.catalog.third_parties import StoredThirdParty
from cuadra.catalog.third_party_numbers import MADE_PREFIX
from cuadra.database.conditions import (
    Condition,
    Order,
    order_from_wanted,
    where_from_conditions,
)
from cuadra.database.pool import Transaction
from cuadra.trade.books import zone_of
from cuadra.trade.settings import TradeSettings


class PartiesWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which third parties: `role` is customer or supplier, `dialect` the one whose marks count.

    What conditions and orders may name is in `COLUMNS`. Texts are compared in any case.
    """

    role: ThirdPartyKind
    dialect: str
    conditions: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    start: int = 0
    limit: int = 1


class PartyInRole(NamedTuple):
    """A third party and its balance; a customer's is what it owes, a supplier's what it is owed."""

    party: StoredThirdParty
    balance: Decimal


# Argentina's types of identification of a taxpayer; and whoever has none goes by one that was made.
_TAXPAYER = "t.id_type IN ('80', '86', '87')"
_NOBODY = f"t.identification LIKE '{MADE_PREFIX}%%'"
_KEPT = "t.extra #> ARRAY[%(dialect)s, %(role)s]"
_OPEN = (
    "d.company_id = %(company)s AND d.balance <> 0 AND d.account_id = ANY (%(accounts)s::integer[])"
)
_TEXTS = {
    "name": "array_to_string(t.name, ' ')",
    "commercial_name": "COALESCE(t.commercial_name, array_to_string(t.name, ' '))",
    "tax_number": f"CASE WHEN {_TAXPAYER} THEN t.identification ELSE '' END",
    "personal_number": (
        "COALESCE(t.extra #>> ARRAY[%(dialect)s, 'personal_number'],"
        f" CASE WHEN {_TAXPAYER} OR {_NOBODY} THEN '' ELSE t.identification END)"
    ),
    "email": "COALESCE(t.contacts #>> '{0,email}', '')",
}
COLUMNS = {name: f"lower({text})" for name, text in _TEXTS.items()} | {
    "id": "t.id",
    "active": "t.active",
    "since": (f"COALESCE(({_KEPT} ->> 'since')::date, (t.created_at AT TIME ZONE %(zone)s)::date)"),
    "balance": (
        "%(sign)s * COALESCE((SELECT sum(d.balance) FROM books.due d"
        f" WHERE {_OPEN} AND d.third_party_id = t.id), 0)"
    ),
}
_decoder = msgspec.json.Decoder(StoredThirdParty)


async def list_parties_in_role(
    transaction: Transaction, wanted: PartiesWanted
) -> tuple[int, list[PartyInRole]]:
    """One page of them, and how many there are on all pages. What they owe is added up for the page alone."""
    conditions = [_folded(condition) for condition in wanted.conditions]
    chosen, given = where_from_conditions(conditions, COLUMNS)
    values = given | _values(transaction, wanted, await load_catalog(transaction))
    where = f"t.company_id = %(company)s AND (t.kind = %(role)s OR {_KEPT} IS NOT NULL){chosen}"
    count = await transaction.row(
        f"SELECT count(*) FROM books.third_party t WHERE {where}", **values
    )
    assert count is not None
    order = order_from_wanted(wanted.order, COLUMNS, "t.id")
    rows = await transaction.rows(
        f"WITH page AS MATERIALIZED (SELECT t.* FROM books.third_party t WHERE {where}"
        f" ORDER BY {order} LIMIT %(limit)s OFFSET %(start)s)"
        " SELECT (to_jsonb(t) - 'company_id')::text, %(sign)s * COALESCE(b.balance, 0)"
        "  FROM page t LEFT JOIN (SELECT d.third_party_id, sum(d.balance) AS balance FROM books.due d"
        f" WHERE {_OPEN} AND d.third_party_id IN (SELECT id FROM page) GROUP BY 1) b ON b.third_party_id = t.id"
        f" ORDER BY {order}",
        **values,
    )
    return count[0], [PartyInRole(_decoder.decode(row[0]), row[1]) for row in rows]


async def find_party_in_role(
    transaction: Transaction, role: ThirdPartyKind, dialect: str, party_id: int
) -> PartyInRole | None:
    """A customer or supplier by its small id, or None."""
    condition = Condition("id", "=", party_id)
    wanted = PartiesWanted(role=role, dialect=dialect, conditions=(condition,))
    _, found = await list_parties_in_role(transaction, wanted)
    return found[0] if found else None


def _folded(condition: Condition) -> Condition:
    """A condition in small letters, as the texts it is compared with are."""
    if condition.name not in _TEXTS:
        return condition
    return msgspec.structs.replace(condition, value=str(condition.value).lower())


def _values(transaction: Transaction, wanted: PartiesWanted, catalog: Catalog) -> dict[str, Any]:
    return {
        "company": transaction.company.id,
        "role": wanted.role.value,
        "dialect": wanted.dialect,
        "zone": str(zone_of(transaction.company.country)),
        "accounts": role_accounts(wanted.role, catalog),
        "sign": 1 if wanted.role is ThirdPartyKind.CUSTOMER else -1,
        "start": wanted.start,
        "limit": wanted.limit,
    }


def role_accounts(role: ThirdPartyKind, catalog: Catalog) -> list[int]:
    """The ids of the accounts that keep the dues of customers, or of suppliers.

    What came in before its document is owed to a customer, yet it is part of the customer's balance, as
    what went out before is of a supplier's.
    """
    posting = msgspec.convert(catalog.settings.get("trade", {}), TradeSettings).accounts
    kind, own, other = DueKind.RECEIVABLE, posting.customer_advances, posting.supplier_advances
    if role is ThirdPartyKind.SUPPLIER:
        kind, own, other = DueKind.PAYABLE, other, own
    return [
        account.id
        for account in catalog.accounts.values()
        if account.code == own or (account.due is kind and account.code != other)
    ]
