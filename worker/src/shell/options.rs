//! Settings of the program, from its options or from environment variables, as a unit's `EnvironmentFile` gives them. Owns
//! their names, and how queues and connections are written.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use fleet_aws::{
    AUDIT_DAYS_MAX, AddressLookup, ClusterUser, STACK_DEFAULT, Stack, WarehouseName, WarehouseRequest,
};
use fleet_core::time::Millis;
use rsql_client::{ShellPolicy, SslMode};
use worker::place::SessionUse;

/// Name, among the queues, of that of jobs without a pool.
const QUEUE_DEFAULT: &str = "default";
/// Longest wait that SQS allows.
const POLL_WAIT_MAX: Millis = Millis::from_secs(20);
/// How long temporary credentials are asked for: the longest that AWS grants, so that they are asked for seldom.
const CREDENTIALS_GOOD_FOR: Duration = Duration::from_secs(3600);
/// Most slots of one queue. A job in a slot takes up to 40 MB for its log, beside what its script needs.
const SLOTS_MAX: usize = 1_000;

/// What to do about the one setting that nobody can guess.
const NO_SCRIPTS: &str = "nothing says where scripts are
  Set FLEET_SCRIPTS in /etc/rsql-fleet/worker.env, then: systemctl restart rsql-fleet-worker
  Or give --scripts. It is the s3://bucket/prefix of `rsqlctl deploy --scripts`, or a directory.";

/// Runs jobs: takes them from the stack's queues, runs their scripts, keeps their logs, records what becomes of them.
#[derive(Debug, clap::Parser)]
#[command(name = "worker", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: Options,
}

impl Arguments {
    /// Those of this process. Ends it where they ask for help, or cannot be.
    pub(crate) fn read() -> Self {
        Self::parse().complete().unwrap_or_else(|error| error.exit())
    }

    /// What has no default and yet must not be left out: a package's settings file, as it is installed, sets nothing.
    fn complete(self) -> Result<Self, clap::Error> {
        let scripts = self.serve.scripts.as_deref().unwrap_or_default();
        if self.command.is_none() && scripts.is_empty() {
            return Err(Self::command().error(ErrorKind::MissingRequiredArgument, NO_SCRIPTS));
        }
        Ok(self)
    }
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Prints a connection's credentials as assignments for a shell; get_redshift_creds.sh reads them.
    Credentials {
        /// Id or ARN of the secret.
        secret: String,
        /// AWS region.
        #[arg(long)]
        region: Option<String>,
        /// Profile of the AWS configuration files.
        #[arg(long)]
        profile: Option<String>,
    },
    /// Writes the manual page and the completions for shells, for a package.
    #[command(hide = true)]
    Manual {
        /// Folder for them.
        folder: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Name of the stack, which all its resources' names begin with.
    #[arg(long, env = "FLEET_STACK", default_value = STACK_DEFAULT, value_parser = stack)]
    pub(crate) stack: Stack,
    /// Queues to serve, each with its number of slots; `default` is the queue of jobs without a pool.
    #[arg(
        long = "queue",
        env = "FLEET_QUEUES",
        value_name = "NAME=SLOTS",
        value_delimiter = ',',
        default_value = "default=4"
    )]
    pub(crate) queues: Vec<QueueOption>,
    /// Where scripts are: the s3://bucket/prefix of `rsqlctl deploy --scripts`, or a directory. Must be given.
    #[arg(long, env = "FLEET_SCRIPTS", value_name = "DIR|S3 URI")]
    pub(crate) scripts: Option<String>,
    /// Secrets of connections; one without is looked for as the secret STACK/NAME.
    #[arg(
        long = "connection",
        env = "FLEET_CONNECTIONS",
        value_name = "NAME=SECRET|cluster:ID|workgroup:NAME[,database=DB][,db_user=USER][,sslmode=MODE][,sessions=reused][,emulate_redshift=true][,emulate_s3=DIR]",
        value_delimiter = ';'
    )]
    pub(crate) connections: Vec<ConnectionOption>,
    /// Whether RSQL scripts may start programs.
    #[arg(long, env = "FLEET_SHELL", value_name = "allowed|forbidden", default_value = "allowed", value_parser = shell)]
    pub(crate) shell: ShellPolicy,
    /// Directory for what must outlast an outage: logs that were not sent yet, and scripts from S3.
    #[arg(long, env = "FLEET_SPOOL", default_value = "/var/lib/rsql-fleet", value_name = "DIR")]
    pub(crate) spool: PathBuf,
    /// Where `GET /health` is answered, on this host alone; `none` answers nowhere.
    #[arg(long, env = "FLEET_HEALTH", default_value = "127.0.0.1:8089", value_name = "ADDRESS|none")]
    pub(crate) health: HealthOption,
    /// Longest time without word from this worker before others may take its jobs over. The visibility timeout of the jobs
    /// queues must not be shorter.
    #[arg(long, env = "FLEET_LEASE", default_value = "60s", value_name = "SPAN", value_parser = span)]
    pub(crate) lease: Millis,
    /// How long running jobs may go on once the worker drains; the rest are handed over to others.
    #[arg(long, env = "FLEET_DRAIN_LIMIT", default_value = "5m", value_name = "SPAN", value_parser = span)]
    pub(crate) drain_limit: Millis,
    /// Longest wait of one receive, 20s at most. A drain waits for the one under way, too: a message that came to one that was
    /// given up would rest for a minute.
    #[arg(long, env = "FLEET_POLL_WAIT", default_value = "20s", value_name = "SPAN", value_parser = poll_wait)]
    pub(crate) poll_wait: Millis,
    /// Days after which audit records expire, as for the dispatcher; without it they never do.
    #[arg(long, env = "FLEET_AUDIT_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=i64::from(AUDIT_DAYS_MAX)))]
    pub(crate) audit_days: Option<u32>,
    /// Auto Scaling group of this host: while jobs are at work it is told, with the AWS CLI, not to choose this host when it
    /// scales in. At most one worker of a host may name it.
    #[arg(long, env = "FLEET_AUTO_SCALING_GROUP", value_name = "NAME")]
    pub(crate) auto_scaling_group: Option<String>,
    /// Its lifecycle hook for hosts that go away, which is completed after the drain.
    #[arg(long, env = "FLEET_LIFECYCLE_HOOK", value_name = "NAME", requires = "auto_scaling_group")]
    pub(crate) lifecycle_hook: Option<String>,
    /// Profile of the AWS configuration files.
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// AWS region.
    #[arg(long)]
    pub(crate) region: Option<String>,
}

