-- Two years of books for one company, written by the owner in sets instead of through the door.
--
-- Vouchers come in pairs of one third party: the first opens a due, the second settles it the same day; the
-- last dues stay open. Each has four lines: one on the receivable, three on accounts that its third party
-- usually moves. Everything follows from the number of the pair, so two runs write the same books, and
-- several connections can write parts of them at a time.
--
-- %(company)s the company, %(parties)s how many third parties, %(pairs)s how many pairs,
-- %(first_pair)s and %(last_pair)s the part of this connection.

-- third_parties --
-- Customers, besides those of the company's file: 1001 and on.
INSERT INTO books.third_party (company_id, id, guid, identification, branch, kind, person, id_type, name, active,
                               vat_responsible, fiscal_responsibilities, created_at)
SELECT %(company)s, 1000 + n, uuidv7(), (4000000000 + n)::text, 0, 'customer', 'company', '31',
       ARRAY['Cliente ' || n || ' S.A.S.'], true, true, '{}', timestamptz '2024-04-01'
  FROM generate_series(1, %(parties)s) n;

-- plan --
-- One row for each voucher of this connection's part: its day in 24 months, third party, due and amounts.
CREATE TEMPORARY TABLE bench_voucher AS
SELECT n, day, extract(year FROM day)::integer * 100 + extract(month FROM day)::integer AS period,
       -- Ordered by time like those of UUIDv7; generating as many would take longer than all the rest of this.
       overlay(md5(n::text) PLACING lpad(to_hex(1711929600000 + n * step), 12, '0') || '7' FROM 1)::uuid AS id,
       overlay(md5(pair::text) PLACING lpad(to_hex(1711929600000 + pair * 2 * step), 12, '0') || '7' FROM 1)::uuid AS due,
       leg = 0 OR pair <= %(pairs)s * 0.95 AS on_due,
       1001 + party AS third_party, 1001 + party %% 10 AS cost_centre,
       (CASE leg WHEN 0 THEN first ELSE -first END)::numeric * 0.01 AS first,
       (CASE leg WHEN 0 THEN second ELSE -second END)::numeric * 0.01 AS second
  FROM (SELECT pair, leg, 2 * pair - 1 + leg AS n, 63072000000 / (2 * %(pairs)s) AS step,
               date '2024-04-01' + (pair * 729 / %(pairs)s)::integer AS day,
               ((hashint8extended(pair, 1) & 1048575) %% %(parties)s)::integer AS party,
               100000 + (hashint8extended(pair, 2) & 99999999) AS first,
               100000 + (hashint8extended(pair, 3) & 9999999) AS second
          FROM generate_series(%(first_pair)s::bigint, %(last_pair)s::bigint) pair
         CROSS JOIN generate_series(0, 1) leg) pairs;

-- vouchers --
-- Journals.
INSERT INTO books.voucher (company_id, id, serial, voucher_type_id, kind, number, date, period, third_party_id,
                           currency, total, line_count, created_at, posted_at)
SELECT %(company)s, v.id, s.next_number + v.n - 1, t.id, t.kind, own.next_number + v.n - 1, v.day, v.period,
       v.third_party, 'COP', abs(v.first + v.second), 4, v.day, v.day
  FROM bench_voucher v
 CROSS JOIN (SELECT id, kind FROM books.voucher_type
              WHERE company_id = %(company)s AND kind = 'journal' ORDER BY id LIMIT 1) t
  JOIN books.number_series s ON s.company_id = %(company)s AND s.kind = 'voucher'
  JOIN books.number_series own ON own.company_id = %(company)s AND own.kind = 'number' AND own.voucher_type_id = t.id;

