-- Passwords that people choose are kept as a slow salted hash, beside the keys that are random; whoever signed in
-- with one has a session. Limited callers have the times of their latest requests.

ALTER TABLE control.credential
    ALTER COLUMN secret_sha256 DROP NOT NULL,
    ADD COLUMN secret_argon2 text,
    ADD CONSTRAINT credential_secret_once CHECK (num_nonnulls(secret_sha256, secret_argon2) = 1);
CREATE INDEX credential_password ON control.credential (dialect, lower(identity))
    WHERE revoked_at IS NULL AND secret_argon2 IS NOT NULL;

CREATE TABLE control.session (
    key_sha256  bytea       PRIMARY KEY,
    dialect     text        NOT NULL,
    identity    text        NOT NULL,
    credentials integer[]   NOT NULL,
    lifetime    interval    NOT NULL,
    used_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX session_expiry ON control.session (expires_at);

CREATE UNLOGGED TABLE control.request_times (
    caller text          PRIMARY KEY,
    times  timestamptz[] NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON control.session, control.request_times TO cuadra_application;
