"""Writes a company file's catalogs into the database, each kind in one statement.

The structs of `catalog.records` and the tables of `books` have the same names, so a list of structs
travels as one JSON document that PostgreSQL turns into rows. Vouchers of the file are not written
here: they are posted like any other.
"""

import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from cuadra.catalog.company_records import CompanyFile
from cuadra.catalog.records import (
    Account,
    AccountGroup,
    Product,
    Record,
    ThirdParty,
    VoucherType,
)
from cuadra.database.ids import new_id
from cuadra.database.pool import Transaction

Numbered = TypeVar("Numbered", ThirdParty, Product)

_HEAD = (
    "id",
    "kind",
    "code",
    "name",
    "active",
)  # columns of books.voucher_type; the rest is settings


async def insert_catalogs(transaction: Transaction, file: CompanyFile, now: datetime) -> None:
    """Write all catalogs of a new company."""
    await _insert(transaction, "account", _account_rows(file.accounts))
    await _insert(transaction, "account_group", _rows(file.account_groups))
    await _insert(transaction, "tax", _rows(file.taxes))
    await _insert(transaction, "price_list", _rows(file.price_lists))
    await _insert(transaction, "warehouse", _rows(file.warehouses))
    await _insert(transaction, "seller", _rows(file.sellers))
    await _insert(transaction, "cost_centre", _rows(file.cost_centres))
    await _insert(transaction, "dimension", _rows(file.dimensions))
    await _insert(transaction, "payment_type", _rows(file.payment_types))
    await _insert(transaction, "fixed_asset", _rows(file.fixed_assets))
    await _insert(transaction, "voucher_type", [_voucher_type_row(t) for t in file.voucher_types])
    await _insert(transaction, "crosswalk", _crosswalk_rows(file.voucher_types))
    await _insert(transaction, "number_series", _series_rows(file))
    await insert_third_parties(transaction, _numbered(file.third_parties), now)
    await insert_products(transaction, _numbered(file.products), now)


async def insert_third_parties(
    transaction: Transaction, parties: Sequence[ThirdParty], now: datetime
) -> None:
    """Write third parties that already have their ids and guids."""
    await _insert(transaction, "third_party", _dated_rows(parties, now))


async def insert_products(
    transaction: Transaction, products: Sequence[Product], now: datetime
) -> None:
    """Write products that already have their ids and guids."""
    await _insert(transaction, "product", _dated_rows(products, now))


async def insert_account_group(transaction: Transaction, group: AccountGroup) -> None:
    """Write a new account group. A race with another process for its id or code ends in an error."""
    await _insert(transaction, "account_group", _rows([group]))
    await _raise_catalog_version(transaction)


async def rename_account_group(transaction: Transaction, group: AccountGroup) -> None:
    """Write the code and name of an account group."""
    await transaction.execute(
        "UPDATE books.account_group SET code = %(code)s, name = %(name)s"
        " WHERE company_id = %(company)s AND id = %(id)s",
        company=transaction.company.id,
        id=group.id,
        code=group.code,
        name=group.name,
    )
    await _raise_catalog_version(transaction)


async def _raise_catalog_version(transaction: Transaction) -> None:
    """Have every process read the company's catalogs again, once this transaction is committed."""
    row = await transaction.row(
        "UPDATE control.company SET catalog_version = catalog_version + 1 WHERE id = %(company)s"
        " RETURNING catalog_version",
        company=transaction.company.id,
    )
    assert row is not None
    transaction.catalog_changed(row[0])


async def _insert(transaction: Transaction, table: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    company = transaction.company.id
    for row in rows:
        row["company_id"] = company
    await transaction.execute(
        f"INSERT INTO books.{table} SELECT * FROM jsonb_populate_recordset(NULL::books.{table}, %(rows)s::jsonb)",
        rows=msgspec.json.encode(rows).decode(),
    )


def _rows(records: Iterable[Record]) -> list[dict[str, Any]]:
    return [msgspec.structs.asdict(record) for record in records]


def _dated_rows(records: Iterable[Record], now: datetime) -> list[dict[str, Any]]:
    return [msgspec.structs.asdict(record) | {"created_at": now} for record in records]


def _account_rows(accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """Accounts with their place in the tree: the parent is the longest other code they start with."""
    ids = {account.code: index for index, account in enumerate(sorted_chart(accounts), 1)}
    levels: dict[str, int] = {}
    rows = []
    for account in sorted_chart(accounts):
        parent = next(
            (
                account.code[:size]
                for size in range(len(account.code) - 1, 0, -1)
                if account.code[:size] in ids
            ),
            None,
        )
        levels[account.code] = levels[parent] + 1 if parent else 1
        rows.append(
            msgspec.structs.asdict(account)
            | {
                "id": ids[account.code],
                "parent_id": ids[parent] if parent else None,
                "level": levels[account.code],
            }
        )
    return rows


def sorted_chart(accounts: Iterable[Account]) -> list[Account]:
    """Accounts in the order of their codes, parents before children."""
    return sorted(accounts, key=lambda account: account.code)


def _voucher_type_row(voucher_type: VoucherType) -> dict[str, Any]:
    members = msgspec.structs.asdict(voucher_type)
    del members["names"]
    row = {name: members.pop(name) for name in _HEAD}
    return row | {"settings": members}


def _crosswalk_rows(voucher_types: Iterable[VoucherType]) -> list[dict[str, Any]]:
    return [
        {"dialect": dialect, "voucher_type_id": voucher_type.id} | msgspec.structs.asdict(name)
        for voucher_type in voucher_types
        for dialect, name in voucher_type.names.items()
    ]


def _series_rows(file: CompanyFile) -> list[dict[str, Any]]:
    """Where every numbering starts, and the per-company small integers after those the file uses."""
    rows = [
        {
            "kind": "number",
            "voucher_type_id": voucher_type.id,
            "first_number": voucher_type.next_number,
            "next_number": voucher_type.next_number,
        }
        for voucher_type in file.voucher_types
    ]
    taken = {"voucher": 0, "third_party": len(file.third_parties), "product": len(file.products)}
    for kind, count in taken.items():
        rows.append(
            {"kind": kind, "voucher_type_id": 0, "first_number": 1, "next_number": count + 1}
        )
    return rows


def _numbered(records: Sequence[Numbered]) -> list[Numbered]:
    """Records with an id each: the one the file chose, or the next free one; and a guid."""
    taken = {record.id for record in records if record.id}
    free = (number for number in itertools.count(1) if number not in taken)
    return [
        msgspec.structs.replace(record, id=record.id or next(free), guid=record.guid or new_id())
        for record in records
    ]
