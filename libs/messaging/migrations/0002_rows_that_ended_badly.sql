SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A dead letter is a record that could not be processed (it has a topic), or a due row that ended
-- badly (it has a worker). `told_at` is when the citizen was told that the application is held up.
-- squawk-ignore ban-drop-not-null
ALTER TABLE dead_letters ALTER COLUMN topic DROP NOT NULL;
-- squawk-ignore ban-drop-not-null
ALTER TABLE dead_letters ALTER COLUMN topic_partition DROP NOT NULL;
-- squawk-ignore ban-drop-not-null
ALTER TABLE dead_letters ALTER COLUMN topic_offset DROP NOT NULL;
ALTER TABLE dead_letters
    ADD COLUMN worker text,
    ADD COLUMN row_key text,
    ADD COLUMN party text,
    ADD COLUMN told_at timestamptz;

-- Few rows: what failed for good.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX dead_letters_of_row ON dead_letters (worker, row_key) WHERE worker IS NOT NULL;

-- What operators did with dead letters, and why; a row comes before what it tells of.
CREATE TABLE operators_journal (
    entry_no       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL DEFAULT now(),
    actor          text NOT NULL,
    action         text NOT NULL CHECK (action IN ('look', 'replay', 'settle')),
    dead_letter_id bigint NOT NULL,
    why            text NOT NULL
);
