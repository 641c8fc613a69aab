-- The whole database of Cuadra, to be read from top to bottom.
--
-- This file is the sum of the numbered migrations beside it; a test replays them and compares.
-- Two schemas. `control` knows which companies exist and who may speak for them. `books` holds the
-- companies' own data: every key there begins with company_id, row-level security is forced, and no
-- transaction crosses companies.
--
-- Two roles. cuadra_owner owns everything below. cuadra_application, which serves requests, reads
-- all of its company's rows, writes catalogs, and writes the ledger only by calling books.post():
-- it cannot insert, change or delete a voucher, a line or a balance in any other way.

CREATE SCHEMA IF NOT EXISTS control AUTHORIZATION cuadra_owner;
CREATE SCHEMA IF NOT EXISTS books AUTHORIZATION cuadra_owner;
GRANT USAGE ON SCHEMA control, books TO cuadra_application;

-- ---------------------------------------------------------------------------------------------
-- control: companies and credentials. No row-level security here.
-- ---------------------------------------------------------------------------------------------

CREATE TABLE control.company (
    id              integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guid            uuid        NOT NULL,
    name            text        NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    live            boolean     NOT NULL DEFAULT false,  -- false while loading and after a reset or delete
    legal_name      text        NOT NULL,
    identification  text        NOT NULL,
    check_digit     text        NOT NULL DEFAULT '',
    country         text        NOT NULL,
    currency        text        NOT NULL,
    sandbox         boolean     NOT NULL DEFAULT false,  -- only these may be reset or deleted
    settings        jsonb       NOT NULL DEFAULT '{}',   -- by dialect
    source          text,                                -- the company file, for reset
    catalog_version bigint      NOT NULL DEFAULT 1,      -- raised by every change of a cached catalog
    created_at      timestamptz NOT NULL DEFAULT now(),
    retired_at      timestamptz                          -- replaced by a reset, or deleted; then purged
);
CREATE UNIQUE INDEX company_name ON control.company (name) WHERE live;

-- A credential belongs to the company's name, so it survives a reset.
CREATE TABLE control.credential (
    id            integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_name  text        NOT NULL,
    dialect       text        NOT NULL,
    identity      text        NOT NULL DEFAULT '',  -- a username, a connection; empty where the key is all
    secret_sha256 bytea,                            -- of a random key
    created_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz,
    secret_argon2 text,                             -- of a password that a person chose
    CONSTRAINT credential_secret_once CHECK (num_nonnulls(secret_sha256, secret_argon2) = 1)
);
CREATE UNIQUE INDEX credential_key ON control.credential (dialect, identity, secret_sha256, company_name)
    WHERE revoked_at IS NULL;
CREATE INDEX credential_secret ON control.credential (secret_sha256) WHERE revoked_at IS NULL;
CREATE INDEX credential_password ON control.credential (dialect, lower(identity))
    WHERE revoked_at IS NULL AND secret_argon2 IS NOT NULL;

-- Whoever signed in with a password. A session opens the companies of its credentials for as long as it is used;
-- its key is random.
CREATE TABLE control.session (
    key_sha256  bytea       PRIMARY KEY,
    dialect     text        NOT NULL,
    identity    text        NOT NULL,
    credentials integer[]   NOT NULL,
    lifetime    interval    NOT NULL,
    used_at     timestamptz NOT NULL,  -- moved at most once a minute
    expires_at  timestamptz NOT NULL
);
CREATE INDEX session_expiry ON control.session (expires_at);

-- When the latest requests of somebody came, where they are limited. Nothing is lost when it is lost.
CREATE UNLOGGED TABLE control.request_times (
    caller text          PRIMARY KEY,
    times  timestamptz[] NOT NULL
);

-- Secrets of the installation itself, such as the key that signs access tokens.
CREATE TABLE control.secret (
    name  text  PRIMARY KEY,
    value bytea NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON control.company, control.credential TO cuadra_application;
GRANT SELECT, INSERT ON control.secret TO cuadra_application;
GRANT SELECT, INSERT, UPDATE, DELETE ON control.session, control.request_times TO cuadra_application;

-- Every transaction begins with one of these: they find its company and make it the transaction's. As
-- functions they are planned once in a connection.
CREATE FUNCTION control.enter(p_name text)
    RETURNS TABLE (id integer, guid text, name text, country text, currency text, catalog_version bigint,
                   legal_name text, identification text)
    LANGUAGE plpgsql AS $$
BEGIN
    SELECT c.id, c.guid::text, c.name, c.country, c.currency, c.catalog_version, c.legal_name, c.identification
      INTO id, guid, name, country, currency, catalog_version, legal_name, identification
      FROM control.company c WHERE c.name = p_name AND c.live;
    IF FOUND THEN
        PERFORM set_config('cuadra.company_id', id::text, true);
        RETURN NEXT;
    END IF;
END
$$;

CREATE FUNCTION control.enter_by_credential(p_credential integer)
    RETURNS TABLE (id integer, guid text, name text, country text, currency text, catalog_version bigint,
                   legal_name text, identification text)
    LANGUAGE plpgsql AS $$
BEGIN
    SELECT c.id, c.guid::text, c.name, c.country, c.currency, c.catalog_version, c.legal_name, c.identification
      INTO id, guid, name, country, currency, catalog_version, legal_name, identification
      FROM control.credential k JOIN control.company c ON c.name = k.company_name AND c.live
     WHERE k.id = p_credential AND k.revoked_at IS NULL;
    IF FOUND THEN
        PERFORM set_config('cuadra.company_id', id::text, true);
        RETURN NEXT;
    END IF;
END
$$;

REVOKE ALL ON FUNCTION control.enter(text), control.enter_by_credential(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.enter(text), control.enter_by_credential(integer) TO cuadra_application;

-- The company of the current transaction, set with SET LOCAL; no company, no rows.
CREATE FUNCTION books.current_company() RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('cuadra.company_id', true), '')::integer;

-- ---------------------------------------------------------------------------------------------
-- books: the catalogs. Ids are small integers per company, chosen by the company file.
-- ---------------------------------------------------------------------------------------------

CREATE TABLE books.account (
    company_id        integer NOT NULL,
    id                integer NOT NULL,
    code              text    NOT NULL,
    name              text    NOT NULL,
    parent_id         integer,                 -- the longest other code this code starts with
    level             smallint NOT NULL,       -- 1 for a root
    nature            text    NOT NULL CHECK (nature IN ('debit', 'credit')),
    movement          boolean NOT NULL,        -- takes lines
    needs_third_party boolean NOT NULL,
    needs_cost_centre boolean NOT NULL,
    due               text    CHECK (due IN ('receivable', 'payable')),
    tax               boolean NOT NULL,
    inventory         boolean NOT NULL,
    fixed_asset       boolean NOT NULL,
    tax_difference    boolean NOT NULL,
    active            boolean NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, code)
);

CREATE TABLE books.account_group (
    company_id        integer NOT NULL,
    id                integer NOT NULL,
    name              text    NOT NULL,
    income_account    text    NOT NULL,
    returns_account   text,
    inventory_account text,
    cost_account      text,
    purchase_account  text,
    active            boolean NOT NULL,
    code              text,
    PRIMARY KEY (company_id, id)
);
CREATE UNIQUE INDEX account_group_code ON books.account_group (company_id, code);

CREATE TABLE books.tax (
    company_id       integer NOT NULL,
    id               integer NOT NULL,
    name             text    NOT NULL,
    kind             text    NOT NULL,
    percentage       numeric NOT NULL,  -- per hundred; ReteICA per mille
    sales_account    text    NOT NULL,
    purchase_account text,
    contra_account   text,              -- other side of a self-withholding
    active           boolean NOT NULL,
    PRIMARY KEY (company_id, id)
);

