-- by_day --
-- What every account had before a day and moved up to another: months come from the balances, and only the days of the
-- first and last month that are outside come from lines.
WITH months AS (
    SELECT account_id,
           COALESCE(sum(debit - credit) FILTER (WHERE period < %(period_start)s), 0.00) AS opening,
           COALESCE(sum(debit) FILTER (WHERE period >= %(period_start)s), 0.00) AS debit,
           COALESCE(sum(credit) FILTER (WHERE period >= %(period_start)s), 0.00) AS credit
      FROM books.account_balance
     WHERE company_id = %(company)s AND period <= %(period_end)s
     GROUP BY account_id
), outside AS (
    SELECT l.account_id,
           COALESCE(sum(l.amount) FILTER (WHERE v.date < %(start)s), 0.00) AS opening,
           sum(GREATEST(l.amount, 0)) AS debit,
           sum(GREATEST(-l.amount, 0)) AS credit
      FROM books.voucher v
      JOIN books.line l ON l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version
     WHERE v.company_id = %(company)s AND v.live AND v.kind = ANY (%(kinds)s)
       AND ((v.date >= %(month_start)s AND v.date < %(start)s) OR (v.date > %(end)s AND v.date <= %(month_end)s))
     GROUP BY l.account_id
)
SELECT account_id, sum(opening), sum(debit), sum(credit)
  FROM (SELECT account_id, opening, debit, credit FROM months
        UNION ALL
        SELECT account_id, opening, -debit, -credit FROM outside) parts
 GROUP BY account_id
