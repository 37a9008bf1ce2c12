SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Workshops for bodies. `recorded_at`: when it was recorded last who came.
CREATE TABLE workshops (
    workshop_id uuid PRIMARY KEY,
    topic text NOT NULL,
    day date NOT NULL,
    place text NOT NULL,
    minutes text,
    recorded_at timestamptz,
    UNIQUE (day, place, topic)
) WITH (
    autovacuum_analyze_threshold = 10000,
    vacuum_truncate = off
);

-- Bodies that are invited to a workshop, or came without.
CREATE TABLE workshop_bodies (
    workshop_id uuid NOT NULL REFERENCES workshops,
    body text NOT NULL,
    is_invited boolean NOT NULL,
    attended boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workshop_id, body)
) WITH (
    autovacuum_analyze_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX workshop_bodies_of_body ON workshop_bodies (body, workshop_id);
