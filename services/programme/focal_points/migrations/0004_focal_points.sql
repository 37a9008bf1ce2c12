SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The person of a fact that names a focal point: name, mail and phone, encrypted.
CREATE TABLE named_people (
    fact_id uuid PRIMARY KEY,
    person text NOT NULL
);
