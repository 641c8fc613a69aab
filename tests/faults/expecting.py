"""What a step asks for, and what that must come to as far as its client can know."""

from typing import Any

from tests.faults import bodies
from tests.faults.memory import Expect
from tests.faults.plan import SHARED, Act, Move, Pay, Restock, Sell, Series, Spoil
from tests.faults.scene import Scene

Composed = tuple[str, dict[str, Any], Expect]


async def compose(scene: Scene, act: Act, mark: str, step: int) -> Composed | None:
    """The resource, the body and the expectation; None when what it is about is not there."""
    match act:
        case Sell() as sale:
            today = scene.installation.clock.today
            body = bodies.invoice(sale, mark, version_made(sale.customer, step), today)
            return "invoices", body, _expect_sale(scene, sale)
        case Pay() as pay:
            document = await scene.document_of(pay.sale)
            if document is None or not document.sure:
                return None
            sale = _sale(scene, pay.sale)
            body = bodies.payment(pay, sale, document.value["number"], mark)
            return "vouchers", body, _expect_payment(scene, pay, sale)
        case Move():
            return "journals", bodies.move(act, mark), Expect.ACCEPT
        case Restock():
            return "journals", bodies.restock(act, mark), Expect.ACCEPT
        case Spoil():
            return *bodies.spoiled(act, mark), Expect.REFUSE
    raise AssertionError(f"{act} asks for no document")


def version_made(name: str, step: int) -> int:
    """As which version a step makes a customer or product: those that anybody may bring are always the same."""
    return bodies.SHARED_VERSION if name in SHARED else step


def _expect_sale(scene: Scene, sale: Sell) -> Expect:
    """Nothing is wrong with it, unless it names what its own client has deleted, or may have."""
    named = [("products", item.product) for item in sale.items]
    if not sale.inline:
        named.append(("customers", sale.customer))
    entities = scene.memory.entities
    ours = [entities[name] for name in named if name in entities]
    if any(one.surely_absent for one in ours):
        return Expect.REFUSE
    # The day or the number of another series may not be possible any more.
    certain = all(one.surely_there for one in ours) and sale.series is Series.PLAIN
    return Expect.ACCEPT if certain else Expect.EITHER


def _expect_payment(scene: Scene, pay: Pay, sale: Sell) -> Expect:
    """Too much when it exceeds what acknowledged payments have left; what others may still pay is not known."""
    paid = sum(
        bodies.amount_of(step.act, sale)
        for step in scene.plan.steps
        if isinstance(step.act, Pay) and step.act.sale == pay.sale
        if (other := scene.memory.documents.get(step.number)) and other.sure
    )
    if paid + bodies.amount_of(pay, sale) > bodies.total_of(sale) or not sale.credit:
        return Expect.REFUSE
    return Expect.ACCEPT if pay.safe else Expect.EITHER


def _sale(scene: Scene, step: int) -> Sell:
    act = scene.plan.steps[step].act
    assert isinstance(act, Sell), "only sales are paid"
    return act
