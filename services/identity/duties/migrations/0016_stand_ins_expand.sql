SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The duties that an officer has for colleagues who are away, as they were announced: the duty, its
-- first and last day, and who is away, with blanks between them.
ALTER TABLE announced_officers ADD COLUMN stand_ins text [] NOT NULL DEFAULT '{}';
