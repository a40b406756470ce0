//! A host as its launch template makes it: the template's user data runs as they are, with the host's own places below a folder
//! and its package and service managers played. Owns that. What comes of it, the worker's settings, goes to a real worker.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use fleet_tests::binaries;
use fleet_tests::host::Host;
use fleet_tests::http::{Answer, Reply, Server};

use crate::deployment::{Deployment, told};

/// Access key id of workers and their hosts, which have one role.
pub(crate) const WORKER: &str = "WORKER";
/// Places of a host that the script writes or reads.
const PLACES: [&str; 2] = ["/etc/rsql-fleet", "/var/lib/cloud"];
/// Notes what it is called with, and keeps the package that it is given.
const PLAYED: &str = r#"#!/bin/sh
echo "$(basename "$0") $*" >> "$PLAYED/calls"
for word in "$@"; do case "$word" in *.rpm) cp "$word" "$PLAYED/package.rpm" ;; esac; done
"#;
/// A drain waits for a receive under way, and the test for the drain.
const OPTIONS: [&str; 6] = ["--health", "none", "--lease", "3s", "--poll-wait", "1s"];

/// A host whose user data have run.
pub(crate) struct Machine {
    root: PathBuf,
    /// `worker.env`, as systemd reads it.
    pub(crate) settings: Vec<(String, String)>,
    state: Arc<Mutex<String>>,
    metadata: Server,
}

impl Machine {
    /// Boots a host of a group of workers, by its number from 0.
    pub(crate) fn boot(deployment: &Deployment, group: &str, number: usize) -> Machine {
        let root = deployment.folder().join(format!("host-{group}-{number}"));
        let template = format!("{}-workers-{group}", deployment.stack);
        let instance = deployment.made["instances"][&template][number].as_str();
        let instance = instance.unwrap_or_else(|| panic!("{template} has no host {number}")).to_owned();
        lay_down(&root, &instance);
        let script = &deployment.made["launch_templates"][&template]["UserData"];
        let script = script.as_str().unwrap_or_else(|| panic!("there is no launch template {template}"));
        let script = PLACES.iter().fold(script.to_owned(), |script, place| {
            script.replace(place, &format!("{}{place}", root.display()))
        });
        let path =
            format!("{}:{}:/usr/bin:/bin", root.join("bin").display(), deployment.moto.bin().display());
        let mut command = Command::new("bash");
        command.args(["-c", &script]).env_clear().envs(deployment.environment(WORKER));
        told(command.env("PATH", path).env("PLAYED", &root).env("TMPDIR", &root));
        check_package(deployment, &root);
        let written = std::fs::read_to_string(root.join("etc/rsql-fleet/worker.env"));
        let settings = written.expect("the user data write it").lines().filter_map(setting).collect();
        let state = Arc::new(Mutex::new("InService".to_owned()));
        let metadata = metadata(instance, Arc::clone(&state));
        Machine { root, settings, state, metadata }
    }

    /// Starts the worker as the unit would: with the host's settings, and those that only a test needs.
    pub(crate) fn start(&self, deployment: &Deployment) -> Host {
        let path =
            format!("{}:{}:/usr/bin:/bin", binaries::folder().display(), deployment.moto.bin().display());
        let mut command = Command::new(binaries::worker());
        command
            .args(OPTIONS)
            .arg("--spool")
            .arg(self.root.join("spool"))
            .env_clear()
            .envs(deployment.environment(WORKER))
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .env("PATH", path)
            .env("AWS_EC2_METADATA_DISABLED", "false")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{}", self.metadata.address()));
        Host::start(command, self.root.join("worker.log"))
    }

    /// Has its Auto Scaling group want the host's end.
    pub(crate) fn take_away(&self) {
        "Terminated".clone_into(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// An empty host: its folders, its instance id where cloud-init puts it, and the two managers.
fn lay_down(root: &Path, instance: &str) {
    for folder in ["etc/rsql-fleet", "var/lib/cloud/data", "bin", "spool"] {
        std::fs::create_dir_all(root.join(folder)).expect("the test's folder can be written");
    }
    std::fs::write(root.join("var/lib/cloud/data/instance-id"), instance).expect("the folder was just made");
    for program in ["dnf", "systemctl"] {
        let place = root.join("bin").join(program);
        std::fs::write(&place, PLAYED).expect("the folder was just made");
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755))
            .expect("it was just written");
    }
}

/// What the host was told to install is the package that was deployed, and the unit was started.
fn check_package(deployment: &Deployment, root: &Path) {
    let bytes =
        |path: PathBuf| std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let is_ours = bytes(root.join("package.rpm")) == bytes(deployment.folder().join("worker.rpm"));
    assert!(is_ours, "the host has installed another package than was deployed");
    let calls = String::from_utf8_lossy(&bytes(root.join("calls"))).into_owned();
    assert!(calls.contains("enable") && calls.contains("rsql-fleet-worker.service"), "{calls}");
}

/// `NAME="value"` with a backslash before quotes and backslashes, as systemd's `EnvironmentFile` has it.
fn setting(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
    let Some(quoted) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else {
        return Some((name.to_owned(), value.to_owned()));
    };
    let mut plain = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    Some((name.to_owned(), plain))
}

/// The host's metadata service.
fn metadata(instance: String, state: Arc<Mutex<String>>) -> Server {
    Server::start(move |request, _| {
        let answer = match request.path.as_str() {
            "/latest/api/token" => Answer::new(200, "text/plain", "token"),
            "/latest/meta-data/instance-id" => Answer::new(200, "text/plain", instance.clone()),
            "/latest/meta-data/autoscaling/target-lifecycle-state" => {
                Answer::new(200, "text/plain", state.lock().unwrap_or_else(PoisonError::into_inner).clone())
            }
            _ => Answer::new(404, "text/plain", ""),
        };
        Reply::Answer(answer.with("x-aws-ec2-metadata-token-ttl-seconds", "600"))
    })
}
