"""What the records of a company file must be together: ids unique, references real, accounts fit.

One function per kind of record, in the order of the file, listed in CHECKS. Each reports everything
it finds and goes on. Rules of law are not repeated here: whether a rate is the legal one is the
company's business. Nothing here reads the database.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from cuadra.catalog import tables
from cuadra.catalog.argentina import find_province
from cuadra.catalog.company_file.checking import NUMBER_LIMIT, Checker
from cuadra.catalog.company_file.reading import Path, Reading
from cuadra.catalog.company_file.voucher_checks import check_vouchers
from cuadra.catalog.company_records import CompanyFile
from cuadra.catalog.cuit import find_cuit
from cuadra.catalog.nit import WEIGHTS, compute_check_digit
from cuadra.catalog.records import (
    Account,
    Address,
    Dimension,
    DimensionKind,
    PersonKind,
    Product,
    ProductKind,
    TaxKind,
    ThirdParty,
)

COMPANY_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")  # it stands in commands and addresses
PRICE_LISTS_MAX = 12
BRANCH_LIMIT = 999
CUITS = frozenset({"80", "86", "87"})  # CUIT, CUIL and CDI follow one rule
PLACE = ("country_code", "state_code", "city_code")


def check_company(company: CompanyFile, chart: dict[str, Account], reading: Reading) -> None:
    """Report to the reading everything the company's records get wrong together."""
    checker = Checker(company, chart, reading)
    for check in CHECKS:
        check(checker)


def check_head(checker: Checker) -> None:
    """Name, country, currency and, in Colombia, the check digit of the company itself."""
    head = checker.company.company
    if not COMPANY_NAME.fullmatch(head.name):
        message = "name must be small letters, digits and hyphens, at most 40"
        checker.report(("company", "name"), f"{message}, not {head.name!r}")
    if tables.find_country(head.country) is None:
        checker.report(("company", "country"), f"country {head.country} does not exist")
    _check_currency(checker, ("company", "currency"), head.currency)
    if head.country == "CO":
        _check_digit(checker, ("company",), head.identification, head.check_digit or None)


def check_credentials(checker: Checker) -> None:
    """A credential opens a door that exists, and no two have the same identity there."""
    credentials = checker.company.credentials
    for index, credential in enumerate(credentials):
        path = ("credentials", index, "dialect")
        checker.reference(path, credential.dialect, tables.list_dialects())
    checker.unique("credentials", credentials, lambda one: (one.dialect, one.identity), "dialect")


def check_accounts(checker: Checker) -> None:
    """Codes are digits, have a parent, and what takes movement has no accounts below it."""
    accounts = checker.company.accounts
    chart = checker.company.chart
    if chart is not None and tables.find_chart(chart) is None:
        hint = checker.reading.hint(chart, tables.CHARTS)
        checker.report(("chart",), f"chart {chart} does not exist{hint}")
    _check_ids(checker, "accounts")
    checker.unique("accounts", accounts, lambda account: account.code, "code")
    parents = {code[:size] for code in checker.chart for size in range(1, len(code))}
    for index, account in enumerate(accounts):
        path, code = ("accounts", index, "code"), account.code
        if not (code.isascii() and code.isdigit() and len(code) <= 10):
            checker.report(path, f"code {code!r} must be 1 to 10 digits")
        elif len(code) > 1 and _nearest_above(checker.chart, code) is None:
            checker.report(path, f"account {code} has no heading above it")
        if account.movement and code in parents:
            checker.report(path, f"account {code} takes movement but has accounts below it")
        elif (above := _nearest_above(checker.chart, code)) and above.movement:
            checker.report(path, f"account {code} lies below {above.code}, which takes movement")


def check_account_groups(checker: Checker) -> None:
    """The accounts of a product classification."""
    _check_ids(checker, "account_groups")
    groups = checker.company.account_groups
    checker.unique("account_groups", groups, lambda group: group.code, "code")
    for index, group in enumerate(groups):
        for use in ("income", "returns", "inventory", "cost", "purchase"):
            field = f"{use}_account"
            checker.account(("account_groups", index, field), getattr(group, field))


