SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Offices where officers work, under the ids that routing rules name; a few thousand rows.
-- `population` is of the area that the office serves, with the source of the figure.
CREATE TABLE offices (
    office_id text PRIMARY KEY,
    name_bn text NOT NULL,
    name_en text NOT NULL,
    kind text NOT NULL,
    ministry text NOT NULL,
    area text,
    state text NOT NULL CHECK (state IN ('running', 'closed')),
    population bigint CHECK (population > 0),
    population_source text,
    CONSTRAINT population_has_source CHECK ((population IS NULL) = (population_source IS NULL))
);
