SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The days in which citizens may object to a refusal of this system; null where it takes no
-- objections. Beside `connection`, which a process of the last release reads strictly.
ALTER TABLE connections ADD COLUMN appeal_days bigint;
