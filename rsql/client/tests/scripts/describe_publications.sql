begin;
\i include/describe_relations.sql
create publication again for table orders where (id > 5), only line (order_id);
create publication "Odd pub" for table orders (note);
\d orders
\d line
\d customer
\d fast
\d refers_1
rollback;