/// A queue to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueueOption {
    /// The pool's name, or `default`.
    pub(crate) name: String,
    /// Attempts at a time.
    pub(crate) slots: usize,
}

impl QueueOption {
    /// The pool; none for the queue of jobs without.
    pub(crate) fn pool(&self) -> Option<&str> {
        (self.name != QUEUE_DEFAULT).then_some(self.name.as_str())
    }
}

impl FromStr for QueueOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hint = "write NAME=SLOTS, such as default=4";
        let (name, slots) = text.trim().split_once('=').ok_or(hint)?;
        let slots = slots.parse().ok().filter(|slots| (1..=SLOTS_MAX).contains(slots));
        let slots = slots.ok_or_else(|| format!("slots are a number from 1 to {SLOTS_MAX}"))?;
        if name.is_empty() { Err(hint.to_owned()) } else { Ok(Self { name: name.to_owned(), slots }) }
    }
}

/// Where a connection's login comes from, and its manners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConnectionOption {
    /// The connection, as workflows name it.
    pub(crate) name: String,
    /// Where its login comes from.
    pub(crate) login: LoginOption,
    /// How its sessions are encrypted; where absent, those by temporary credentials are, and others as the client has it.
    pub(crate) sslmode: Option<SslMode>,
    /// Whose sessions its jobs get.
    pub(crate) sessions: SessionUse,
    /// Whether Redshift's SQL is understood, should the server be PostgreSQL.
    pub(crate) emulation: EmulationOption,
}

/// Redshift's SQL on PostgreSQL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum EmulationOption {
    /// Statements are sent as they are.
    #[default]
    Off,
    /// It is understood; this directory stands for S3, which else is S3 itself.
    On(Option<PathBuf>),
}

impl EmulationOption {
    fn set_on(&mut self, value: &str) -> Result<(), String> {
        match (value, &self) {
            ("true", Self::Off) => *self = Self::On(None),
            ("true", Self::On(_)) | ("false", Self::Off) => {}
            ("false", Self::On(_)) => {
                return Err("`emulate_s3` is for connections with emulate_redshift=true".to_owned());
            }
            _ => return Err("write emulate_redshift=true or emulate_redshift=false".to_owned()),
        }
        Ok(())
    }

    /// A directory that stands for S3 says that it is on, too.
    fn set_directory(&mut self, value: &str) {
        *self = Self::On(Some(value.into()));
    }
}

/// Where a login comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoginOption {
    /// A secret, by its id or ARN.
    Secret(String),
    /// Temporary credentials.
    Temporary(WarehouseRequest),
}

