SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The days on which offices are shut or open, of the years that were published; `days` is JSON.
CREATE TABLE calendar_years (
    year bigint PRIMARY KEY,
    version bigint NOT NULL,
    source text NOT NULL,
    days text NOT NULL
);

-- How far the last days of open applications are reckoned again since the calendar has changed; no
-- row if they are. Those before `from_day` are as they were.
CREATE TABLE calendar_changes (
    is_there boolean PRIMARY KEY CHECK (is_there),
    from_day date NOT NULL,
    after_day date NOT NULL,
    after_id uuid NOT NULL
);
