//! Rewriting: what becomes of statements, that nothing else is touched, and that no text is too odd.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use rsql_sql::emulate::transfer::{Compression, Form, Json, Layout, Transfer};
use rsql_sql::emulate::{Strings, rewrite};

fn check(written: &str, expect: &str) {
    let got =
        rewrite(written, Strings::Escaped).map_or_else(|| written.to_owned(), |rewritten| rewritten.sql());
    assert_eq!(got, expect, "{written}");
}

#[test]
fn only_what_is_redshifts_changes() {
    check("select  nvl( a ,/* c */ b ) -- x\nfrom t;", "select  COALESCE( a ,/* c */ b ) -- x\nfrom t;");
    check("SELECT nvl2(a, 1, 2)", "SELECT CASE WHEN (a) IS NOT NULL THEN  1 ELSE  2 END");
    check("select x.nvl(1), \"nvl\"(1), nvl from nvl", "select x.nvl(1), \"nvl\"(1), nvl from nvl");
    check("select 'nvl(1)', $$nvl(1)$$ /* nvl(1) */", "select 'nvl(1)', $$nvl(1)$$ /* nvl(1) */");
    check("select decode('6162', 'hex')", "select decode('6162', 'hex')");
    check("select 5 #3, a #b, a # b", "select 5 #3, a #b, a # b");
    check("select * from #t, #T2", "select * from \"#t\", \"#t2\"");
    check("create function len(a int) returns int", "create function len(a int) returns int");
    check("insert into nvl (a) values (1)", "insert into nvl (a) values (1)");
    check("vacuum full t", "vacuum full t");
    check("vacuum full t to 50 percent", "vacuum t");
    check("show search_path; show query_groups", "show search_path; show query_groups");
    check("set enable_hashjoin to off", "set enable_hashjoin to off");
    check("select array(select 1), array[1]", "select array(select 1), array[1]");
    check("copy t from '/tmp/x' delimiter '|' csv", "copy t from '/tmp/x' delimiter '|' csv");
    check("copy t from stdin; copy t to stdout", "copy t from stdin; copy t to stdout");
    check("delete from t; delete from only t", "delete from t; delete from only t");
    check("select 1 + extract(year from x)", "select 1 + extract(year from x)");
    check("select 1 as minus, minus.a from minus", "select 1 as minus, minus.a from minus");
    check("select top from t", "select top from t");
    check("select distinct a from t qualify b", "select distinct a from t qualify b");
    check("select 'unterminated", "select 'unterminated");
}

#[test]
fn columns_are_called_as_on_redshift() {
    check("select sysdate", "select redshift_emulation.sysdate() AS timestamp");
    check("select current_date /* now */, 1", "select current_date AS date /* now */, 1");
    check("select extract(year from x) from t", "select extract(year from x) AS date_part from t");
    check(
        "select extract(year from x) as y, current_date d",
        "select extract(year from x) as y, current_date d",
    );
    check(
        "select distinct date_part(y, x) from t",
        "select distinct date_part('year', x) AS pgdate_part from t",
    );
    check("select a from t where current_date > b", "select a from t where current_date > b");
    check("select (select current_date)", "select (select current_date AS date)");
    check(
        "select top 1 median(x), listagg(x) within group (order by x) over (partition by y) from t",
        "select percentile_cont(0.5) WITHIN GROUP (ORDER BY x) AS median, string_agg((x)::text, '') OVER (\
         partition by y order by x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS listagg from t LIMIT  1",
    );
    check(
        "select nvl(a, b) from t qualify rank() over w = 1",
        "select \"coalesce\" FROM (SELECT COALESCE(a, b), ( rank() over w = 1) AS redshift_qualified from t) \
         AS redshift_qualify WHERE redshift_qualified",
    );
}

#[test]
fn tables_lose_what_postgresql_does_not_know() {
    check(
        "create table s.t (a int encode az64 distkey, b varchar(max) not null sortkey, distkey int)\n diststyle key;",
        "create table s.t (a int, b varchar(65535) not null, distkey int);",
    );
    check(
        "create table #t (id int identity(1, -1))",
        "create TEMP table \"#t\" (id int GENERATED ALWAYS AS IDENTITY (MAXVALUE 1 START WITH 1 INCREMENT BY -1))",
    );
    check(
        "create temp table t sortkey(a) as select nvl(1, 2) a",
        "create temp table t as select COALESCE(1, 2) a",
    );
    check("select a into #t from b", "select a into TEMP \"#t\" from b");
    check("insert into #t select 1", "insert into \"#t\" select 1");
}

#[test]
fn places_lead_back() {
    let written = "select nvl(a, 1),\n  dateadd(day, 1, b) from #t";
    let rewritten = rewrite(written, Strings::Escaped).unwrap();
    let sent = rewritten.sql();
    for name in ["a, 1", "b)", "1, b"] {
        let at = sent[..sent.find(name).unwrap()].chars().count() + 1;
        let expect = written[..written.find(name).unwrap()].chars().count() + 1;
        assert_eq!(rewritten.position_as_written(written, at), Some(expect), "{name}");
    }
    assert_eq!(rewritten.position_as_written(written, 10_000), Some(written.chars().count() + 1));
    assert_eq!(rewritten.position_as_written(written, 0), None);
}

fn transfer(sql: &str) -> Transfer {
    rewrite(sql, Strings::Escaped).unwrap().statements.remove(0).transfer.unwrap()
}

