-- Where an operation centre is, and the abbreviation some programs print of a cost centre.

ALTER TABLE books.cost_centre ADD COLUMN abbreviation text;

ALTER TABLE books.dimension
    ADD COLUMN country_code text,
    ADD COLUMN state_code   text,
    ADD COLUMN city_code    text,
    ADD CONSTRAINT dimension_place CHECK (kind = 'operation_centre'
                                          OR num_nonnulls(country_code, state_code, city_code) = 0);
