SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The one code that a phone may show now, and when codes were asked for. `citizen_id` is kept for
-- whoever proves to hold an unknown phone. `wrong_at`: when wrong codes were typed for the phone,
-- within a day. `repeat_hash`: the session that the last code opened, for a repeat of the same
-- request whose answer was lost; a keyed hash of the code and the Idempotency-Key. A row is
-- rewritten at every try: there is room for that on its page.
CREATE TABLE challenges (
    phone_index bytea PRIMARY KEY,
    citizen_id uuid NOT NULL,
    salt bytea NOT NULL DEFAULT '',
    code_hash bytea NOT NULL DEFAULT '',
    expires_at timestamptz NOT NULL DEFAULT '-infinity',
    attempts_left bigint NOT NULL DEFAULT 0,
    requested_at timestamptz [] NOT NULL DEFAULT '{}',
    delete_after timestamptz NOT NULL DEFAULT now(),
    wrong_at timestamptz [] NOT NULL DEFAULT '{}',
    repeat_hash bytea,
    repeat_until timestamptz,
    session_id uuid
) WITH (
    fillfactor = 70,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX challenges_delete_after ON challenges (delete_after);

-- What was done in an hour from one address, one network, one provider's network (an IPv4 /16 or an
-- IPv6 /32), with one device, and on the whole platform: codes sent, codes exchanged for a session,
-- and wrong codes. `to_accounts`: of the sent codes, those after the share of a connection was
-- spent, to phones with an account. Limits look at the hours of a day.
CREATE TABLE code_counts (
    scope text NOT NULL CHECK (scope IN ('address', 'network', 'provider', 'device', 'platform')),
    source text NOT NULL,
    hour timestamptz NOT NULL,
    sent bigint NOT NULL DEFAULT 0,
    exchanged bigint NOT NULL DEFAULT 0,
    wrong bigint NOT NULL DEFAULT 0,
    to_accounts bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (scope, source, hour)
) WITH (
    fillfactor = 70,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX code_counts_hour ON code_counts (hour);
