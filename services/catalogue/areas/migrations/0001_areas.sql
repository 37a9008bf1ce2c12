SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Geo divisions, districts, upazilas, city corporations and unions; a code belongs to one of them.
CREATE TABLE areas (
    code text PRIMARY KEY,
    kind text NOT NULL CHECK (
        kind IN ('geo_division', 'district', 'upazila', 'city_corporation', 'union')
    ),
    parent text REFERENCES areas,
    name_bn text NOT NULL,
    name_en text NOT NULL,
    alt_bn text,
    alt_en text,
    latitude double precision,
    longitude double precision,
    ward_count bigint,
    CHECK ((parent IS NULL) = (kind = 'geo_division'))
);

CREATE TABLE postcodes (
    postcode text NOT NULL,
    office_en text NOT NULL,
    office_bn text,
    thana_en text NOT NULL,
    thana_bn text,
    district_code text NOT NULL REFERENCES areas,
    PRIMARY KEY (postcode, office_en)
);
