-- What hands submissions to a body, as an operator has set it; a body without a row has `hosted`.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

CREATE TABLE ministry_adapters (
    body_id text PRIMARY KEY REFERENCES bodies,
    adapter text NOT NULL CHECK (adapter IN ('hosted', 'own', 'none_yet'))
);
