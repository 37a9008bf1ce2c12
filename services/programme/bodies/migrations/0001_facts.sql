SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Grows with every change of the facts. Whoever changes them locks the row first, so that facts are
-- visible in the order of their numbers.
CREATE TABLE facts_version (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL
);

-- What happened to a body, by day: recorded by people with their evidence, or by events. Rows are
-- only added; a correction is a new row. `content` is JSON. `happened_at` orders those of a day.
CREATE TABLE facts (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fact_id uuid NOT NULL UNIQUE,
    body text NOT NULL,
    day date NOT NULL,
    happened_at timestamptz NOT NULL,
    content text NOT NULL,
    evidence text NOT NULL,
    corrects uuid,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL
);
