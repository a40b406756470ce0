//! The Lambda function. Owns what an invocation is (a batch of the events queue, or one event from whoever invokes it), and
//! that a message whose handling panics goes aside without the others. Lambda deletes what was done; nothing here does.

use std::sync::atomic::Ordering;
use std::time::Instant;

use anyhow::Context as _;
use aws_lambda_events::sqs::SqsEvent;
use dispatcher::{Report, drain_dead_letters, handle};
use fleet_core::ports::Delivery;
use fleet_core::wire::Event;
use fleet_telemetry::{Guard, SPANS};
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};
use tracing::{Instrument as _, Span};

use super::{Fleet, batch, direct};

/// Lambda says by this that it has started the process.
pub(crate) const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
/// What the runtime reads besides, and panics without.
const ALSO_SET: &[&str] =
    &["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"];
/// Batches of dead letters of one tick, so that it ends; what is left waits for the next.
const DEAD_BATCHES_MAX: usize = 10;

/// Serves invocations until the process is ended.
///
/// # Errors
/// When the runtime's endpoint cannot be reached.
pub(crate) async fn serve(fleet: &Fleet, telemetry: &Guard, began: Instant) -> anyhow::Result<()> {
    if let Some(missing) = ALSO_SET.iter().find(|name| std::env::var_os(name).is_none()) {
        anyhow::bail!("serve invocations: {RUNTIME_API} is set, and {missing} is not; Lambda sets both");
    }
    let runtime = Runtime::new(service_fn(async |event: LambdaEvent<Value>| {
        let span = fleet.span(&event);
        let answer = fleet.invoked(event).instrument(span).await;
        // The process may be frozen as soon as Lambda has the answer.
        telemetry.flush();
        answer
    }));
    let own_ms = began.elapsed().as_secs_f64() * 1_000.0;
    tracing::info!("ready for the first invocation after {own_ms:.1} ms");
    runtime.run().await.map_err(anyhow::Error::from_boxed).context("serve invocations")
}

impl Fleet {
    /// The span of the whole invocation; events have their own, linked to it, since each belongs to its workflow's trace.
    fn span(&self, event: &LambdaEvent<Value>) -> Span {
        let context = &event.context;
        let trigger = if event.payload.get("Records").is_some() { "pubsub" } else { "other" };
        tracing::debug_span!(
            target: SPANS,
            "invoke",
            otel.name = context.env_config.function_name,
            otel.kind = "server",
            faas.trigger = trigger,
            faas.invocation_id = context.request_id,
            faas.coldstart = self.is_cold.swap(false, Ordering::Relaxed),
            cloud.resource_id = context.invoked_function_arn,
        )
    }

    async fn invoked(&self, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
        if event.payload.get("Records").is_some() {
            let batch: SqsEvent = serde_json::from_value(event.payload)
                .map_err(|error| failure("BadBatch", format!("read a batch of SQS: {error}")))?;
            return Ok(json!(self.batch(batch).await));
        }
        let invocation = direct::read(&event.payload, &event.context.request_id, self.clock.now())
            .map_err(|error| failure("BadEvent", error.to_string()))?;
        let report = self.carry_out(vec![invocation.delivery]).await;
        let answer = direct::answer(invocation.answer, report);
        Ok(json!(answer.map_err(|reason| failure("NotCarriedOut", reason))?))
    }

    async fn batch(&self, event: SqsEvent) -> batch::Answer {
        let batch = batch::deliveries(event, self.clock.now());
        let report = self.carry_out(batch.clone()).await;
        for (message, reason) in &report.failed {
            tracing::error!(message = %message.0, reason, "carry out an event");
        }
        for (receipt, span) in &report.later {
            // It then comes again after the queue's own visibility timeout, which is longer.
            if let Err(error) = self.ports.events.hide(receipt, *span).await {
                tracing::warn!(%error, "put an event back for a while");
            }
        }
        batch::answer(&batch, &report)
    }

    async fn carry_out(&self, batch: Vec<Delivery>) -> Report {
        let has_tick =
            batch.iter().any(|delivery| matches!(Event::from_text(&delivery.body), Ok(Event::Tick)));
        let report = self.each_for_itself(batch).await;
        if has_tick {
            self.drain_dead_letters().await;
        }
        report
    }

    /// All at once; should that panic, one after the other, so that only the one that panics has failed. All of it can be
    /// repeated.
    async fn each_for_itself(&self, batch: Vec<Delivery>) -> Report {
        if let Some(report) = self.guarded(batch.clone()).await {
            return report;
        }
        let mut total = Report::default();
        for delivery in batch {
            let id = delivery.id.clone();
            match self.guarded(vec![delivery]).await {
                Some(report) => {
                    total.done.extend(report.done);
                    total.later.extend(report.later);
                    total.rejected.extend(report.rejected);
                    total.failed.extend(report.failed);
                }
                None => total.failed.push((id, "it panicked; its message is in this log".to_owned())),
            }
        }
        total
    }

    /// Nothing when it panics.
    async fn guarded(&self, batch: Vec<Delivery>) -> Option<Report> {
        let (ports, now) = (self.ports.clone(), self.clock.now());
        let work = async move { handle(&ports, &batch, now).await };
        tokio::spawn(work.in_current_span()).await.ok()
    }

    /// Nobody else does: there is no process between two invocations. What fails is tried again at the next tick.
    async fn drain_dead_letters(&self) {
        for _ in 0..DEAD_BATCHES_MAX {
            match drain_dead_letters(&self.ports, self.dead.as_ref(), self.clock.now()).await {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => return tracing::error!(%error, "drain the dead letters"),
            }
        }
    }
}

fn failure(kind: &str, message: String) -> Diagnostic {
    Diagnostic { error_type: kind.to_owned(), error_message: message }
}
