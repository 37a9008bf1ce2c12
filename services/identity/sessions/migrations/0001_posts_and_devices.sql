SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Where an officer worked at the login, which the tokens of the session say. `device`: on which a
-- citizen logged in, by the id in its device token or by the key of a centre's device.
ALTER TABLE sessions
ADD COLUMN ministry text,
ADD COLUMN office_id text,
ADD COLUMN area text,
ADD COLUMN device text;

-- squawk-ignore require-concurrent-index-creation
CREATE INDEX sessions_of_device ON sessions (device, opened_at) WHERE device IS NOT NULL;
