SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- All rows of what an item costs, as JSON, under the item or the item in one area; the newest version.
CREATE TABLE tariffs (
    tariff_id text PRIMARY KEY,
    version bigint NOT NULL,
    tariff_rows text NOT NULL
);
