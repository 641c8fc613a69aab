-- What only one dialect knows of a product, as of a third party: a reorder level, say. No other door asks for it.

ALTER TABLE books.product ADD COLUMN extra jsonb;
