//! Schedules on EventBridge: what is installed for a workflow, and what the dispatcher reads of a firing. The local endpoint
//! fires nothing: the tests make the events that its rules would.

use aws_sdk_eventbridge::types::RuleState;
use fleet_aws::{Account, FiredBy, Installed, Queue, ScheduleSettings, Schedules};
use fleet_core::ids::WorkflowId;
use fleet_core::schedule::{CatchUp, Cron, Schedule, Zone};
use fleet_core::time::Timestamp;
use fleet_core::wire::{Event, Start};

use crate::common::{account, account_of, sdk};

const FIRED_AT: &str = "2026-11-22T02:00:00Z";

struct Bench {
    account: Account,
    events: Queue,
    schedules: Schedules,
    rules: aws_sdk_eventbridge::Client,
    zoned: aws_sdk_scheduler::Client,
}

impl Bench {
    async fn new() -> Self {
        Self::of(account().await).await
    }

    /// With the group that `infra/` makes.
    async fn of(account: Account) -> Self {
        let events = Queue::open(&account, &account.stack().events_queue()).await.unwrap();
        let schedules = Schedules::new(&account, &events, &ScheduleSettings::default());
        let sdk = sdk().await;
        let zoned = aws_sdk_scheduler::Client::new(&sdk);
        // The endpoint's stack maker may have made it.
        let _ = zoned.create_schedule_group().name(account.stack().name()).send().await;
        Self { account, events, schedules, rules: aws_sdk_eventbridge::Client::new(&sdk), zoned }
    }

    async fn installed(&self, workflow: &WorkflowId) -> Vec<(FiredBy, bool)> {
        let mut found: Vec<_> =
            self.list(workflow).await.iter().map(|one| (one.fired_by, one.is_enabled)).collect();
        found.sort_unstable();
        found
    }

    async fn list(&self, workflow: &WorkflowId) -> Vec<Installed> {
        self.schedules.list(workflow).await.unwrap()
    }

    /// What a rule's one target gets of a firing.
    async fn fired_by_rule(&self, name: &str) -> Start {
        let targets = self.rules.list_targets_by_rule().rule(name).send().await.unwrap().targets.unwrap();
        let [target] = targets.as_slice() else { unreachable!("{targets:?}") };
        assert_eq!(target.arn, self.events.arn());
        let transformer = target.input_transformer.as_ref().unwrap();
        assert_eq!(transformer.input_paths_map.as_ref().unwrap()["time"], "$.time");
        start(&transformer.input_template.replace("<time>", FIRED_AT))
    }

    async fn fired_by_scheduler(&self, name: &str) -> (String, Start) {
        let found = self
            .zoned
            .get_schedule()
            .group_name(self.account.stack().name())
            .name(name)
            .send()
            .await
            .unwrap();
        let target = found.target.unwrap();
        assert_eq!(target.arn, self.events.arn());
        assert_eq!(
            target.role_arn,
            format!("arn:aws:iam::123456789012:role/{}-scheduler", self.account.stack().name())
        );
        let when =
            format!("{} {}", found.schedule_expression.unwrap(), found.schedule_expression_timezone.unwrap());
        (when, start(&target.input.unwrap().replace("<aws.scheduler.scheduled-time>", FIRED_AT)))
    }
}

fn start(text: &str) -> Start {
    match Event::from_text(text).unwrap() {
        Event::Start(start) => start,
        other => unreachable!("{other:?}"),
    }
}

fn workflow(name: &str) -> WorkflowId {
    WorkflowId::parse(name).unwrap()
}

fn schedule(cron: &str, zone: &str, params: &[(&str, &str)]) -> Schedule {
    Schedule {
        cron: Cron::parse(cron).unwrap(),
        timezone: Zone::parse(zone).unwrap(),
        catch_up: CatchUp::Latest,
        params: params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    }
}

#[tokio::test]
async fn a_rule_for_utc_and_a_schedule_for_a_zone() {
    let bench = Bench::new().await;
    let night = workflow("night");
    let both = [
        schedule("0 2 * * ? *", "UTC", &[("day", "<today>")]),
        schedule("0 9 ? * MON *", "Europe/London", &[]),
    ];
    let applied = bench.schedules.apply(&night, &both).await.unwrap();
    assert_eq!((applied.created.len(), applied.updated.len(), applied.removed.len()), (2, 0, 0));
    assert_eq!(bench.installed(&night).await, [(FiredBy::Rule, true), (FiredBy::Scheduler, true)]);
    for known in bench.list(&night).await {
        let start = match known.fired_by {
            FiredBy::Rule => {
                let rule = bench.rules.describe_rule().name(&known.name).send().await.unwrap();
                assert_eq!(rule.schedule_expression.as_deref(), Some("cron(0 2 * * ? *)"));
                let start = bench.fired_by_rule(&known.name).await;
                assert_eq!(start.params["day"], "<today>");
                start
            }
            FiredBy::Scheduler => {
                let (when, start) = bench.fired_by_scheduler(&known.name).await;
                assert_eq!(when, "cron(0 9 ? * MON *) Europe/London");
                assert_eq!(start.timezone.as_deref(), Some("Europe/London"));
                start
            }
        };
        let id = start.workflow_execution_id.as_ref().unwrap();
        assert_eq!(id.as_str(), "night-20261122T020000Z");
        assert_eq!(start.scheduled_at, Some(Timestamp::parse(FIRED_AT).unwrap()));
        assert_eq!(start.by, "schedule");
    }
}

