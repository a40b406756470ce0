//! A disk of a few megabytes for a state directory: a tmpfs in a mount namespace of its own, which ends with the process
//! that holds it. Nothing is mounted where others see it. It does not know what lies on it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A small disk; it is gone when this is dropped.
#[derive(Debug)]
pub struct SmallDisk {
    /// Lives in the namespace and waits for the end of its input, which comes at the latest with our own death.
    holder: Child,
    mount_point: TempDir,
    is_root: bool,
}

impl SmallDisk {
    /// A new, empty disk of so many mebibytes; nothing where neither root nor unprivileged user namespaces may mount, as
    /// in some containers.
    ///
    /// # Panics
    /// When there is no room for its mount point, or its holder cannot be read.
    pub fn mount(size_mib: u32) -> Option<SmallDisk> {
        let is_root = is_root();
        let mount_point = tempfile::tempdir().expect("a temporary folder");
        let mut unshare = Command::new("unshare");
        if !is_root {
            unshare.args(["--user", "--map-root-user"]);
        }
        unshare.args([
            "--mount",
            "sh",
            "-c",
            "mount -t tmpfs -o \"$1\" tmpfs \"$0\" && echo mounted && exec cat",
        ]);
        unshare.arg(mount_point.path()).arg(format!("size={size_mib}m"));
        let spawned = unshare.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut disk = SmallDisk { holder: spawned.ok()?, mount_point, is_root };
        let said = disk.holder.stdout.take().expect("its output is a pipe");
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line).expect("a pipe can be read");
        (line == "mounted\n").then_some(disk)
    }

    /// A directory on it, for the state.
    pub fn directory(&self) -> PathBuf {
        self.mount_point.path().join("state")
    }

    /// The words to put before a command that is to see it.
    pub fn wrapper(&self) -> Vec<String> {
        let mut words = vec![
            "nsenter".to_owned(),
            "--mount".to_owned(),
            "--target".to_owned(),
            self.holder.id().to_string(),
        ];
        if !self.is_root {
            words.extend(["--user".to_owned(), "--preserve-credentials".to_owned()]);
        }
        words
    }

    /// Fills it to the last byte.
    ///
    /// # Panics
    /// When there is room left.
    pub fn fill(&self) {
        // dd fails, since that is how it finds the end.
        self.shell(
            "dd if=/dev/zero of=\"$0/ballast\" bs=4096 2>/dev/null; df --output=avail \"$0\" | grep -qw 0",
        );
    }

    /// Frees what was filled.
    ///
    /// # Panics
    /// When it was not filled.
    pub fn free(&self) {
        self.shell("rm \"$0/ballast\"");
    }

    /// Turns it read-only (`ro`), or back (`rw`).
    ///
    /// # Panics
    /// When somebody has a file open for writing: the kernel refuses then.
    pub fn remount(&self, mode: &str) {
        self.shell(&format!("mount -o remount,bind,{mode} \"$0\""));
    }

    /// Copies the directory for the state to a folder that everybody sees.
    ///
    /// # Panics
    /// When it cannot be copied.
    pub fn copy_state(&self, to: &Path) {
        self.run("cp -a \"$0/state/.\" \"$1\"", &[to]);
    }

    fn shell(&self, script: &str) {
        self.run(script, &[]);
    }

    fn run(&self, script: &str, args: &[&Path]) {
        let words = self.wrapper();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(["sh", "-c", script]).arg(self.mount_point.path()).args(args);
        assert!(command.status().expect("nsenter starts").success(), "`{script}` failed on the small disk");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// By the owner of our own entry in `/proc`: this crate has no other reason to ask the system.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|data| data.uid() == 0)
}
