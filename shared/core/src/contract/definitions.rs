//! What every `Definitions` adapter must do.

use super::report::{Checked, Mismatch, Report, run_checks, same};
use super::sample::{definition, minute, persist, workflow};
use super::together::together;
use crate::audit::{AuditKind, AuditRecord, AuditSubject};
use crate::ids::VersionHash;
use crate::ports::{Current, Definitions};
use crate::workflow::Definition;

/// Jobs of a definition that is larger than one item of every store (400 KB in DynamoDB).
const LARGE: u32 = 4_000;
/// Deployments at the same time.
const RACERS: u32 = 8;

/// Runs the suite on an empty store.
pub async fn definitions(store: &dyn Definitions) -> Report {
    let mut report = Report::default();
    run_checks!(
        report,
        store,
        what_is_not_there_reads_as_none,
        a_deployment_reads_back,
        a_kept_version_leaves_the_current_definition_alone,
        a_repeated_deployment_changes_nothing,
        an_older_version_stays,
        a_version_belongs_to_its_workflow,
        a_text_without_a_version_is_kept,
        a_large_version_reads_back,
        racing_deployments_are_all_kept,
        all_are_listed_in_order,
        what_is_retired_is_gone_and_its_versions_stay,
    );
    report
}

fn current(definition: &Definition, text: &str) -> Current {
    Current {
        workflow_id: definition.workflow_id.clone(),
        text: text.to_owned(),
        source: "flows/ä.yaml".to_owned(),
        version: Some(definition.version()),
        by: "contract".to_owned(),
        at: minute(1),
    }
}

fn deployed(definition: &Definition) -> AuditRecord {
    AuditRecord {
        subject: AuditSubject::workflow(definition.workflow_id.clone()),
        kind: AuditKind::Deployed,
        at: minute(1),
        by: "contract".to_owned(),
        detail: String::new(),
        distinct: definition.version().to_string(),
    }
}

async fn deploy(store: &dyn Definitions, definition: &Definition, text: &str) -> Checked {
    let (current, audit) = (current(definition, text), [deployed(definition)]);
    Ok(persist(|| store.deploy(&current, definition, &audit)).await?)
}

/// The stored version must be the same, byte for byte.
async fn is_there(store: &dyn Definitions, expect: &Definition) -> Checked {
    let version = expect.version();
    let found = store.version(&expect.workflow_id, &version).await?;
    let found = found.ok_or_else(|| Mismatch::new(format!("version {version} is not there")))?;
    same("the version", &found.canonical_json(), &expect.canonical_json())
}

async fn what_is_not_there_reads_as_none(store: &dyn Definitions) -> Checked {
    let (nobody, version) = (workflow("nobody"), VersionHash::parse("00ff").ok());
    same("the current definition", &store.current(&nobody).await?, &None)?;
    let version = version.ok_or_else(|| Mismatch::new("00ff is a legal version"))?;
    same("a version", &store.version(&nobody, &version).await?.is_none(), &true)
}

async fn a_deployment_reads_back(store: &dyn Definitions) -> Checked {
    let one = definition("def-one", 3, "ein Wörtchen");
    deploy(store, &one, "workflow: def-one\n# näh\n").await?;
    let found = store.current(&one.workflow_id).await?;
    same("the current definition", &found, &Some(current(&one, "workflow: def-one\n# näh\n")))?;
    is_there(store, &one).await
}

async fn a_repeated_deployment_changes_nothing(store: &dyn Definitions) -> Checked {
    let one = definition("def-again", 2, "");
    for _ in 0..3 {
        deploy(store, &one, "text").await?;
    }
    same("the current definition", &store.current(&one.workflow_id).await?, &Some(current(&one, "text")))?;
    is_there(store, &one).await
}

async fn an_older_version_stays(store: &dyn Definitions) -> Checked {
    let (old, new) = (definition("def-two", 2, "old"), definition("def-two", 2, "new"));
    deploy(store, &old, "old text").await?;
    deploy(store, &new, "new text").await?;
    same(
        "the current definition",
        &store.current(&new.workflow_id).await?,
        &Some(current(&new, "new text")),
    )?;
    is_there(store, &old).await?;
    is_there(store, &new).await?;
    deploy(store, &old, "old text").await?;
    same("after going back", &store.current(&new.workflow_id).await?, &Some(current(&old, "old text")))
}

