SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Every published version of every workflow, as JSON; a version never changes, and an open case
-- keeps its own.
CREATE TABLE workflows (
    workflow_key text PRIMARY KEY,
    public_services text [] NOT NULL,
    valid_from date NOT NULL,
    content text NOT NULL
);
