-- What only one dialect knows of a third party, as line_extra has of lines: kept under its name, and given back.

ALTER TABLE books.third_party ADD COLUMN extra jsonb;
