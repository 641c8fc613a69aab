"""Company files: the built-in ones are sound, and every mistake is told with its line, all at once."""

import time
from decimal import Decimal
from uuid import UUID

import pytest

from cuadra.catalog.company_file import (
    BUILT_IN,
    CompanyFileError,
    load_built_in,
    load_built_in_text,
    load_company_file,
)
from cuadra.catalog.company_file.located import SIZE_LIMIT_CHARACTERS
from cuadra.catalog.company_records import CompanyFile
from cuadra.catalog.records import DueKind, TaxKind

SMALL = """\
company: {name: small, legal_name: Small S.A.S., identification: "901234567"}
chart: puc_co
account_groups:
  - {id: 1, name: Goods, income_account: "41350501"}
  - {id: 2, name: Stock, income_account: "41350501", inventory_account: "14350101", cost_account: "61350501"}
taxes:
  - {id: 1, name: IVA 19%, kind: IVA, percentage: 19.00, sales_account: "24080501"}
price_lists: [{id: 1, name: Price, position: 1}]
warehouses: [{id: 1, name: Main}]
sellers:
  - {id: 1, username: u@example.com, first_name: U, last_name: V, email: u@example.com, identification: "1"}
cost_centres:
  - {id: 1, code: "1", name: Main}
  - {id: 2, code: "2", name: Part, parent: 1}
payment_types:
  - {id: 1, name: Cash, side: both, account: "11050501"}
voucher_types:
  - {id: 1, kind: journal, code: "1", name: CC, names: {siigo: {type: CC, code: "1"}}}
  - {id: 2, kind: journal, code: "2", name: Manual, automatic_number: false}
third_parties:
  - {identification: "13832081", name: [Marcos, Castillo]}
products:
  - {code: A, name: Thing, account_group: 1, taxes: [{tax: 1}], prices: [{currency: COP, position: 1, value: 10}]}
  - {code: S, name: Stocked, account_group: 2, stock_control: true}
vouchers:
  - voucher_type: 1
    date: 2026-01-01
    lines:
      - {account: "11050501", amount: 100.50}
      - {account: "31050501", amount: -100.50, third_party: "13832081"}
"""


def problems(text: str) -> list[str]:
    """What is wrong with a text, as `LINE: message`."""
    with pytest.raises(CompanyFileError) as caught:
        load_company_file(text, source="f")
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.problems)
    return [line.removeprefix("f:") for line in lines]


def guids(company: CompanyFile) -> set[UUID | None]:
    """The fixed ids of a company's samples."""
    return {one.guid for one in company.third_parties} | {one.guid for one in company.products}


