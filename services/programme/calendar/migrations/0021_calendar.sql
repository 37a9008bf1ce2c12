SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The days on which offices are shut or open, of the years that were published; `days` is JSON.
CREATE TABLE calendar_years (
    year bigint PRIMARY KEY,
    version bigint NOT NULL,
    source text NOT NULL,
    days text NOT NULL
);