CREATE TABLE books.price_list (
    company_id integer  NOT NULL,
    id         integer  NOT NULL,
    name       text     NOT NULL,
    position   smallint NOT NULL CHECK (position BETWEEN 1 AND 12),
    active     boolean  NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, position)
);

CREATE TABLE books.warehouse (
    company_id integer NOT NULL,
    id         integer NOT NULL CHECK (id > 0),
    name       text    NOT NULL,
    active     boolean NOT NULL,
    PRIMARY KEY (company_id, id)
);

CREATE TABLE books.seller (
    company_id     integer NOT NULL,
    id             integer NOT NULL,
    username       text    NOT NULL,
    first_name     text    NOT NULL,
    last_name      text    NOT NULL,
    email          text    NOT NULL,
    identification text    NOT NULL,
    active         boolean NOT NULL,
    PRIMARY KEY (company_id, id)
);

CREATE TABLE books.cost_centre (
    company_id   integer NOT NULL,
    id           integer NOT NULL CHECK (id > 0),
    code         text    NOT NULL,
    name         text    NOT NULL,
    parent       integer,               -- a subcentre's centre
    active       boolean NOT NULL,
    abbreviation text,                  -- a shorter name than `name`, where a list prints one
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, code)
);

-- Named dimensions of a line: operation centres, projects, activities, second cost centres.
CREATE TABLE books.dimension (
    company_id   integer NOT NULL,
    kind         text    NOT NULL CHECK (kind IN ('operation_centre', 'project', 'activity', 'second_cost_centre')),
    id           integer NOT NULL,
    code         text    NOT NULL,
    name         text    NOT NULL,
    active       boolean NOT NULL,
    country_code text,                  -- an operation centre's place: ISO country,
    state_code   text,                  -- department (DANE)
    city_code    text,                  -- and municipality (DANE)
    PRIMARY KEY (company_id, kind, id),
    UNIQUE (company_id, kind, code),
    CONSTRAINT dimension_place CHECK (kind = 'operation_centre'
                                      OR num_nonnulls(country_code, state_code, city_code) = 0)
);

CREATE TABLE books.payment_type (
    company_id integer NOT NULL,
    id         integer NOT NULL,
    name       text    NOT NULL,
    side       text    NOT NULL CHECK (side IN ('sales', 'purchases', 'both')),
    account    text    NOT NULL,
    due_date   boolean NOT NULL,
    active     boolean NOT NULL,
    PRIMARY KEY (company_id, id)
);

CREATE TABLE books.fixed_asset (
    company_id integer NOT NULL,
    id         integer NOT NULL,
    name       text    NOT NULL,
    "group"    text    NOT NULL,
    active     boolean NOT NULL,
    code       text,                   -- what purchases name it by
    account    text,                   -- what buying it is debited to
    PRIMARY KEY (company_id, id)
);
CREATE UNIQUE INDEX fixed_asset_code ON books.fixed_asset (company_id, code);

-- A voucher type: one numbered series. What only a kind of document uses is in settings.
CREATE TABLE books.voucher_type (
    company_id integer NOT NULL,
    id         integer NOT NULL CHECK (id > 0),
    kind       text    NOT NULL,
    code       text    NOT NULL,
    name       text    NOT NULL,
    active     boolean NOT NULL,
    settings   jsonb   NOT NULL,   -- the other members of catalog.records.VoucherType
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, kind, code)
);

-- What a dialect calls a voucher type.
CREATE TABLE books.crosswalk (
    company_id      integer NOT NULL,
    dialect         text    NOT NULL,
    voucher_type_id integer NOT NULL,
    type            text    NOT NULL,
    code            text    NOT NULL DEFAULT '',
    prefix          text    NOT NULL DEFAULT '',
    PRIMARY KEY (company_id, dialect, voucher_type_id)
);

-- Ids of a vendor that differ from ours.
CREATE TABLE books.vendor_id (
    company_id integer NOT NULL,
    dialect    text    NOT NULL,
    kind       text    NOT NULL,
    vendor_id  text    NOT NULL,
    our_id     text    NOT NULL,
    PRIMARY KEY (company_id, dialect, kind, vendor_id)
);

CREATE TABLE books.third_party (
    company_id              integer     NOT NULL,
    id                      integer     NOT NULL,
    guid                    uuid        NOT NULL,
    identification          text        NOT NULL,
    branch                  integer     NOT NULL DEFAULT 0,
    kind                    text        NOT NULL CHECK (kind IN ('customer', 'supplier', 'other')),
    person                  text        NOT NULL CHECK (person IN ('person', 'company')),
    id_type                 text        NOT NULL,
    check_digit             text,
    name                    text[]      NOT NULL,
    commercial_name         text,
    active                  boolean     NOT NULL,
    vat_responsible         boolean     NOT NULL,
    fiscal_responsibilities text[]      NOT NULL,
    address                 jsonb,
    phones                  jsonb       NOT NULL DEFAULT '[]',
    contacts                jsonb       NOT NULL DEFAULT '[]',
    comments                text,
    seller                  integer,
    collector               integer,
    created_at              timestamptz NOT NULL,
    updated_at              timestamptz,
    extra                   jsonb,                             -- what only a dialect knows, under its name
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, guid),
    UNIQUE (company_id, identification, branch)
);
CREATE INDEX third_party_newest ON books.third_party (company_id, created_at DESC, id DESC);

CREATE TABLE books.product (
    company_id            integer     NOT NULL,
    id                    integer     NOT NULL,
    guid                  uuid        NOT NULL,
    code                  text        NOT NULL,
    name                  text        NOT NULL,
    account_group         integer     NOT NULL,
    kind                  text        NOT NULL,
    stock_control         boolean     NOT NULL,
    active                boolean     NOT NULL,
    tax_classification    text        NOT NULL,
    tax_included          boolean     NOT NULL,
    tax_consumption_value numeric,
    taxes                 jsonb       NOT NULL DEFAULT '[]',
    prices                jsonb       NOT NULL DEFAULT '[]',
    unit                  text        NOT NULL,
    unit_label            text,
    reference             text,
    description           text,
    barcode               text,
    brand                 text,
    tariff                text,
    model                 text,
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz,
    components            jsonb       NOT NULL DEFAULT '[]',   -- of a combo: [{"product": id, "quantity"}]
    extra                 jsonb,                               -- what only a dialect knows, under its name
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, guid),
    UNIQUE (company_id, code)
);
CREATE INDEX product_newest ON books.product (company_id, created_at DESC, id DESC);

-- ---------------------------------------------------------------------------------------------
-- books: the ledger. Written by books.post() and the period functions below, and by nothing else.
-- ---------------------------------------------------------------------------------------------

-- The next number of every voucher type, and of the per-company small integers (kind 'voucher',
-- 'third_party', 'product', with voucher_type_id 0). Taken at commit, so numbering has no gaps.
CREATE TABLE books.number_series (
    company_id      integer NOT NULL,
    kind            text    NOT NULL CHECK (kind IN ('number', 'voucher', 'third_party', 'product')),
    voucher_type_id integer NOT NULL DEFAULT 0,
    first_number    bigint  NOT NULL DEFAULT 1,
    next_number     bigint  NOT NULL DEFAULT 1,
    PRIMARY KEY (company_id, kind, voucher_type_id)
);