#[tokio::test]
async fn applying_again_changes_nothing_and_a_change_replaces() {
    let bench = Bench::new().await;
    let night = workflow("night");
    let first = [
        schedule("0 2 * * ? *", "UTC", &[("a", "1")]),
        schedule("0 9 * * ? *", "Europe/London", &[("a", "1")]),
    ];
    let created = bench.schedules.apply(&night, &first).await.unwrap().created;
    let again = bench.schedules.apply(&night, &first).await.unwrap();
    assert_eq!((again.updated, again.created.len(), again.removed.len()), (created.clone(), 0, 0));

    let other_params =
        first.clone().map(|one| Schedule { params: [("a".to_owned(), "2".to_owned())].into(), ..one });
    assert_eq!(bench.schedules.apply(&night, &other_params).await.unwrap().updated, created);
    for known in bench.list(&night).await {
        let start = match known.fired_by {
            FiredBy::Rule => bench.fired_by_rule(&known.name).await,
            FiredBy::Scheduler => bench.fired_by_scheduler(&known.name).await.1,
        };
        assert_eq!(start.params["a"], "2");
    }

    let other_times = [schedule("0 3 * * ? *", "UTC", &[]), schedule("0 9 * * ? *", "America/New_York", &[])];
    let mut changed = bench.schedules.apply(&night, &other_times).await.unwrap();
    changed.removed.sort_unstable();
    assert_eq!((changed.created.len(), changed.updated.len(), changed.removed), (2, 0, created));
    assert_eq!(bench.list(&night).await.len(), 2);
}

#[tokio::test]
async fn a_workflow_without_schedules_has_none_left_and_others_keep_theirs() {
    let bench = Bench::new().await;
    let (night, longer) = (workflow("night"), workflow("night-shift"));
    let both = [schedule("0 2 * * ? *", "UTC", &[]), schedule("0 9 * * ? *", "Europe/London", &[])];
    bench.schedules.apply(&night, &both).await.unwrap();
    bench.schedules.apply(&longer, &both).await.unwrap();
    assert_eq!(bench.schedules.apply(&night, &[]).await.unwrap().removed.len(), 2);
    assert_eq!((bench.list(&night).await, bench.list(&longer).await.len()), (Vec::new(), 2));
    assert!(bench.schedules.apply(&night, &[]).await.unwrap().removed.is_empty());
}

/// Rules of all stacks lie on one bus, and their names alone do not tell these two apart.
#[tokio::test]
async fn stacks_of_similar_names_keep_apart() {
    let one = Bench::new().await;
    let name = one.account.stack().name().to_owned();
    let two =
        Bench { account: account_of(&format!("{name}-x")).await, ..Bench::of(one.account.clone()).await };
    let schedules = Schedules::new(&two.account, &one.events, &ScheduleSettings::default());
    schedules.apply(&workflow("y"), &[schedule("0 2 * * ? *", "UTC", &[])]).await.unwrap();
    assert_eq!(one.list(&workflow("x-y")).await, []);
    assert!(one.schedules.apply(&workflow("x-y"), &[]).await.unwrap().removed.is_empty());
    assert_eq!(schedules.list(&workflow("y")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_an_operator_has_disabled_stays_so() {
    let bench = Bench::new().await;
    let night = workflow("night");
    let both = [schedule("0 2 * * ? *", "UTC", &[]), schedule("0 9 * * ? *", "Europe/London", &[])];
    bench.schedules.apply(&night, &both).await.unwrap();
    for known in bench.list(&night).await {
        if known.fired_by == FiredBy::Rule {
            bench.rules.disable_rule().name(&known.name).send().await.unwrap();
            let rule = bench.rules.describe_rule().name(&known.name).send().await.unwrap();
            assert_eq!(rule.state, Some(RuleState::Disabled));
            continue;
        }
        let group = bench.account.stack().name();
        let found = bench.zoned.get_schedule().group_name(group).name(&known.name).send().await.unwrap();
        let call = bench.zoned.update_schedule().group_name(group).name(&known.name);
        let call = call.set_target(found.target).set_flexible_time_window(found.flexible_time_window);
        let call = call.set_schedule_expression(found.schedule_expression);
        call.state(aws_sdk_scheduler::types::ScheduleState::Disabled).send().await.unwrap();
    }
    bench.schedules.apply(&night, &both).await.unwrap();
    assert_eq!(bench.installed(&night).await, [(FiredBy::Rule, false), (FiredBy::Scheduler, false)]);
}

#[tokio::test]
async fn half_a_removal_is_finished_by_the_next() {
    let bench = Bench::new().await;
    let night = workflow("night");
    bench.schedules.apply(&night, &[schedule("0 2 * * ? *", "UTC", &[])]).await.unwrap();
    let name = bench.list(&night).await.remove(0).name;
    bench.rules.remove_targets().rule(&name).ids("events").send().await.unwrap();
    assert_eq!(bench.schedules.apply(&night, &[]).await.unwrap().removed, [name]);
    assert_eq!(bench.list(&night).await, []);
}
