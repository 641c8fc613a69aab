-- Where an operation centre is, and the abbreviation some programs print of a cost centre. Besides, an index
-- for doors where a secret alone says who calls.

ALTER TABLE books.cost_centre ADD COLUMN abbreviation text;

ALTER TABLE books.dimension
    ADD COLUMN country_code text,
    ADD COLUMN state_code   text,
    ADD COLUMN city_code    text,
    ADD CONSTRAINT dimension_place CHECK (kind = 'operation_centre'
                                          OR num_nonnulls(country_code, state_code, city_code) = 0);

CREATE INDEX credential_secret ON control.credential (secret_sha256) WHERE revoked_at IS NULL;
