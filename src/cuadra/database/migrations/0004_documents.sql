-- What the documents of trade need: the voucher another one corrects, the number a supplier gave its own paper,
-- the currency a due was agreed in, dues named without their account, combos, codes of account groups and of
-- fixed assets.

ALTER TABLE books.account_group ADD COLUMN code text;
CREATE UNIQUE INDEX account_group_code ON books.account_group (company_id, code);

ALTER TABLE books.fixed_asset ADD COLUMN code text, ADD COLUMN account text;
CREATE UNIQUE INDEX fixed_asset_code ON books.fixed_asset (company_id, code);

ALTER TABLE books.product ADD COLUMN components jsonb NOT NULL DEFAULT '[]';

ALTER TABLE books.voucher ADD COLUMN about_id uuid, ADD COLUMN external_number text;
CREATE INDEX voucher_about ON books.voucher (company_id, about_id) WHERE live AND about_id IS NOT NULL;
CREATE UNIQUE INDEX voucher_external_number ON books.voucher (company_id, third_party_id, external_number)
    WHERE live AND external_number IS NOT NULL;

-- The same uniqueness; in this order it also finds a due whose account nobody names.
ALTER TABLE books.due
    DROP CONSTRAINT due_name,
    ADD CONSTRAINT due_name UNIQUE (company_id, third_party_id, prefix, consecutive, quote, account_id),
    ADD COLUMN currency text,
    ADD COLUMN exchange_rate numeric,
    ADD COLUMN voucher_id uuid;

-- Dues that exist were opened by the first voucher that moved them, in the currency and at the rate of its line; items keep what they moved in
-- stock as a list.
DO $$
DECLARE
    company integer;
BEGIN
    FOR company IN SELECT id FROM control.company LOOP
        PERFORM set_config('cuadra.company_id', company::text, true);
        UPDATE books.due d SET currency = l.currency, exchange_rate = l.exchange_rate, voucher_id = l.voucher_id
          FROM (SELECT DISTINCT ON (l.due_id) l.due_id, l.voucher_id, l.currency, l.exchange_rate
                  FROM books.line l
                  JOIN books.voucher v ON v.company_id = company AND v.id = l.voucher_id AND v.version = l.version
                                      AND v.live
                 WHERE l.company_id = company AND l.due_id IS NOT NULL
                 ORDER BY l.due_id, v.serial) l
         WHERE d.company_id = company AND d.id = l.due_id;
        UPDATE books.voucher v
           SET content = jsonb_set(v.content, '{items}', (
               SELECT jsonb_agg(CASE WHEN i.item ? 'cost'
                                     THEN (i.item - 'cost') || jsonb_build_object('goods', jsonb_build_array(
                                          jsonb_build_object('product', i.item -> 'product', 'cost', i.item -> 'cost',
                                                             'quantity', i.item -> 'quantity')))
                                     ELSE i.item END ORDER BY i.place)
                 FROM jsonb_array_elements(v.content -> 'items') WITH ORDINALITY AS i (item, place)))
         WHERE v.company_id = company AND v.content @? '$.items[*].cost';
    END LOOP;
END
$$;

CREATE FUNCTION books.party_reference(t books.third_party) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_build_object(
        'id', t.id, 'guid', t.guid, 'identification', t.identification, 'branch', t.branch,
        'active', t.active, 'has_contacts', jsonb_array_length(t.contacts) > 0);

REVOKE ALL ON FUNCTION books.party_reference(books.third_party) FROM PUBLIC;

CREATE OR REPLACE FUNCTION books.load_books(p_company integer, p_needs jsonb) RETURNS jsonb
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

CREATE OR REPLACE FUNCTION books.post(p_company integer, p_batch jsonb)
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
