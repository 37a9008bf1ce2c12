SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The times of a message, which no retry, report or resend changes any more: when it happened what
-- the message is about, and when the record of it was written, as the record says; since when the
-- message is tried, which an operator and a new number begin again; its first and its last attempt;
-- when the provider took it first, if an operator sent it again; when the provider took it last, and
-- when the network said what became of it, as the provider says; and the attempts before it was sent
-- again. Which of them older messages had is not known.
ALTER TABLE messages
ADD COLUMN happened_at timestamptz,
ADD COLUMN published_at timestamptz,
ADD COLUMN open_since timestamptz,
ADD COLUMN first_tried_at timestamptz,
ADD COLUMN last_tried_at timestamptz,
ADD COLUMN earlier_handed_over_at timestamptz,
ADD COLUMN handed_over_at timestamptz,
ADD COLUMN reported_at timestamptz,
ADD COLUMN earlier_attempts bigint NOT NULL DEFAULT 0;
