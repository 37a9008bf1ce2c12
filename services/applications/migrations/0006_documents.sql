SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The papers of a submission as their receipts had them, JSON as text; null where it has none. A
-- correction may name them again without a receipt.
ALTER TABLE submissions ADD COLUMN documents text;
