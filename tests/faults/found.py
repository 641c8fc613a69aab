"""What is in the books after a seed: read through the API like a client, and beside it as the database's owner."""

from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.faults.compare import exact
from tests.faults.memory import Memory
from tests.faults.session import Session

LISTS = ("invoices", "vouchers", "journals", "customers", "products")
_KEYS = """
SELECT i.key, i.response ->> 'voucher' FROM books.idempotency i
  JOIN control.company c ON c.id = i.company_id WHERE c.name = %s"""
_EVENTS = """
SELECT e.subject, count(*) FROM books.event e JOIN control.company c ON c.id = e.company_id
 WHERE c.name = %s AND e.action = 'voucher.posted' GROUP BY 1"""


@dataclass
class Found:
    """Everything of one company. `bodies` are the answers to GET by id of what was acknowledged."""

    lists: dict[str, list[Any]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    bodies: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # by path
    keys: dict[str, str | None] = field(default_factory=dict)  # the voucher each stands for
    events: dict[str, int] = field(default_factory=dict)  # how many say that a voucher was posted


async def read_all(session: Session, memory: Memory, owner_url: str, company: str) -> Found:
    """Read everything. Raises `Stuck`."""
    found = Found()
    for kind in LISTS:
        found.lists[kind], found.totals[kind] = await _whole_list(session, kind)
    paths = {f"{one.path}/{one.value['id']}" for one in memory.documents.values() if one.sure}
    paths |= {f"/v1/{one.kind}/{one.id}" for one in memory.entities.values() if one.id}
    for path in sorted(paths):
        answer = await session.get(path)
        found.bodies[path] = answer.status, answer.body
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as owner:
        found.keys = dict(await (await owner.execute(_KEYS, (company,))).fetchall())
        found.events = dict(await (await owner.execute(_EVENTS, (company,))).fetchall())
    return found


async def _whole_list(session: Session, kind: str) -> tuple[list[Any], int]:
    results: list[Any] = []
    page = 1
    while True:
        body = exact((await session.get(f"/v1/{kind}?page_size=100&page={page}")).body)
        results += body["results"]
        total = int(body["pagination"]["total_results"])
        if not body["results"] or len(results) >= total:
            return results, total
        page += 1
