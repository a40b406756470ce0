//! Shell scripts of the older framework as they stand: called with CODE_DIR and SECRET_ID, sourcing their helper.

use fleet_core::state::JobStatus;

use crate::site::Site;

const STAGES: &str = "workflow_id: w\nconnection: warehouse\nworkflow_stages:\n  \
                      - { execution_flag: \"y\", execution_type: sequential, scripts: [load.sh] }\n";
/// Prints what the helper has set, and what it has exported.
const TELL: &str = "echo \"$HOST|$PORT|$DB|$USER|${#RSPASSWORD}\"\nenv | grep -c '^RSPASSWORD=\\|^PGPORT='\n\
                    echo \"${FLEET_ASKED-gone}|${FLEET_REGION-gone}|${FLEET_VALUES-gone}\"\necho \"$RSPASSWORD\"\nexit 3\n";
const TOLD: [&str; 4] = ["127.0.0.1|1|dev|etl|8", "2", "gone|gone|gone", "[redacted]"];

fn site(script: &str) -> Site {
    let site = Site::of(STAGES, None);
    site.write("load.sh", script);
    site
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_helper_gives_the_connection_of_the_job() {
    let calls = [
        ("bash", "source $1/get_redshift_creds.sh $2"),
        ("bash", "set -eu\n. \"$1\"/get_redshift_creds.sh $2"),
        ("sh", "set -eu\n. \"$1/get_redshift_creds.sh\" \"$2\""),
    ];
    for (shell, call) in calls {
        let mut site = site(&format!("#!/usr/bin/env {shell}\n{call}\n{TELL}"));
        site.run().await;
        assert_eq!(site.out(), TOLD, "{shell}: {call}: {:?}", site.err());
        assert_eq!(site.bench.row().result.unwrap().exit_code, Some(3), "the script's own code");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_folder_has_all_that_lies_in_the_script_root() {
    let mut site = site("echo $#; cat $1/more.sql; ls $1\n");
    site.write("more.sql", "select 1;\n");
    site.run().await;
    assert_eq!(site.out(), ["2", "select 1;", "get_redshift_creds.sh", "load.sh", "more.sql"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_helper_among_the_scripts_is_the_one_that_runs() {
    let mut site = site("#!/bin/bash\nsource $1/get_redshift_creds.sh $2 eu-west-1\necho $HOST\n");
    site.write("get_redshift_creds.sh", "HOST=\"$1 in $2 from $(dirname $BASH_SOURCE)\"\n");
    site.run().await;
    assert_eq!(site.out(), [format!("warehouse in eu-west-1 from {}", site.root().display())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_secret_is_asked_for() {
    let text = "#!/bin/bash\nsource $1/get_redshift_creds.sh other/secret eu-west-1\n\
                echo \"$HOST|$PORT|$PGPORT|$DB|$USER|$RSPASSWORD\"\nenv | grep -c '^RSPASSWORD=$(id)$'\n";
    let mut site = site(text);
    let program = "#!/bin/sh\necho \"# $*\" >&2\n\
                   printf \"HOST='h 1'\\nPORT='7'\\nPGPORT='7'\\nDB='d'\\nUSER='u'\\nRSPASSWORD='\\$(id)'\\n\"\n";
    site.program("reads-secrets", program);
    site.run().await;
    assert_eq!(site.err(), ["# credentials other/secret --region eu-west-1"]);
    assert_eq!(site.out(), ["h 1|7|7|d|u|$(id)", "1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_cannot_be_read_is_said() {
    let mut site = site("#!/bin/bash\nset -e\nsource $1/get_redshift_creds.sh other\necho never\n");
    site.program("reads-secrets", "#!/bin/sh\necho no such secret >&2\nexit 1\n");
    site.run().await;
    assert_eq!(site.err(), ["no such secret", "get_redshift_creds.sh: the secret other could not be read"]);
    assert_eq!((site.bench.row().status, site.out()), (JobStatus::Failed, vec![]));
    assert_eq!(site.bench.row().result.unwrap().exit_code, Some(69));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_that_traces_its_commands_shows_no_password() {
    let text = "#!/bin/bash\nset -eux\nsource $1/get_redshift_creds.sh other/secret eu-west-1\n: \"$USER\"\n";
    let mut site = site(text);
    let program =
        "#!/bin/sh\necho \"USER='u' RSPASSWORD='over the '\\\\''hills' PGPORT='7' HOST=h PORT=7 DB=d\"\n";
    site.program("reads-secrets", program);
    site.run().await;
    let said = site.err().join("\n");
    assert_eq!(site.bench.row().status, JobStatus::Succeeded, "{said}");
    assert!(said.contains("+ : u") && !said.contains("hills"), "{said}");
}