-- A numbered paper; one row per version. An edit closes the live version and adds the next one; a
-- delete only closes; annulling adds a last version without lines, which keeps the number for ever.
-- A line counts if and only if its version is live.
CREATE TABLE books.voucher (
    company_id      integer       NOT NULL,
    id              uuid          NOT NULL,
    version         smallint      NOT NULL DEFAULT 1,
    live            boolean       NOT NULL DEFAULT true,
    serial          bigint        NOT NULL,   -- the same for all versions; order of creation
    voucher_type_id integer       NOT NULL,
    kind            text          NOT NULL,   -- of its type, repeated for lists
    number          bigint        NOT NULL,
    date            date          NOT NULL,
    period          integer       NOT NULL,   -- yyyymm; month 13 is the closing period
    third_party_id  integer,
    cost_centre_id  integer,
    currency        text          NOT NULL,
    exchange_rate   numeric,
    description     text          NOT NULL DEFAULT '',
    total           numeric(20,2) NOT NULL,
    content         jsonb,                    -- the commercial document; written and read by trade
    annulled        boolean       NOT NULL DEFAULT false,
    line_count      integer       NOT NULL,
    created_at      timestamptz   NOT NULL,   -- of the first version
    posted_at       timestamptz   NOT NULL,   -- of this version
    closed_at       timestamptz,
    close_reason    text          CHECK (close_reason IN ('edited', 'deleted', 'annulled')),
    about_id        uuid,                     -- the voucher this one corrects: a credit note's invoice
    external_number text,                     -- what the other party calls its own paper: a supplier's invoice
    PRIMARY KEY (company_id, id, version),
    CHECK (period / 100 = extract(year FROM date)
           AND (period % 100 = extract(month FROM date)
                OR (period % 100 = 13 AND extract(month FROM date) = 12))),
    CHECK (live = (closed_at IS NULL)),
    CHECK (line_count >= 2 OR (annulled AND line_count = 0) OR kind IN ('quotation', 'sales_order', 'purchase_order'))
);
CREATE UNIQUE INDEX voucher_live ON books.voucher (company_id, id) WHERE live;
CREATE UNIQUE INDEX voucher_number ON books.voucher (company_id, voucher_type_id, number) WHERE live;
CREATE INDEX voucher_newest ON books.voucher (company_id, kind, serial DESC) WHERE live;
CREATE INDEX voucher_third_party ON books.voucher (company_id, third_party_id, kind, serial DESC) WHERE live;
CREATE INDEX voucher_date ON books.voucher (company_id, kind, date) WHERE live;
CREATE INDEX voucher_daybook ON books.voucher (company_id, date, serial) INCLUDE (id, version, line_count)
    WHERE live AND line_count > 0;
CREATE INDEX voucher_about ON books.voucher (company_id, about_id) WHERE live AND about_id IS NOT NULL;
CREATE UNIQUE INDEX voucher_external_number ON books.voucher (company_id, third_party_id, external_number)
    WHERE live AND external_number IS NOT NULL;

-- One amount on one account. Never updated, never deleted.
CREATE TABLE books.line (
    company_id            integer       NOT NULL,
    voucher_id            uuid          NOT NULL,
    version               smallint      NOT NULL,
    line_no               smallint      NOT NULL,
    account_id            integer       NOT NULL,
    third_party_id        integer,
    cost_centre_id        integer,
    period                integer       NOT NULL,
    date                  date          NOT NULL,
    amount                numeric(20,2) NOT NULL CHECK (amount <> 'NaN'),  -- debit positive, company currency
    exact_amount          numeric,      -- as sent, when a dialect sends more than two decimals
    currency              text,         -- memorandum: the foreign currency, its amount and rate
    foreign_amount        numeric,
    exchange_rate         numeric,
    due_id                uuid,
    product_id            integer,
    warehouse_id          integer,
    quantity              numeric,
    moves_stock           boolean       NOT NULL DEFAULT false,
    tax_id                integer,
    tax_base              numeric,
    fixed_asset_id        integer,
    operation_centre_id   integer,
    project_id            integer,
    activity_id           integer,
    second_cost_centre_id integer,
    description           text          NOT NULL DEFAULT '',
    PRIMARY KEY (company_id, voucher_id, version, line_no)
);
CREATE INDEX line_account ON books.line (company_id, account_id, date);
CREATE INDEX line_third_party ON books.line (company_id, third_party_id, date) WHERE third_party_id IS NOT NULL;
CREATE INDEX line_due ON books.line (company_id, due_id) WHERE due_id IS NOT NULL;
CREATE INDEX line_stock ON books.line (company_id, product_id) WHERE product_id IS NOT NULL;

-- What only one vendor knows about a line.
CREATE TABLE books.line_extra (
    company_id integer  NOT NULL,
    voucher_id uuid     NOT NULL,
    version    smallint NOT NULL,
    line_no    smallint NOT NULL,
    extra      jsonb    NOT NULL,
    PRIMARY KEY (company_id, voucher_id, version, line_no)
);

-- An amount owed, with the name people pay it by. Its movements are the lines that point at it; when
-- the last live one goes, so does the due, and its name is free again.
CREATE TABLE books.due (
    company_id     integer       NOT NULL,
    id             uuid          NOT NULL,
    account_id     integer       NOT NULL,
    third_party_id integer       NOT NULL,
    prefix         text          NOT NULL,
    consecutive    bigint        NOT NULL,
    quote          smallint      NOT NULL DEFAULT 1,  -- the instalment
    date           date          NOT NULL,            -- when it falls due
    balance        numeric(20,2) NOT NULL,            -- debit positive; zero when settled
    currency       text,                              -- what it was agreed in, where that is foreign,
    exchange_rate  numeric,                           -- and the rate it was booked at
    voucher_id     uuid,                              -- the voucher that opened it
    PRIMARY KEY (company_id, id),
    CONSTRAINT due_name UNIQUE (company_id, third_party_id, prefix, consecutive, quote, account_id)
);
CREATE INDEX due_open ON books.due (company_id, third_party_id, date) WHERE balance <> 0;

-- Sums of live lines by month. Every balance report reads these, never the lines.
CREATE TABLE books.account_balance (
    company_id integer       NOT NULL,
    account_id integer       NOT NULL,
    period     integer       NOT NULL,
    debit      numeric(22,2) NOT NULL,
    credit     numeric(22,2) NOT NULL,
    PRIMARY KEY (company_id, account_id, period)
) WITH (fillfactor = 70);

CREATE TABLE books.party_balance (
    company_id     integer       NOT NULL,
    account_id     integer       NOT NULL,
    third_party_id integer       NOT NULL,   -- 0: none
    cost_centre_id integer       NOT NULL,   -- 0: none
    period         integer       NOT NULL,
    debit          numeric(22,2) NOT NULL,
    credit         numeric(22,2) NOT NULL,
    PRIMARY KEY (company_id, account_id, third_party_id, cost_centre_id, period)
) WITH (fillfactor = 70);

-- What is in each warehouse (0: none named) and what it cost; average cost is value / quantity.
CREATE TABLE books.stock (
    company_id   integer       NOT NULL,
    product_id   integer       NOT NULL,
    warehouse_id integer       NOT NULL,
    quantity     numeric       NOT NULL,
    value        numeric(20,2) NOT NULL,
    PRIMARY KEY (company_id, product_id, warehouse_id)
) WITH (fillfactor = 70);

-- A period without a row is open. A soft lock lets closing entries and authorised adjustments
-- through; a hard lock lets nothing through.
CREATE TABLE books.period (
    company_id integer     NOT NULL,
    period     integer     NOT NULL CHECK (period % 100 BETWEEN 1 AND 13),
    lock       text        NOT NULL CHECK (lock IN ('soft', 'hard')),
    reason     text        NOT NULL CHECK (reason <> ''),
    locked_by  text        NOT NULL,
    locked_at  timestamptz NOT NULL,
    PRIMARY KEY (company_id, period)
);

