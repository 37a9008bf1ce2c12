SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Until when two people have extended a step of a body; rows are only added.
CREATE TABLE extensions (
    act_id uuid PRIMARY KEY,
    body text NOT NULL,
    step text NOT NULL,
    due_on date NOT NULL,
    granted_on date NOT NULL
);
