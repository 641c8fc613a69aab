"""Credit notes recorded together with what else happens to their invoice: the second sees what the first did."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cuadra.catalog.records import VoucherKind
from cuadra.errors import Rejected
from cuadra.trade.documents import CreditNoteDraft
from cuadra.trade.recording import EditVoucher, Recorded
from cuadra.trade.versions import AnnulVoucher, RemoveVoucher
from tests.database.test_group import CASH, CREDIT, TODAY, Shop, invoice, on_credit, shop

__all__ = ["shop"]  # a fixture
SALES = (VoucherKind.SALES_INVOICE,)


def note(about: UUID, total: int = 1000, payment_type: int = CREDIT) -> CreditNoteDraft:
    payment = {"payment_type": payment_type, "value": total, "due_date": TODAY}
    draft = {
        "voucher_type": 77775,
        "date": TODAY,
        "invoice": about,
        "reason": "price",
        "items": [{"product": "Item-1", "quantity": 1, "price": total}],
        "payments": [payment],
    }
    return msgspec.convert(draft, CreditNoteDraft)


async def sold(shop: Shop, total: int = 1000) -> UUID:
    (outcome,) = await shop.together(on_credit(total))
    assert isinstance(outcome, Recorded)
    return UUID(str(outcome.value.id))


async def balances(shop: Shop) -> dict[str, Decimal]:
    rows = await shop.owner.execute(
        "SELECT prefix || '-' || consecutive, balance FROM books.due WHERE prefix = 'FV-1' AND consecutive > 700"
    )
    return dict(await rows.fetchall())


def codes(outcomes: list[Any]) -> list[str]:
    """What became of each: the code of its first problem, or nothing."""
    return [o.problems[0].code if isinstance(o, Rejected) else "" for o in outcomes]


async def test_two_notes_for_all_that_is_left(shop: Shop) -> None:
    about = await sold(shop)
    assert codes(await shop.together(note(about, 600), note(about, 600), note(about, 400))) == [
        "",
        "amount",
        "",
    ]
    assert await balances(shop) == {"FV-1-701": 0}


async def test_notes_about_two_invoices(
    shop: Shop,
) -> None:
    about = await sold(shop)
    other = await sold(shop)
    assert codes(await shop.together(note(about), note(other), note(about))) == ["", "", "amount"]
    assert await balances(shop) == {"FV-1-701": 0, "FV-1-702": 0}


@pytest.mark.parametrize("how", ["annul", "remove", "edit"])
async def test_a_note_and_the_end_of_its_invoice(shop: Shop, how: str) -> None:
    for first in ("note", "end"):
        about = await sold(shop)
        end = {
            "annul": AnnulVoucher(id=about, kinds=SALES),
            "remove": RemoveVoucher(id=about, kinds=SALES, unrelated=True),
            "edit": EditVoucher(id=about, kinds=SALES, draft=invoice(1)),
        }[how]
        drafts = [note(about, payment_type=CASH), end]
        outcomes = codes(await shop.together(*(drafts if first == "note" else drafts[::-1])))
        assert outcomes[0] == "" and outcomes[1]


async def test_a_refused_note_leaves_its_neighbours_alone(shop: Shop) -> None:
    about = await sold(shop)
    unknown = note(UUID(int=7))
    drafts = [note(about, 300), unknown, invoice(), note(about, 701), note(about, 700)]
    assert codes(await shop.together(*drafts)) == ["", "unknown", "", "amount", ""]
    assert await balances(shop) == {"FV-1-701": 0}