-- A client's own name for one request. The response is rebuilt from what it points at.
CREATE TABLE books.idempotency (
    company_id     integer     NOT NULL,
    operation      text        NOT NULL,   -- dialect and resource
    key            text        NOT NULL,
    request_sha256 bytea       NOT NULL,
    response       jsonb       NOT NULL,   -- {"voucher": id}; {"xact": id, "begun": times} of a request that makes many
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (company_id, operation, key)
);

-- Who did what, through which dialect: the audit trail, and the outbox that relays read. `xact`
-- orders it safely for a reader: rows of transactions older than every running one are complete.
CREATE TABLE books.event (
    company_id   integer     NOT NULL,
    id           uuid        NOT NULL,
    xact         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    at           timestamptz NOT NULL,
    actor        text        NOT NULL,
    dialect      text        NOT NULL,
    request_id   text        NOT NULL,
    action       text        NOT NULL,   -- 'voucher.posted', 'third_party.updated', 'period.locked' ...
    subject      text        NOT NULL,   -- id of what it happened to
    detail       jsonb,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX event_order ON books.event (company_id, xact, id);

-- ---------------------------------------------------------------------------------------------
-- Row-level security: forced on every table of books, also for their owner.
-- ---------------------------------------------------------------------------------------------

DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'books' ORDER BY tablename LOOP
        EXECUTE format('ALTER TABLE books.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE books.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_company ON books.%I '
                       'USING (company_id = (SELECT books.current_company())) '
                       'WITH CHECK (company_id = (SELECT books.current_company()))', name);
    END LOOP;
END
$$;

GRANT SELECT ON ALL TABLES IN SCHEMA books TO cuadra_application;
GRANT INSERT, UPDATE, DELETE ON
    books.account, books.account_group, books.tax, books.price_list, books.warehouse, books.seller,
    books.cost_centre, books.dimension, books.payment_type, books.fixed_asset, books.voucher_type,
    books.crosswalk, books.vendor_id, books.third_party, books.product
    TO cuadra_application;
GRANT INSERT ON books.event TO cuadra_application;
GRANT INSERT, UPDATE, DELETE ON books.idempotency TO cuadra_application;
GRANT INSERT ON books.number_series TO cuadra_application;

-- ---------------------------------------------------------------------------------------------
-- Posting.
-- ---------------------------------------------------------------------------------------------

-- Refuses when a period of the batch is locked. `allow_soft` passes soft locks.
-- A shared advisory lock keeps books.lock_period() out until this transaction ends.
CREATE FUNCTION books.require_open_periods(p_company integer, p_periods integer[], p_allow_soft boolean)
    RETURNS void
    LANGUAGE plpgsql SET search_path = books, pg_temp AS $$
DECLARE
    locked integer;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7001, p_company);
    SELECT p.period INTO locked FROM books.period p
     WHERE p.company_id = p_company AND p.period = ANY (p_periods)
       AND (p.lock = 'hard' OR NOT p_allow_soft)
     ORDER BY p.period LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'period % is locked', locked USING ERRCODE = 'CU003', DETAIL = locked;
    END IF;
END
$$;

