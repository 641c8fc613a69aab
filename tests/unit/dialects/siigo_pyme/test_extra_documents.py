"""What a row of a document without accounting says, as the item of an offer."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from cuadra.catalog.products import StoredProduct
from cuadra.catalog.records import ProductKind, VoucherKind, VoucherType
from cuadra.dialects.siigo_pyme.mapping.crosswalk import (
    Crosswalk,
    Masters,
    ProductKey,
    VoucherName,
)
from cuadra.dialects.siigo_pyme.mapping.extra_documents import TABLE, draft_from_group
from cuadra.dialects.siigo_pyme.rows import Profile, RowReader
from cuadra.dialects.siigo_pyme.vouchers import RowGroup
from cuadra.trade.documents import OFFERS, OfferDraft

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
GOODS = StoredProduct(
    code="5", name="Tornillo", account_group=1, stock_control=True, created_at=LONG_AGO
)
SERVICE = StoredProduct(
    code="6", name="Flete", account_group=1, kind=ProductKind.SERVICE, created_at=LONG_AGO
)
ORDER = VoucherType(id=9, kind=VoucherKind.SALES_ORDER, code="1", name="Pedido")
NAMES = Crosswalk({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {7: True}, {1: True}, {}, {}, set())
NAMES.types[VoucherName("Z", 1)] = ORDER
NAMES.others.add(VoucherName("F", 1))
MASTERS = Masters(NAMES, {ProductKey(0, 0, 5): GOODS, ProductKey(0, 0, 6): SERVICE})
TAXES = {Decimal(19): 3}
Told = list[tuple[int | None, str, str]]


def drafted(
    *members: dict[str, Any], letter: str = "Z", profile: Profile = "documented"
) -> tuple[OfferDraft | None, Told]:
    """The draft of some rows, and what was told of them."""
    base = {
        "document_type": letter, "document_code": 1, "document_number": 5, "nit": 900,
        "product_code": 5, "quantity": 2, "sequence_value": 10,
    }  # fmt: skip
    reader = RowReader(TABLE, profile)
    rows = [reader.read(place, base | one) for place, one in enumerate(members, 1)]
    group = RowGroup(letter, 1, 5, rows, len(rows))
    draft = draft_from_group(group, MASTERS, TAXES, profile)
    warnings = [warning for row in group.rows for warning in row.warnings]
    return draft, [(e.row, e.field, e.code) for e in [*group.errors, *warnings]]


def extras(*members: dict[str, Any]) -> list[dict[str, Any]]:
    """What is kept of some rows."""
    draft, _ = drafted(*members)
    assert draft is not None
    return [item.extra.get("siigo_pyme", {}) for item in draft.items]


def test_the_whole_of_a_document() -> None:
    draft, told = drafted({"salesperson_code": 7, "branch": 2, "warehouse_code": 1})
    assert draft is not None and told == []
    assert (draft.voucher_type, draft.number, draft.seller, draft.kinds) == (9, 5, 7, OFFERS)
    assert draft.party == ("900", 2) and draft.free and not draft.annulled
    (item,) = draft.items
    assert (item.product, item.quantity, item.gross, item.warehouse) == ("5", 2, 10, 1)
    assert item.extra == {}


@pytest.mark.parametrize(
    ("members", "kept"),
    [
        ({"sequence": 1}, {}),
        ({"product_code": 6, "warehouse_code": 1}, {"warehouse_code": 1}),
        ({"sequence": 4}, {"sequence": 4}),
        ({"city_code": 101, "quantity_two": Decimal("1.5")}, {"city_code": 101, "quantity_two": "1.5"}),
        ({"sequence_vat_percentage": 19, "sequence_vat_value": Decimal("1.9")}, {}),
        ({"sequence_vat_percentage": 19, "sequence_vat_value": 2}, {"sequence_vat_value": 2}),
        ({"sequence_vat_percentage": 16}, {"sequence_vat_percentage": 16}),
        ({"sequence_discount_1_value": 3}, {}),
        ({"sequence_discount_3_value": 3}, {"sequence_discount_3_value": 3}),
        (
            {"sequence_discount_1_value": 5, "sequence_vat_percentage": 19, "sequence_vat_value": Decimal("0.95")},
            {},
        ),
    ],
)  # fmt: skip
def test_what_has_no_home_is_kept(members: dict[str, Any], kept: dict[str, Any]) -> None:
    assert extras(members) == [kept]


def test_a_row_that_differs_from_its_document_keeps_its_own() -> None:
    none, seller = {"salesperson_code": 0}, {"salesperson_code": 7}
    assert extras(seller, {}, seller) == [{}, none, {}]
    assert extras({}, seller) == [{}, seller]


@pytest.mark.parametrize(
    ("letter", "text"), [("F", "no es de este recurso"), ("V", "el comprobante V-001 no existe")]
)
def test_voucher_types_it_has_not(letter: str, text: str) -> None:
    assert drafted({}, letter=letter) == (None, [(1, "document_code", "unknown")])
    assert text in NAMES.absence(VoucherName(letter, 1))


def test_the_strict_profile_refuses_an_iva_that_is_not_so() -> None:
    wrong = {"sequence_vat_percentage": 19, "sequence_vat_value": 2}
    assert drafted(wrong, profile="strict") == (None, [(1, "sequence_vat_value", "value")])
