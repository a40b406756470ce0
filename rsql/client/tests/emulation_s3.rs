//! COPY and UNLOAD of Redshift on PostgreSQL where no directory stands for S3: the endpoint of the `AWS_*` variables is used.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use fleet_tests::moto::Moto;
use fleet_tests::postgres::Postgres;

/// What is above the least size of a part, so that an object is written in several.
const ROWS_OF_PARTS: u32 = 300_000;

/// A bucket of the test's own.
struct Bucket {
    moto: &'static Moto,
    name: String,
}

impl Bucket {
    fn new(name: &str) -> Bucket {
        let moto = Moto::shared();
        let name = format!("{name}-{}", std::process::id());
        moto.aws(&["s3api", "create-bucket", "--bucket", &name]);
        Bucket { moto, name }
    }

    /// Runs a script whose `BUCKET` is this one, and gives what it writes to both of its outputs, without the INFO lines'
    /// label.
    fn run(&self, script: &str) -> Vec<String> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rsql"))
            .args(["-X", "-A", "-t", "-q", "--emulate-redshift"])
            .envs(Postgres::shared().env())
            .envs(self.moto.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let script = script.replace("BUCKET", &self.name);
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let text = text.replace(&self.name, "BUCKET").replace("INFO:  ", "");
        text.trim_end().split('\n').map(|line| line.trim_end().to_owned()).collect()
    }

    fn check(&self, script: &str, expect: &[&str]) {
        assert_eq!(self.run(script), expect, "{script}");
    }

    /// The keys below a prefix, and their sizes.
    fn keys(&self, prefix: &str) -> String {
        let query = "Contents[].[Key, Size]";
        let listed = self.moto.aws(&[
            "s3api",
            "list-objects-v2",
            "--bucket",
            &self.name,
            "--prefix",
            prefix,
            "--query",
            query,
            "--output",
            "text",
        ]);
        listed.trim().replace('\t', " ")
    }

    fn put(&self, key: &str, text: &[u8]) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        self.moto.aws(&["s3api", "put-object", "--bucket", &self.name, "--key", key, "--body", &path]);
    }
}

#[test]
fn unloaded_and_loaded_again() {
    let bucket = Bucket::new("there-and-back");
    bucket.check(
        "create temp table t (id int, name varchar(20));
         insert into t values (1, 'one'), (2, 'two | 2'), (3, null);
         unload ('select * from t order by id') to 's3://BUCKET/out/t_' iam_role default delimiter ';' manifest region 'us-east-1';
         create temp table u (like t);
         copy u from 's3://BUCKET/out/t_0' iam_role default delimiter ';' region as 'us-east-1';
         copy u from 's3://BUCKET/out/t_manifest' credentials 'aws_iam_role=arn:aws:iam::1:role/x' manifest delimiter ';';
         select id, name, count(*) from u group by 1, 2 order by 1;
         unload ('select 1') to 's3://BUCKET/out/t_';
         unload ('select 7, 8') to 's3://BUCKET/out/t_' allowoverwrite parallel off gzip;
         unload ('select 9') to 's3://BUCKET/out/t_' cleanpath gzip;
         copy u (id) from 's3://BUCKET/out/t_' gzip;
         select max(id) from u;",
        &[
            "1|one|2",
            "2|two | 2|2",
            "3||2",
            "9",
            "UNLOAD completed, 3 record(s) unloaded successfully.",
            "Load into table 'u' completed, 3 record(s) loaded successfully.",
            "Load into table 'u' completed, 3 record(s) loaded successfully.",
            "ERROR:  Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually \
             removing the target files in S3, or using the ALLOWOVERWRITE option.",
            "UNLOAD completed, 1 record(s) unloaded successfully.",
            "UNLOAD completed, 1 record(s) unloaded successfully.",
            "Load into table 'u' completed, 1 record(s) loaded successfully.",
        ],
    );
    let keys = bucket.keys("out/");
    assert!(keys.starts_with("out/t_0000_part_00.gz ") && !keys.contains('\n'), "{keys}");
}

#[test]
fn large_objects_go_in_parts_and_come_in_pieces() {
    let bucket = Bucket::new("large");
    let rows = ROWS_OF_PARTS;
    bucket.check(
        &format!(
            "unload ('select g, ''a text that makes the rows longer'' from generate_series(1, {rows}) g')
             to 's3://BUCKET/big_' parallel off;
             create temp table t (id int, name text);
             copy t from 's3://BUCKET/big_';
             select count(*), sum(id), min(name) from t;
             unload ('select g % 3 as p, g as n from generate_series(1, 10) g') to 's3://BUCKET/by/' partition by (p);
             select count(*) from t;"
        ),
        &[
            "300000|45000150000|a text that makes the rows longer",
            "300000",
            "UNLOAD completed, 300000 record(s) unloaded successfully.",
            "Load into table 't' completed, 300000 record(s) loaded successfully.",
            "UNLOAD completed, 10 record(s) unloaded successfully.",
        ],
    );
    assert_eq!(bucket.keys("big_"), "big_000 12188895");
    let folders = bucket.keys("by/");
    assert_eq!(folders, "by/p=0/0000_part_00 6\nby/p=1/0000_part_00 9\nby/p=2/0000_part_00 6");
    let left = bucket.moto.aws(&["s3api", "list-multipart-uploads", "--bucket", &bucket.name]);
    assert!(!left.contains("UploadId"), "{left}");
}

#[test]
fn what_is_not_there_is_told() {
    let bucket = Bucket::new("missing");
    bucket.put("empty.csv", b"");
    bucket.put("paths.json", br#"{"jsonpaths": ["$.a"]}"#);
    bucket.put("rows.json", br#"{"a": 1} {"a": 2}"#);
    bucket.put("list.manifest", br#"{"entries": [{"url": "s3://nowhere-at-all/x", "mandatory": true}]}"#);
    let told = bucket.run(
        "create temp table t (id int);
         copy t from 's3://BUCKET/none/';
         copy t from 's3://BUCKET/none.manifest' manifest;
         copy t from 's3://BUCKET/list.manifest' manifest;
         copy t from 's3://BUCKET/empty.csv' csv;
         copy t from 's3://BUCKET/rows.json' json 's3://BUCKET/paths.json';
         copy t from 's3://BUCKET-not-there/x';
         unload ('select 1') to 's3://BUCKET-not-there/x' allowoverwrite;
         select * from t order by 1;",
    );
    let expect = [
        "1",
        "2",
        "ERROR:  The specified S3 prefix 'none/' does not exist",
        "ERROR:  The specified S3 manifest 's3://BUCKET/none.manifest' does not exist",
        "ERROR:  Mandatory url is missing in manifest file: s3://nowhere-at-all/x",
        "Load into table 't' completed, 0 record(s) loaded successfully.",
        "Load into table 't' completed, 2 record(s) loaded successfully.",
        "ERROR:  S3ServiceException: could not list s3://BUCKET-not-there/x: NoSuchBucket: The specified bucket does not exist",
        "ERROR:  S3ServiceException: could not list s3://BUCKET-not-there/x: NoSuchBucket: The specified bucket does not exist",
    ];
    assert_eq!(told, expect);
}
