//! A deployment into an endpoint of its own, by the CDK CLI, as infra/README.md tells a team to do it, but for two things: without
//! change sets (`--method=direct`) and with `protect: false`, so that termination protection plays no part. Owns the packages that
//! go into it, the commands, and what the endpoint has afterwards. Runs nothing of the fleet.

use std::path::{Path, PathBuf};
use std::process::Command;

use fleet_tests::aws_client::AwsClient;
use fleet_tests::moto::Moto;
use fleet_tests::{binaries, tree};
use serde_json::Value;
use tempfile::TempDir;

/// Account and region of the settings, as the CDK CLI writes them.
const ENVIRONMENT: &str = "aws://123456789012/us-east-1";
/// Access key id of the CDK CLI.
const CDK: &str = "CDK";

/// Deployed stacks.
pub(crate) struct Deployment {
    pub(crate) moto: Moto,
    /// Somebody who is no part of the fleet.
    pub(crate) aws: AwsClient,
    /// Name of the fleet, from the settings.
    pub(crate) stack: String,
    /// What `tests/moto/deployed.py` tells of it.
    pub(crate) made: Value,
    folder: TempDir,
}

impl Deployment {
    /// Makes packages of the development builds, synthesises the templates, bootstraps, deploys.
    pub(crate) fn make() -> Deployment {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/infra/settings.yaml");
        std::fs::copy(settings, folder.path().join("settings.yaml")).expect("the folder is new");
        make_packages(folder.path());
        let moto = Moto::own();
        let aws = AwsClient::new(moto.endpoint());
        let mut deployment = Deployment { aws, moto, stack: "proof".to_owned(), made: Value::Null, folder };
        let settings = format!("settings={}", deployment.folder().join("settings.yaml").display());
        let templates = deployment.templates();
        let templates = templates.to_str().expect("temporary folders have plain names");
        deployment.cdk(&["synth", "--quiet", "--context", &settings, "--output", templates]);
        deployment.cdk(&["bootstrap", ENVIRONMENT, "--app", templates]);
        let way = ["--method=direct", "--require-approval", "never"];
        deployment.cdk(&[&["deploy", "--all", "--app", templates], &way[..]].concat());
        deployment.made = deployment.look("fleet", &deployment.stack);
        deployment
    }

    /// Where the packages lie, and whatever a test puts beside them.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The synthesised templates, with the assets.
    pub(crate) fn templates(&self) -> PathBuf {
        self.folder().join("cdk.out")
    }

    /// An output of the stack of a concern.
    pub(crate) fn output(&self, concern: &str, name: &str) -> &str {
        let stack = format!("{}-{concern}", self.stack);
        let value = &self.made["stacks"][&stack]["outputs"][name];
        value.as_str().unwrap_or_else(|| {
            panic!("{stack} has no output {name}: {:#}", self.made["stacks"][&stack]["outputs"])
        })
    }

    /// What the endpoint has, as `tests/moto/deployed.py` tells it.
    pub(crate) fn look(&self, at: &str, stack: &str) -> Value {
        let told = self.python("moto/deployed.py", &[at, stack]);
        serde_json::from_str(&told).expect("the script prints JSON")
    }

    /// Runs a script of tests/ with the endpoint's Python.
    pub(crate) fn python(&self, script: &str, arguments: &[&str]) -> String {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new(self.moto.bin().join("python"));
        command.arg(tests.join(script)).args(arguments).env("PYTHONPATH", tests);
        told(command.envs(self.moto.environment()))
    }

    /// The variables of a component: the endpoint's, with an access key id of its own.
    pub(crate) fn environment(&self, key: &str) -> Vec<(String, String)> {
        let mut environment = self.moto.environment();
        environment.retain(|(name, _)| name != "AWS_ACCESS_KEY_ID");
        environment.push(("AWS_ACCESS_KEY_ID".to_owned(), key.to_owned()));
        environment.push(("HOME".to_owned(), self.folder().display().to_string()));
        environment
    }

    /// Runs the CDK CLI in `infra/`.
    fn cdk(&self, arguments: &[&str]) {
        let infra = tree::root().join("infra");
        let cdk = infra.join("node_modules/.bin/cdk");
        assert!(cdk.exists(), "the packages of infra/ are not installed: run `npm ci` in it, or `make test`");
        // The CLI asks S3 by names below the endpoint's, unless that is one of this host's own.
        let endpoint = self.moto.endpoint().replace("127.0.0.1", "localhost");
        let mut command = Command::new(cdk);
        command
            .args(arguments)
            .current_dir(infra)
            .envs(self.environment(CDK))
            .env("AWS_ENDPOINT_URL", endpoint)
            .envs([("CDK_DISABLE_CLI_TELEMETRY", "1"), ("NODE_NO_WARNINGS", "1"), ("CI", "true")])
            // npx asks the registry for news of npm.
            .env("npm_config_update_notifier", "false");
        told(&mut command);
    }
}

/// `bootstrap.zip` and `worker.rpm` in a folder, by the scripts of `packaging/`.
fn make_packages(folder: &Path) {
    let stripped = folder.join("stripped");
    std::fs::create_dir(&stripped).expect("the folder is new");
    for program in ["dispatcher", "worker", "rsql"] {
        // Nobody looks at these with a debugger, and packing takes seconds for each hundred megabytes.
        let (from, to) = (binaries::folder().join(program), stripped.join(program));
        told(Command::new("strip").arg("-o").args([to, from]));
    }
    let packaging = tree::root().join("packaging");
    let (zip, packed) = (folder.join("bootstrap.zip"), folder.join("packed"));
    told(Command::new(packaging.join("bootstrap.sh")).args([stripped.join("dispatcher"), zip]));
    told(Command::new(packaging.join("package.sh")).args([&stripped, &packed]));
    let files = std::fs::read_dir(&packed).expect("package.sh has made it").flatten();
    let rpm = files.map(|file| file.path()).find(|path| path.extension().is_some_and(|kind| kind == "rpm"));
    let rpm = rpm.expect("package.sh makes an .rpm");
    std::fs::rename(rpm, folder.join("worker.rpm")).expect("both lie in one folder");
}

/// Runs a command that must succeed, and returns what it prints.
///
/// # Panics
/// When it does not; the message is its own.
pub(crate) fn told(command: &mut Command) -> String {
    let output = command.stdin(std::process::Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{:?} did not start: {error}", command.get_program()));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}\n{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}
