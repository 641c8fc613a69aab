-- Fewer and cheaper round trips: what a group of drafts names is read, and locked, in one call instead of
-- one for each kind of thing, and the query that begins every transaction is planned once in a connection.

DROP FUNCTION books.lock_dues(integer, jsonb);
DROP FUNCTION books.lock_stock(integer, integer[]);

CREATE FUNCTION books.load_books(p_company integer, p_needs jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = books, pg_temp AS $$
DECLARE
    for_writing boolean := (p_needs ->> 'for_writing')::boolean;
    parties     jsonb;
    products    jsonb;
    dues        jsonb   := '[]';
    stock       jsonb   := '[]';
    numbers     jsonb   := '{}';
    kept        integer[];
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
    END IF;

    SELECT COALESCE(jsonb_agg(jsonb_build_object(
               'id', t.id, 'guid', t.guid, 'identification', t.identification, 'branch', t.branch,
               'active', t.active, 'has_contacts', jsonb_array_length(t.contacts) > 0)), '[]')
      INTO parties
      FROM jsonb_to_recordset(p_needs -> 'parties') AS n (identification text, branch integer)
      JOIN books.third_party t
        ON t.company_id = p_company AND t.identification = n.identification AND t.branch = n.branch;
    SELECT COALESCE(jsonb_agg(to_jsonb(t) - 'company_id'), '[]'),
           array_agg(t.id ORDER BY t.id) FILTER (WHERE t.stock_control)
      INTO products, kept
      FROM jsonb_array_elements_text(p_needs -> 'products') AS n (code)
      JOIN books.product t ON t.company_id = p_company AND t.code = n.code;

    -- A due opened by name and a product's first stock in a warehouse have no row to lock: their names
    -- are locked, in the order of their hashes. Two names of one hash only wait for each other.
    IF jsonb_array_length(p_needs -> 'dues') > 0 THEN
        IF for_writing THEN
            PERFORM pg_advisory_xact_lock(7002, hash)
               FROM (SELECT DISTINCT hashtext(format('%s due %s', p_company, n)) AS hash
                       FROM jsonb_array_elements(p_needs -> 'dues') AS n ORDER BY hash) AS hashes;
            PERFORM 1
               FROM jsonb_to_recordset(p_needs -> 'dues') AS n (
                    account integer, identification text, branch integer, prefix text, consecutive bigint,
                    quote smallint)
               JOIN books.third_party t
                 ON t.company_id = p_company AND t.identification = n.identification AND t.branch = n.branch
               JOIN books.due d
                 ON d.company_id = p_company AND d.account_id = n.account AND d.third_party_id = t.id
                AND d.prefix = n.prefix AND d.consecutive = n.consecutive AND d.quote = n.quote
              ORDER BY d.id FOR UPDATE OF d;
        END IF;
        SELECT COALESCE(jsonb_agg(to_jsonb(n) || jsonb_build_object('id', d.id, 'date', d.date, 'balance', d.balance)),
                        '[]')
          INTO dues
          FROM jsonb_to_recordset(p_needs -> 'dues') AS n (
               account integer, identification text, branch integer, prefix text, consecutive bigint, quote smallint)
          JOIN books.third_party t
            ON t.company_id = p_company AND t.identification = n.identification AND t.branch = n.branch
          JOIN books.due d
            ON d.company_id = p_company AND d.account_id = n.account AND d.third_party_id = t.id
           AND d.prefix = n.prefix AND d.consecutive = n.consecutive AND d.quote = n.quote;
        SELECT jsonb_object_agg(s.voucher_type_id, s.next_number)
          INTO numbers
          FROM books.number_series s WHERE s.company_id = p_company AND s.kind = 'number';
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
        'parties', parties, 'products', products, 'dues', dues, 'stock', stock, 'next_numbers', numbers,
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

REVOKE ALL ON FUNCTION books.load_books(integer, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION books.load_books(integer, jsonb) TO cuadra_application;

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
