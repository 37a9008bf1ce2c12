SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What a person of the programme should look at; nothing is refused by it.
CREATE TABLE flags (
    flag_id uuid PRIMARY KEY,
    kind text NOT NULL,
    uddokta_id uuid NOT NULL,
    service_centre_id text NOT NULL,
    mandate_id uuid NOT NULL,
    raised_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_by uuid,
    outcome text,
    CONSTRAINT flags_once UNIQUE (mandate_id, kind)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX flags_open ON flags (raised_at)
    WHERE closed_at IS NULL;
-- Whether there was such a flag about an uddokta lately.
CREATE INDEX flags_of_uddokta ON flags (uddokta_id, kind, raised_at);