-- Takes the next p_count of the company's small integers of a kind; returns the first.
CREATE FUNCTION books.take_ids(p_company integer, p_kind text, p_count integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = books, pg_temp AS $$
    UPDATE books.number_series SET next_number = next_number + p_count
     WHERE company_id = p_company AND kind = p_kind AND voucher_type_id = 0 AND kind <> 'number'
    RETURNING next_number - p_count
$$;

-- What a draft needs to know of a third party.
CREATE FUNCTION books.party_reference(t books.third_party) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_build_object(
        'id', t.id, 'guid', t.guid, 'identification', t.identification, 'branch', t.branch,
        'active', t.active, 'has_contacts', jsonb_array_length(t.contacts) > 0);

-- What a set of drafts names, read in one call, as JSON. p_needs:
--   {"for_writing", "exclusive", "at", "credentials": [id], "parties": [{"identification", "branch"}],
--    "products": [code],                                       with the components of those that are combos
--    "documents": [id],                                        live vouchers, what they opened, what is about them
--    "dues": [{"account", "kind", "identification", "branch", "prefix", "consecutive", "quote"}],
--                                                              account null: on any account of this kind of due
--    "open_dues": [{"account", "identification", "branch"}],   all with something left
--    "numbers": [{"voucher_type", "number"}],                  those that are taken come back
--    "external_numbers": [{"identification", "branch", "number"}],  likewise
--    "new_parties": [{"identification", "branch"}],            ids are taken for those that do not exist
--    "keys": [{"operation", "key", "request_sha256"}]}         claimed; those that stand for a voucher come back
-- With for_writing everything that a posting may change is locked, so that what is computed from it still
-- holds when it is written. Order of locks: the company (shared with other postings, or exclusive),
-- keys, documents, dues, stock; each kind in sorted order. Every statement sees what was committed while it waited.
CREATE FUNCTION books.load_books(p_company integer, p_needs jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = books, pg_temp SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    for_writing boolean := (p_needs ->> 'for_writing')::boolean;
    parties     jsonb;
    documents   jsonb   := '[]';
    products    jsonb   := '[]';
    dues        jsonb   := '[]';
    stock       jsonb   := '[]';
    numbers     jsonb   := '{}';
    taken       jsonb   := '[]';
    papers      jsonb   := '[]';
    wanted      uuid[]  := ARRAY(SELECT n.id::uuid FROM jsonb_array_elements_text(p_needs -> 'documents') AS n (id));
    named       integer[];      -- products
    kept        integer[];      -- those of them that control stock
    owed        uuid[];         -- dues
    claimed     integer;
    missing     integer;
    first_id    bigint;
BEGIN
    IF p_company IS DISTINCT FROM books.current_company() THEN
        RAISE EXCEPTION 'load_books: company % is not the transaction''s company', p_company USING ERRCODE = 'CU000';
    END IF;

    IF for_writing THEN
        IF (p_needs ->> 'exclusive')::boolean THEN
            PERFORM pg_advisory_xact_lock(7001, p_company);
        ELSE
            PERFORM pg_advisory_xact_lock_shared(7001, p_company);
        END IF;
        INSERT INTO books.idempotency (company_id, operation, key, request_sha256, response, created_at)
        SELECT p_company, k.operation, k.key, decode(k.request_sha256, 'base64'), '{}', (p_needs ->> 'at')::timestamptz
          FROM jsonb_to_recordset(p_needs -> 'keys') AS k (operation text, key text, request_sha256 text)
         ORDER BY k.operation, k.key
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS claimed = ROW_COUNT;
        IF claimed < jsonb_array_length(p_needs -> 'keys') THEN   -- a key whose voucher was removed is free again
            PERFORM 1 FROM books.idempotency i
               JOIN jsonb_to_recordset(p_needs -> 'keys') AS k (operation text, key text)
                 ON i.operation = k.operation AND i.key = k.key
              WHERE i.company_id = p_company ORDER BY i.operation, i.key FOR UPDATE OF i;
            UPDATE books.idempotency i
               SET request_sha256 = decode(k.request_sha256, 'base64'), response = '{}',
                   created_at = (p_needs ->> 'at')::timestamptz
              FROM jsonb_to_recordset(p_needs -> 'keys') AS k (operation text, key text, request_sha256 text)
             WHERE i.company_id = p_company AND i.operation = k.operation AND i.key = k.key
               AND NOT EXISTS (SELECT 1 FROM books.voucher v WHERE v.company_id = p_company AND v.live
                                  AND v.id = (i.response ->> 'voucher')::uuid);
        END IF;
    END IF;

    SELECT COALESCE(jsonb_agg(books.party_reference(t)), '[]')
      INTO parties
      FROM jsonb_to_recordset(p_needs -> 'parties') AS n (identification text, branch integer)
      JOIN books.third_party t
        ON t.company_id = p_company AND t.identification = n.identification AND t.branch = n.branch;

    -- The fences (OFFSET 0) here and below leave the planner nothing but to look each one up by its key, whatever it
    -- believed of the tables when it made the plan this connection keeps.
    IF cardinality(wanted) > 0 THEN
        IF for_writing THEN
            PERFORM 1
               FROM (SELECT DISTINCT id FROM unnest(wanted) AS id ORDER BY id) AS n
              CROSS JOIN LATERAL (SELECT 1 FROM books.voucher v
                                   WHERE v.company_id = p_company AND v.id = n.id AND v.live OFFSET 0 FOR UPDATE) v;
        END IF;
        SELECT array_agg(DISTINCT l.due_id)
          INTO owed
          FROM unnest(wanted) AS n (id)
         CROSS JOIN LATERAL (SELECT v.id, v.version FROM books.voucher v
                              WHERE v.company_id = p_company AND v.id = n.id AND v.live OFFSET 0) v
         CROSS JOIN LATERAL (SELECT l.due_id FROM books.line l
                              WHERE l.company_id = p_company AND l.voucher_id = v.id AND l.version = v.version
                                AND l.due_id IS NOT NULL OFFSET 0) l;
        SELECT COALESCE(jsonb_agg(jsonb_build_object(
                   'id', v.id, 'kind', v.kind, 'voucher_type', v.voucher_type_id, 'number', v.number, 'date', v.date,
                   'currency', v.currency, 'exchange_rate', v.exchange_rate, 'total', v.total,
                   'cost_centre', v.cost_centre_id, 'annulled', v.annulled, 'content', v.content,
                   'party', (SELECT books.party_reference(t) FROM books.third_party t
                              WHERE t.company_id = p_company AND t.id = v.third_party_id),
                   'dues', (SELECT COALESCE(jsonb_agg(DISTINCT l.due_id), '[]') FROM books.line l
                             WHERE l.company_id = p_company AND l.voucher_id = v.id AND l.version = v.version
                               AND l.due_id IS NOT NULL),
                   'about', (SELECT COALESCE(jsonb_agg(a.content ORDER BY a.serial), '[]') FROM books.voucher a
                              WHERE a.company_id = p_company AND a.about_id = v.id AND a.live AND NOT a.annulled))),
                   '[]')
          INTO documents
          FROM (SELECT DISTINCT id FROM unnest(wanted) AS id) AS n
         CROSS JOIN LATERAL (SELECT v.* FROM books.voucher v
                              WHERE v.company_id = p_company AND v.id = n.id AND v.live OFFSET 0) v;
    END IF;

    IF jsonb_array_length(p_needs -> 'products') > 0 OR documents <> '[]' THEN
        SELECT array_agg(DISTINCT it.id)
          INTO named
          FROM (SELECT t.id, t.components FROM jsonb_array_elements_text(p_needs -> 'products') AS n (code)
                  JOIN books.product t ON t.company_id = p_company AND t.code = n.code) AS found
         CROSS JOIN LATERAL (SELECT found.id UNION ALL
                             SELECT c.product FROM jsonb_to_recordset(found.components) AS c (product integer)) AS it;
        named := named || ARRAY(SELECT DISTINCT p::integer
                                  FROM jsonb_path_query(documents, '$[*].content.items[*].goods[*].product') AS p);
        SELECT COALESCE(jsonb_agg(to_jsonb(t) - 'company_id'), '[]'),
               array_agg(t.id ORDER BY t.id) FILTER (WHERE t.stock_control)
          INTO products, kept
          FROM books.product t WHERE t.company_id = p_company AND t.id = ANY (named);
    END IF;

    -- A due opened by name and a product's first stock in a warehouse have no row to lock: their names
    -- are locked, in the order of their hashes. Two names of one hash only wait for each other.
    IF jsonb_array_length(p_needs -> 'dues') > 0 OR jsonb_array_length(p_needs -> 'open_dues') > 0 THEN
        IF for_writing THEN
            PERFORM pg_advisory_xact_lock(7002, hash)
               FROM (SELECT DISTINCT hashtext(format('%s due %s', p_company, n)) AS hash
                       FROM jsonb_array_elements(p_needs -> 'dues') AS n ORDER BY hash) AS hashes;
        END IF;
        owed := owed || ARRAY(
            SELECT d.id
              FROM jsonb_to_recordset(p_needs -> 'dues') AS n (
                   account integer, kind text, identification text, branch integer, prefix text, consecutive bigint,
                   quote integer)   -- wider than the column: whatever a client wrote is looked for
              JOIN books.third_party t
                ON t.company_id = p_company AND t.identification = n.identification AND t.branch = n.branch
             CROSS JOIN LATERAL (SELECT d.id, d.account_id FROM books.due d
                                  WHERE d.company_id = p_company AND d.third_party_id = t.id AND d.prefix = n.prefix
                                    AND d.consecutive = n.consecutive AND d.quote = n.quote OFFSET 0) d
              JOIN books.account a ON a.company_id = p_company AND a.id = d.account_id
             WHERE d.account_id = n.account OR (n.account IS NULL AND a.due = n.kind)
            UNION
            SELECT d.id
              FROM jsonb_to_recordset(p_needs -> 'open_dues') AS n (account integer, identification text, branch integer)
              JOIN books.third_party t
                ON t.company_id = p_company AND t.identification = n.identification AND t.branch = n.branch
             CROSS JOIN LATERAL (SELECT d.id FROM books.due d
                                  WHERE d.company_id = p_company AND d.third_party_id = t.id AND d.balance <> 0
                                    AND d.account_id = n.account OFFSET 0) d);
    END IF;
    IF cardinality(owed) > 0 THEN
        owed := ARRAY(SELECT DISTINCT id FROM unnest(owed) AS id ORDER BY id);
        IF for_writing THEN
            PERFORM 1 FROM unnest(owed) AS n (id)
              CROSS JOIN LATERAL (SELECT 1 FROM books.due d
                                   WHERE d.company_id = p_company AND d.id = n.id OFFSET 0 FOR UPDATE) d;
        END IF;
        SELECT COALESCE(jsonb_agg(jsonb_build_object(
                   'id', d.id, 'account', d.account_id, 'identification', t.identification, 'branch', t.branch,
                   'prefix', d.prefix, 'consecutive', d.consecutive, 'quote', d.quote, 'date', d.date,
                   'balance', d.balance, 'currency', d.currency, 'exchange_rate', d.exchange_rate)
                   ORDER BY d.date, d.id), '[]')
          INTO dues
          FROM unnest(owed) AS n (id)
         CROSS JOIN LATERAL (SELECT d.* FROM books.due d
                              WHERE d.company_id = p_company AND d.id = n.id OFFSET 0) d
         CROSS JOIN LATERAL (SELECT t.identification, t.branch FROM books.third_party t
                              WHERE t.company_id = p_company AND t.id = d.third_party_id OFFSET 0) t;
    END IF;
    IF jsonb_array_length(p_needs -> 'dues') > 0 OR jsonb_array_length(p_needs -> 'numbers') > 0 THEN
        SELECT jsonb_object_agg(s.voucher_type_id, s.next_number)
          INTO numbers
          FROM books.number_series s WHERE s.company_id = p_company AND s.kind = 'number';
        SELECT COALESCE(jsonb_agg(jsonb_build_array(v.voucher_type_id, v.number)), '[]')
          INTO taken
          FROM jsonb_to_recordset(p_needs -> 'numbers') AS n (voucher_type integer, number bigint)
          JOIN books.voucher v
            ON v.company_id = p_company AND v.voucher_type_id = n.voucher_type AND v.number = n.number AND v.live;
    END IF;
    IF jsonb_array_length(p_needs -> 'external_numbers') > 0 THEN
        SELECT COALESCE(jsonb_agg(to_jsonb(n) || jsonb_build_object('voucher', v.id)), '[]')
          INTO papers
          FROM jsonb_to_recordset(p_needs -> 'external_numbers') AS n (identification text, branch integer, number text)
          JOIN books.third_party t
            ON t.company_id = p_company AND t.identification = n.identification AND t.branch = n.branch
          JOIN books.voucher v
            ON v.company_id = p_company AND v.third_party_id = t.id AND v.external_number = n.number AND v.live;
    END IF;
    IF kept IS NOT NULL THEN
        IF for_writing THEN
            PERFORM pg_advisory_xact_lock(7002, hash)
               FROM (SELECT DISTINCT hashtext(format('%s product %s', p_company, id)) AS hash
                       FROM unnest(kept) AS id ORDER BY hash) AS hashes;
            PERFORM 1 FROM books.stock s
              WHERE s.company_id = p_company AND s.product_id = ANY (kept)
              ORDER BY s.product_id, s.warehouse_id FOR UPDATE;
        END IF;
        SELECT COALESCE(jsonb_agg(jsonb_build_object('product', s.product_id, 'warehouse', s.warehouse_id,
                                                     'quantity', s.quantity, 'value', s.value)), '[]')
          INTO stock
          FROM books.stock s WHERE s.company_id = p_company AND s.product_id = ANY (kept);
    END IF;

    IF for_writing AND jsonb_array_length(p_needs -> 'new_parties') > 0 THEN
        SELECT count(DISTINCT (n.identification, n.branch)) INTO missing
          FROM jsonb_to_recordset(p_needs -> 'new_parties') AS n (identification text, branch integer)
         WHERE NOT EXISTS (SELECT 1 FROM jsonb_to_recordset(parties) AS p (identification text, branch integer)
                            WHERE p.identification = n.identification AND p.branch = n.branch);
        IF missing > 0 THEN
            first_id := books.take_ids(p_company, 'third_party', missing);
        END IF;
    END IF;

    RETURN jsonb_build_object(
        'parties', parties, 'documents', documents, 'products', products, 'dues', dues, 'stock', stock,
        'next_numbers', numbers, 'taken_numbers', taken, 'external_numbers', papers,
        'first_party_id', first_id, 'missing_parties', COALESCE(missing, 0),
        'credentials', (SELECT COALESCE(jsonb_agg(k.id), '[]')
                          FROM jsonb_array_elements_text(p_needs -> 'credentials') AS n (id)
                          JOIN control.credential k ON k.id = n.id::integer AND k.revoked_at IS NULL
                          JOIN control.company c ON c.id = p_company AND c.name = k.company_name),
        'replays', (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                               'operation', i.operation, 'key', i.key, 'voucher', i.response ->> 'voucher',
                               'request_sha256', translate(encode(i.request_sha256, 'base64'), E'\n', ''))), '[]')
                      FROM jsonb_to_recordset(p_needs -> 'keys') AS n (operation text, key text)
                      JOIN books.idempotency i
                        ON i.company_id = p_company AND i.operation = n.operation AND i.key = n.key
                     WHERE i.response ? 'voucher'),
        'locked_periods', (SELECT COALESCE(jsonb_object_agg(p.period, p.lock), '{}')
                             FROM books.period p WHERE p.company_id = p_company));
