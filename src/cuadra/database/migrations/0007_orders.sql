-- Orders are, like quotations, vouchers without lines.

ALTER TABLE books.voucher
    DROP CONSTRAINT voucher_check2,
    ADD CONSTRAINT voucher_check2 CHECK (line_count >= 2 OR (annulled AND line_count = 0)
                                         OR kind IN ('quotation', 'sales_order', 'purchase_order'));
