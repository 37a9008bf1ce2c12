-- Whenever the planner looks in a quiet hour hardly a message is queued. From then on each index of
-- the queue costs nothing by its reckoning, and it reads all of the wrong one for each message of a
-- batch (measured with a million applications stored: PostgreSQL's CPU doubled). Without statistics
-- of the state it takes one row in two hundred for queued, and goes by the key that it is given.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE messages ALTER COLUMN state SET STATISTICS 0;
