"""The yardstick: the same invoice written with books.post() from one connection, with nothing in between.

Ratios to it say what HTTP, reading, validating and answering cost, and what posting together gains.
"""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
from psycopg.rows import dict_row

from cuadra.database.pool import APPLICATION_ROLE
from cuadra.ledger.posting import Batch, Event, encode_batch
from cuadra.ledger.vouchers import Line, NewDue, Voucher

_LINE_COLUMNS = (
    "account_id AS account, amount, third_party_id AS third_party, cost_centre_id AS cost_centre,"
    " tax_id AS tax, tax_base, product_id AS product, quantity, due_id AS due, description"
)


def post_for(url: str, company_name: str, *, together: int, seconds: float) -> float:
    """Vouchers per second when `together` of them share a transaction."""
    with psycopg.connect(url, autocommit=True, options=f"-c role={APPLICATION_ROLE}") as connection:
        company, template = read_back(connection, company_name)
        posted = 0
        started = time.perf_counter()
        while time.perf_counter() - started < seconds:
            batch = encode_batch(batch_of([renewed(template) for _ in range(together)]))
            with connection.transaction():
                connection.execute(
                    "SELECT set_config('cuadra.company_id', %s, true)", (str(company),)
                )
                connection.execute(
                    "SELECT * FROM books.post(%s, %s::jsonb)", (company, batch.decode())
                ).fetchall()
            posted += together
        return posted / (time.perf_counter() - started)


def read_back(connection: psycopg.Connection, company_name: str) -> tuple[int, Voucher]:
    """The company, and the invoice it recorded last, as the draft it once was."""
    cursor = connection.cursor(row_factory=dict_row)
    with connection.transaction():
        found = cursor.execute(
            "SELECT id, set_config('cuadra.company_id', id::text, true) FROM control.company"
            " WHERE name = %s AND live",
            (company_name,),
        ).fetchone()
        assert found is not None
        head = cursor.execute(
            "SELECT id, voucher_type_id AS type, kind, date, period, currency, total, third_party_id AS third_party,"
            " description, content::text FROM books.voucher WHERE company_id = %s AND kind = 'sales_invoice'"
            " ORDER BY serial DESC LIMIT 1",
            (found["id"],),
        ).fetchone()
        assert head is not None
        lines = cursor.execute(
            f"SELECT {_LINE_COLUMNS} FROM books.line WHERE company_id = %s AND voucher_id = %s ORDER BY line_no".encode(),
            (found["id"], head["id"]),
        ).fetchall()
        dues = cursor.execute(
            "SELECT id, account_id AS account, third_party_id AS third_party, prefix, quote, date FROM books.due"
            " WHERE company_id = %s AND id = ANY (%s)",
            (found["id"], [line["due"] for line in lines if line["due"]]),
        ).fetchall()
    return found["id"], draft(head, lines, dues)


def draft(head: dict[str, Any], lines: list[dict[str, Any]], dues: list[dict[str, Any]]) -> Voucher:
    """The rows of an invoice as a voucher to post."""
    content = msgspec.Raw(head.pop("content").encode())
    return Voucher(
        **head,
        content=content,
        lines=[Line(**line) for line in lines],
        dues=[NewDue(**due) for due in dues],
    )


def renewed(template: Voucher) -> Voucher:
    """The same invoice once more, with ids of its own."""
    ids = {due.id: uuid4() for due in template.dues}
    lines = [
        msgspec.structs.replace(line, due=ids[line.due] if line.due else None)
        for line in template.lines
    ]
    dues = [msgspec.structs.replace(due, id=ids[due.id]) for due in template.dues]
    return msgspec.structs.replace(template, id=uuid4(), lines=lines, dues=dues)


def batch_of(vouchers: list[Voucher]) -> Batch:
    """What the group hands to the ledger: the vouchers, and one event for each."""
    events = [
        Event(
            id=uuid4(),
            actor="benchmark",
            dialect="benchmark",
            request_id=uuid4().hex,
            action="voucher.posted",
            voucher=ordinal,
        )
        for ordinal in range(len(vouchers))
    ]
    return Batch(at=datetime.now(UTC), vouchers=vouchers, events=events)
