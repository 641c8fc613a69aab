"""The one invoice that every measurement of posting writes: two items on credit, one of them with IVA.

It is recorded once over HTTP and read back as the draft it was, so that what pgbench and books.post()
write without us is what the server wrote. `distinct_invoices` proves it afterwards from the lines.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from cuadra.database.ids import new_id
from cuadra.database.pool import APPLICATION_ROLE
from cuadra.ledger.posting import Batch, Event, encode_batch
from cuadra.ledger.vouchers import Line, NewDue, Voucher

BODY: dict[str, Any] = {
    "document": {"id": 24446},
    "date": "2026-03-09",
    "customer": {"identification": "13832081", "branch_office": 0},
    "seller": 629,
    "observations": "Observaciones",
    "items": [
        {
            "code": "Item-1",
            "description": "Camiseta de algodón",
            "quantity": 2,
            "price": 1000,
            "taxes": [{"id": 13156}],
        },
        {
            "code": "Item-1",
            "description": "Otra camiseta",
            "quantity": 1,
            "price": 500,
            "taxes": [],
        },
    ],
    "payments": [{"id": 5636, "value": 2880, "due_date": "2026-04-09"}],
}
_LINE_COLUMNS = (
    "account_id AS account, amount, third_party_id AS third_party, cost_centre_id AS cost_centre,"
    " tax_id AS tax, tax_base, product_id AS product, quantity, due_id AS due, description"
)


class Template(NamedTuple):
    """A recorded invoice as the draft it was, with its event."""

    voucher: Voucher
    event: Event


def encoded() -> bytes:
    """The body, ready to be sent."""
    return json.dumps(BODY).encode()


def connect(url: str) -> psycopg.Connection:
    """A connection with the rights of the server's own."""
    return psycopg.connect(url, autocommit=True, options=f"-c role={APPLICATION_ROLE}")


def enter(connection: psycopg.Connection, company: int) -> None:
    """Make the open transaction one of the company."""
    connection.execute("SELECT set_config('cuadra.company_id', %s, true)", (str(company),))


def read_back(url: str, company: int, voucher: UUID) -> Template:
    """The recorded invoice as a draft."""
    with connect(url) as connection, connection.transaction():
        enter(connection, company)
        cursor = connection.cursor(row_factory=dict_row)
        key = (company, voucher)
        head = cursor.execute(
            "SELECT id, voucher_type_id AS type, kind, date, period, currency, total, third_party_id AS third_party,"
            " description, content::text FROM books.voucher WHERE company_id = %s AND id = %s",
            key,
        ).fetchone()
        assert head is not None
        lines = cursor.execute(
            f"SELECT {_LINE_COLUMNS} FROM books.line WHERE company_id = %s AND voucher_id = %s ORDER BY line_no".encode(),
            key,
        ).fetchall()
        dues = cursor.execute(
            "SELECT id, account_id AS account, third_party_id AS third_party, prefix, quote, date FROM books.due"
            " WHERE company_id = %s AND id = ANY (%s)",
            (company, [line["due"] for line in lines if line["due"]]),
        ).fetchall()
        event = cursor.execute(
            "SELECT id, actor, dialect, request_id, action, detail FROM books.event"
            " WHERE company_id = %s AND subject = %s",
            (company, str(voucher)),
        ).fetchone()
        assert event is not None
    content = msgspec.Raw(head.pop("content").encode())
    return Template(
        Voucher(
            **head,
            content=content,
            lines=[Line(**line) for line in lines],
            dues=[NewDue(**due) for due in dues],
        ),
        Event(**event, voucher=0),
    )


def renewed(template: Template, third_party: int | None = None) -> Template:
    """The same invoice once more, with ids of its own; for another third party, if one is given."""
    ids = {due.id: new_id() for due in template.voucher.dues}
    party: dict[str, Any] = {} if third_party is None else {"third_party": third_party}
    lines = [
        msgspec.structs.replace(line, due=ids[line.due] if line.due else None, **party)
        for line in template.voucher.lines
    ]
    dues = [msgspec.structs.replace(due, id=ids[due.id], **party) for due in template.voucher.dues]
    voucher = msgspec.structs.replace(
        template.voucher, id=new_id(), lines=lines, dues=dues, **party
    )
    return Template(voucher, msgspec.structs.replace(template.event, id=new_id()))


def encode(invoices: Sequence[Template]) -> str:
    """What `books.post()` reads."""
    events = [
        msgspec.structs.replace(invoice.event, voucher=ordinal)
        for ordinal, invoice in enumerate(invoices)
    ]
    vouchers = [invoice.voucher for invoice in invoices]
    return encode_batch(Batch(at=datetime.now(UTC), vouchers=vouchers, events=events)).decode()


def batches(template: Template, together: int) -> Iterator[str]:
    """Sets of the invoice, for ever."""
    while True:
        yield encode([renewed(template) for _ in range(together)])


def post(connection: psycopg.Connection, company: int, batch: str) -> None:
    """Write one set in a transaction of its own."""
    with connection.transaction():
        enter(connection, company)
        connection.execute("SELECT * FROM books.post(%s, %s::jsonb)", (company, batch)).fetchall()


def count_invoices(owner_url: str, companies: Sequence[int]) -> int:
    """How many sales invoices these companies have."""
    with psycopg.connect(owner_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM books.voucher WHERE company_id = ANY (%s) AND kind = 'sales_invoice' AND live",
            (list(companies),),
        ).fetchone()
    assert row is not None
    return int(row[0])


def distinct_invoices(owner_url: str, companies: Sequence[int]) -> int:
    """How many different invoices there are among all that these companies recorded.

    Two are the same when all is the same but ids, numbers and times: lines, dues, events and content.
    """
    with psycopg.connect(owner_url) as connection:
        connection.execute("SET enable_nestloop = off")  # there may be no statistics yet
        row = connection.execute(_DISTINCT.encode(), (list(companies),)).fetchone()
    assert row is not None
    return int(row[0])


_DISTINCT = """
WITH chosen AS (SELECT unnest(%s::integer[]) AS company_id),
lines AS (
    SELECT l.company_id, l.voucher_id,
           string_agg(md5((l.line_no, l.account_id, l.third_party_id, l.cost_centre_id, l.period, l.date, l.amount,
                           l.tax_id, l.tax_base, l.product_id, l.quantity, l.description, l.due_id IS NULL,
                           d.account_id, d.third_party_id, d.prefix, d.quote, d.date, d.balance)::text),
                      ' ' ORDER BY l.line_no) AS all
      FROM books.line l JOIN chosen USING (company_id)
      LEFT JOIN books.due d ON d.company_id = l.company_id AND d.id = l.due_id
     GROUP BY l.company_id, l.voucher_id
), events AS (
    SELECT e.company_id, e.subject, string_agg(md5((e.dialect, e.action, e.detail)::text), ' ') AS all
      FROM books.event e JOIN chosen USING (company_id) GROUP BY e.company_id, e.subject
)
SELECT count(DISTINCT md5((v.voucher_type_id, v.date, v.period, v.third_party_id, v.currency, v.total,
                           v.description, v.line_count, v.content, l.all, e.all)::text))
  FROM books.voucher v JOIN chosen USING (company_id)
  LEFT JOIN lines l ON l.company_id = v.company_id AND l.voucher_id = v.id
  LEFT JOIN events e ON e.company_id = v.company_id AND e.subject = v.id::text
 WHERE v.kind = 'sales_invoice'
"""