def swap(old: str, new: str, text: str = SMALL) -> str:
    """A text with one thing changed."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_small_is_sound() -> None:
    company = load_company_file(SMALL)
    assert company.taxes[0].percentage == Decimal("19.00")
    assert str(company.taxes[0].percentage) == "19.00"
    assert str(company.vouchers[0].lines[0].amount) == "100.50"
    assert company.vouchers[0].date == "2026-01-01"


# The built-in files.


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_files_are_sound(name: str) -> None:
    company = load_built_in(name)
    assert company.company.name == name
    assert company.company.sandbox == (name != "template-co")


def test_demo_has_the_ids_the_vendors_examples_use() -> None:
    demo = load_built_in("demo")
    types = {one.id: one for one in demo.voucher_types}
    assert {24446, 77775, 7714, 27234, 24445, 59625, 27441, 2379} <= set(types)
    invoice = types[24446]
    assert (invoice.code, invoice.reteiva, invoice.reteica) == ("1", True, True)
    assert invoice.self_withholding
    assert invoice.self_withholding_limit == Decimal(0)
    assert {13156, 34072, 589} <= {tax.id for tax in demo.taxes}
    argentina = load_built_in("demo-ar")
    assert set(TaxKind) == {tax.kind for tax in (*demo.taxes, *argentina.taxes)}
    assert {5636, 53} <= {payment.id for payment in demo.payment_types}
    assert {629, 35071} <= {seller.id for seller in demo.sellers}
    assert {235, 25732} <= {centre.id for centre in demo.cost_centres}
    assert {1270, 371092} <= {warehouse.id for warehouse in demo.warehouses}
    assert {1253, 1254} <= {group.id for group in demo.account_groups}
    parties = {party.identification for party in demo.third_parties}
    assert {"222222222222", "13832081", "209048401"} <= parties
    assert {"Item-1", "Sku-1"} <= {product.code for product in demo.products}


@pytest.mark.parametrize("name", ["demo", "demo-ar"])
def test_samples_have_fixed_guids_and_ids(name: str) -> None:
    company = load_built_in(name)
    assert all(one.guid and one.id for one in company.third_parties)
    assert all(one.guid and one.id for one in company.products)
    assert len(guids(company)) == len(company.third_parties) + len(company.products)


def test_both_demos_have_guids_of_their_own_and_share_a_colppy_user() -> None:
    demos = [load_built_in(name) for name in ("demo", "demo-ar")]
    assert not guids(demos[0]) & guids(demos[1])
    users = [[one for one in demo.credentials if one.dialect == "colppy"] for demo in demos]
    assert users[0] == users[1]


def test_every_kind_of_something_inactive_is_in_the_demo() -> None:
    demo = load_built_in("demo")
    assert not all(one.active for one in demo.account_groups)
    assert not all(one.active for one in demo.taxes)
    assert not all(one.active for one in demo.warehouses)
    assert not all(one.active for one in demo.sellers)
    assert not all(one.active for one in demo.cost_centres)
    assert not all(one.active for one in demo.payment_types)
    assert not all(one.active for one in demo.fixed_assets)
    assert not all(one.active for one in demo.voucher_types)
    assert not all(one.active for one in demo.third_parties)
    assert not all(one.active for one in demo.products)


def test_the_template_carries_no_samples_and_no_credentials() -> None:
    template = load_built_in("template-co")
    assert template.credentials == ()
    assert template.products == ()
    assert template.vouchers == ()
    assert [party.identification for party in template.third_parties] == ["222222222222"]


# Accounts.


def test_own_accounts_add_to_and_override_the_chart() -> None:
    text = SMALL + (
        'accounts:\n  - {code: "11050502", name: Till, nature: debit, movement: true}\n'
        '  - {code: "11100501", name: My bank, nature: debit, movement: true, due: payable}\n'
    )
    company: CompanyFile = load_company_file(text)
    accounts = {account.code: account for account in company.accounts}
    assert accounts["11050502"].name == "Till"
    assert accounts["11100501"].due is DueKind.PAYABLE
    assert accounts["11200501"].name == "Bancos, cuenta de ahorros"
    assert list(accounts) == sorted(accounts)


@pytest.mark.parametrize(
    ("account", "message"),
    [
        ('{code: "11x", name: N, nature: debit}', "code '11x' must be 1 to 10 digits"),
        ('{code: "0105", name: N, nature: debit}', "account 0105 has no heading above it"),
        (
            '{code: "1105", name: N, nature: debit, movement: true}',
            "account 1105 takes movement but has accounts below it",
        ),
        (
            '{code: "1105050101", name: N, nature: debit}',
            "account 1105050101 lies below 11050501, which takes movement",
        ),
        (
            '{code: "1105", name: N, nature: left}',
            "nature must be one of debit, credit, not 'left'",
        ),
    ],
)
def test_own_accounts_that_do_not_fit(account: str, message: str) -> None:
    assert f"32: {message}" in problems(SMALL + f"accounts:\n  - {account}\n")


def test_an_unreadable_chart_does_not_make_every_account_unknown() -> None:
    assert problems(swap("chart: puc_co", "chart: [puc_co]")) == ["2: chart must be a single value"]


# Keys and types.


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'income_account: "41350501"}',
            'incom_account: "41350501"}',
            [
                '4: account group lacks the key "income_account"',
                '4: unknown key "incom_account" in account group; did you mean "income_account"?',
            ],
        ),
        ("warehouses:", "bodegas:", ['9: unknown key "bodegas" in company file']),
        ("percentage: 19.00", "percentage: many", ["7: percentage must be a number such as 19 or"]),
        ("percentage: 19.00", "percentage: 1e1", ["7: percentage must be a number such as 19 or"]),
        ("percentage: 19.00", "percentage: .nan", ["7: percentage must be a number such as 19 or"]),
        ("percentage: 19.00", "percentage: [19]", ["7: percentage must be a single value"]),
        ("percentage: 19.00", "percentage: 119", ["7: percentage must be from 0 to 100"]),
        ("percentage: 19.00", "percentage: ~", ["7: percentage must not be empty"]),
        ("kind: IVA", "kind: Iva", ["7: kind must be one of IVA, Retefuente"]),
        ("name: Main}]", 'name: ""}]', ["9: name must not be empty"]),
        ("name: Main}]", "name: true}]", ["9: name must be text without control characters"]),
        ("name: Main}]", 'name: "a\\0b"}]', ["9: name must be text without control characters"]),
        ("[{id: 1, name: Main}]", "Main", ["9: warehouses must be a list"]),
        ("[{id: 1, name: Main}]", "[Main]", ["9: warehouse must be written as keys and values"]),
        ("{id: 1, name: Main}", '{id: "1", name: Main}', ["9: id must be a whole number without"]),
        ("{id: 1, name: Main}", "{id: 0, name: Main}", ["9: id must be from 1 to 2147483647"]),
        ("{id: 1, name: Main}", "{id: 3000000000, name: Main}", ["9: id must be from 1 to 2147"]),
        ("stock_control: true", "stock_control: yes", ["24: stock_control must be true or false"]),
        ("stock_control: true", "guid: zz", ["24: guid must be a UUID, not 'zz'"]),
        ("date: 2026-01-01", "date: 2026-02-30", ["27: date must be a date such as 2026-01-31"]),
        ("date: 2026-01-01", "date: 20260101", ["27: date must be a date such as 2026-01-31"]),
        ('  - {id: 1, code: "1", name: Main}', "  - {id: 1, code: 1, name: Main}", None),
    ],
)
def test_keys_and_types(old: str, new: str, expected: list[str] | None) -> None:
    text = swap(old, new)
    if expected is None:
        load_company_file(text)
        return
    found = problems(text)
    assert len(found) == len(expected)
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True)), found


def test_the_company_itself_may_not_be_missing() -> None:
    assert problems("chart: puc_co\n") == ['1: company file lacks the key "company"']
    assert problems("company:\n") == ["1: company head must be written as keys and values"]


# References.


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("name: small", "name: Small Co", "1: name must be small letters, digits and hyphens"),
        ("puc_co", "puc_mx", "2: chart puc_mx does not exist"),
        (
            'sales_account: "24080501"',
            'sales_account: "2408"',
            "7: sales_account: account 2408 is a",
        ),
        ('account: "11050501"}', 'account: "11050599"}', "16: account: account 11050599 does not"),
        ("account_group: 1", "account_group: 9", "23: account_group 9 does not exist"),
        ("taxes: [{tax: 1}]", "taxes: [{tax: 9}]", "23: tax 9 does not exist"),
        ("taxes: [{tax: 1}]", "taxes: [{tax: 1}, {tax: 1}]", "23: tax 1 is repeated"),
        ("position: 1, value: 10", "position: 2, value: 10", "23: position 2 does not exist"),
        ("position: 1, value: 10", "position: 1, value: -1", "23: value must not be negative"),
        ("currency: COP", "currency: COX", "23: currency COX does not exist"),
        ("currency: COP", "currency: ANG", "23: currency ANG is withdrawn"),
        ("stock_control: true", "unit: zzzz", "24: unit zzzz does not exist"),
        ("account_group: 2,", "account_group: 1,", "24: stock_control needs inventory_account"),
        ("stock_control: true", "stock_control: true, kind: service", "24: a service has no stock"),
        ("parent: 1", "parent: 7", "14: parent 7 does not exist"),
        ("parent: 1", "parent: 2", "14: parent 2 is itself a subcentre"),
        ("name: Cash,", "name: Cash, due_date: true,", "16: due_date needs an account with dues"),
        ("{siigo:", "{sigo:", '18: dialect sigo does not exist; did you mean "siigo"?'),
        (
            "automatic_number: false",
            'names: {siigo: {type: CC, code: "1"}}',
            "19: siigo already calls voucher type 1 by this name",
        ),
        ("name: CC,", "name: CC, cost_centre_default: 9,", "18: cost_centre_default 9 does not"),
        ("name: CC,", "name: CC, cost_centre_mandatory: true,", "18: cost_centre_mandatory needs"),
        (
            "name: CC,",
            'name: CC, global_discounts: [{id: 1, name: D, account: "9"}],',
            "18: account: account 9 is a heading",
        ),
        ("voucher_type: 1", "voucher_type: 8", "26: voucher_type 8 does not exist"),
        ("voucher_type: 1", "voucher_type: 2", "26: voucher type 2 is numbered by hand"),
        ("voucher_type: 1", "voucher_type: 1\n    serial: 0", "27: serial must be from 1 to"),
        ("amount: 100.50}", "amount: 100.50, cost_centre: 9}", "29: cost_centre 9 does not exist"),
        ("amount: 100.50}", "amount: 100.50, warehouse: 9}", "29: warehouse 9 does not exist"),
        ("amount: 100.50}", "amount: 100.50, tax: 9}", "29: tax 9 does not exist"),
        ("amount: 100.50}", "amount: 100.50, product: Z}", "29: product Z does not exist"),
        ("amount: 100.50}", "amount: 100.50, due_date: soon}", "29: due_date must be a date such"),
        ("amount: 100.50}", "amount: 100.50, due_prefix: X}", "29: a due needs both due_prefix"),
        ('-100.50, third_party: "13832081"', "-100.50", "30: account 31050501 needs a third_party"),
        (
            'third_party: "13832081"',
            'third_party: "7"',
            "30: third_party 7 branch 0 does not exist",
        ),
        ("amount: 100.50", "amount: 100.49", "28: lines must sum to zero, not -0.01"),
    ],
)
def test_wrong_references(old: str, new: str, line: str) -> None:
    found = problems(swap(old, new))
    assert [one for one in found if one.startswith(line)], found


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ('id_type: "99"', "id_type 99 does not exist"),
        ('id_type: "31", check_digit: "5"', "the check digit of 13832081 is 4, not 5"),
        ("person: company", "name must be one element for a company"),
        ("fiscal_responsibilities: [O-99]", "fiscal responsibility O-99 does not exist"),
        ("seller: 8", "seller 8 does not exist"),
        ("collector: 8", "collector 8 does not exist"),
        ("branch: 1000", "branch must be from 0 to 999, not 1000"),
        ("contacts: [{first_name: A, email: none}]", "email 'none' is no address"),
        (
            'address: {address: A, country_code: CO, state_code: "19", city_code: "11001"}',
            "city 11001 is in department 11, not 19",
        ),
        (
            'address: {address: A, country_code: CO, state_code: "19", city_code: "19999"}',
            "city 19999 does not exist",
        ),
        (
            'address: {address: A, country_code: CO, state_code: "xx", city_code: "19999"}',
            "department xx does not exist",
        ),
        (
            "address: {address: A, country_code: AR, state_code: XX, city_code: B}",
            "province XX does not exist",
        ),
        (
            "address: {address: A, country_code: QQ, state_code: XX, city_code: B}",
            "country QQ does not exist",
        ),
    ],
)
def test_third_parties(extra: str, message: str) -> None:
    found = problems(swap("Castillo]}", f"Castillo], {extra}}}"))
    assert [one for one in found if one.startswith(f"21: {message}")], found


def test_identifications_fit_their_type() -> None:
    found = problems(swap('identification: "13832081", name', "identification: AB12, name"))
    assert "21: identification 'AB12' does not fit id_type 13" in found


def test_repeated_ids_and_codes() -> None:
    text = SMALL
    for old, new in [
        ("{id: 2, name: Stock", "{id: 1, name: Stock"),
        ('{id: 2, code: "2", name: Part', '{id: 2, code: "1", name: Part'),
        ('{id: 2, kind: journal, code: "2"', '{id: 1, kind: journal, code: "1"'),
        ("{code: S,", "{code: A,"),
    ]:
        text = swap(old, new, text)
    text = swap("products:", '  - {identification: "13832081", name: [M, C]}\nproducts:', text)
    found = problems(text)
    assert "5: id 1 is repeated, first on line 4" in found
    assert "14: code 1 is repeated, first on line 13" in found
    assert "19: id 1 is repeated, first on line 18" in found
    assert "19: code journal 1 is repeated, first on line 18" in found
    assert "22: identification 13832081 is repeated, first on line 21" in found
    assert "25: code A is repeated, first on line 24" in found


def test_a_branch_is_another_third_party() -> None:
    text = swap("products:", '  - {identification: "13832081", branch: 1, name: [M, C]}\nproducts:')
    assert len(load_company_file(text).third_parties) == 2


def test_stock_needs_a_place_and_a_quantity() -> None:
    line = '{account: "14350101", amount: 100.50'
    old = '{account: "11050501", amount: 100.50}'
    assert "29: account 14350101 needs a product" in problems(swap(old, line + "}"))
    found = problems(swap(old, line + ", product: S}"))
    assert "29: product S keeps stock: the line needs a warehouse" in found
    assert "29: product S keeps stock: the line needs a quantity" in found
    found = problems(swap(old, line + ", product: S, warehouse: 1, quantity: -1}"))
    assert found == ["29: quantity must have the sign of the amount and not be zero"]


def test_combos_hold_other_products() -> None:
    text = swap("{code: A,", "{id: 1, code: A,")

    def told(members: str) -> list[str]:
        return problems(swap("stock_control: true", members, text))

    held = "components: [{product: 1, quantity: 2}]"
    combo = load_company_file(swap("stock_control: true", f"kind: combo, {held}", text), source="f")
    assert [part.product for part in combo.products[1].components] == [1]
    assert told(held) == ["24: only a combo has components"]
    assert told("kind: combo, components: [{product: 7, quantity: 0}]") == [
        "24: product 7 does not exist",
        "24: quantity must be greater than zero",
    ]
    assert told("id: 2, kind: combo, components: [{product: 2, quantity: 1}]") == [
        "24: a combo holds no other combo"
    ]
    assert told(f"stock_control: true, kind: combo, {held}") == [
        "24: a combo has no stock_control: its components have"
    ]


def test_assets_and_groups_by_code() -> None:
    assets = (
        'fixed_assets:\n  - {id: 1, code: A, name: A, group: G, account: "15280501"}\n'
        '  - {id: 2, code: A, name: B, group: G, account: "11050501"}\nproducts:'
    )
    text = swap("{id: 1, name: Goods", "{id: 1, code: G, name: Goods", swap("products:", assets))
    assert problems(swap("{id: 2, name: Stock", "{id: 2, code: G, name: Stock", text)) == [
        "5: code G is repeated, first on line 4",
        "24: account 11050501 keeps no fixed assets",
        "24: code A is repeated, first on line 23",
    ]


def test_amounts_have_two_decimals_and_vouchers_two_lines() -> None:
    text = swap("amount: 100.50}", "amount: 100.505}")
    assert "29: amount must have at most two decimals and not be zero, not 100.505" in problems(
        text
    )
    text = swap('      - {account: "11050501", amount: 100.50}\n', "")
    assert problems(text) == [
        "28: a voucher needs at least two lines",
        "28: lines must sum to zero, not -100.50",
    ]


def test_everything_is_told_at_once_in_order_of_line() -> None:
    text = swap("chart: puc_co", "chart: puc_co\nnonsense: 1")
    text = swap(
        'identification: "901234567"', 'identification: "901234567", check_digit: "1"', text
    )
    text = swap("account_group: 2", "account_group: many", text)
    text = swap("voucher_type: 1", "voucher_type: 5", text)
    assert problems(text) == [
        "1: the check digit of 901234567 is 7, not 1",
        '3: unknown key "nonsense" in company file',
        "25: account_group must be a whole number without quotes, not 'many'",
        "27: voucher_type 5 does not exist",
    ]


# YAML itself.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: the file is empty"),
        ("# only a comment\n", "1: the file is empty"),
        ("null\n", "1: company file must be written as keys and values"),
        ("[1, 2]\n", "1: company file must be written as keys and values"),
        ("company: {name: a\n", "2: expected"),
        ("company:\n\tname: a\n", "2: found character"),
        ("a: 'x", "1: found unexpected end of stream"),
        ("a: b\x00", "1: unacceptable character"),
        ("a: 1\na: 2\n", '2: the key "a" is repeated, first on line 1'),
        ("? [a]\n: 1\n", "1: a key must be a single word"),
        ("a: &x 1\nb: *x\n", "1: the anchor &x is not allowed"),
        ("a: 1\nb: *x\n", "2: the alias *x is not allowed"),
        ("a: !!python/object/apply:os.system [ls]\n", "1: the tag tag:yaml.org,2002:python"),
        ("a: 1\n---\nb: 2\n", "2: a second document begins here"),
    ],
)
def test_yaml_that_may_not_be(text: str, expected: str) -> None:
    assert [one for one in problems(text) if one.startswith(expected)], problems(text)


def test_hostile_files_end_soon() -> None:
    start = time.monotonic()
    laughs = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
    )
    assert "1: the anchor &a0 is not allowed" in problems(laughs)
    assert problems("[" * 10_000) == ["1: nested over 20 deep"]
    assert problems("- " * 10_000) == ["1: nested over 20 deep"]
    assert problems("{a: " * 10_000) == ["1: nested over 20 deep"]
    assert problems("#" * (SIZE_LIMIT_CHARACTERS + 1)) == ["1: longer than 5000000 characters"]
    assert problems(f"a: {'9' * 100_000}")[0].startswith("1: company file lacks")
    many = "".join(f"  - {{id: {n}, name: N, group: G, actve: true}}\n" for n in range(1, 2_000))
    assert len(problems(SMALL + "fixed_assets:\n" + many)) == 1_999
    assert time.monotonic() - start < 20


def test_settings_are_free_and_typed_as_written() -> None:
    text = SMALL + 'settings: {a: 1, b: 1.50, c: true, d: "1", e: [x, {f: null}]}\n'
    settings = load_company_file(text).settings
    assert settings == {"a": 1, "b": Decimal("1.50"), "c": True, "d": "1", "e": ("x", {"f": None})}


def test_built_in_texts_never_use_what_the_reader_refuses() -> None:
    for name in BUILT_IN:
        text = load_built_in_text(name)
        assert "\t" not in text
        assert "&" not in text
