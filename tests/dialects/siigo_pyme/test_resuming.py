"""The same export again: what was written stays, what is missing is done, and both are answered as done."""

import asyncio
import json
import re
import signal
import threading
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from cuadra.dialects.siigo_pyme import server
from cuadra.trade.books import Origin
from cuadra.trade.recording import Submission
from cuadra.trade.versions import RemoveVoucher
from tests.demo import DemoDatabases
from tests.dialects.siigo_pyme.client import KEY, PATH, Pyme, call
from tests.dialects.siigo_pyme.movements import CASH, SALES, Books, opened, row, voucher
from tests.serving import ServerProcess, data_folder, run_cuadra, serving, wait_for

JOURNALS = call(
    "import",
    "accounting_movements",
    params={"year": 2026, "voucher_type": "L", "month_initial": "11"},
)
DONE = {"statusCode": 200, "message": server.MOVEMENTS_WRITTEN, "errors": None}


def sales(count: int, amount: int = 100) -> list[dict[str, Any]]:
    """Vouchers without numbers, all alike."""
    return voucher(row(CASH, amount), row(SALES, -amount)) * count


def export(rows: list[dict[str, Any]], modify: str = "N") -> dict[str, Any]:
    """The body of an export."""
    params = {"year": 2026, "basic_invoice": "N", "modify_documents": modify}
    return call("export", "accounting_movements", data={"params": params, "list": rows})


async def send(pyme: Pyme, rows: list[dict[str, Any]], **flags: str) -> dict[str, Any]:
    answer = (await pyme.send(export(rows, **flags))).json()
    assert isinstance(answer, dict)
    return answer


async def numbers(pyme: Pyme) -> list[int]:
    """The numbers of the journals of this month; the opening of the books is number 1."""
    read = (await pyme.send(JOURNALS)).json()["data"]
    return [one["document_number"] for one in read if one["sequence"] == 1]


async def test_an_identical_export_is_written_once(pyme: Pyme) -> None:
    """Not so vouchers that are alike inside it, nor an export that differs in anything."""
    assert await send(pyme, sales(3)) == DONE
    assert await send(pyme, sales(3)) == DONE
    assert await numbers(pyme) == [2, 3, 4]
    assert await send(pyme, sales(3), modify="S") == DONE
    assert await send(pyme, sales(2, amount=50)) == DONE
    assert await numbers(pyme) == [2, 3, 4, 5, 6, 7, 8, 9]


async def test_two_at_once(pyme: Pyme) -> None:
    answers = await asyncio.gather(*(send(pyme, sales(3)) for _ in range(4)))
    assert answers == [DONE] * 4
    assert await numbers(pyme) == [2, 3, 4]


async def test_what_was_refused_is_refused_again(pyme: Pyme) -> None:
    rows = sales(2) + [one | {"nit": 5} for one in sales(1)]
    first, again = await send(pyme, rows), await send(pyme, rows)
    assert first == again
    assert [(error["row"], error["code"]) for error in again["errors"]] == [
        (5, "unknown"), (6, "unknown"),
    ]  # fmt: skip
    assert await numbers(pyme) == [2, 3]


async def test_it_is_remembered_for_a_day(pyme: Pyme) -> None:
    await send(pyme, sales(1))
    pyme.clock.now += timedelta(hours=23)
    await send(pyme, sales(1))
    assert await numbers(pyme) == [2]
    pyme.clock.now += timedelta(hours=2)
    await send(pyme, sales(1))
    assert await numbers(pyme) == [2, 3]


async def test_the_last_of_three_replacements_stays(pyme: Pyme) -> None:
    """An export that replaces is done whenever it comes: between two, another may have replaced it too."""
    for amount in (10, 20, 10):
        rows = [one | {"document_number": 7} for one in sales(1, amount)]
        assert await send(pyme, rows, modify="S") == DONE
    read = (await pyme.send(JOURNALS)).json()["data"]
    assert [one["sequence_value"] for one in read] == [10, 10]


async def test_the_rest_of_an_export_that_was_stopped(demo_databases: DemoDatabases) -> None:
    """Vouchers that were written are left out of the rest, unless somebody has removed them since."""
    url = demo_databases.take()
    async with opened(url) as books:
        rows = sales(5)
        assert (await books.export(rows[:6], digest="ab")).written == 3
        await remove(books, number=3)
        assert (await books.export(rows, digest="ab")).written == 5
        read = await books.read(**JOURNALS["params"])
    demo_databases.give_back(url, changed=True)
    assert [one["document_number"] for one in read if one["sequence"] == 1] == [2, 4, 5, 6, 7]


async def test_two_at_once_that_do_not_wait_for_each_other(demo_databases: DemoDatabases) -> None:
    """As when the lock of the connection's turn is lost: who began first records nothing more."""
    url = demo_databases.take()
    async with opened(url) as books, opened(url) as others:
        rows = sales(400)
        reports = await asyncio.gather(
            *(one.export(rows, digest="ab") for one in (books, others, books))
        )
        read = await books.read(**JOURNALS["params"])
    demo_databases.give_back(url, changed=True)
    assert len([one for one in read if one["sequence"] == 1]) == 400
    assert max(report.written for report in reports) == 400
    assert {e.code for report in reports for e in report.errors} <= {"superseded"}


async def remove(books: Books, number: int) -> None:
    async with books.database.read(books.company) as transaction:
        found = await transaction.row(
            "SELECT id FROM books.voucher WHERE company_id = %(company)s AND number = %(number)s AND live"
            "   AND date = '2026-11-20'",
            company=transaction.company.id,
            number=number,
        )
    assert found is not None
    submission = Submission(draft=RemoveVoucher(id=found[0]), origin=Origin("t", "t"))
    await books.groups.record(books.company, submission)


@pytest.mark.slow
def test_a_server_killed_in_the_middle() -> None:
    """Nobody was answered; the same request to the next server leaves every voucher once."""
    body = json.loads(json.dumps(export(sales(8000)), default=int))
    with data_folder() as folder:
        with serving(folder) as first:
            sender = threading.Thread(target=_send_in_vain, args=(first, body))
            sender.start()
            wait_for(lambda: _recorded(first) > 300)
            first.stop(signal.SIGKILL)
            sender.join()
        with serving(folder) as second:
            assert 0 < len(_journals(second)) < 8000
            assert _send_to(second, body) == DONE
            assert _journals(second) == list(range(2, 8002))
            assert second.stop() == 0
        assert run_cuadra(folder, "verify").returncode == 0


def _send_to(server_process: ServerProcess, body: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {KEY}"}
    url = server_process.url + PATH
    return httpx2.post(url, json=body, headers=headers, timeout=120).json()


def _send_in_vain(server_process: ServerProcess, body: dict[str, Any]) -> None:
    with pytest.raises(httpx2.TransportError):
        _send_to(server_process, body)


def _recorded(server_process: ServerProcess) -> float:
    """How many drafts the server has recorded."""
    metrics = server_process.client.get("/metrics").text
    found = re.search(r"^cuadra_group_size_sum (\S+)$", metrics, re.MULTILINE)
    return float(found[1]) if found else 0


def _journals(server_process: ServerProcess) -> list[int]:
    read = _send_to(server_process, JOURNALS)["data"]
    return [one["document_number"] for one in read if one["sequence"] == 1]