-- dues --
-- What the first voucher of a pair opens.
INSERT INTO books.due (company_id, id, account_id, third_party_id, prefix, consecutive, quote, date, balance)
SELECT %(company)s, v.due, r.id, v.third_party, 'BM', v.n, 1, v.day + 30, CASE WHEN v.n <= 2 * %(pairs)s * 0.95 THEN 0 ELSE v.first END
  FROM bench_voucher v
 CROSS JOIN (SELECT id FROM books.account
              WHERE company_id = %(company)s AND movement AND active AND due = 'receivable' ORDER BY code LIMIT 1) r
 WHERE v.n %% 2 = 1;

-- lines --
-- The receivable, and three accounts of the eight that the third party usually moves; few accounts take most.
WITH accounts AS MATERIALIZED (
    SELECT array_agg(id ORDER BY md5(code)) AS ids, count(*) AS count
      FROM books.account WHERE company_id = %(company)s AND movement AND active AND due IS NULL
), receivable AS MATERIALIZED (
    SELECT id FROM books.account
     WHERE company_id = %(company)s AND movement AND active AND due = 'receivable' ORDER BY code LIMIT 1
), product AS MATERIALIZED (
    SELECT id FROM books.product WHERE company_id = %(company)s ORDER BY id LIMIT 1
)
INSERT INTO books.line (company_id, voucher_id, version, line_no, account_id, third_party_id, cost_centre_id, period,
                        date, amount, due_id, product_id, quantity)
SELECT %(company)s, v.id, 1, l.line_no,
       CASE WHEN l.line_no = 1 THEN r.id
            ELSE a.ids[1 + floor(a.count * power(
                 (hashint8extended(v.third_party::bigint * 8 + (hashint8extended(v.n::bigint * 4 + l.line_no, 4) & 7), 5)
                  & 1048575) / 1048576.0::float8, 2))::integer] END,
       v.third_party, v.cost_centre, v.period, v.day, l.amount, CASE WHEN l.line_no = 1 AND v.on_due THEN v.due END,
       CASE WHEN l.line_no = 3 THEN p.id END, CASE WHEN l.line_no = 3 THEN 1 END
  FROM bench_voucher v
 CROSS JOIN LATERAL (VALUES (1, v.first), (2, v.second), (3, -v.first), (4, -v.second)) AS l (line_no, amount)
 CROSS JOIN accounts a CROSS JOIN receivable r CROSS JOIN product p;

-- party_balances --
-- What posting would have kept by third party and cost centre, of this connection's accounts.
INSERT INTO books.party_balance AS b (company_id, account_id, third_party_id, cost_centre_id, period, debit, credit)
SELECT %(company)s, account_id, COALESCE(third_party_id, 0), COALESCE(cost_centre_id, 0), period,
       COALESCE(sum(amount) FILTER (WHERE amount > 0), 0), COALESCE(-sum(amount) FILTER (WHERE amount < 0), 0)
  FROM books.line WHERE company_id = %(company)s AND account_id %% %(parts)s = %(part)s
 GROUP BY account_id, third_party_id, cost_centre_id, period
    ON CONFLICT (company_id, account_id, third_party_id, cost_centre_id, period)
    DO UPDATE SET debit = excluded.debit, credit = excluded.credit;

-- account_balances --
-- And by account and month.
INSERT INTO books.account_balance AS b (company_id, account_id, period, debit, credit)
SELECT %(company)s, account_id, period, sum(debit), sum(credit)
  FROM books.party_balance WHERE company_id = %(company)s GROUP BY account_id, period
    ON CONFLICT (company_id, account_id, period) DO UPDATE SET debit = excluded.debit, credit = excluded.credit;

-- numbers --
-- The next numbers follow the last ones.
UPDATE books.number_series
   SET next_number = CASE kind WHEN 'third_party' THEN 1001 + %(parties)s ELSE next_number + 2 * %(pairs)s END
 WHERE company_id = %(company)s
   AND (kind IN ('voucher', 'third_party')
        OR kind = 'number' AND voucher_type_id = (SELECT min(id) FROM books.voucher_type
                                                   WHERE company_id = %(company)s AND kind = 'journal'));