END
$$;

-- Posts a set of vouchers, all or none. The batch:
--   {"at", "allow_soft",
--    "closing":  [{"id", "version", "reason"}],                      versions that end here
--    "vouchers": [{"ordinal", "id", "version", "created_at", "serial", "type", "kind", "number", "date",
--                  "period", "third_party", "cost_centre", "currency", "exchange_rate", "description",
--                  "total", "content", "annulled", "line_count", "about", "external_number"}],
--                                                                    number and serial null: next ones
--    "lines":    [{"voucher": ordinal, "line_no", "account", ..., "due", "extra"}],
--    "dues":     [{"id", "voucher": ordinal, "account", "third_party", "prefix", "consecutive",
--                  "quote", "date", "currency", "exchange_rate"}],   new ones, and those an edit states again;
--                                                                    consecutive null: the voucher's number
--    "events":   [{"id", "actor", "dialect", "request_id", "action", "voucher": ordinal, "subject", "detail"}],
--    "keys":     [{"operation", "key", "voucher": ordinal}]}         claimed before; given their answer here
-- Order of locks: closing versions, dues, balances and stock, each in key order; numbers last.
-- A connection keeps its plans, and they may be made while the books are nearly empty: without enable_seqscan
-- = off it would go on reading whole tables when they have grown.
CREATE FUNCTION books.post(p_company integer, p_batch jsonb)
    RETURNS TABLE (ordinal integer, voucher_id uuid, voucher_serial bigint, voucher_number bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = books, pg_temp SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    moment     timestamptz := (p_batch ->> 'at')::timestamptz;
    allow_soft boolean     := COALESCE((p_batch ->> 'allow_soft')::boolean, false);
    closing    jsonb       := COALESCE(p_batch -> 'closing', '[]');
    wrong      record;
    expected   integer;
    closed     integer := 0;
    moved      uuid[];          -- dues that exist already and change
BEGIN
    IF p_company IS DISTINCT FROM books.current_company() THEN
        RAISE EXCEPTION 'post: company % is not the transaction''s company', p_company USING ERRCODE = 'CU000';
    END IF;

    -- 1. Versions that end here: they must still be the live ones.
    expected := jsonb_array_length(closing);
    IF expected > 0 THEN
        PERFORM 1 FROM books.voucher v
          JOIN jsonb_to_recordset(closing) AS c (id uuid, version smallint) ON v.id = c.id AND v.version = c.version
         WHERE v.company_id = p_company ORDER BY v.id FOR UPDATE OF v;
        PERFORM books.require_open_periods(p_company, array_agg(v.period), allow_soft)
          FROM books.voucher v
          JOIN jsonb_to_recordset(closing) AS c (id uuid, version smallint) ON v.id = c.id AND v.version = c.version
         WHERE v.company_id = p_company;
        UPDATE books.voucher v SET live = false, closed_at = moment, close_reason = c.reason
          FROM jsonb_to_recordset(closing) AS c (id uuid, version smallint, reason text)
         WHERE v.company_id = p_company AND v.id = c.id AND v.version = c.version AND v.live;
        GET DIAGNOSTICS closed = ROW_COUNT;
        IF closed <> expected THEN
            RAISE EXCEPTION 'a voucher was changed by someone else meanwhile' USING ERRCODE = 'CU004';
        END IF;
    END IF;

    -- 2. What is refused: unbalanced vouchers, wrong line counts, locked periods.
    SELECT v.ordinal, COALESCE(sum(l.amount), 0) AS difference, count(l.amount) AS found, v.line_count INTO wrong
      FROM jsonb_to_recordset(p_batch -> 'vouchers') AS v (ordinal integer, line_count integer)
      LEFT JOIN jsonb_to_recordset(p_batch -> 'lines') AS l (voucher integer, amount numeric(20,2))
        ON l.voucher = v.ordinal
     GROUP BY v.ordinal, v.line_count
    HAVING COALESCE(sum(l.amount), 0) <> 0 OR count(l.amount) <> v.line_count
     ORDER BY v.ordinal LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'voucher % does not balance: difference %, % lines of %',
            wrong.ordinal, wrong.difference, wrong.found, wrong.line_count
            USING ERRCODE = 'CU001', DETAIL = wrong.ordinal;
    END IF;
    PERFORM books.require_open_periods(p_company, array_agg(DISTINCT v.period), allow_soft)
       FROM jsonb_to_recordset(p_batch -> 'vouchers') AS v (period integer);

    -- 3. Lines and all they add up to. A closed version adds its exact negative, in the same columns.
    moved := ARRAY(
        SELECT DISTINCT l.due FROM jsonb_to_recordset(p_batch -> 'lines') AS l (due uuid)
         WHERE l.due IS NOT NULL
           AND (expected > 0   -- an edit may state a due again that exists
                OR l.due NOT IN (SELECT d.id FROM jsonb_to_recordset(p_batch -> 'dues') AS d (id uuid)))
        UNION
        SELECT l.due_id FROM books.line l
          JOIN jsonb_to_recordset(closing) AS c (id uuid, version smallint)
            ON l.voucher_id = c.id AND l.version = c.version
         WHERE l.company_id = p_company AND l.due_id IS NOT NULL);
    PERFORM 1 FROM books.due d
      WHERE d.company_id = p_company AND d.id = ANY (moved) ORDER BY d.id FOR UPDATE;
    WITH incoming AS MATERIALIZED (
        SELECT v.id AS voucher_id, v.version, v.period, v.date, l.*
          FROM jsonb_to_recordset(p_batch -> 'lines') AS l (
               voucher integer, line_no smallint, account integer, third_party integer, cost_centre integer,
               amount numeric(20,2), exact_amount numeric, currency text, foreign_amount numeric,
               exchange_rate numeric, due uuid, product integer, warehouse integer, quantity numeric,
               moves_stock boolean, tax integer, tax_base numeric, fixed_asset integer,
               operation_centre integer, project integer, activity integer, second_cost_centre integer,
               description text, extra jsonb)
          JOIN jsonb_to_recordset(p_batch -> 'vouchers') AS v (
               ordinal integer, id uuid, version smallint, period integer, date date)
            ON v.ordinal = l.voucher
    ), movement AS MATERIALIZED (
        SELECT account AS account_id, COALESCE(third_party, 0) AS third_party_id,
               COALESCE(cost_centre, 0) AS cost_centre_id, period,
               GREATEST(amount, 0) AS debit, GREATEST(-amount, 0) AS credit, amount,
               due AS due_id, product AS product_id, COALESCE(warehouse, 0) AS warehouse_id,
               COALESCE(quantity, 0) AS quantity, COALESCE(moves_stock, false) AS moves_stock
          FROM incoming
        UNION ALL
        SELECT l.account_id, COALESCE(l.third_party_id, 0), COALESCE(l.cost_centre_id, 0), l.period,
               -GREATEST(l.amount, 0), -GREATEST(-l.amount, 0), -l.amount,
               l.due_id, l.product_id, COALESCE(l.warehouse_id, 0), -COALESCE(l.quantity, 0), l.moves_stock
          FROM books.line l
          JOIN jsonb_to_recordset(closing) AS c (id uuid, version smallint)
            ON l.voucher_id = c.id AND l.version = c.version
         WHERE l.company_id = p_company
    ), written AS (
        INSERT INTO books.line
               (company_id, voucher_id, version, line_no, account_id, third_party_id, cost_centre_id, period, date,
                amount, exact_amount, currency, foreign_amount, exchange_rate, due_id, product_id, warehouse_id,
                quantity, moves_stock, tax_id, tax_base, fixed_asset_id, operation_centre_id, project_id,
                activity_id, second_cost_centre_id, description)
        SELECT p_company, voucher_id, version, line_no, account, third_party, cost_centre, period, date,
               amount, exact_amount, currency, foreign_amount, exchange_rate, due, product, warehouse,
               quantity, COALESCE(moves_stock, false), tax, tax_base, fixed_asset, operation_centre, project,
               activity, second_cost_centre, COALESCE(description, '')
          FROM incoming
    ), extras AS (
        INSERT INTO books.line_extra (company_id, voucher_id, version, line_no, extra)
        SELECT p_company, voucher_id, version, line_no, extra FROM incoming WHERE extra IS NOT NULL
    ), by_account AS (
        INSERT INTO books.account_balance AS b (company_id, account_id, period, debit, credit)
        SELECT p_company, account_id, period, sum(debit), sum(credit)
          FROM movement GROUP BY account_id, period ORDER BY account_id, period
        ON CONFLICT (company_id, account_id, period)
        DO UPDATE SET debit = b.debit + excluded.debit, credit = b.credit + excluded.credit
    ), by_party AS (
        INSERT INTO books.party_balance AS b
               (company_id, account_id, third_party_id, cost_centre_id, period, debit, credit)
        SELECT p_company, account_id, third_party_id, cost_centre_id, period, sum(debit), sum(credit)
          FROM movement GROUP BY account_id, third_party_id, cost_centre_id, period
         ORDER BY account_id, third_party_id, cost_centre_id, period
        ON CONFLICT (company_id, account_id, third_party_id, cost_centre_id, period)
        DO UPDATE SET debit = b.debit + excluded.debit, credit = b.credit + excluded.credit
    ), dues AS (
        UPDATE books.due d SET balance = d.balance + m.amount
          FROM (SELECT due_id, sum(amount) AS amount FROM movement
                 WHERE due_id IS NOT NULL GROUP BY due_id) m
         WHERE d.company_id = p_company AND d.id = m.due_id AND d.id = ANY (moved)
    )
    INSERT INTO books.stock AS s (company_id, product_id, warehouse_id, quantity, value)
    SELECT p_company, product_id, warehouse_id, sum(quantity), sum(amount)
      FROM movement WHERE moves_stock AND product_id IS NOT NULL
     GROUP BY product_id, warehouse_id ORDER BY product_id, warehouse_id
    ON CONFLICT (company_id, product_id, warehouse_id)
    DO UPDATE SET quantity = s.quantity + excluded.quantity, value = s.value + excluded.value;

    -- Dues that no live line points at any more.
    IF expected > 0 THEN
        DELETE FROM books.due d
         WHERE d.company_id = p_company
           AND d.id IN (SELECT l.due_id FROM books.line l
                          JOIN jsonb_to_recordset(closing) AS c (id uuid, version smallint)
                            ON l.voucher_id = c.id AND l.version = c.version
                         WHERE l.company_id = p_company)
           AND d.id NOT IN (SELECT l.due FROM jsonb_to_recordset(p_batch -> 'lines') AS l (due uuid)
                             WHERE l.due IS NOT NULL)
           AND NOT EXISTS (SELECT 1 FROM books.line l
                             JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id
                                                 AND v.version = l.version AND v.live
                            WHERE l.company_id = p_company AND l.due_id = d.id);
    END IF;

    -- 4. Numbers, taken last and held shortest, then the vouchers themselves.
    PERFORM 1 FROM books.number_series s
      WHERE s.company_id = p_company
        AND (s.kind = 'voucher'
             OR (s.kind = 'number' AND s.voucher_type_id IN
                 (SELECT v.type FROM jsonb_to_recordset(p_batch -> 'vouchers') AS v (type integer))))
      ORDER BY s.kind, s.voucher_type_id FOR UPDATE;
    SELECT v.ordinal, v.type INTO wrong
      FROM jsonb_to_recordset(p_batch -> 'vouchers') AS v (ordinal integer, type integer)
     WHERE 2 <> (SELECT count(*) FROM books.number_series s
                  WHERE s.company_id = p_company
                    AND (s.kind, s.voucher_type_id) IN (('voucher', 0), ('number', v.type)))
     ORDER BY v.ordinal LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'voucher % is of type %, which has no numbering', wrong.ordinal, wrong.type
            USING ERRCODE = 'CU005', DETAIL = wrong.ordinal;
    END IF;

    RETURN QUERY
    WITH incoming AS MATERIALIZED (
        SELECT v.*,
               row_number() OVER (PARTITION BY v.type, v.number IS NULL ORDER BY v.ordinal) AS nth_of_type,
               row_number() OVER (PARTITION BY v.serial IS NULL ORDER BY v.ordinal) AS nth
          FROM jsonb_to_recordset(p_batch -> 'vouchers') AS v (
               ordinal integer, id uuid, version smallint, created_at timestamptz, serial bigint, type integer,
               kind text, number bigint, date date, period integer, third_party integer, cost_centre integer,
               currency text, exchange_rate numeric, description text, total numeric(20,2), content jsonb,
               annulled boolean, line_count integer, about uuid, external_number text)
    ), series AS MATERIALIZED (
        SELECT s.kind, s.voucher_type_id, s.next_number FROM books.number_series s
         WHERE s.company_id = p_company AND s.kind IN ('number', 'voucher')
           AND s.voucher_type_id IN (SELECT 0 UNION SELECT type FROM incoming)
    ), numbered AS MATERIALIZED (
        SELECT i.ordinal, i.id, i.type,
               COALESCE(i.serial, everyone.next_number + i.nth - 1) AS serial,
               COALESCE(i.number, own.next_number + i.nth_of_type - 1) AS number
          FROM incoming i
          JOIN series everyone ON everyone.kind = 'voucher'
          JOIN series own ON own.kind = 'number' AND own.voucher_type_id = i.type
    ), advanced AS (
        UPDATE books.number_series s SET next_number = GREATEST(s.next_number, taken.last + 1)
          FROM (SELECT 'number' AS kind, type AS voucher_type_id, max(number) AS last FROM numbered GROUP BY type
                UNION ALL SELECT 'voucher', 0, max(serial) FROM numbered HAVING count(*) > 0) taken
         WHERE s.company_id = p_company AND s.kind = taken.kind AND s.voucher_type_id = taken.voucher_type_id
    ), recorded AS (
        INSERT INTO books.voucher
               (company_id, id, version, serial, voucher_type_id, kind, number, date, period, third_party_id,
                cost_centre_id, currency, exchange_rate, description, total, content, annulled, line_count,
                created_at, posted_at, about_id, external_number)
        SELECT p_company, i.id, i.version, n.serial, i.type, i.kind, n.number, i.date, i.period, i.third_party,
               i.cost_centre, i.currency, i.exchange_rate, COALESCE(i.description, ''), i.total,
               NULLIF(i.content, 'null'), COALESCE(i.annulled, false), i.line_count,
               COALESCE(i.created_at, moment), moment, i.about, i.external_number
          FROM incoming i JOIN numbered n ON n.ordinal = i.ordinal
    ), new_dues AS (
        INSERT INTO books.due
               (company_id, id, account_id, third_party_id, prefix, consecutive, quote, date, currency,
                exchange_rate, voucher_id, balance)
        SELECT p_company, d.id, d.account, d.third_party, d.prefix, COALESCE(d.consecutive, n.number), d.quote,
               d.date, d.currency, d.exchange_rate, n.id, COALESCE((SELECT sum(l.amount)
                                   FROM jsonb_to_recordset(p_batch -> 'lines') AS l (due uuid, amount numeric(20,2))
                                  WHERE l.due = d.id), 0)
          FROM jsonb_to_recordset(p_batch -> 'dues') AS d (
               id uuid, voucher integer, account integer, third_party integer, prefix text,
               consecutive bigint, quote smallint, date date, currency text, exchange_rate numeric)
          JOIN numbered n ON n.ordinal = d.voucher
        ON CONFLICT (company_id, id) DO UPDATE SET   -- its balance was moved with the lines
            account_id = excluded.account_id, third_party_id = excluded.third_party_id, prefix = excluded.prefix,
            consecutive = excluded.consecutive, quote = excluded.quote, date = excluded.date,
            currency = excluded.currency, exchange_rate = excluded.exchange_rate
    ), events AS (
        INSERT INTO books.event (company_id, id, at, actor, dialect, request_id, action, subject, detail)
        SELECT p_company, e.id, moment, e.actor, e.dialect, e.request_id, e.action,
               COALESCE(n.id::text, e.subject), NULLIF(e.detail, 'null')
          FROM jsonb_to_recordset(p_batch -> 'events') AS e (
               id uuid, actor text, dialect text, request_id text, action text, voucher integer, subject text,
               detail jsonb)
          LEFT JOIN numbered n ON n.ordinal = e.voucher
    ), keys AS (
        UPDATE books.idempotency k SET response = jsonb_build_object('voucher', n.id)
          FROM jsonb_to_recordset(p_batch -> 'keys') AS r (operation text, key text, voucher integer)
          JOIN numbered n ON n.ordinal = r.voucher
         WHERE k.company_id = p_company AND k.operation = r.operation AND k.key = r.key
    )
    SELECT n.ordinal, n.id, n.serial, n.number FROM numbered n ORDER BY n.ordinal;
END
$$;

-- Locks or unlocks a period. Waits for postings under way; postings that begin later see the lock.
-- p_lock: 'soft', 'hard', or null to unlock.
CREATE FUNCTION books.lock_period(p_company integer, p_period integer, p_lock text, p_reason text, p_by text,
                                  p_at timestamptz)
    RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = books, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7001, p_company);
    IF p_lock IS NULL THEN
        DELETE FROM books.period WHERE company_id = p_company AND period = p_period;
    ELSE
        INSERT INTO books.period (company_id, period, lock, reason, locked_by, locked_at)
        VALUES (p_company, p_period, p_lock, p_reason, p_by, p_at)
        ON CONFLICT (company_id, period)
        DO UPDATE SET lock = excluded.lock, reason = excluded.reason,
                      locked_by = excluded.locked_by, locked_at = excluded.locked_at;
    END IF;
END
$$;

-- Removes every row of a company that was reset or deleted. Run by the owner, never by the application.
CREATE FUNCTION books.purge_company(p_company integer) RETURNS void
    LANGUAGE plpgsql SET search_path = books, pg_temp AS $$
DECLARE
    name text;
BEGIN
    IF EXISTS (SELECT 1 FROM control.company WHERE id = p_company AND (live OR retired_at IS NULL)) THEN
        RAISE EXCEPTION 'company % is in use', p_company USING ERRCODE = 'CU000';
    END IF;
    PERFORM pg_advisory_xact_lock(7001, p_company);  -- whoever is still writing comes first
    PERFORM set_config('cuadra.company_id', p_company::text, true);
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'books' ORDER BY tablename LOOP
        EXECUTE format('DELETE FROM books.%I WHERE company_id = $1', name) USING p_company;
    END LOOP;
    DELETE FROM control.company WHERE id = p_company;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA books FROM PUBLIC;
GRANT EXECUTE ON FUNCTION books.current_company(), books.post(integer, jsonb),
    books.load_books(integer, jsonb), books.take_ids(integer, text, integer),
    books.lock_period(integer, integer, text, text, text, timestamptz) TO cuadra_application;