async fn a_kept_version_leaves_the_current_definition_alone(store: &dyn Definitions) -> Checked {
    let (deployed, kept) = (definition("def-kept", 1, "deployed"), definition("def-kept", 1, "kept"));
    persist(|| store.keep(&kept)).await?;
    same("before a deployment", &store.current(&kept.workflow_id).await?, &None)?;
    deploy(store, &deployed, "text").await?;
    persist(|| store.keep(&kept)).await?;
    same("afterwards", &store.current(&kept.workflow_id).await?, &Some(current(&deployed, "text")))?;
    is_there(store, &kept).await
}

async fn a_version_belongs_to_its_workflow(store: &dyn Definitions) -> Checked {
    let one = definition("def-mine", 1, "");
    deploy(store, &one, "text").await?;
    let other = store.version(&workflow("def-yours"), &one.version()).await?;
    same("under another workflow", &other.is_none(), &true)
}

async fn a_text_without_a_version_is_kept(store: &dyn Definitions) -> Checked {
    let one = definition("def-by-hand", 1, "");
    let by_hand = Current { version: None, ..current(&one, "by hand") };
    store.deploy(&by_hand, &one, &[]).await?;
    same("the current definition", &store.current(&one.workflow_id).await?, &Some(by_hand))
}

async fn a_large_version_reads_back(store: &dyn Definitions) -> Checked {
    let large =
        definition("def-large", LARGE, "a description that makes each job somewhat longer than it need be");
    deploy(store, &large, "text").await?;
    is_there(store, &large).await
}

async fn racing_deployments_are_all_kept(store: &dyn Definitions) -> Checked {
    let versions: Vec<Definition> =
        (0..RACERS).map(|number| definition("def-race", 2, &format!("version {number}"))).collect();
    for done in together(versions.iter().map(|version| deploy(store, version, "text"))).await {
        done?;
    }
    for version in &versions {
        is_there(store, version).await?;
    }
    let found = store.current(&versions[0].workflow_id).await?.and_then(|current| current.version);
    let known = versions.iter().any(|version| Some(version.version()) == found);
    same("the current one is one of them", &known, &true)
}

async fn all_are_listed_in_order(store: &dyn Definitions) -> Checked {
    let names = ["def-list-c", "def-list-a", "def-list-B"];
    for name in names {
        deploy(store, &definition(name, 1, ""), name).await?;
    }
    let all = store.all().await?;
    let found: Vec<&str> = all
        .iter()
        .map(|current| current.workflow_id.as_str())
        .filter(|id| id.starts_with("def-list"))
        .collect();
    same("the list", &found, &vec!["def-list-B", "def-list-a", "def-list-c"])?;
    let texts: Vec<&str> =
        all.iter().map(|current| current.text.as_str()).filter(|text| names.contains(text)).collect();
    same("their texts", &texts, &found)
}

async fn what_is_retired_is_gone_and_its_versions_stay(store: &dyn Definitions) -> Checked {
    let (gone, kept) = (definition("def-gone", 2, ""), definition("def-not-gone", 2, ""));
    deploy(store, &gone, "text").await?;
    deploy(store, &kept, "text").await?;
    let audit = [AuditRecord { kind: AuditKind::Undeployed, ..deployed(&gone) }];
    for _ in 0..2 {
        persist(|| store.retire(&gone.workflow_id, &audit)).await?;
        same("the current definition", &store.current(&gone.workflow_id).await?, &None)?;
    }
    let nobody = workflow("nobody");
    persist(|| store.retire(&nobody, &[])).await?;
    let listed = store.all().await?.iter().any(|current| current.workflow_id == gone.workflow_id);
    same("whether it is listed", &listed, &false)?;
    is_there(store, &gone).await?;
    same("another", &store.current(&kept.workflow_id).await?, &Some(current(&kept, "text")))?;
    deploy(store, &gone, "again").await?;
    same("deployed again", &store.current(&gone.workflow_id).await?, &Some(current(&gone, "again")))
}
