"""How the vendor names what a company has set up: vouchers, accounts, cost centres, assets, products, people.

All its names are numbers. What the company calls otherwise gets a number of its own from the small id, so
that everything can be named: products under line 999, cost centres and assets by their id, third parties
as `catalog.third_party_numbers` says. Pure.
"""

import re
from typing import NamedTuple

import msgspec

from cuadra.catalog.products import StoredProduct
from cuadra.catalog.records import Account, CostCentre, FixedAsset, Tax, VoucherType
from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.siigo_pyme.settings import DIALECT
from cuadra.trade.documents import OFFERS

ACCOUNT_DIGITS = 10
ALIAS_PRODUCT_LINE = 999  # group and code are then the small id
_CODES = 1_000_000
_ASSETS = 100_000
_CENTRE = re.compile(r"0*([1-9]\d*)(?:-(\d*))?", re.ASCII)


class VoucherName(NamedTuple):
    """Letter and code of a voucher type."""

    letter: str
    code: int

    @property
    def cross(self) -> str:
        """As a cross names it.

        >>> VoucherName("F", 3).cross
        'F-003'
        """
        return f"{self.letter}-{self.code:03}"


class ProductKey(NamedTuple):
    """Line, group and code of a product."""

    line: int
    group: int
    code: int

    @property
    def number(self) -> int:
        """The thirteen digits in one."""
        return int(f"{self.line:03}{self.group:04}{self.code:06}")


class Crosswalk(msgspec.Struct, frozen=True):
    """The names of one company, both ways. `due_prefixes` leads from a voucher's name to that of its dues.

    The names of `others` are vouchers of another resource.
    """

    types: dict[VoucherName, VoucherType]
    names: dict[int, VoucherName]
    accounts: dict[str, Account]
    due_prefixes: dict[str, str]
    crosses: dict[str, str]
    centres: dict[tuple[int, int], CostCentre]
    centre_codes: dict[int, tuple[int, int]]
    assets: dict[tuple[int, int], FixedAsset]
    asset_codes: dict[int, tuple[int, int]]
    taxes: dict[str, list[Tax]]
    sellers: dict[int, bool]
    warehouses: dict[int, bool]
    made_numbers: dict[str, int]
    identifications: dict[int, str]
    others: set[VoucherName]

    def absence(self, name: VoucherName) -> str:
        """What is said of a name that no voucher type here has."""
        if name in self.others:
            return f"el comprobante {name.cross} no es de este recurso"
        return f"el comprobante {name.cross} no existe"


class Masters(msgspec.Struct, frozen=True):
    """What some vouchers name beyond the catalogs: products by their three numbers."""

    crosswalk: Crosswalk
    products: dict[ProductKey, StoredProduct] = {}


