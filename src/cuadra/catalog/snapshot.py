"""A company's catalogs in memory, read once per version.

Charts, taxes, voucher types and the like are small and change rarely, so every process keeps them and
asks the database only for their version, which each transaction learns when it begins. Third parties
and products are many and change often; they are never kept here.
"""

from typing import Any

import msgspec

from cuadra.catalog.records import (
    Account,
    AccountGroup,
    CostCentre,
    Dimension,
    DimensionKind,
    FixedAsset,
    PaymentType,
    PriceList,
    Seller,
    Tax,
    VoucherType,
    Warehouse,
)
from cuadra.database.pool import Company, Transaction

_CACHED_COMPANIES_MAX = 200


class Catalog(msgspec.Struct, frozen=True):
    """One company's catalogs, by id; accounts and fixed assets also by code, dimensions within their kind.

    `settings` is what its file set, by subject. `dimensions` has every kind, also those without members.
    """

    company: Company
    settings: dict[str, Any]
    accounts: dict[str, Account]
    accounts_by_id: dict[int, Account]
    account_groups: dict[int, AccountGroup]
    taxes: dict[int, Tax]
    price_lists: dict[int, PriceList]
    warehouses: dict[int, Warehouse]
    sellers: dict[int, Seller]
    cost_centres: dict[int, CostCentre]
    dimensions: dict[DimensionKind, dict[int, Dimension]]
    payment_types: dict[int, PaymentType]
    fixed_assets: dict[int, FixedAsset]
    fixed_assets_by_code: dict[str, FixedAsset]
    voucher_types: dict[int, VoucherType]


class _Stored(msgspec.Struct):
    settings: dict[str, Any]
    accounts: list[Account]
    account_groups: list[AccountGroup]
    taxes: list[Tax]
    price_lists: list[PriceList]
    warehouses: list[Warehouse]
    sellers: list[Seller]
    cost_centres: list[CostCentre]
    dimensions: list[Dimension]
    payment_types: list[PaymentType]
    fixed_assets: list[FixedAsset]
    voucher_types: list[VoucherType]


_decoder = msgspec.json.Decoder(_Stored)
_cache: dict[str, Catalog] = {}  # by the company's guid, which no other database repeats


def _list(table: str, hidden: str = "") -> str:
    """SQL for a JSON array of a catalog table's rows in the order of their ids."""
    return (
        f"(SELECT COALESCE(jsonb_agg(to_jsonb(t) - 'company_id'{hidden} ORDER BY t.id), '[]')"
        f" FROM books.{table} t WHERE t.company_id = %(company)s)"
    )


_LOAD = f"""
SELECT jsonb_build_object(
    'settings', (SELECT settings FROM control.company WHERE id = %(company)s),
    'accounts', {_list("account", " - 'parent_id' - 'level'")},
    'account_groups', {_list("account_group")},
    'taxes', {_list("tax")},
    'price_lists', {_list("price_list")},
    'warehouses', {_list("warehouse")},
    'sellers', {_list("seller")},
    'cost_centres', {_list("cost_centre")},
    'dimensions', {_list("dimension")},
    'payment_types', {_list("payment_type")},
    'fixed_assets', {_list("fixed_asset")},
    'voucher_types',
        (SELECT COALESCE(jsonb_agg(
            (to_jsonb(t) - 'company_id' - 'settings') || t.settings || jsonb_build_object('names',
                (SELECT COALESCE(jsonb_object_agg(x.dialect, jsonb_build_object(
                            'type', x.type, 'code', x.code, 'prefix', x.prefix)), '{{}}')
                   FROM books.crosswalk x
                  WHERE x.company_id = t.company_id AND x.voucher_type_id = t.id)) ORDER BY t.id), '[]')
           FROM books.voucher_type t WHERE t.company_id = %(company)s)
)::text
"""


async def load_catalog(transaction: Transaction) -> Catalog:
    """The catalogs of the transaction's company, from memory when their version is still the same.

    What a transaction has changed itself is read anew and not kept: it may yet be rolled back, and its
    version then means something else.
    """
    company = transaction.company
    known = _cache.get(company.guid)
    if known is not None and known.company == company and not transaction.uncommitted_catalog:
        return known
    row = await transaction.row(_LOAD, company=company.id)
    assert row is not None
    catalog = _catalog_from_stored(company, _decoder.decode(row[0]))
    if transaction.uncommitted_catalog:
        return catalog
    while len(_cache) >= _CACHED_COMPANIES_MAX:
        del _cache[next(iter(_cache))]
    _cache[company.guid] = catalog
    return catalog


def _catalog_from_stored(company: Company, stored: _Stored) -> Catalog:
    return Catalog(
        company=company,
        settings=stored.settings,
        accounts={account.code: account for account in stored.accounts},
        accounts_by_id={account.id: account for account in stored.accounts},
        account_groups={group.id: group for group in stored.account_groups},
        taxes={tax.id: tax for tax in stored.taxes},
        price_lists={price_list.id: price_list for price_list in stored.price_lists},
        warehouses={warehouse.id: warehouse for warehouse in stored.warehouses},
        sellers={seller.id: seller for seller in stored.sellers},
        cost_centres={centre.id: centre for centre in stored.cost_centres},
        dimensions={
            kind: {one.id: one for one in stored.dimensions if one.kind is kind}
            for kind in DimensionKind
        },
        payment_types={payment.id: payment for payment in stored.payment_types},
        fixed_assets={asset.id: asset for asset in stored.fixed_assets},
        fixed_assets_by_code={asset.code: asset for asset in stored.fixed_assets if asset.code},
        voucher_types={voucher_type.id: voucher_type for voucher_type in stored.voucher_types},
    )
