begin;
\i include/describe_relations.sql
\d customer_pkey
\d customer_name
\d customer_rich
\d customer_code
\d customer_same
\d customer_fill
\d customer_email_key
\d once
\d no_overlap
\d orders_pkey
\d line_pkey
\d tagged_id
\d summary_mood
rollback;
