//! Where the run takes place: a project with its workflows deployed, a PostgreSQL of its own behind a wire that can be cut,
//! and a small disk for the state. Owns what commands are given. Runs no fleet and throws no fault.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{PoisonError, RwLock};

use fleet_tests::binaries;
use fleet_tests::disk::SmallDisk;
use fleet_tests::postgres::Postgres;
use tempfile::TempDir;

use crate::proxy::Proxy;
use crate::work;

/// Room for the state of some thousand executions.
const DISK_MIB: u32 = 192;
/// The shortest lease there is, so that a lot is lost; long jobs are handed over in a drain.
const WORKER: &str = "{ slots: 4, lease: 2s, drain_limit: 1s }";

/// The place of one run.
pub(crate) struct Site {
    folder: TempDir,
    /// The warehouse, asked past the wire.
    pub(crate) postgres: Postgres,
    /// The wire between the fleet and the warehouse.
    pub(crate) proxy: Proxy,
    disk: Option<SmallDisk>,
    /// Read by commands while they run: the disk cannot be made read-only under them.
    commands: RwLock<()>,
}

/// What a command came to.
pub(crate) struct Done {
    /// Whether its exit code was 0.
    pub(crate) is_good: bool,
    /// Data.
    pub(crate) stdout: String,
    /// Remarks and errors.
    pub(crate) stderr: String,
}

impl Site {
    /// Sets everything up and deploys the workflows.
    pub(crate) fn set_up() -> Site {
        let postgres = Postgres::start();
        postgres.psql(work::WAREHOUSE);
        let proxy = Proxy::to(SocketAddr::from(([127, 0, 0, 1], postgres.port())));
        let folder = tempfile::tempdir().expect("a temporary folder");
        for part in ["scripts", "workflows", "landing", "state"] {
            std::fs::create_dir(folder.path().join(part)).expect("the new folder can be written");
        }
        work::write(folder.path());
        let disk = SmallDisk::mount(DISK_MIB);
        let site = Site { folder, postgres, proxy, disk, commands: RwLock::new(()) };
        let state = site.disk.as_ref().map_or_else(|| site.folder().join("state"), SmallDisk::directory);
        site.write_project(&state);
        let deployed = site.run(&["deploy", "--reason", "chaos"]);
        assert!(deployed.is_good, "the workflows are not deployed: {}", deployed.stderr);
        site
    }

    /// The project's folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether the state has a disk of its own that can be filled.
    pub(crate) fn has_disk(&self) -> bool {
        self.disk.is_some()
    }

    /// Takes all room that the disk has left.
    pub(crate) fn fill_disk(&self) {
        // dd fails, since that is how it finds the end.
        self.on_disk("dd if=/dev/zero of=\"$0/../ballast\" bs=64k 2>/dev/null; true");
    }

    /// Frees it.
    pub(crate) fn free_disk(&self) {
        self.on_disk("rm -f \"$0/../ballast\"");
    }

    /// Turns the disk read-only (`ro`) or back (`rw`); no process of the fleet may run.
    pub(crate) fn remount(&self, mode: &str) {
        let _none_runs = self.commands.write().unwrap_or_else(PoisonError::into_inner);
        self.disk.as_ref().expect("only a disk of our own is remounted").remount(mode);
    }

    /// A `rsqlctl` command; the fleet finds the warehouse at the other end of the wire.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.wrapped(&binaries::rsqlctl());
        command.arg("--project").arg(self.folder()).args(args).envs(self.postgres.env());
        command.env("PGPORT", self.proxy.port().to_string()).stdin(Stdio::null());
        command
    }

    /// Runs a `rsqlctl` command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Done {
        let _runs = self.commands.read().unwrap_or_else(PoisonError::into_inner);
        let output = self.command(args).output().expect("rsqlctl starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Done { is_good: output.status.success(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// A file in the project's folder for what a process says.
    pub(crate) fn said_file(&self, name: &str) -> (PathBuf, File) {
        let path = self.folder().join(name);
        let file = File::create(&path).expect("the project's folder can be written");
        (path, file)
    }

    /// Copies the state as it is to the folder `state` of the project, over an earlier copy. Of a fleet that writes
    /// nothing meanwhile the copy is whole.
    pub(crate) fn copy_state(&self) -> PathBuf {
        let copy = self.folder().join("state");
        if let Some(disk) = &self.disk {
            std::fs::remove_dir_all(&copy)
                .and_then(|()| std::fs::create_dir(&copy))
                .expect("a folder of ours");
            disk.copy_state(&copy);
        }
        copy
    }

    /// Keeps everything for somebody who looks at a failure, and says where.
    pub(crate) fn keep(self) -> PathBuf {
        let state = self.copy_state();
        self.write_project(&state);
        self.folder.keep()
    }

    fn write_project(&self, state: &Path) {
        let text = format!(
            "state: {}\nconnections:\n  warehouse:\n    host: ${{PGHOST}}\n    port: ${{PGPORT}}\n    \
             database: ${{PGDATABASE}}\n    user: ${{PGUSER}}\n    password_env: PGPASSWORD\n\
             alerts: {{ print: false }}\nworker: {WORKER}\n",
            state.display()
        );
        std::fs::write(self.folder().join("project.yaml"), text)
            .expect("the project's folder can be written");
    }

    fn on_disk(&self, script: &str) {
        let disk = self.disk.as_ref().expect("only a disk of our own is filled");
        let status = self.wrapped(Path::new("sh")).args(["-c", script]).arg(disk.directory()).status();
        assert!(status.expect("nsenter starts").success(), "`{script}` failed on the disk");
    }

    /// A program that sees the disk.
    fn wrapped(&self, program: &Path) -> Command {
        let words = self.disk.as_ref().map(SmallDisk::wrapper).unwrap_or_default();
        let Some((first, rest)) = words.split_first() else { return Command::new(program) };
        let mut command = Command::new(first);
        command.args(rest).arg(program);
        command
    }
}
