-- What `cuadra verify` asks. Every query answers with differences: check, subject, expected, found, all text.
-- A line counts if and only if its voucher version is live; a balance row that is not there is zero.

-- account_ids --
-- The accounts in order, to cut the balances into parts by.
SELECT id FROM books.account WHERE company_id = %(company)s ORDER BY id;

-- balances --
-- Balances by account and by third party against the lines, of the accounts above one id up to another.
WITH sums AS MATERIALIZED (
    SELECT l.account_id, COALESCE(l.third_party_id, 0) AS third_party_id,
           COALESCE(l.cost_centre_id, 0) AS cost_centre_id, l.period,
           sum(GREATEST(l.amount, 0.00)) AS debit, sum(GREATEST(-l.amount, 0.00)) AS credit
      FROM books.line l
      JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.version = l.version
                          AND v.live
     WHERE l.company_id = %(company)s AND v.company_id = %(company)s
       AND l.account_id > %(above)s::bigint AND l.account_id <= %(up_to)s::bigint
     GROUP BY 1, 2, 3, 4
), wrong AS (
    SELECT 'account_balance' AS what, account_id, 0 AS third_party_id, 0 AS cost_centre_id, period,
           l.debit AS debit, l.credit AS credit, b.debit AS kept_debit, b.credit AS kept_credit
      FROM (SELECT account_id, period, sum(debit) AS debit, sum(credit) AS credit
              FROM sums GROUP BY account_id, period) l
      FULL JOIN (SELECT account_id, period, debit, credit FROM books.account_balance
                  WHERE company_id = %(company)s
                    AND account_id > %(above)s::bigint AND account_id <= %(up_to)s::bigint) b
           USING (account_id, period)
     UNION ALL
    SELECT 'party_balance', account_id, third_party_id, cost_centre_id, period,
           l.debit, l.credit, b.debit, b.credit
      FROM sums l
      FULL JOIN (SELECT account_id, third_party_id, cost_centre_id, period, debit, credit
                   FROM books.party_balance
                  WHERE company_id = %(company)s
                    AND account_id > %(above)s::bigint AND account_id <= %(up_to)s::bigint) b
           USING (account_id, third_party_id, cost_centre_id, period)
)
SELECT w.what,
       concat_ws(', ', 'account ' || COALESCE(a.code, '#' || w.account_id),
                 'third party ' || CASE WHEN w.third_party_id <> 0
                                        THEN COALESCE(t.identification || '-' || t.branch, '#' || w.third_party_id) END,
                 'cost centre ' || NULLIF(w.cost_centre_id, 0), w.period),
       format('debit %%s, credit %%s', COALESCE(w.debit, 0.00), COALESCE(w.credit, 0.00)),
       format('debit %%s, credit %%s', COALESCE(w.kept_debit, 0.00), COALESCE(w.kept_credit, 0.00))
  FROM wrong w
  LEFT JOIN books.account a ON a.company_id = %(company)s AND a.id = w.account_id
  LEFT JOIN books.third_party t ON t.company_id = %(company)s AND t.id = w.third_party_id
 WHERE COALESCE(w.debit, 0) <> COALESCE(w.kept_debit, 0) OR COALESCE(w.credit, 0) <> COALESCE(w.kept_credit, 0)
 ORDER BY w.what, a.code, w.account_id, w.third_party_id, w.cost_centre_id, w.period;

-- dues --
-- What is left on every due against the lines that point at it.
SELECT 'due', COALESCE(format('%%s-%%s/%%s of %%s', d.prefix, d.consecutive, d.quote,
                              COALESCE(t.identification, '#' || d.third_party_id)), '#' || due_id),
       COALESCE(l.amount, 0.00)::text, COALESCE(d.balance::text, 'no such due')
  FROM (SELECT id AS due_id, third_party_id, prefix, consecutive, quote, balance
          FROM books.due WHERE company_id = %(company)s) d
  FULL JOIN (SELECT l.due_id, sum(l.amount) AS amount
               FROM books.line l
               JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id
                                   AND v.version = l.version AND v.live
              WHERE l.company_id = %(company)s AND v.company_id = %(company)s AND l.due_id IS NOT NULL
              GROUP BY l.due_id) l USING (due_id)
  LEFT JOIN books.third_party t ON t.company_id = %(company)s AND t.id = d.third_party_id
 WHERE d.balance IS NULL OR d.balance <> COALESCE(l.amount, 0)
 ORDER BY 2, due_id;

