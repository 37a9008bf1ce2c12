-- The place of a delivery among those that ministries have, in the order of their hand-over. It goes
-- together with the form, when the ministry can ask for it no more: so the index has what is kept, the
-- oldest of each ministry first. What was handed over before has no place; its form is gone.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

CREATE SEQUENCE handed_over_numbers;

ALTER TABLE deliveries ADD COLUMN handed_over_no bigint;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX deliveries_handed_over ON deliveries (ministry, handed_over_no)
 WHERE handed_over_no IS NOT NULL;
