//! Logins that AWS gives, by the executable: temporary credentials of clusters and workgroups, and secrets. A small server
//! answers in the services' wire forms; the credentials lead to the private PostgreSQL.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fleet_tests::http::{Answer, Reply, Request, Server};
use fleet_tests::postgres::Postgres;
use jiff::Timestamp;

/// Password of all users that the services name.
const PASSWORD: &str = "made-for-an-hour";

/// In how long the login of the cluster `brief` ends: too soon to begin with it again.
const SOON: Duration = Duration::from_secs(14 * 60);

/// The services, and what they were asked.
struct Aws {
    server: Server,
    asked: Arc<Mutex<Vec<String>>>,
    home: tempfile::TempDir,
}

impl Aws {
    fn start() -> Aws {
        let postgres = Postgres::shared();
        for user in ["IAM:etl", "IAMA:new", "IAMR:role", "from_secret"] {
            postgres.psql(&format!(
                "do $$ begin create role \"{user}\" login password '{PASSWORD}'; \
                 exception when duplicate_object then null; end $$"
            ));
        }
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        let server = Server::start(move |request: &Request, _| {
            let mut heard = heard.lock().unwrap();
            let (told, answer) = answer(request, heard.len());
            heard.push(told);
            Reply::Answer(answer)
        });
        Aws { server, asked, home: tempfile::tempdir().unwrap() }
    }

    /// Runs rsql on a data source of these lines, with AWS's own variables and those that lead nowhere else.
    fn run(
        &self,
        data_source: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> (Output, Vec<String>) {
        let file = self.home.path().join("odbc.ini");
        let database = Postgres::shared().database();
        std::fs::write(&file, format!("[dw]\nDatabase={database}\nSSLMode=disable\n{data_source}\n"))
            .unwrap();
        self.asked.lock().unwrap().clear();
        let output = Command::new(env!("CARGO_BIN_EXE_rsql"))
            .env_clear()
            .env("HOME", self.home.path())
            .env("ODBCINI", &file)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", format!("http://{}", self.server.address()))
            .env("AWS_ACCESS_KEY_ID", "environment")
            .env("AWS_SECRET_ACCESS_KEY", "environment-secret")
            .env("AWS_REGION", "us-east-1")
            .envs(variables.iter().copied())
            .args(arguments)
            .args(["-X", "-w", "-At", "-c", "select current_user"])
            .output()
            .unwrap();
        let asked = self.asked.lock().unwrap().clone();
        (output, asked)
    }

    #[track_caller]
    fn logs_in(&self, data_source: &str, arguments: &[&str], expect: &str, asks: &[&str]) {
        let (output, asked) = self.run(data_source, arguments, &[]);
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            (stdout.trim_end(), stderr.as_str()),
            (expect, ""),
            "{data_source} {arguments:?} {asked:?}"
        );
        assert_eq!(asked.len(), asks.len(), "{data_source}: {asked:?}");
        for (asked, expect) in asked.iter().zip(asks) {
            for part in expect.split(' ') {
                assert!(
                    asked.split(['&', ' ']).any(|said| said == part),
                    "{data_source}: no {part} in {asked}"
                );
            }
        }
    }