impl LoginOption {
    fn parse(text: &str) -> Result<Self, String> {
        let warehouse = match text.split_once(':') {
            Some(("cluster", id)) => WarehouseName::Cluster { id: id.to_owned(), user: None },
            Some(("workgroup", name)) => WarehouseName::Workgroup(name.to_owned()),
            _ => return Ok(Self::Secret(text.to_owned())),
        };
        if text.ends_with(':') {
            return Err(format!("name the warehouse behind `{text}`"));
        }
        let address = AddressLookup::Asked;
        Ok(Self::Temporary(WarehouseRequest {
            warehouse,
            database: None,
            duration: CREDENTIALS_GOOD_FOR,
            address,
        }))
    }

    /// Takes `database=…` and `db_user=…`, of a warehouse.
    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let Self::Temporary(request) = self else {
            return Err(format!("`{key}` is for clusters and workgroups; a secret holds its own"));
        };
        match (key, &mut request.warehouse) {
            ("database", _) => request.database = Some(value.to_owned()),
            (_, WarehouseName::Cluster { user, .. }) => {
                *user = Some(ClusterUser { name: value.to_owned(), auto_create: false, groups: Vec::new() });
            }
            (_, WarehouseName::Workgroup(_)) => {
                return Err(
                    "`db_user` is for clusters; a workgroup's user is that of the IAM role".to_owned()
                );
            }
        }
        Ok(())
    }

    /// What is missing, if something is.
    fn check(&self) -> Result<(), String> {
        match self {
            Self::Temporary(WarehouseRequest { database: None, .. }) => {
                Err("add database=NAME: temporary credentials tell none".to_owned())
            }
            _ => Ok(()),
        }
    }
}

impl FromStr for ConnectionOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hint = "write NAME=SECRET, such as warehouse=prod/redshift";
        let (name, rest) = text.trim().split_once('=').ok_or(hint)?;
        let mut parts = rest.split(',').map(str::trim);
        let secret = parts.next().unwrap_or_default();
        if name.is_empty() || secret.is_empty() {
            return Err(hint.to_owned());
        }
        let mut connection = Self {
            name: name.to_owned(),
            login: LoginOption::parse(secret)?,
            sslmode: None,
            sessions: SessionUse::Fresh,
            emulation: EmulationOption::Off,
        };
        for part in parts {
            match part.split_once('=') {
                Some(("sslmode", mode)) => {
                    connection.sslmode = Some(SslMode::parse(mode).map_err(|error| error.to_string())?);
                }
                Some(("sessions", "reused")) => connection.sessions = SessionUse::Reused,
                Some(("sessions", "fresh")) => connection.sessions = SessionUse::Fresh,
                Some(("emulate_redshift", value)) => connection.emulation.set_on(value)?,
                Some(("emulate_s3", value)) if !value.is_empty() => connection.emulation.set_directory(value),
                Some((key @ ("database" | "db_user"), value)) if !value.is_empty() => {
                    connection.login.set(key, value)?;
                }
                _ => {
                    return Err(format!(
                        "`{part}` is none of sslmode=MODE, sessions=fresh|reused, emulate_redshift=true|false, emulate_s3=DIRECTORY, \
                         database=NAME, db_user=NAME"
                    ));
                }
            }
        }
        connection.login.check()?;
        Ok(connection)
    }
}

/// Where health is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HealthOption {
    /// Here.
    At(SocketAddr),
    /// Nowhere.
    Nowhere,
}

impl FromStr for HealthOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" {
            return Ok(Self::Nowhere);
        }
        let address: SocketAddr = text.parse().map_err(|_| "write ADDRESS:PORT, or none".to_owned())?;
        // It tells the names of jobs to whoever asks.
        if address.ip().is_loopback() {
            Ok(Self::At(address))
        } else {
            Err(format!("{} is no loopback address", address.ip()))
        }
    }
}

fn stack(name: &str) -> Result<Stack, String> {
    Stack::parse(name).map_err(|error| error.to_string())
}

fn shell(word: &str) -> Result<ShellPolicy, String> {
    match word {
        "allowed" => Ok(ShellPolicy::Allowed),
        "forbidden" => Ok(ShellPolicy::Denied),
        _ => Err("write allowed or forbidden".to_owned()),
    }
}

fn span(text: &str) -> Result<Millis, String> {
    let span = Millis::parse(text).map_err(|error| error.to_string())?;
    if span.0 == 0 { Err("it must be longer than nothing".to_owned()) } else { Ok(span) }
}

