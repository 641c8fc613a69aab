-- Two years of books for one company, written by the owner in a few statements instead of through the door.
-- %(company)s the company, %(vouchers)s how many vouchers of four lines, %(parties)s how many third parties.

-- third_parties --
-- Customers, besides those of the company's file.
INSERT INTO books.third_party (company_id, id, guid, identification, branch, kind, person, id_type, name, active,
                               vat_responsible, fiscal_responsibilities, created_at)
SELECT %(company)s, 1000 + n, gen_random_uuid(), (800000000 + n)::text, 0, 'customer', 'company', '31',
       ARRAY['Cliente ' || n || ' S.A.S.'], true, true, '{}', timestamptz '2025-01-01'
  FROM generate_series(1, %(parties)s) n;

-- accounts --
-- The accounts that take lines, numbered, so that a few can be used much and many a little.
CREATE TEMPORARY TABLE bench_account AS
SELECT row_number() OVER (ORDER BY md5(code)) - 1 AS n, id
  FROM books.account WHERE company_id = %(company)s AND movement AND active;

-- plan --
-- One row for each voucher: its day in 24 months, third party, cost centre and the two amounts it moves.
CREATE TEMPORARY TABLE bench_voucher AS
SELECT n, gen_random_uuid() AS id, day, extract(year FROM day)::integer * 100 + extract(month FROM day)::integer AS period,
       1001 + (random() * (%(parties)s - 1))::integer AS third_party, 1 + (n %% 10) AS cost_centre,
       round((1000 + random() * 999000)::numeric, 2) AS first, round((1000 + random() * 99000)::numeric, 2) AS second
  FROM (SELECT n, date '2025-01-01' + (n::bigint * 729 / %(vouchers)s)::integer AS day
          FROM generate_series(1, %(vouchers)s) n) days;

-- vouchers --
-- Journals.
INSERT INTO books.voucher (company_id, id, serial, voucher_type_id, kind, number, date, period, third_party_id,
                           currency, total, line_count, created_at, posted_at)
SELECT %(company)s, v.id, s.next_number + v.n - 1, t.id, t.kind, own.next_number + v.n - 1, v.day, v.period,
       v.third_party, 'COP', v.first + v.second, 4, v.day, v.day
  FROM bench_voucher v
  CROSS JOIN (SELECT id, kind FROM books.voucher_type
               WHERE company_id = %(company)s AND kind = 'journal' ORDER BY id LIMIT 1) t
  JOIN books.number_series s ON s.company_id = %(company)s AND s.kind = 'voucher'
  JOIN books.number_series own ON own.company_id = %(company)s AND own.kind = 'number' AND own.voucher_type_id = t.id;

-- lines --
-- Two debits and two credits each, on accounts of which a tenth take half.
INSERT INTO books.line (company_id, voucher_id, version, line_no, account_id, third_party_id, cost_centre_id, period,
                        date, amount)
SELECT %(company)s, v.id, 1, l.line_no, a.id, v.third_party, v.cost_centre, v.period, v.day, l.amount
  FROM bench_voucher v
  CROSS JOIN LATERAL (VALUES (1, v.first), (2, v.second), (3, -v.first), (4, -v.second)) AS l (line_no, amount)
  JOIN bench_account a ON a.n = floor(
       power(((v.n * 4 + l.line_no) * 0.6180339887498949) %% 1, 3) * (SELECT count(*) FROM bench_account))::bigint;

-- account_balances --
-- What posting would have kept, by account and month.
INSERT INTO books.account_balance AS b (company_id, account_id, period, debit, credit)
SELECT company_id, account_id, period, sum(GREATEST(amount, 0)), sum(GREATEST(-amount, 0))
  FROM books.line WHERE company_id = %(company)s GROUP BY 1, 2, 3;

-- party_balances --
-- And by third party and cost centre.
INSERT INTO books.party_balance AS b (company_id, account_id, third_party_id, cost_centre_id, period, debit, credit)
SELECT company_id, account_id, COALESCE(third_party_id, 0), COALESCE(cost_centre_id, 0), period,
       sum(GREATEST(amount, 0)), sum(GREATEST(-amount, 0))
  FROM books.line WHERE company_id = %(company)s GROUP BY 1, 2, 3, 4, 5;

-- numbers --
-- The next numbers follow the last ones.
UPDATE books.number_series s SET next_number = GREATEST(s.next_number, used.last + 1)
  FROM (SELECT 'voucher' AS kind, 0 AS voucher_type_id, max(serial) AS last FROM books.voucher WHERE company_id = %(company)s
        UNION ALL
        SELECT 'number', voucher_type_id, max(number) FROM books.voucher WHERE company_id = %(company)s GROUP BY 2
        UNION ALL
        SELECT 'third_party', 0, max(id) FROM books.third_party WHERE company_id = %(company)s) used
 WHERE s.company_id = %(company)s AND s.kind = used.kind AND s.voucher_type_id = used.voucher_type_id;
