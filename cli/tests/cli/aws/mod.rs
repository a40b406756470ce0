//! `rsqlctl` on AWS, at the local endpoint: a stack for each test, and the real `dispatcher` and `worker` where something
//! has to run.

mod deploying;
mod running;
mod stacks;

use std::process::{Child, Command, Stdio};

use fleet_tests::moto::Moto;

use crate::support::Project;

/// A project whose commands work on a stack of their own.
struct Cloud {
    moto: &'static Moto,
    stack: String,
    project: Project,
}

impl Cloud {
    /// A project with these files, and a new stack.
    fn with(files: &[(&str, &str)]) -> Self {
        let moto = Moto::shared();
        let stack = moto.stack_with_pools(&["finance"]);
        let project = Project::with(files).env(moto.environment()).env([("FLEET_STACK", stack.clone())]);
        Self { moto, stack, project }
    }

    /// What the AWS CLI says, as JSON.
    fn aws(&self, args: &[&str]) -> serde_json::Value {
        let text = self.moto.aws(args);
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The address of one of the stack's queues.
    fn queue(&self, suffix: &str) -> String {
        format!("{}/123456789012/{}-{suffix}", self.moto.endpoint(), self.stack)
    }

    /// A dispatcher that polls.
    fn dispatcher(&self) -> Running {
        let mut command = Command::new(fleet_tests::binaries::dispatcher());
        command.args(["--stack", &self.stack]);
        Running::of(command, self.moto)
    }

    /// A worker with two slots on the queue of jobs without a pool.
    fn worker(&self) -> Running {
        let mut command = Command::new(fleet_tests::binaries::worker());
        command.args(["--stack", &self.stack, "--queue", "default=2", "--health", "none", "--lease", "9s"]);
        command.arg("--scripts").arg(self.project.path("scripts"));
        command.arg("--spool").arg(self.project.path("spool"));
        Running::of(command, self.moto)
    }
}

/// A process of the fleet; ended with the value.
struct Running(Child);

impl Running {
    fn of(mut command: Command, moto: &Moto) -> Self {
        let command = command.envs(moto.environment()).stdin(Stdio::null());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self(child.expect("the program can be started"))
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended; then there is nothing to kill.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
