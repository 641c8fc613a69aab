"""Whether the books agree with themselves: what must hold after any test, whatever it sent.

Each query finds rows that must not exist. They run as the superuser, so they see every company.
"""

from typing import Any

import psycopg

_CHECKS = {
    "vouchers whose lines do not sum to zero": """
        SELECT company_id, voucher_id, version, sum(amount) FROM books.line
         GROUP BY 1, 2, 3 HAVING sum(amount) <> 0""",
    "vouchers without the lines they say they have": """
        SELECT v.company_id, v.id, v.line_count FROM books.voucher v
         WHERE v.line_count <> (SELECT count(*) FROM books.line l
                WHERE l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version)""",
    "account balances other than their lines": """
        SELECT company_id, account_id, period, sum(debit), sum(credit) FROM (
            SELECT company_id, account_id, period, debit, credit FROM books.account_balance
            UNION ALL
            SELECT l.company_id, l.account_id, l.period, -GREATEST(amount, 0), -GREATEST(-amount, 0)
              FROM books.line l JOIN books.voucher v
                ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.version = l.version AND v.live) b
         GROUP BY 1, 2, 3 HAVING sum(debit) <> 0 OR sum(credit) <> 0""",
    "party balances other than their lines": """
        SELECT company_id, account_id, third_party_id, cost_centre_id, period FROM (
            SELECT company_id, account_id, third_party_id, cost_centre_id, period, debit - credit AS net
              FROM books.party_balance
            UNION ALL
            SELECT l.company_id, l.account_id, COALESCE(l.third_party_id, 0), COALESCE(l.cost_centre_id, 0),
                   l.period, -amount
              FROM books.line l JOIN books.voucher v
                ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.version = l.version AND v.live) b
         GROUP BY 1, 2, 3, 4, 5 HAVING sum(net) <> 0""",
    "dues other than their lines": """
        SELECT d.company_id, d.id, d.balance FROM books.due d
         WHERE d.balance <> COALESCE((SELECT sum(l.amount) FROM books.line l JOIN books.voucher v
                ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.version = l.version AND v.live
                WHERE l.company_id = d.company_id AND l.due_id = d.id), 0)""",
    "stock other than its lines": """
        SELECT company_id, product_id, warehouse_id, sum(quantity), sum(value) FROM (
            SELECT company_id, product_id, warehouse_id, quantity, value FROM books.stock
            UNION ALL
            SELECT l.company_id, l.product_id, COALESCE(l.warehouse_id, 0), -l.quantity, -l.amount
              FROM books.line l JOIN books.voucher v
                ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.version = l.version AND v.live
             WHERE l.moves_stock) s
         GROUP BY 1, 2, 3 HAVING sum(quantity) <> 0 OR sum(value) <> 0""",
    "automatic numbers with gaps that no client made": """
        SELECT company_id, voucher_type_id, number, before FROM (
            SELECT s.company_id, s.voucher_type_id, v.number, v.id,
                   lag(v.number, 1, s.first_number - 1)
                       OVER (PARTITION BY s.company_id, s.voucher_type_id ORDER BY v.number) AS before
              FROM books.number_series s
              JOIN books.voucher_type t ON t.company_id = s.company_id AND t.id = s.voucher_type_id
              JOIN (SELECT company_id, voucher_type_id, id, number FROM books.voucher
                    UNION ALL SELECT company_id, voucher_type_id, NULL, next_number FROM books.number_series
                               WHERE kind = 'number') v
                ON v.company_id = s.company_id AND v.voucher_type_id = s.voucher_type_id
             WHERE s.kind = 'number' AND (t.settings ->> 'automatic_number')::boolean
               AND v.number >= s.first_number) n
         WHERE number - before > 1
           AND NOT EXISTS (SELECT FROM books.event e
                            WHERE e.company_id = n.company_id AND e.subject = n.id::text
                              AND e.detail ->> 'number' = 'chosen')""",
    "lines that name what does not exist": """
        SELECT l.company_id, l.voucher_id, l.line_no, l.account_id, l.third_party_id, l.product_id
          FROM books.line l
          LEFT JOIN books.account a ON a.company_id = l.company_id AND a.id = l.account_id
          LEFT JOIN books.third_party t ON t.company_id = l.company_id AND t.id = l.third_party_id
          LEFT JOIN books.product p ON p.company_id = l.company_id AND p.id = l.product_id
         WHERE a.id IS NULL OR (l.third_party_id IS NOT NULL AND t.id IS NULL)
            OR (l.product_id IS NOT NULL AND p.id IS NULL)""",
    "idempotency keys that stand for nothing": """
        SELECT company_id, operation, key FROM books.idempotency WHERE NOT response ?| ARRAY['voucher', 'xact']""",
}


def find_contradictions(database_url: str) -> dict[str, list[tuple[Any, ...]]]:
    """What contradicts itself in the books of a database; empty when nothing does."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        found = {name: connection.execute(query).fetchall() for name, query in _CHECKS.items()}
    return {name: rows for name, rows in found.items() if rows}