fn poll_wait(text: &str) -> Result<Millis, String> {
    let wait = span(text)?;
    if wait > POLL_WAIT_MAX { Err(format!("SQS waits for {POLL_WAIT_MAX} at most")) } else { Ok(wait) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn queues_and_connections() {
        let all = ["worker", "--scripts", "s3://b/x", "--queue", "default=4,finance=2", "--queue", "big=1"];
        let more = [
            "--connection",
            "dw=prod/dw+x,sslmode=require,sessions=reused;old=arn:aws:secretsmanager:x:1:secret:y",
        ];
        let options = Arguments::parse_from(all.into_iter().chain(more)).serve;
        let queues: Vec<_> = options.queues.iter().map(|queue| (queue.pool(), queue.slots)).collect();
        assert_eq!(queues, [(None, 4), (Some("finance"), 2), (Some("big"), 1)]);
        let [dw, old] = &options.connections[..] else { panic!("{:?}", options.connections) };
        assert_eq!((&dw.login, dw.sessions), (&secret("prod/dw+x"), SessionUse::Reused));
        assert_eq!(dw.sslmode.map(SslMode::name), Some("require"));
        assert_eq!((&old.login, old.sslmode), (&secret("arn:aws:secretsmanager:x:1:secret:y"), None));
    }

    #[test]
    fn redshifts_sql_on_postgresql() {
        let check = |more: &str, expect: EmulationOption| {
            let connection: ConnectionOption = format!("dw=x{more}").parse().expect("it is a connection");
            assert_eq!(connection.emulation, expect, "{more}");
        };
        check("", EmulationOption::Off);
        check(",emulate_redshift=false", EmulationOption::Off);
        check(",emulate_redshift=true", EmulationOption::On(None));
        check(",emulate_redshift=true,emulate_s3=/lake", EmulationOption::On(Some("/lake".into())));
        check(",emulate_s3=/lake,emulate_redshift=true", EmulationOption::On(Some("/lake".into())));
    }

    fn secret(id: &str) -> LoginOption {
        LoginOption::Secret(id.to_owned())
    }

    #[test]
    fn temporary_credentials_of_clusters_and_workgroups() {
        let check = |text: &str, expect: &str| {
            let connection: ConnectionOption = text.parse().expect("it is a connection");
            let LoginOption::Temporary(request) = connection.login else { panic!("{text}") };
            let warehouse = match request.warehouse {
                WarehouseName::Cluster { id, user } => format!("{id} {:?}", user.map(|user| user.name)),
                WarehouseName::Workgroup(name) => name,
            };
            assert_eq!(format!("{warehouse} {:?}", request.database), expect, "{text}");
        };
        check("dw=cluster:prod,database=dev,db_user=etl", "prod Some(\"etl\") Some(\"dev\")");
        check("dw=cluster:prod,database=dev", "prod None Some(\"dev\")");
        check("dw=workgroup:etl,database=dev,sslmode=verify-full", "etl Some(\"dev\")");
    }

    #[test]
    fn settings_that_cannot_be() {
        let check = |arguments: &[&str], expect: &str| {
            let all = ["worker", "--scripts", "."].iter().chain(arguments);
            let error = Arguments::try_parse_from(all).map(|_| ()).expect_err("it is refused").to_string();
            assert!(error.contains(expect), "{error}");
        };
        check(&["--stack", "night_2"], "1 to 40 letters, digits and hyphens");
        check(&["--queue", "default"], "such as default=4");
        check(&["--queue", "default=0"], "from 1 to 1000");
        check(&["--connection", "dw"], "such as warehouse=prod/redshift");
        check(&["--connection", "dw=x,ssl=on"], "none of sslmode=MODE");
        check(&["--connection", "dw=x,emulate_redshift=1"], "emulate_redshift=true or");
        check(&["--connection", "dw=x,emulate_s3=/lake,emulate_redshift=false"], "connections with");
        check(&["--connection", "dw=x,database=y"], "a secret holds its own");
        check(&["--connection", "dw=cluster:x"], "add database=NAME");
        check(&["--connection", "dw=workgroup:"], "name the warehouse");
        check(&["--connection", "dw=workgroup:x,database=y,db_user=z"], "that of the IAM role");
        check(&["--connection", "dw=x,sslmode=on"], "on");
        check(&["--health", "0.0.0.0:8089"], "no loopback address");
        check(&["--shell", "maybe"], "allowed or forbidden");
        check(&["--lease", "0s"], "longer than nothing");
        check(&["--poll-wait", "21s"], "20s at most");
        check(&["--lifecycle-hook", "h"], "--auto-scaling-group");
    }

    #[test]
    fn a_settings_file_that_sets_nothing_is_named() {
        let arguments = Arguments::parse_from(["worker", "--scripts", ""]);
        let error = arguments.complete().expect_err("nothing says where scripts are").to_string();
        assert!(error.contains("Set FLEET_SCRIPTS in /etc/rsql-fleet/worker.env"), "{error}");
    }

    #[test]
    fn credentials_need_no_more_than_a_secret() {
        let arguments = Arguments::parse_from(["worker", "credentials", "prod/dw", "--region", "eu-west-1"]);
        let command = arguments.complete().map(|arguments| arguments.command);
        assert!(matches!(command, Ok(Some(Command::Credentials { secret, .. })) if secret == "prod/dw"));
    }
}
