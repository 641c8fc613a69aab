-- The day book is read by date, and what lies before a page is counted by vouchers.

CREATE INDEX voucher_daybook ON books.voucher (company_id, date, serial) INCLUDE (id, version, line_count)
    WHERE live AND line_count > 0;