-- stock --
-- Quantity and value in every warehouse against the lines that move stock.
SELECT 'stock', format('product %%s, warehouse %%s', COALESCE(p.code, '#' || product_id), warehouse_id),
       format('quantity %%s, value %%s', trim_scale(COALESCE(l.quantity, 0)), COALESCE(l.value, 0.00)),
       format('quantity %%s, value %%s', trim_scale(COALESCE(s.quantity, 0)), COALESCE(s.value, 0.00))
  FROM (SELECT product_id, warehouse_id, quantity, value FROM books.stock WHERE company_id = %(company)s) s
  FULL JOIN (SELECT l.product_id, COALESCE(l.warehouse_id, 0) AS warehouse_id,
                    sum(COALESCE(l.quantity, 0)) AS quantity, sum(l.amount) AS value
               FROM books.line l
               JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id
                                   AND v.version = l.version AND v.live
              WHERE l.company_id = %(company)s AND v.company_id = %(company)s
                AND l.product_id IS NOT NULL AND l.moves_stock
              GROUP BY 1, 2) l USING (product_id, warehouse_id)
  LEFT JOIN books.product p ON p.company_id = %(company)s AND p.id = product_id
 WHERE COALESCE(l.quantity, 0) <> COALESCE(s.quantity, 0) OR COALESCE(l.value, 0) <> COALESCE(s.value, 0)
 ORDER BY p.code, product_id, warehouse_id;

-- vouchers --
-- Live vouchers against their own lines: balance, count, period and date; and lines without a voucher.
WITH wrong AS (
    SELECT *
      FROM (SELECT id, version, line_count, number, kind, period, date, live
              FROM books.voucher WHERE company_id = %(company)s) v
      FULL JOIN (SELECT voucher_id AS id, version, sum(amount) AS amount, count(*) AS found,
                        min(period) AS first_period, max(period) AS last_period,
                        min(date) AS first_date, max(date) AS last_date
                   FROM books.line WHERE company_id = %(company)s GROUP BY voucher_id, version) l
           USING (id, version)
     WHERE live IS NULL
        OR live AND (amount <> 0 OR line_count <> COALESCE(found, 0)
                     OR first_period <> period OR last_period <> period
                     OR first_date <> date OR last_date <> date)
)
SELECT it.what, CASE WHEN live IS NULL THEN id::text ELSE format('%%s %%s (%%s)', kind, number, id) END, it.expected, it.found
  FROM wrong w
 CROSS JOIN LATERAL (VALUES
       ('lines_without_voucher', live IS NULL, 'a voucher', format('%%s lines', w.found)),
       ('voucher_sum', live AND amount <> 0, '0.00', amount::text),
       ('line_count', live AND line_count <> COALESCE(w.found, 0), line_count::text, COALESCE(w.found, 0)::text),
       ('line_period', live AND (first_period <> period OR last_period <> period),
        period::text, concat_ws(' to ', first_period, last_period)),
       ('line_date', live AND (first_date <> date OR last_date <> date),
        date::text, concat_ws(' to ', first_date, last_date))
     ) AS it (what, is_wrong, expected, found)
 WHERE it.is_wrong
 ORDER BY 1, 2;

-- accounts --
-- Accounts that live lines stand on, though they do not exist or take no movement.
WITH RECURSIVE used AS (
    (SELECT account_id FROM books.line WHERE company_id = %(company)s ORDER BY account_id LIMIT 1)
     UNION ALL
    SELECT (SELECT l.account_id FROM books.line l
             WHERE l.company_id = %(company)s AND l.account_id > u.account_id
             ORDER BY l.account_id LIMIT 1)   -- from one account to the next along the index, not line by line
      FROM used u WHERE u.account_id IS NOT NULL
)
SELECT 'line_account', 'account ' || COALESCE(a.code, '#' || u.account_id), 'an account that takes movement',
       CASE WHEN a.id IS NULL THEN 'no such account' ELSE 'a heading' END
  FROM used u
  LEFT JOIN books.account a ON a.company_id = %(company)s AND a.id = u.account_id
 WHERE u.account_id IS NOT NULL AND a.movement IS NOT TRUE
   AND EXISTS (SELECT FROM books.line l
                 JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id
                                     AND v.version = l.version AND v.live
                WHERE l.company_id = %(company)s AND l.account_id = u.account_id)
 ORDER BY 2;