def crosswalk_from_catalog(
    catalog: Catalog, made_numbers: dict[str, int], *, offers: bool = False
) -> Crosswalk:
    """The names of a company: of its vouchers with accounting, or of its `offers`, which have none."""
    crosswalk = Crosswalk({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, made_numbers, {}, set())
    crosswalk.identifications.update({number: text for text, number in made_numbers.items()})
    crosswalk.sellers.update({one.id: one.active for one in catalog.sellers.values()})
    crosswalk.warehouses.update({one.id: one.active for one in catalog.warehouses.values()})
    for voucher_type in catalog.voucher_types.values():
        name = voucher_type.names.get(DIALECT)
        if name is None or not name.code.isdigit():
            continue
        own = VoucherName(name.type, int(name.code))
        if (voucher_type.kind in OFFERS) is not offers:
            crosswalk.others.add(own)
            continue
        crosswalk.types[own] = voucher_type
        crosswalk.names[voucher_type.id] = own
        crosswalk.due_prefixes[own.cross] = voucher_type.due_prefix or own.cross
        crosswalk.crosses.setdefault(voucher_type.due_prefix or own.cross, own.cross)
    for account in sorted(catalog.accounts.values(), key=lambda account: account.movement):
        if (padded := padded_account(account.code)) is not None:
            crosswalk.accounts[padded] = account  # one that takes lines comes last and stays
    crosswalk.centre_codes.update(centre_names(catalog))
    for centre_id, numbers in crosswalk.centre_codes.items():
        crosswalk.centres[numbers] = catalog.cost_centres[centre_id]
    for asset in catalog.fixed_assets.values():
        numbers = _asset_numbers(asset)
        if numbers in crosswalk.assets:
            numbers = divmod(asset.id, _ASSETS)
        crosswalk.assets[numbers] = asset
        crosswalk.asset_codes[asset.id] = numbers
    for tax in catalog.taxes.values():
        for code in {tax.sales_account, tax.purchase_account, tax.contra_account} - {None}:
            crosswalk.taxes.setdefault(code or "", []).append(tax)
    return crosswalk


def centre_names(catalog: Catalog) -> dict[int, tuple[int, int]]:
    """Centre and subcentre of every cost centre, as in the code `13-2`; others by their id."""
    names: dict[int, tuple[int, int]] = {}
    taken: set[tuple[int, int]] = set()
    for centre in catalog.cost_centres.values():
        parts = _CENTRE.fullmatch(centre.code)
        numbers = (int(parts[1]), int(parts[2] or 0)) if parts else (centre.id, 0)
        if numbers in taken:
            numbers = (centre.id, 0)
        taken.add(numbers)
        names[centre.id] = numbers
    return names


def _asset_numbers(asset: FixedAsset) -> tuple[int, int]:
    """Group and code from the nine digits of its code, or else from its id."""
    code = asset.code or ""
    number = int(code) if code.isascii() and code.isdigit() and len(code) <= 9 else asset.id
    return divmod(number, _ASSETS)


def padded_account(code: str) -> str | None:
    """An account in the ten digits of the vendor, unless it is more than that.

    >>> padded_account("11050501"), padded_account("110505"), padded_account("11A")
    ('1105050100', '1105050000', None)
    """
    if not code.isascii() or not code.isdigit() or len(code) > ACCOUNT_DIGITS or code[0] == "0":
        return None
    return code.ljust(ACCOUNT_DIGITS, "0")


def nit_of(identification: str, made_numbers: dict[str, int]) -> int:
    """A third party as a number.

    >>> nit_of("900123456", {}), nit_of("AB-123", {"AB-123": 999000000007}), nit_of("", {})
    (900123456, 999000000007, 0)
    """
    made = made_numbers.get(identification)
    return made if made is not None else int(identification or 0)


def product_key(code: str, product_id: int) -> ProductKey:
    """A product as three numbers.

    >>> product_key("0100020000305", 8)
    ProductKey(line=10, group=20, code=305)
    >>> product_key("305", 8), product_key("Sku-1", 2)
    (ProductKey(line=0, group=0, code=305), ProductKey(line=999, group=0, code=2))
    """
    if code.isascii() and code.isdigit():
        if len(code) == 13 and int(code[7:]):
            return ProductKey(int(code[:3]), int(code[3:7]), int(code[7:]))
        if len(code) <= 6 and code[0] != "0":
            return ProductKey(0, 0, int(code))
    return ProductKey(ALIAS_PRODUCT_LINE, *divmod(product_id, _CODES))


def product_codes(key: ProductKey) -> list[str]:
    """What the company may call a product that was named by three numbers."""
    codes = [f"{key.line:03}{key.group:04}{key.code:06}"]
    return codes if key.line or key.group else [*codes, str(key.code)]


def product_id(key: ProductKey) -> int | None:
    """The small id in a product's numbers, where it is named by that."""
    if key.line != ALIAS_PRODUCT_LINE:
        return None
    number = key.group * _CODES + key.code
    return number if number < 2**31 else None
