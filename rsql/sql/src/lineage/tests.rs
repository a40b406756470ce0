//! Statements, and what they read and write.

use super::{Lineage, is_parsed, of};

fn shown(lineage: &Lineage) -> String {
    let mut parts = Vec::new();
    for (name, tables) in
        [("reads", &lineage.reads), ("writes", &lineage.writes), ("temp", &lineage.temporary)]
    {
        if !tables.is_empty() {
            let tables: Vec<String> = tables.iter().map(ToString::to_string).collect();
            parts.push(format!("{name} {}", tables.join(",")));
        }
    }
    if !lineage.unresolved.is_empty() {
        parts
            .push(format!("unresolved {}", lineage.unresolved.iter().cloned().collect::<Vec<_>>().join(",")));
    }
    parts.join("; ")
}

#[track_caller]
fn check(sql: &str, expect: &str) {
    assert_eq!(shown(&of(sql)), expect, "{sql}");
}

#[test]
fn queries_read() {
    check("select 1", "");
    check("select * from A", "reads a");
    check("select * from S.\"B\" x, db.s.c as y where x.a = y.b", "reads db.s.c,s.b");
    check(
        "select a.x, b.y from a join b on a.x = b.x, c left join d using (x) where e.f = 1",
        "reads a,b,c,d",
    );
    check("select * from (a cross join b), (select * from c) q", "reads a,b,c");
    check("select (select max(x) from b) from a where x in (select y from c) order by 1, 2", "reads a,b,c");
    check("select extract(year from d), trim(both ' ' from n), substring(n from 2) from a", "reads a");
    check("select x is distinct from y, z from a", "reads a");
    check("select * from generate_series(1, 2) g, lateral (select * from b) q, only c", "reads b,c");
    check("select 1 from a union all select 2 from b limit 3", "reads a,b");
    check("select from_date, update from a", "reads a");
    check("values (1, 2)", "");
    check("select * from pg_class, svv_table_info, information_schema.tables, dual", "");
}

#[test]
fn common_table_expressions_are_no_tables() {
    check("with q as (select * from a), r (x) as (select * from q, b) select * from r, c", "reads a,b,c");
    check("with recursive q as (select 1 union all select * from q) select * from q", "");
    check("with q as (select * from q) select * from q", "reads q");
    check("select * from (with q as (select * from a) select * from q) s, q", "reads a,q");
    check("insert into t with q as (select * from a) select * from q", "reads a; writes t");
    check(
        "create view v as with q as (select * from a) select * from q with no schema binding",
        "reads a; writes v",
    );
}

#[test]
fn statements_write() {
    check("insert into s.t (a, b) select x, y from u", "reads u; writes s.t");
    check("insert into t values (1, (select max(a) from u))", "reads u; writes t");
    check("update t set a = b.c from b join c on b.x = c.x where t.i = b.i", "reads b,c; writes t");
    check("delete from t using u where t.a = u.a and t.b in (select b from v)", "reads u,v; writes t");
    check("delete t", "writes t");
    check(
        "merge into t using u on t.a = u.a when matched then update set b = u.b when not matched then insert values (u.a)",
        "reads u; writes t",
    );
    check("merge into t using (select * from u) v on t.a = v.a remove duplicates", "reads u; writes t");
    check("create table t (a int, b int) distkey(a) sortkey(a, b)", "writes t");
    check("create table if not exists t as select * from u", "reads u; writes t");
    check("create table t (like u including defaults)", "reads u; writes t");
    check("create table t distkey(a) as select * from u, v", "reads u,v; writes t");
    check("create materialized view v backup no as select * from t", "reads t; writes v");
    check(
        "create external table s.t (a int) partitioned by (d date) stored as parquet location 's3://b/'",
        "writes s.t",
    );
    check("create schema s; create user u password disable; grant select on t to u", "");
    check("select a into t from u", "reads u; writes t");
    check("drop table if exists a, s.b cascade; truncate c", "writes a,c,s.b");
    check("alter table a append from b fillextra", "reads b; writes a,b");
    check("alter table s.a rename to b; alter table c add column d int", "writes c,s.a,s.b");
    check("refresh materialized view v", "writes v");
}

#[test]
fn copies_and_unloads() {
    check("copy s.t (a, b) from 's3://b/p' iam_role default csv", "writes s.t");
    check("COPY  nyc.t FROM STDIN with (format csv)", "writes nyc.t");
    check("copy t to stdout", "reads t");
    check("copy (select * from a, b) to stdout", "reads a,b");
    check("unload ('select * from a where x = ''y''') to 's3://b/' iam_role default", "reads a");
    check("unload ($$select * from a$$) to 's3://b/'", "reads a");
}

#[test]
fn temporary_tables_are_known_as_such() {
    check("create temp table t as select * from u", "reads u; temp t");
    check("create table #t (a int); insert into #t select * from u; select * from #t", "reads u; temp #t");
    check("create local temporary table t (like u)", "reads u; temp t");
    check("select * into temp table t from u", "reads u; temp t");
    check("select * into #t from u", "reads u; temp #t");
}

#[test]
fn variables_leave_names_open() {
    check("delete from nyc.:\"table\"", "unresolved nyc.:\"table\"");
    check("insert into :schema.t select * from a where b = :'v'", "reads a; unresolved :schema.t");
}

#[test]
fn what_is_not_understood_is_uncertain() {
    let is_uncertain = |sql: &str| of(sql).is_uncertain || !is_parsed(sql);
    assert!(!is_uncertain("select * from a"));
    assert!(is_uncertain("select * from a blah blah blah b"));
    assert!(is_uncertain("call p()"));
    assert!(is_uncertain("select 'open from a"));
    let deep = format!("select {}from a{}", "(select ".repeat(5_000), ")".repeat(5_000));
    assert!(is_uncertain(&deep));
}

proptest::proptest! {
    #[test]
    fn any_text_has_an_answer(text in "(select|from|with|into|join|insert|[a-c]|[ (),;.'\"#:$-]){0,60}") {
        let _ = of(&text);
    }
}
