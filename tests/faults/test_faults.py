"""Clients and faults against a real server, a few seeds of them; `make soak` runs thousands. And that it can fail."""

import asyncio
import copy
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.faults.checks import everything_wrong
from tests.faults.found import Found
from tests.faults.installation import Installation
from tests.faults.memory import Memory
from tests.faults.plan import FaultKind, Manner, draw_plan
from tests.faults.report import kept, story
from tests.faults.seed import Result, run_seed
from tests.serving import run_cuadra

SEEDS = (22, 336, 430, 562)
SOUND_SEED = 324
Run = Callable[[int], Result]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Runs seeds on one server; with KEEP=1 in the environment the folder of one that fails stays."""
    installation = Installation.make(memory=True)
    failed = False
    with asyncio.Runner() as runner:

        def run_here(seed: int) -> Result:
            nonlocal failed
            result = runner.run(run_seed(installation, seed))
            failed = failed or bool(result.wrong)
            if result.wrong:
                result.memory.trace.append(kept(installation, result))
            return result

        yield run_here
        checked = run_cuadra(installation.folder, "verify") if installation.running else None
        runner.run(installation.close())
    if not (failed and os.environ.get("KEEP")):
        shutil.rmtree(installation.parent)
    if checked is not None and not failed:
        assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_acknowledged_is_lost(run: Run, seed: int) -> None:
    result = run(seed)
    assert not result.wrong, story(result)


@pytest.mark.slow
def test_what_would_be_wrong_is_seen(run: Run) -> None:
    result = run(SOUND_SEED)
    assert not result.wrong, story(result)
    assert result.found is not None
    for tamper in (
        _lose_an_invoice,
        _post_a_journal_twice,
        _change_a_total,
        _write_a_number_otherwise,
        _invent_an_invoice,
        _skip_a_number,
        _forget_a_payment,
        _lose_stock,
        _lose_a_key,
        _lose_a_customer,
        _answer_created_twice,
        _keep_what_was_refused,
    ):
        memory, found = copy.deepcopy((result.memory, result.found))
        tamper(memory, found)
        assert everything_wrong(memory, found), tamper.__name__


def test_a_hundred_seeds_try_everything() -> None:
    plans = [draw_plan(seed) for seed in range(100)]
    steps = [step for plan in plans for step in plan.steps]
    assert {fault.kind for plan in plans for fault in plan.faults} == set(FaultKind)
    assert {step.manner for step in steps} == set(Manner)
    assert {plan.workers for plan in plans} == {1, 2}
    assert any(step.rush for step in steps)
    assert all(40 <= len(plan.steps) < 105 and 2 <= len(plan.faults) <= 4 for plan in plans)


def test_steps_wait_for_earlier_ones_only() -> None:
    for plan in map(draw_plan, range(100)):
        for place, step in enumerate(plan.steps):
            assert step.number == place
            for earlier in ("sale", "step"):
                assert getattr(step.act, earlier, -1) < step.number


def _one(memory: Memory, kind: str, sure: bool = True) -> Any:
    return next(
        one
        for one in memory.documents.values()
        if one.path == f"/v1/{kind}" and one.sure is sure and (sure or not one.loose)
    )


def _shown(memory: Memory, found: Found, kind: str) -> Any:
    """An acknowledged document as its list shows it."""
    mark = _one(memory, kind).mark
    return next(one for one in found.lists[kind] if one["observations"] == mark)


def _lose_an_invoice(memory: Memory, found: Found) -> None:
    found.lists["invoices"].remove(_shown(memory, found, "invoices"))


def _post_a_journal_twice(memory: Memory, found: Found) -> None:
    last = max(one["number"] for one in found.lists["journals"])
    again = _shown(memory, found, "journals") | {"id": "another", "number": last + 1}
    found.lists["journals"].append(again)
    found.totals["journals"] += 1
    found.events["another"] = 1


def _change_a_total(memory: Memory, found: Found) -> None:
    _rewrite(memory, found, lambda body: body.replace(b'"total":', b'"total":1', 1))


def _write_a_number_otherwise(memory: Memory, found: Found) -> None:
    _rewrite(memory, found, lambda body: body.replace(b',"balance"', b'.0,"balance"', 1))


def _rewrite(memory: Memory, found: Found, change: Callable[[bytes], bytes]) -> None:
    """Change what the GET of an acknowledged invoice answers."""
    document = _one(memory, "invoices")
    path = f"{document.path}/{document.value['id']}"
    status, body = found.bodies[path]
    assert change(body) != body
    found.bodies[path] = status, change(body)


def _invent_an_invoice(memory: Memory, found: Found) -> None:
    _shown(memory, found, "invoices")["observations"] = "nobody's"


def _skip_a_number(memory: Memory, found: Found) -> None:
    newest = max(found.lists["journals"], key=lambda one: int(one["number"]))
    newest["number"] += 1


def _forget_a_payment(memory: Memory, found: Found) -> None:
    _shown(memory, found, "invoices")["balance"] += 1


def _lose_stock(memory: Memory, found: Found) -> None:
    found.lists["products"][-1]["available_quantity"] -= 1


def _lose_a_key(memory: Memory, found: Found) -> None:
    del found.keys[next(key for key, voucher in found.keys.items() if voucher)]


def _lose_a_customer(memory: Memory, found: Found) -> None:
    del found.lists["customers"][0]
    found.totals["customers"] -= 1


def _answer_created_twice(memory: Memory, found: Found) -> None:
    document = _one(memory, "journals")
    made = document.acknowledged[0]._replace(status=201)
    document.acknowledged = [made, made]


def _keep_what_was_refused(memory: Memory, found: Found) -> None:
    _shown(memory, found, "invoices")["observations"] = _one(memory, "invoices", sure=False).mark
