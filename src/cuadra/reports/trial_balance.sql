-- by_account --
-- Every account with an opening balance or movement in the range, rolled up the chart to all levels.
WITH RECURSIVE sums AS (
    SELECT account_id,
           COALESCE(sum(debit - credit) FILTER (WHERE period < %(period_start)s), 0.00) AS opening,
           COALESCE(sum(debit) FILTER (WHERE period >= %(period_start)s), 0.00) AS debit,
           COALESCE(sum(credit) FILTER (WHERE period >= %(period_start)s), 0.00) AS credit
      FROM books.account_balance
     WHERE company_id = %(company)s AND period <= %(period_end)s
     GROUP BY account_id
), rolled AS (
    SELECT a.id, a.parent_id, s.opening, s.debit, s.credit
      FROM sums s
      JOIN books.account a ON a.company_id = %(company)s AND a.id = s.account_id
     WHERE (%(account_start)s::text IS NULL OR a.code >= %(account_start)s)
       AND (%(account_end)s::text IS NULL OR left(a.code, length(%(account_end)s)) <= %(account_end)s)
    UNION ALL
    SELECT p.id, p.parent_id, r.opening, r.debit, r.credit
      FROM rolled r
      JOIN books.account p ON p.company_id = %(company)s AND p.id = r.parent_id
)
SELECT a.code, a.name, a.level, a.nature, a.movement, t.opening, t.debit, t.credit,
       t.opening + t.debit - t.credit AS closing
  FROM (SELECT id, sum(opening) AS opening, sum(debit) AS debit, sum(credit) AS credit
          FROM rolled GROUP BY id) t
  JOIN books.account a ON a.company_id = %(company)s AND a.id = t.id
 WHERE t.opening <> 0 OR t.debit <> 0 OR t.credit <> 0
 ORDER BY a.code

-- by_third_party --
-- Every movement account, third party by third party; cost centres together.
SELECT a.code, a.name, p.identification, p.branch, array_to_string(p.name, ' '),
       b.opening, b.debit, b.credit, b.opening + b.debit - b.credit AS closing
  FROM (SELECT account_id, third_party_id,
               COALESCE(sum(debit - credit) FILTER (WHERE period < %(period_start)s), 0.00) AS opening,
               COALESCE(sum(debit) FILTER (WHERE period >= %(period_start)s), 0.00) AS debit,
               COALESCE(sum(credit) FILTER (WHERE period >= %(period_start)s), 0.00) AS credit
          FROM books.party_balance
         WHERE company_id = %(company)s AND period <= %(period_end)s
           AND (%(identification)s::text IS NULL OR third_party_id = ANY (ARRAY(   -- so that the index serves it
               SELECT id FROM books.third_party
                WHERE company_id = %(company)s AND identification = %(identification)s)))
         GROUP BY account_id, third_party_id) b
  JOIN books.account a ON a.company_id = %(company)s AND a.id = b.account_id
  LEFT JOIN books.third_party p ON p.company_id = %(company)s AND p.id = b.third_party_id
 WHERE (b.opening <> 0 OR b.debit <> 0 OR b.credit <> 0)
   AND (%(account_start)s::text IS NULL OR a.code >= %(account_start)s)
   AND (%(account_end)s::text IS NULL OR left(a.code, length(%(account_end)s)) <= %(account_end)s)
 ORDER BY a.code, p.identification NULLS FIRST, p.branch
