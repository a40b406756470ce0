-- =====================================================================
--  Load: orders -> fact           ; with 'quotes' and "more"
-- =====================================================================
\set schema pg_temp
\set business_date '''2024-01-31'''
\timing off
BEGIN;
CREATE TEMP TABLE stage_orders (id int, amount numeric(12,2), ordered date);
INSERT INTO stage_orders
SELECT g, g * 1.5, DATE :business_date - (g % 3)
FROM generate_series(1, 10) AS g;
-- comment; between
DELETE FROM stage_orders WHERE ordered < DATE :business_date;
COMMIT;
END;
SELECT count(*) AS n, sum(amount) AS total FROM stage_orders WHERE ordered = :business_date;
\if :ERROR
  \echo failed
\else
  \echo loaded
\endif
