SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Questions about a body, and their answers; the public words are null until somebody publishes them.
-- `origin_id` is the vendor or the workshop; null for a focal point.
CREATE TABLE body_questions (
    question_id uuid PRIMARY KEY,
    body text NOT NULL,
    asked_by text NOT NULL,
    origin_id uuid,
    question text NOT NULL,
    asked_at timestamptz NOT NULL,
    answer text,
    answered_at timestamptz,
    question_bn text,
    question_en text,
    answer_bn text,
    answer_en text,
    published_at timestamptz
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX body_questions_of_body ON body_questions (body, question_id);
CREATE INDEX body_questions_waiting ON body_questions (question_id) WHERE answered_at IS NULL;
CREATE INDEX body_questions_answered ON body_questions (question_id) WHERE answered_at IS NOT NULL;
CREATE INDEX body_questions_public ON body_questions (question_id) WHERE published_at IS NOT NULL;
CREATE INDEX body_questions_of_origin ON body_questions (origin_id, question_id)
    WHERE origin_id IS NOT NULL;
