-- Who holds a message is asked once, when a worker starts, of what is queued. An index of it had to
-- be kept at every claim, and with it all others: a row that changes in no index stays in its page.
-- A replica of the version before that starts beside this one reads the whole table once.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The drop takes a moment, and waits for its lock no longer than the second above.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX messages_claimed;