def check_taxes(checker: Checker) -> None:
    """Accounts and percentages of taxes; a self-withholding needs both its sides."""
    _check_ids(checker, "taxes")
    for index, tax in enumerate(checker.company.taxes):
        path = ("taxes", index)
        for field in ("sales_account", "purchase_account", "contra_account"):
            checker.account((*path, field), getattr(tax, field))
        if not 0 <= tax.percentage <= 100:
            checker.report((*path, "percentage"), "percentage must be from 0 to 100")
        if tax.kind is TaxKind.AUTORRETENCION and tax.contra_account is None:
            checker.report((*path, "kind"), "a self-withholding needs a contra_account")


def check_lists(checker: Checker) -> None:
    """Price lists, warehouses, sellers and fixed assets: ids, positions and user names."""
    for kind in ("price_lists", "warehouses", "sellers", "fixed_assets"):
        _check_ids(checker, kind)
    company = checker.company
    checker.unique("price_lists", company.price_lists, lambda one: one.position, "position")
    for index, price_list in enumerate(company.price_lists):
        path = ("price_lists", index, "position")
        checker.between(path, price_list.position, 1, PRICE_LISTS_MAX)
    checker.unique("sellers", company.sellers, lambda one: one.username, "username")
    checker.unique("fixed_assets", company.fixed_assets, lambda one: one.code, "code")
    for index, asset in enumerate(company.fixed_assets):
        path = ("fixed_assets", index, "account")
        account = checker.account(path, asset.account)
        if account is not None and not account.fixed_asset:
            checker.report(path, f"account {account.code} keeps no fixed assets")


def check_cost_centres(checker: Checker) -> None:
    """A subcentre's parent exists and is no subcentre itself."""
    _check_ids(checker, "cost_centres")
    centres = checker.company.cost_centres
    checker.unique("cost_centres", centres, lambda centre: centre.code, "code")
    by_id = {centre.id: centre for centre in centres}
    for index, centre in enumerate(centres):
        path = ("cost_centres", index, "parent")
        checker.reference(path, centre.parent, by_id)
        parent = by_id.get(centre.parent) if centre.parent is not None else None
        if parent is not None and parent.parent is not None:
            checker.report(path, f"parent {parent.id} is itself a subcentre")


def check_dimensions(checker: Checker) -> None:
    """Ids and codes are unique within a kind, and only operation centres have a place."""
    dimensions = checker.company.dimensions
    checker.unique("dimensions", dimensions, lambda one: (one.kind.value, one.id), "id")
    checker.unique("dimensions", dimensions, lambda one: (one.kind.value, one.code), "code")
    for index, dimension in enumerate(dimensions):
        path = ("dimensions", index)
        checker.between((*path, "id"), dimension.id, 1)
        if dimension.kind is DimensionKind.OPERATION_CENTRE:
            _check_place(checker, path, dimension)
            continue
        for field in PLACE:
            if getattr(dimension, field) is not None:
                message = f"only an operation_centre has a {field}, not a {dimension.kind.value}"
                checker.report((*path, field), message)


def check_payment_types(checker: Checker) -> None:
    """A means of payment with due dates needs an account that keeps dues."""
    _check_ids(checker, "payment_types")
    for index, payment in enumerate(checker.company.payment_types):
        path = ("payment_types", index)
        account = checker.account((*path, "account"), payment.account)
        if payment.due_date and account is not None and account.due is None:
            message = f"due_date needs an account with dues, and {account.code} keeps none"
            checker.report((*path, "due_date"), message)


def check_voucher_types(checker: Checker) -> None:
    """Ids, numbering, cost centres and names: no dialect may confuse two series."""
    _check_ids(checker, "voucher_types")
    types = checker.company.voucher_types
    checker.unique("voucher_types", types, lambda one: (one.kind.value, one.code), "code")
    seen: dict[tuple[str, ...], int] = {}
    for index, one in enumerate(types):
        path = ("voucher_types", index)
        checker.between((*path, "next_number"), one.next_number, 1, NUMBER_LIMIT)
        checker.not_negative((*path, "self_withholding_limit"), one.self_withholding_limit)
        checker.reference((*path, "cost_centre_default"), one.cost_centre_default, checker.centres)
        for position, discount in enumerate(one.global_discounts):
            checker.account((*path, "global_discounts", position, "account"), discount.account)
        if one.cost_centre_mandatory and not one.cost_centre:
            message = "cost_centre_mandatory needs cost_centre: true"
            checker.report((*path, "cost_centre_mandatory"), message)
        for dialect, name in one.names.items():
            here = (*path, "names", dialect)
            checker.reference(here, dialect, tables.list_dialects(vouchers=True), "dialect")
            key = (dialect, name.type, name.code, name.prefix)
            if key in seen:
                message = f"{dialect} already calls voucher type {seen[key]} by this name"
                checker.report(here, message)
            seen.setdefault(key, one.id)


