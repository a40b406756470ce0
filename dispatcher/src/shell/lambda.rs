//! The Lambda function. Owns what an invocation is (a batch of the events queue, or one event from whoever invokes it), and
//! how long it may take. Lambda deletes what was done; nothing here does.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context as _;
use aws_lambda_events::sqs::SqsEvent;
use dispatcher::{Report, drain_dead_letters, handle_apart};
use fleet_core::ports::Delivery;
use fleet_core::time::Timestamp;
use fleet_core::wire::Event;
use fleet_telemetry::{Guard, SPANS};
use lambda_runtime::{Context, Diagnostic, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument as _, Span};

use super::{Fleet, batch, direct};

/// Lambda says by this that it has started the process.
pub(crate) const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
/// What the runtime reads besides, and panics without.
const ALSO_SET: &[&str] =
    &["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"];
/// Batches of dead letters of one tick, so that it ends; what is left waits for the next.
const DEAD_BATCHES_MAX: usize = 10;
/// Kept of an invocation's time for its end: the answer, and the last telemetry.
const ANSWER_RESERVE: Duration = Duration::from_secs(3);

/// Serves invocations until the process is ended.
///
/// # Errors
/// When the runtime's endpoint cannot be reached.
pub(crate) async fn serve(fleet: &Fleet, telemetry: &Guard, began: std::time::Instant) -> anyhow::Result<()> {
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
        let until = self.until(&event.context);
        if event.payload.get("Records").is_some() {
            let batch: SqsEvent = serde_json::from_value(event.payload)
                .map_err(|error| failure("BadBatch", format!("read a batch of SQS: {error}")))?;
            return Ok(json!(self.batch(batch, until).await));
        }
        let invocation = direct::read(&event.payload, &event.context.request_id, self.clock.now())
            .map_err(|error| failure("BadEvent", error.to_string()))?;
        let report = self.carry_out(vec![invocation.delivery], until).await;
        let answer = direct::answer(invocation.answer, report);
        Ok(json!(answer.map_err(|reason| failure("NotCarriedOut", reason))?))
    }

    async fn batch(&self, event: SqsEvent, until: Instant) -> batch::Answer {
        let batch = batch::deliveries(event, self.clock.now());
        let report = self.carry_out(batch.clone(), until).await;
        for (message, reason) in &report.failed {
            tracing::error!(message_id = %message.0, reason, "carry out an event");
        }
        for (receipt, span) in &report.later {
            // It then comes again after the queue's own visibility timeout, which is longer.
            if let Err(error) = self.ports.events.hide(receipt, *span).await {
                tracing::warn!(%error, "put an event back for a while");
            }
        }
        batch::answer(&batch, &report)
    }

    async fn carry_out(&self, batch: Vec<Delivery>, until: Instant) -> Report {
        let has_tick =
            batch.iter().any(|delivery| matches!(Event::from_text(&delivery.body), Ok(Event::Tick)));
        let report = handle_apart(&self.ports, &batch, self.clock.now(), Some(until)).await;
        if has_tick && timeout_at(until, self.drain_dead_letters()).await.is_err() {
            tracing::warn!("dead letters are left; the next tick goes on with them");
        }
        report
    }

    /// Lambda ends an invocation that takes longer, and takes all of its batch for failed.
    fn until(&self, context: &Context) -> Instant {
        let deadline = Timestamp::from_millis(i64::try_from(context.deadline).unwrap_or(i64::MAX));
        let left = deadline.since(self.clock.now()).to_std();
        Instant::now() + left.saturating_sub(ANSWER_RESERVE).max(left / 2)
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
