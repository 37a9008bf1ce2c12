SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Keys that sign access tokens; the private half is wrapped with IDENTITY_KEY_SECRET. `signs_from`
-- says how old a key is.
CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    public_jwk text NOT NULL,
    wrapped_private_key bytea NOT NULL,
    signs_from timestamptz NOT NULL
);

-- Signing keys that were stolen. Sessions opened before the newest revocation have ended.
CREATE TABLE revoked_keys (
    kid text PRIMARY KEY,
    revoked_at timestamptz NOT NULL
);