    #[track_caller]
    fn refuses(&self, data_source: &str, arguments: &[&str], expect: &str) {
        let (output, _) = self.run(data_source, arguments, &[]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{data_source}: {stderr}");
        assert!(stderr.contains(expect), "{data_source}: {stderr}");
        assert!(!stderr.contains(PASSWORD) && !stderr.contains("topsecret"), "{stderr}");
    }
}

/// What was asked for, as `Name key=value&…` with region and key of the signature, and the service's answer after so many
/// others.
fn answer(request: &Request, asked_before: usize) -> (String, Answer) {
    let signature = request.header("authorization").unwrap_or_default();
    let scope = signature.split("Credential=").nth(1).unwrap_or_default();
    let mut scope = scope.split('/');
    let (key, region) = (scope.next().unwrap_or_default(), scope.nth(1).unwrap_or_default());
    let signed = format!("key={key} region={region}");
    let body = request.text();
    if let Some(target) = request.header("x-amz-target") {
        let name = target.rsplit('.').next().unwrap_or_default();
        return (format!("{name} {body} {signed}"), json(name));
    }
    let name = body.split("Action=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default();
    (format!("{name} {body} {signed}"), xml(name, &body, asked_before))
}

fn json(name: &str) -> Answer {
    let postgres = Postgres::shared();
    let (host, port) = (postgres.host(), postgres.port());
    let body = match name {
        "GetCredentials" => format!(
            r#"{{"dbUser":"IAMR:role","dbPassword":"{PASSWORD}","expiration":4102444800.0,"nextRefreshTime":4102444800.0}}"#
        ),
        "GetWorkgroup" => format!(r#"{{"workgroup":{{"endpoint":{{"address":"{host}","port":{port}}}}}}}"#),
        "GetSecretValue" => format!(
            r#"{{"Name":"s","SecretString":"{{\"username\":\"from_secret\",\"password\":\"{PASSWORD}\",\"host\":\"{host}\",\"port\":{port},\"dbname\":\"{}\"}}"}}"#,
            postgres.database()
        ),
        other => panic!("{other} is not answered"),
    };
    let headers = vec![("content-type".to_owned(), "application/x-amz-json-1.1".to_owned())];
    Answer { status: 200, headers, body: body.into_bytes() }
}

fn xml(name: &str, body: &str, asked_before: usize) -> Answer {
    let headers = vec![("content-type".to_owned(), "text/xml".to_owned())];
    if body.contains("ClusterIdentifier=nowhere") {
        let text = "<ErrorResponse xmlns=\"http://redshift.amazonaws.com/doc/2012-12-01/\"><Error><Type>Sender</Type>\
                    <Code>ClusterNotFound</Code><Message>Cluster nowhere not found.</Message></Error></ErrorResponse>";
        return Answer { status: 404, headers, body: text.as_bytes().to_vec() };
    }
    let postgres = Postgres::shared();
    let login_until = |user: &str, end: &str| {
        format!("<DbUser>{user}</DbUser><DbPassword>{PASSWORD}</DbPassword><Expiration>{end}</Expiration>")
    };
    let login = |user: &str| login_until(user, "2100-01-01T00:00:00Z");
    let result = match name {
        // The second user shows that the second answer was used.
        "GetClusterCredentials" if body.contains("ClusterIdentifier=brief") => match asked_before {
            0 => login_until("IAM:etl", &format!("{:.0}", Timestamp::now() + SOON)),
            _ => login("IAMA:new"),
        },
        "GetClusterCredentials" if body.contains("AutoCreate=true") => login("IAMA:new"),
        "GetClusterCredentials" => login("IAM:etl"),
        "GetClusterCredentialsWithIAM" => login("IAMR:role"),
        "DescribeClusters" => format!(
            "<Clusters><Cluster><Endpoint><Address>{}</Address><Port>{}</Port></Endpoint></Cluster></Clusters>",
            postgres.host(),
            postgres.port()
        ),
        other => panic!("{other} is not answered"),
    };
    let text = format!(
        "<{name}Response xmlns=\"http://redshift.amazonaws.com/doc/2012-12-01/\"><{name}Result>{result}</{name}Result>\
         </{name}Response>"
    );
    Answer { status: 200, headers, body: text.into_bytes() }
}

fn place() -> String {
    let postgres = Postgres::shared();
    format!("Host={}\nPort={}", postgres.host(), postgres.port())
}

#[test]
fn a_cluster_gives_credentials_and_its_address() {
    let aws = Aws::start();
    aws.logs_in(
        "IAM=1\nClusterID=dw\nRegion=eu-west-1\nDbUser=etl\nDbGroups=a,b",
        &["-D", "dw"],
        "IAM:etl",
        &[
            "GetClusterCredentials DbUser=etl ClusterIdentifier=dw AutoCreate=false DurationSeconds=3600 \
             DbGroups.DbGroup.1=a DbGroups.DbGroup.2=b region=eu-west-1 key=environment",
            "DescribeClusters ClusterIdentifier=dw",
        ],
    );
    let known = place();
    aws.logs_in(
        &format!("iam=true\nCLUSTERID=dw\n{known}\nUID=new\nAutoCreate=1\nIAMDuration=900"),
        &["-D", "dw"],
        "IAMA:new",
        &["GetClusterCredentials DbUser=new AutoCreate=true DurationSeconds=900 region=us-east-1"],
    );
    aws.logs_in(
        &format!("IAM=1\nClusterID=dw\n{known}"),
        &["-D", "dw"],
        "IAMR:role",
        &["GetClusterCredentialsWithIAM ClusterIdentifier=dw"],
    );
    aws.logs_in(
        &format!("IAM=1\nClusterID=dw\n{known}\nDbUser=etl\nAccessKeyID=mine\nSecretAccessKey=topsecret"),
        &["-D", "dw"],
        "IAM:etl",
        &["GetClusterCredentials key=mine"],
    );
}

#[test]
fn a_workgroup_gives_credentials_and_its_address() {
    let aws = Aws::start();
    aws.logs_in("IAM=1\nWorkgroup=etl", &["-D", "dw"], "IAMR:role", &["GetCredentials", "GetWorkgroup"]);
    // The name of the host says which workgroup, and the region; where it leads is said by its address.
    let postgres = Postgres::shared();
    let text = format!(
        "iam=1 host=etl.123456789012.eu-north-1.redshift-serverless.amazonaws.com hostaddr={} port={} dbname={} \
         sslmode=disable",
        postgres.host(),
        postgres.port(),
        postgres.database()
    );
    aws.logs_in("", &["-d", &text], "IAMR:role", &["GetCredentials"]);
}

#[test]
fn a_secret_holds_a_login() {
    let aws = Aws::start();
    aws.logs_in("SecretId=prod/dw", &["-D", "dw"], "from_secret", &["GetSecretValue"]);
    let (output, _) = aws.run("SecretId=prod/dw", &["-D", "dw"], &[("RSPASSWORD", "of-somebody-else")]);
    assert_eq!(output.stdout, b"from_secret\n");
}

#[test]
fn a_script_may_go_on_to_a_workgroup() {
    let aws = Aws::start();
    let known = place();
    let (output, asked) = aws.run(
        &format!("IAM=1\nClusterID=dw\nDbUser=etl\n{known}"),
        &["-D", "dw", "-c", r"\connect -reuse-previous=on 'iam=1 workgroup=w'"],
        &[],
    );
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.ends_with("\nIAMR:role\n"), "{shown} {output:?}");
    assert_eq!(asked.len(), 2, "{asked:?}");
}

/// Connects again by `connect`, and asserts as whom and how often AWS was asked. Gives the last question.
#[track_caller]
fn again(data_source: &str, connect: &str, user: &str, asks: usize) -> String {
    let aws = Aws::start();
    let lines = format!("IAM=1\nDbUser=etl\n{}\n{data_source}", place());
    // A password of somebody else is in the environment all the while.
    let variables = [("RSPASSWORD", "of-somebody-else")];
    let (output, asked) = aws.run(&lines, &["-D", "dw", "-q", "-c", connect], &variables);
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(shown, format!("{user}\n"), "{data_source} {connect}: {output:?} {asked:?}");
    assert_eq!(asked.len(), asks, "{data_source} {connect}: {asked:?}");
    asked.last().cloned().unwrap_or_default()
}

#[test]
fn to_connect_again_asks_anew_once_the_login_ends() {
    again("ClusterID=dw", r"\c", "IAM:etl", 1);
    again("ClusterID=brief", r"\c", "IAMA:new", 2);
    again("ClusterID=brief", r"\c -reuse-previous=on 'application_name=again'", "IAMA:new", 2);
    let asked = again("ClusterID=brief\nDbGroups=a", r"\c", "IAMA:new", 2);
    for part in ["DbUser=etl", "ClusterIdentifier=brief", "DbGroups.DbGroup.1=a"] {
        assert!(asked.contains(part), "no {part} in {asked}");
    }
}

#[test]
fn another_database_needs_a_login_of_its_own() {
    let other = Postgres::shared().new_database();
    let asked = again("ClusterID=dw", &format!(r"\c {}", other.database()), "IAM:etl", 2);
    assert!(asked.contains(&format!("DbName={}", other.database())), "{asked}");
}

#[test]
fn a_secret_is_kept_whatever_the_environment_says() {
    let aws = Aws::start();
    let variables = [("RSPASSWORD", "of-somebody-else")];
    let (output, asked) = aws.run("SecretId=prod/dw", &["-D", "dw", "-q", "-c", r"\c"], &variables);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "from_secret\n", "{output:?}");
    assert_eq!(asked.len(), 1, "{asked:?}");
}

#[test]
fn what_aws_refuses_is_told() {
    let aws = Aws::start();
    aws.refuses(
        "IAM=1\nClusterID=nowhere\nDbUser=etl",
        &["-D", "dw"],
        "could not get temporary credentials of user etl of cluster nowhere: ClusterNotFound: Cluster nowhere not found.",
    );
    aws.refuses("IAM=1", &["-D", "dw"], "need ClusterID, Workgroup, or a host whose name tells one of them");
    aws.refuses("IAM=1\nClusterID=dw\nAccessKeyID=k", &["-D", "dw"], "belong together");
    aws.refuses("plugin_name=okta\nIAM=1\nSecretAccessKey=topsecret", &["-D", "dw"], "login by a plug-in");
}

#[test]
fn nothing_is_asked_where_nothing_is_wanted() {
    let aws = Aws::start();
    let postgres = Postgres::shared();
    let lines = format!("IAM=0\n{}\nUID={}\nPWD={}", place(), postgres.user(), postgres.password());
    aws.logs_in(&lines, &["-D", "dw"], postgres.user(), &[]);
}
