-- What has been told of an application stands in its case, which is written anyway when something is
-- told: a table of all ids, two rows for each application, grew for ever.
--
-- What was told before is not carried over. Should a ministry say it once more, the event has the
-- same id, and whoever heard it drops it: the inbox for 38 days, afterwards the rules of the case.
--
-- `told_events` is written no more. It stays for replicas of the version before, and goes with the
-- next change of these tables.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE cases ADD COLUMN told uuid[] NOT NULL DEFAULT '{}';
