-- The day beside a signature is read by two people like everything else on a form, and stands in what they read.
ALTER TABLE paper_form DROP COLUMN signed_day;