-- numbers --
-- Gaps in the numbers of automatic voucher types, and series that are behind what they gave. A voucher
-- whose number its client chose may have left the ones before it out.
WITH series AS (
    SELECT s.voucher_type_id, t.code, s.first_number, s.next_number,
           COALESCE((t.settings ->> 'automatic_number')::boolean, false) AS automatic
      FROM books.number_series s
      JOIN books.voucher_type t ON t.company_id = s.company_id AND t.id = s.voucher_type_id
     WHERE s.company_id = %(company)s AND t.company_id = %(company)s AND s.kind = 'number'
), given AS MATERIALIZED (
    SELECT DISTINCT voucher_type_id, number FROM books.voucher WHERE company_id = %(company)s
), steps AS (
    SELECT voucher_type_id, code, number, lag(number, 1, first_number - 1) OVER (PARTITION BY voucher_type_id ORDER BY number) AS before
      FROM (SELECT s.voucher_type_id, s.code, s.first_number, g.number
              FROM series s JOIN given g USING (voucher_type_id)
             WHERE s.automatic AND g.number >= s.first_number AND g.number < s.next_number
             UNION ALL
            SELECT voucher_type_id, code, first_number, next_number FROM series
             WHERE automatic AND next_number > first_number) numbers
)
SELECT 'number_gap', code,
       CASE WHEN number - before = 2 THEN 'number ' || before + 1
            ELSE format('numbers %%s to %%s', before + 1, number - 1) END,
       'never given'
  FROM steps s
 WHERE number - before > 1
   AND NOT EXISTS (SELECT FROM books.voucher v
                     JOIN books.event e ON e.company_id = v.company_id AND e.subject = v.id::text
                                       AND e.action = 'voucher.posted' AND e.detail ->> 'number' = 'chosen'
                    WHERE v.company_id = %(company)s AND e.company_id = %(company)s
                      AND v.voucher_type_id = s.voucher_type_id AND v.number = s.number)
 UNION ALL
SELECT 'next_number', code, 'above ' || max(number), next_number::text
  FROM series JOIN given USING (voucher_type_id)
 GROUP BY voucher_type_id, code, next_number HAVING max(number) >= next_number
 UNION ALL
SELECT 'next_serial', 'vouchers', 'above ' || max(v.serial),
       COALESCE((SELECT next_number::text FROM books.number_series
                  WHERE company_id = %(company)s AND kind = 'voucher' AND voucher_type_id = 0), 'no numbering')
  FROM books.voucher v WHERE v.company_id = %(company)s
HAVING max(v.serial) >= COALESCE((SELECT next_number FROM books.number_series
                                   WHERE company_id = %(company)s AND kind = 'voucher' AND voucher_type_id = 0), 0)
 ORDER BY 1, 2, 3;

-- duplicates --
-- Serials, live numbers and live versions that stand more than once.
SELECT 'serial', 'serial ' || serial, '1 voucher', format('%%s vouchers', count(DISTINCT id))
  FROM books.voucher WHERE company_id = %(company)s
 GROUP BY serial HAVING min(id::text) <> max(id::text)
 UNION ALL
SELECT 'serial', 'voucher ' || id, '1 serial', format('%%s serials', count(DISTINCT serial))
  FROM books.voucher WHERE company_id = %(company)s
 GROUP BY id HAVING min(serial) <> max(serial)
 UNION ALL
SELECT 'live_number', format('type %%s, number %%s', voucher_type_id, number), '1 live voucher',
       format('%%s live vouchers', count(*))
  FROM books.voucher WHERE company_id = %(company)s AND live
 GROUP BY voucher_type_id, number HAVING count(*) > 1
 UNION ALL
SELECT 'live_version', 'voucher ' || id, '1 live version', format('%%s live versions', count(*))
  FROM books.voucher WHERE company_id = %(company)s AND live
 GROUP BY id HAVING count(*) > 1
 ORDER BY 1, 2;
