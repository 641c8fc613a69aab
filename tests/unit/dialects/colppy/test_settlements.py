"""Settlements: whatever the amounts, the lines of one balance, and each due gets what it was told to."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cuadra.catalog.company_file import load_built_in
from cuadra.catalog.records import VoucherKind
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.tables import find_chart
from cuadra.catalog.third_parties import PartyName
from cuadra.database.pool import Company
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.mapping.accounts import find_account
from cuadra.dialects.colppy.mapping.settlements import (
    Applied,
    Medium,
    Settlement,
    Withheld,
    compute_on_account,
    draft_from_settlement,
)
from cuadra.dialects.colppy.settings import ColppySettings, settings_from_values
from cuadra.trade.lines import LineDraft
from cuadra.trade.voucher_dues import OpenedDue, VoucherDues

DAY, PARTY = date(2026, 11, 20), PartyName("30688888871")
INVOICES = (301, 302)


def load_catalog() -> Catalog:
    """The catalog of the demo company, without a database."""
    file = load_built_in("demo-ar")
    accounts = [*(find_chart("chart_ar") or ()), *file.accounts]
    return Catalog(
        company=Company(1, "guid", "demo-ar", "AR", "ARS", 1, "", ""),
        settings=file.settings,
        accounts={one.code: one for one in accounts},
        accounts_by_id={},
        account_groups={},
        taxes={one.id: one for one in file.taxes},
        price_lists={},
        warehouses={},
        sellers={},
        cost_centres={},
        dimensions={},
        payment_types={},
        fixed_assets={},
        fixed_assets_by_code={},
        voucher_types={one.id: one for one in file.voucher_types},
    )


CATALOG = load_catalog()
SETTINGS = settings_from_values(CATALOG.settings["colppy"])
KINDS = {VoucherKind.CASH_RECEIPT: ("110301", 1), VoucherKind.PAYMENT_RECEIPT: ("210101", -1)}
amounts = st.decimals(min_value="0.01", max_value="99999999.99", places=2)


def settlement(kind: VoucherKind, **members: object) -> Settlement:
    plain = {
        "kind": kind, "third_party": 2, "prefix": "0001", "number": 7, "day": DAY, "description": "",
        "total": Decimal(0), "media": (), "applied": (), "withheld": (), "discounts": Decimal(0),
        "interest": Decimal(0), "kept": {},
    }  # fmt: skip
    return Settlement(**plain | members)  # type: ignore[arg-type]


def invoice(serial: int, account: str, *balances: Decimal) -> VoucherDues:
    """An invoice with an instalment for each balance."""
    dues = tuple(
        OpenedDue(account, 2, PARTY, "FV-1", serial, quote, DAY, balance)
        for quote, balance in enumerate(balances, 1)
    )
    return VoucherDues(
        serial=serial,
        id=UUID(int=serial),
        kind=VoucherKind.SALES_INVOICE,
        voucher_type=1,
        number=serial,
        external_number=None,
        annulled=False,
        third_party=2,
        dues=dues,
    )


def lines_of(
    asked: Settlement, documents: dict[int, VoucherDues], settings: ColppySettings = SETTINGS
) -> list[LineDraft]:
    voucher_type = CATALOG.voucher_types[5 if asked.kind is VoucherKind.CASH_RECEIPT else 6]
    return draft_from_settlement(asked, PARTY, voucher_type, documents, CATALOG, settings).lines


@given(
    kind=st.sampled_from(list(KINDS)),
    media=st.lists(amounts, max_size=3),
    withheld=st.lists(amounts, max_size=3),
    halves=st.lists(amounts, min_size=2, max_size=2),
    shares=st.lists(st.integers(0, 100), min_size=2, max_size=2),
    discounts=amounts | st.just(Decimal(0)),
    interest=amounts | st.just(Decimal(0)),
)
def test_the_lines_balance(
    kind: VoucherKind,
    media: list[Decimal],
    withheld: list[Decimal],
    halves: list[Decimal],
    shares: list[int],
    discounts: Decimal,
    interest: Decimal,
) -> None:
    account, sign = KINDS[kind]
    parts = [
        (2 * half * share / 100).quantize(Decimal("0.01"))
        for half, share in zip(halves, shares, strict=True)
    ]
    asked = settlement(
        kind,
        total=sum(media, Decimal(0)),
        media=tuple(Medium(where="", name="Efectivo", account="Caja", amount=one) for one in media),
        withheld=tuple(Withheld(name="retGanancias", amount=one) for one in withheld),
        applied=tuple(
            Applied(where="", serial=serial, amount=part)
            for serial, part in zip(INVOICES, parts, strict=True)
            if part
        ),
        discounts=discounts,
        interest=interest,
    )
    documents = {
        serial: invoice(serial, account, half * sign, half * sign)
        for serial, half in zip(INVOICES, halves, strict=True)
    }
    try:
        left = compute_on_account(asked)
    except Failure:
        return
    assume(left or media or withheld or discounts or any(parts))
    lines = lines_of(asked, documents)
    assert sum(line.amount or 0 for line in lines) == 0
    own = [line.amount for line in lines if line.due is not None and line.due.own]
    assert own == ([-left * sign] if left else [])
    for serial, part in zip(INVOICES, parts, strict=True):
        moved = [
            line.amount or Decimal(0)
            for line in lines
            if line.due is not None and line.due.consecutive == serial
        ]
        assert sum(moved) == -part * sign


def test_instalments_are_paid_in_their_order() -> None:
    documents = {301: invoice(301, "110301", Decimal(0), Decimal(40), Decimal(60))}
    asked = settlement(
        VoucherKind.CASH_RECEIPT,
        total=Decimal(50),
        media=(Medium(where="", name="Efectivo", account="Caja", amount=Decimal(50)),),
        applied=(Applied(where="", serial=301, amount=Decimal(50)),),
    )
    paid = [(line.due.quote, line.amount) for line in lines_of(asked, documents) if line.due]
    assert paid == [(2, -40), (3, -10)]


def test_a_name_of_two_accounts_is_refused() -> None:
    twin = CATALOG.accounts["110102"].__class__(
        code="110199", name="Caja", nature=CATALOG.accounts["110102"].nature, movement=True
    )
    two = Catalog(
        **{name: getattr(CATALOG, name) for name in CATALOG.__struct_fields__}
        | {"accounts": CATALOG.accounts | {twin.code: twin}}
    )
    with pytest.raises(Failure, match="Hay más de una cuenta Caja"):
        find_account("Caja", two)
