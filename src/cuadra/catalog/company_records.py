"""What only a company file says, one frozen struct each: who the company is, its keys, its first vouchers, and all of it.

The rest of a company file are the records of its catalog (`catalog.records`). Here are those that are turned into
something else when the file is loaded: keys into credentials, vouchers into versions of the ledger.
"""

from decimal import Decimal
from typing import Any

from cuadra.catalog.records import (
    Account,
    AccountGroup,
    CostCentre,
    Dimension,
    FixedAsset,
    PaymentType,
    PriceList,
    Product,
    Record,
    Seller,
    Tax,
    ThirdParty,
    VoucherType,
    Warehouse,
)


class Credential(Record, frozen=True, kw_only=True):
    """A key that opens one door of the company.

    `identity` is what the caller names itself with (a username, a connection), empty where the key
    is all; `secret` is given in clear only by the file of a sandbox company.
    """

    dialect: str
    identity: str = ""
    secret: str = ""


class VoucherLine(Record, frozen=True, kw_only=True):
    """One line of a voucher in a company file; `amount` is signed, debit positive."""

    account: str
    amount: Decimal
    third_party: str | None = None
    branch: int = 0
    cost_centre: int | None = None
    description: str = ""
    due_prefix: str | None = None
    due_consecutive: int | None = None
    due_quote: int = 1
    due_date: str | None = None
    product: str | None = None
    quantity: Decimal | None = None
    warehouse: int | None = None
    tax: int | None = None
    tax_base: Decimal | None = None


class OpeningVoucher(Record, frozen=True, kw_only=True):
    """A voucher a company file brings along, usually its opening balances.

    Programs that know a voucher by its `serial` may have that in their configuration; else it is the next one.
    """

    voucher_type: int
    date: str
    lines: tuple[VoucherLine, ...]
    description: str = ""
    number: int | None = None
    serial: int | None = None


class CompanyHead(Record, frozen=True, kw_only=True):
    """Who the company is. Only a `sandbox` may be reset or deleted."""

    name: str
    legal_name: str
    identification: str
    check_digit: str = ""
    country: str = "CO"
    currency: str = "COP"
    sandbox: bool = False


class CompanyFile(Record, frozen=True, kw_only=True):
    """A whole company, declared: what `cuadra company load` reads."""

    company: CompanyHead
    settings: dict[str, Any] = {}
    credentials: tuple[Credential, ...] = ()
    chart: str | None = None
    accounts: tuple[Account, ...] = ()
    account_groups: tuple[AccountGroup, ...] = ()
    taxes: tuple[Tax, ...] = ()
    price_lists: tuple[PriceList, ...] = ()
    warehouses: tuple[Warehouse, ...] = ()
    sellers: tuple[Seller, ...] = ()
    cost_centres: tuple[CostCentre, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    payment_types: tuple[PaymentType, ...] = ()
    fixed_assets: tuple[FixedAsset, ...] = ()
    voucher_types: tuple[VoucherType, ...] = ()
    third_parties: tuple[ThirdParty, ...] = ()
    products: tuple[Product, ...] = ()
    vouchers: tuple[OpeningVoucher, ...] = ()