#[test]
fn options_of_copy_are_read() {
    let Transfer::Load(load) = transfer(
        "COPY s.t (a, \"B\") FROM 's3://b/k' IAM_ROLE 'r' FORMAT AS CSV QUOTE AS '''' DELIMITER '\\t' GZIP \
         IGNOREHEADER AS 2 MAXERROR 7 NULL AS '' COMPUPDATE OFF STATUPDATE ON TRUNCATECOLUMNS",
    ) else {
        unreachable!("it is a load")
    };
    assert_eq!(
        (load.table.as_str(), load.columns.as_slice()),
        ("s.t", &["a".to_owned(), "B".to_owned()][..])
    );
    assert_eq!(load.layout, Layout::Csv { delimiter: '\t', quote: '\'' });
    assert_eq!((load.compression, load.header_lines, load.errors_max), (Compression::Gzip, 2, 7));
    assert_eq!((load.null.as_deref(), load.truncate, load.fill_record), (Some(""), true, false));
    let Transfer::Load(load) = transfer("copy t from 's3://b/k' credentials 'x' json 'auto ignorecase'")
    else {
        unreachable!("it is a load")
    };
    assert_eq!(load.layout, Layout::Json(Json::AutoIgnoreCase));
    for refused in
        ["orc", "zstd", "nosuch", "delimiter", "delimiter 'ab'", "dateformat 'MON'", "encoding 'utf16'"]
    {
        let sql = format!("copy t from 's3://b/k' {refused}");
        assert_eq!(transfer(&sql), Transfer::Refused, "{refused}");
    }
}

#[test]
fn options_of_unload_are_read() {
    let Transfer::Unload(unload) = transfer(
        "unload ('select \\'x\\';') to 's3://b/k' iam_role default delimiter as ',' addquotes escape \
         parallel off maxfilesize as 10 mb manifest verbose partition by (a, b) include",
    ) else {
        unreachable!("it is an unload")
    };
    assert_eq!((unload.query.as_str(), unload.parallel, unload.manifest), ("select 'x'", false, true));
    assert_eq!(unload.form, Form::Delimited { delimiter: ',', escape: true, quotes: true });
    assert_eq!((unload.file_bytes_max, unload.partition_by.len()), (10 * 1024 * 1024, 2));
    assert!(unload.partition_columns_included);
    assert_eq!(transfer("unload ('select 1') to 's3://b/k' format parquet"), Transfer::Refused);
}

#[test]
fn what_repeats_stays_small() {
    let nested = (0..60).fold("a".to_owned(), |inner, n| format!("decode({inner}, 1, {n}, 2, 3)"));
    let sent = rewrite(&format!("select {nested}"), Strings::Standard).unwrap().sql();
    assert!(sent.len() < 1_000_000, "{} bytes", sent.len());
    let deep = format!("select {}1{}", "nvl(".repeat(50_000), ", 1)".repeat(50_000));
    assert!(rewrite(&deep, Strings::Standard).is_some());
}

/// Words and signs that rules look for.
const WORDS: &str = "
    select top 5 from t a , ( ) . * ; :: super qualify over as nvl nvl2 decode convert cast dateadd day 'day'
    getdate - listagg within group order by distinct median ratio_to_report minus union create table #t temp
    identity encode distkey sortkey diststyle all alter append copy 's3://b/k' csv json delimiter '|' unload to
    header set show query_group vacuum analyze compression merge into using on remove duplicates delete view with
    no schema binding external materialized auto refresh partition where limit varchar max ' extract interval
    sysdate
";
/// Those that blanks would part.
const PIECES: &[&str] = &["'select 1'", "--x\n", "/* y */", "$$z$$", "E'\\n'", "\"q\"", "é", "\\"];

/// Words and signs in any order.
fn pieces() -> impl Strategy<Value = String> {
    let known: Vec<&str> = WORDS.split_whitespace().chain(PIECES.iter().copied()).collect();
    let piece = (prop::sample::select(known), prop::sample::select(vec!["", " ", "\n", "\t "]));
    prop::collection::vec(piece, 0..40)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, gap)| format!("{piece}{gap}")).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_words_is_too_odd(sql in pieces(), escaped in any::<bool>()) {
        let strings = if escaped { Strings::Escaped } else { Strings::Standard };
        if let Some(rewritten) = rewrite(&sql, strings) {
            let sent = rewritten.sql();
            for position in 0..=sent.chars().count() + 1 {
                let written = rewritten.position_as_written(&sql, position);
                prop_assert!(written.is_none_or(|at| at <= sql.chars().count() + 1));
            }
        }
    }

    #[test]
    fn no_text_is_too_odd(sql in any::<String>()) {
        let _sent = rewrite(&sql, Strings::Escaped);
        let _sent = rewrite(&sql, Strings::Standard);
    }

    /// Words that mean nothing here stay, with every blank and comment.
    #[test]
    fn what_is_not_known_stays(words in prop::collection::vec("[b-ce-km-s]{3,9}|[0-9]{1,4}|[(),.;+<>=-]|'[a-z ]*'|\"[A-Z]+\"| |\n|/\\*x\\*/", 0..60)) {
        let sql: String = words.concat();
        if let Some(rewritten) = rewrite(&sql, Strings::Standard) {
            prop_assert_eq!(rewritten.sql(), sql);
        }
    }
}
