-- A message waits for the earlier ones of its application on its own channel only, so that a provider
-- that is down holds no message of another channel. A claim reads the queue channel by channel: what
-- waits for a closed one is not read. The indexes of a short queue are built while nobody writes.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- squawk-ignore require-concurrent-index-deletion
DROP INDEX messages_due;
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX messages_of_application;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX messages_due ON messages (channel, due_at, message_number)
 WHERE state = 'queued' AND application_id IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX messages_of_application ON messages (application_id, channel, message_number)
 WHERE state = 'queued' AND application_id IS NOT NULL;