def check_third_parties(checker: Checker) -> None:
    """Identifications, names, addresses and people of third parties."""
    company = checker.company
    parties = company.third_parties
    _check_ids(checker, "third_parties")
    checker.unique("third_parties", parties, lambda one: one.guid, "guid")
    checker.unique("third_parties", parties, _key_from_party, "identification")
    for index, party in enumerate(parties):
        path = ("third_parties", index)
        checker.between((*path, "branch"), party.branch, 0, BRANCH_LIMIT)
        _check_identity(checker, path, party)
        checker.reference((*path, "seller"), party.seller, checker.sellers)
        checker.reference((*path, "collector"), party.collector, checker.sellers)
        if party.address is not None:
            _check_place(checker, (*path, "address"), party.address)
        for position, contact in enumerate(party.contacts):
            if contact.email and "@" not in contact.email:
                where = (*path, "contacts", position, "email")
                checker.report(where, f"email {contact.email!r} is no address")


def check_products(checker: Checker) -> None:
    """References, prices and stock of products."""
    products = checker.company.products
    checker.unique("products", products, lambda product: product.code, "code")
    _check_ids(checker, "products")
    checker.unique("products", products, lambda product: product.guid, "guid")
    for index, product in enumerate(products):
        path = ("products", index)
        checker.reference((*path, "account_group"), product.account_group, checker.groups)
        _check_product_taxes(checker, path, product)
        if tables.find_unit(product.unit) is None:
            checker.report((*path, "unit"), f"unit {product.unit} does not exist")
        checker.not_negative((*path, "tax_consumption_value"), product.tax_consumption_value)
        _check_prices(checker, path, product)
        _check_stock(checker, path, product)
        _check_components(checker, path, product)


CHECKS: tuple[Callable[[Checker], None], ...] = (
    check_head,
    check_credentials,
    check_accounts,
    check_account_groups,
    check_taxes,
    check_lists,
    check_cost_centres,
    check_dimensions,
    check_payment_types,
    check_voucher_types,
    check_third_parties,
    check_products,
    check_vouchers,
)


def _check_ids(checker: Checker, kind: str) -> None:
    """Ids are unique and positive, except where 0 stands for an id that is still to be given."""
    records = getattr(checker.company, kind)
    low = 0 if kind in ("accounts", "third_parties", "products") else 1
    for index, record in enumerate(records):
        checker.between((kind, index, "id"), record.id, low)
    checker.unique(kind, records, lambda record: record.id, "id")


def _check_currency(checker: Checker, path: Path, code: str) -> None:
    currency = tables.find_currency(code)
    if currency is None:
        checker.report(path, f"currency {code} does not exist")
    elif not currency.active:
        checker.report(path, f"currency {code} is withdrawn")


def _check_digit(checker: Checker, path: Path, identification: str, given: str | None) -> None:
    """A check digit that was given must be DIAN's."""
    if not (identification.isascii() and identification.isdigit()):
        return
    if given is None or len(identification) > len(WEIGHTS):
        return
    right = compute_check_digit(identification)
    if given != right:
        message = f"the check digit of {identification} is {right}, not {given}"
        checker.report((*path, "check_digit"), message)


def _nearest_above(chart: dict[str, Account], code: str) -> Account | None:
    """The parent of an account: the longest other code it starts with."""
    above = (code[:size] for size in range(len(code) - 1, 0, -1))
    return next((chart[one] for one in above if one in chart), None)


def _key_from_party(party: ThirdParty) -> tuple[str, int | str]:
    return party.identification, party.branch or ""


def _check_identity(checker: Checker, path: Path, party: ThirdParty) -> None:
    country = checker.company.company.country
    known = {one.code: one for one in tables.list_id_types(country)}
    if known:
        checker.reference((*path, "id_type"), party.id_type, known)
    id_type = known.get(party.id_type)
    if id_type is not None and not id_type.accepts(party.identification):
        message = f"identification {party.identification!r} does not fit id_type {id_type.code}"
        checker.report((*path, "identification"), message)
    if country == "CO":
        _check_digit(checker, path, party.identification, party.check_digit)
    if country == "AR" and party.id_type in CUITS and find_cuit(party.identification) is None:
        message = f"{party.identification} is no CUIT: its check digit is wrong"
        checker.report((*path, "identification"), message)
    names_max = 1 if party.person is PersonKind.COMPANY else 2
    if not 1 <= len(party.name) <= names_max or not all(party.name):
        message = "name must be one element for a company, given names and surnames for a person"
        checker.report((*path, "name"), message)
    for position, code in enumerate(party.fiscal_responsibilities):
        if tables.find_fiscal_responsibility(code, country) is None:
            where = (*path, "fiscal_responsibilities", position)
            checker.report(where, f"fiscal responsibility {code} does not exist")


