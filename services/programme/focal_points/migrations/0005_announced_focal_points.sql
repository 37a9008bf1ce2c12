SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Who was announced last as answering for a body: the ids of the facts that named them, as JSON.
CREATE TABLE announced_focal_points (
    body text PRIMARY KEY,
    named text NOT NULL
);
