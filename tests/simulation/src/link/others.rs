//! The smaller ports of a process: definitions, logs, alerts.

use std::sync::Arc;

use async_trait::async_trait;
use fleet_core::alert::{Alert, StatusChange};
use fleet_core::audit::AuditRecord;
use fleet_core::ids::{VersionHash, WorkflowId};
use fleet_core::ports::{Announcer, AttemptLog, AttemptName, Current, Definitions, LogLine, Logs};
use fleet_core::workflow::Definition;

use super::{Answer, Kind, Link};

#[async_trait]
impl Definitions for Link {
    async fn deploy(&self, current: &Current, definition: &Definition, _: &[AuditRecord]) -> Answer<()> {
        let (current, definition) = (current.clone(), definition.clone());
        self.call("deploy", Kind::Single, move |lasting, _| {
            lasting.store.deploy(&current, &definition);
            Ok(())
        })
        .await
    }

    async fn keep(&self, definition: &Definition) -> Answer<()> {
        let definition = definition.clone();
        self.call("keep", Kind::Single, move |lasting, _| {
            lasting.store.keep(&definition);
            Ok(())
        })
        .await
    }

    async fn retire(&self, workflow: &WorkflowId, _: &[AuditRecord]) -> Answer<()> {
        let workflow = workflow.clone();
        self.call("retire", Kind::Single, move |lasting, _| {
            lasting.store.retire(&workflow);
            Ok(())
        })
        .await
    }

    async fn current(&self, workflow: &WorkflowId) -> Answer<Option<Current>> {
        let workflow = workflow.clone();
        self.call("current", Kind::Single, move |lasting, _| Ok(lasting.store.current(&workflow))).await
    }

    async fn version(&self, _: &WorkflowId, version: &VersionHash) -> Answer<Option<Arc<Definition>>> {
        let version = version.clone();
        self.call("version", Kind::Single, move |lasting, _| Ok(lasting.store.version(&version))).await
    }

    async fn all(&self) -> Answer<Vec<Current>> {
        self.call("all", Kind::Single, |lasting, _| Ok(lasting.store.all())).await
    }
}

#[async_trait]
impl Announcer for Link {
    async fn alert(&self, alert: &Alert) -> Answer<()> {
        let alert = alert.clone();
        self.call("alert", Kind::Single, move |lasting, caller| {
            let line = || format!("alerts: {} {}", alert.title(), alert.message);
            lasting.trace.say(caller.now, &caller.name, line);
            lasting.alerts.push(alert);
            Ok(())
        })
        .await
    }

    async fn announce(&self, _: &[StatusChange]) -> Answer<()> {
        self.call("announce", Kind::Single, |_, _| Ok(())).await
    }
}

struct LogLink {
    link: Link,
    name: AttemptName,
}

#[async_trait]
impl Logs for Link {
    async fn open(&self, attempt: &AttemptName) -> Answer<Box<dyn AttemptLog>> {
        let log = LogLink { link: self.clone(), name: attempt.clone() };
        self.call("open a log", Kind::Single, |_, _| Ok(())).await?;
        Ok(Box::new(log))
    }
}

#[async_trait]
impl AttemptLog for LogLink {
    async fn write(&mut self, lines: &[LogLine]) -> Answer<()> {
        let (name, lines) = (self.name.clone(), lines.to_vec());
        self.link
            .call("write a log", Kind::Single, move |lasting, _| {
                lasting.warehouse.logged(&name, &lines);
                Ok(())
            })
            .await
    }
}