def _check_place(checker: Checker, path: Path, place: Address | Dimension) -> None:
    """Places of Colombia and provinces of Argentina are known; elsewhere only the country is.

    A smaller place needs the larger one around it.
    """
    country, state, city = place.country_code, place.state_code, place.city_code
    for larger, smaller in pairwise(PLACE):
        if getattr(place, larger) is None and getattr(place, smaller) is not None:
            checker.report((*path, smaller), f"{smaller} needs a {larger}")
            return
    if country is None:
        return
    if tables.find_country(country) is None:
        checker.report((*path, "country_code"), f"country {country} does not exist")
    elif country == "AR" and state is not None and find_province(state) is None:
        checker.report((*path, "state_code"), f"province {state} does not exist")
    elif country == "CO" and state is not None:
        _check_colombian_place(checker, path, state, city)


def _check_colombian_place(checker: Checker, path: Path, state: str, city: str | None) -> None:
    """DANE's codes, of which the municipality's begins with the department's."""
    if tables.find_department(state) is None:
        checker.report((*path, "state_code"), f"department {state} does not exist")
    elif city is not None:
        known = tables.find_city(city)
        if known is None:
            checker.report((*path, "city_code"), f"city {city} does not exist")
        elif known.department_code != state:
            message = f"city {city} is in department {known.department_code}, not {state}"
            checker.report((*path, "city_code"), message)


def _check_product_taxes(checker: Checker, path: Path, product: Product) -> None:
    used: set[int] = set()
    for index, tax in enumerate(product.taxes):
        where = (*path, "taxes", index)
        checker.reference((*where, "tax"), tax.tax, checker.taxes)
        if tax.tax in used:
            checker.report((*where, "tax"), f"tax {tax.tax} is repeated")
        used.add(tax.tax)
        checker.not_negative((*where, "milliliters"), tax.milliliters)
        checker.not_negative((*where, "rate"), tax.rate)


def _check_prices(checker: Checker, path: Path, product: Product) -> None:
    positions = {one.position for one in checker.company.price_lists}
    used: set[tuple[str, int]] = set()
    for index, price in enumerate(product.prices):
        where = (*path, "prices", index)
        checker.reference((*where, "position"), price.position, positions)
        _check_currency(checker, (*where, "currency"), price.currency)
        checker.not_negative((*where, "value"), price.value)
        if (price.currency, price.position) in used:
            checker.report((*where, "position"), f"position {price.position} is repeated")
        used.add((price.currency, price.position))


def _check_stock(checker: Checker, path: Path, product: Product) -> None:
    group = checker.groups.get(product.account_group)
    if not product.stock_control:
        return
    if product.kind is ProductKind.SERVICE:
        checker.report((*path, "stock_control"), "a service has no stock_control")
    elif group and not (group.inventory_account and group.cost_account):
        message = f"stock_control needs inventory_account and cost_account in group {group.id}"
        checker.report((*path, "stock_control"), message)


def _check_components(checker: Checker, path: Path, product: Product) -> None:
    """A combo holds other products, which the file gives an id, and keeps no stock of its own."""
    combos = {one.id for one in checker.company.products if one.kind is ProductKind.COMBO}
    ids = {one.id for one in checker.company.products if one.id}
    if product.components and product.kind is not ProductKind.COMBO:
        checker.report((*path, "components"), "only a combo has components")
    if product.stock_control and product.kind is ProductKind.COMBO:
        checker.report(
            (*path, "stock_control"), "a combo has no stock_control: its components have"
        )
    for index, component in enumerate(product.components):
        where = (*path, "components", index)
        if checker.reference((*where, "product"), component.product, ids) and (
            component.product in combos
        ):
            checker.report((*where, "product"), "a combo holds no other combo")
        if component.quantity <= 0:
            checker.report((*where, "quantity"), "quantity must be greater than zero")
