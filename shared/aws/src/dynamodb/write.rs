//! Conditional writes: what has one action is a plain write, what has several is a transaction. Owns the sending of both, so
//! that nobody else has to tell them apart. A transaction costs twice the units of its actions.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnValuesOnConditionCheckFailure as OnFailure, TransactWriteItem, Update,
};

use super::Store;
use super::fault::{self, Answer, Fault};
use super::layout::Item;

/// Most actions in one transaction (DynamoDB quota).
pub(super) const ACTIONS_MAX: usize = 100;

/// Built from all that it must have.
const COMPLETE: &str = "its table and its item or key and expression are given";

/// An expression with the names and values that it speaks of.
#[derive(Debug, Clone, Default)]
pub(super) struct Expression {
    pub(super) text: String,
    /// Aliases of attributes whose names DynamoDB has reserved.
    pub(super) names: HashMap<String, String>,
    pub(super) values: HashMap<String, AttributeValue>,
}

impl Expression {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(super) fn name(mut self, alias: &str, name: &str) -> Self {
        self.names.insert(alias.to_owned(), name.to_owned());
        self
    }

    pub(super) fn value(mut self, alias: &str, value: AttributeValue) -> Self {
        self.values.insert(alias.to_owned(), value);
        self
    }
}

/// Nothing when it is empty: DynamoDB refuses empty maps.
pub(super) fn some<V>(map: HashMap<String, V>) -> Option<HashMap<String, V>> {
    (!map.is_empty()).then_some(map)
}

/// Stores a whole item in place of what is there, if the condition holds for that; it may be empty.
pub(super) fn put(table: &str, item: Item, condition: Expression) -> TransactWriteItem {
    let shown = (!condition.text.is_empty()).then_some(OnFailure::AllOld);
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .set_condition_expression((!condition.text.is_empty()).then_some(condition.text))
        .set_expression_attribute_names(some(condition.names))
        .set_expression_attribute_values(some(condition.values))
        .set_return_values_on_condition_check_failure(shown)
        .build()
        .expect(COMPLETE);
    TransactWriteItem::builder().put(put).build()
}

/// Changes attributes of an item, making it if it is not there; `condition` may be empty, and shares names and values with
/// the change.
pub(super) fn update(table: &str, key: Item, change: Expression, condition: &str) -> TransactWriteItem {
    let shown = (!condition.is_empty()).then_some(OnFailure::AllOld);
    let update = Update::builder()
        .table_name(table)
        .set_key(Some(key))
        .update_expression(change.text)
        .set_condition_expression((!condition.is_empty()).then(|| condition.to_owned()))
        .set_expression_attribute_names(some(change.names))
        .set_expression_attribute_values(some(change.values))
        .set_return_values_on_condition_check_failure(shown)
        .build()
        .expect(COMPLETE);
    TransactWriteItem::builder().update(update).build()
}

/// Takes an item away, if it is there.
pub(super) fn remove(table: &str, key: Item) -> TransactWriteItem {
    let delete = Delete::builder().table_name(table).set_key(Some(key)).build().expect(COMPLETE);
    TransactWriteItem::builder().delete(delete).build()
}

impl Store {
    /// Makes a change of one or several actions: all of them or none.
    pub(super) async fn commit(&self, mut actions: Vec<TransactWriteItem>) -> Result<Answer, Fault> {
        if actions.len() > ACTIONS_MAX {
            let cause =
                format!("{} items in one transaction, at most {ACTIONS_MAX} are allowed", actions.len());
            return Err(Fault::Refused(cause));
        }
        if actions.len() > 1 {
            return self.transact(actions).await;
        }
        // Something is taken away once in a workflow's life: a transaction of one does.
        if actions.first().is_some_and(|action| action.delete.is_some()) {
            return self.transact(actions).await;
        }
        match actions.pop().map(|action| (action.put, action.update)) {
            Some((Some(put), _)) => self.put(put).await,
            Some((None, Some(update))) => self.update(update).await,
            _ => Ok(Answer::Done),
        }
    }

    async fn put(&self, put: Put) -> Result<Answer, Fault> {
        let request = self
            .client()
            .put_item()
            .table_name(put.table_name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names)
            .set_expression_attribute_values(put.expression_attribute_values)
            .set_return_values_on_condition_check_failure(put.return_values_on_condition_check_failure);
        fault::patiently(|| async {
            match request.clone().send().await {
                Ok(_) => Ok(Answer::Done),
                Err(error) => fault::answer(error),
            }
        })
        .await
    }

    async fn update(&self, update: Update) -> Result<Answer, Fault> {
        let request = self
            .client()
            .update_item()
            .table_name(update.table_name)
            .set_key(Some(update.key))
            .update_expression(update.update_expression)
            .set_condition_expression(update.condition_expression)
            .set_expression_attribute_names(update.expression_attribute_names)
            .set_expression_attribute_values(update.expression_attribute_values)
            .set_return_values_on_condition_check_failure(update.return_values_on_condition_check_failure);
        fault::patiently(|| async {
            match request.clone().send().await {
                Ok(_) => Ok(Answer::Done),
                Err(error) => fault::answer(error),
            }
        })
        .await
    }

    /// The token makes one change of all tries, those of the SDK and ours: when the answer to a try that took effect was
    /// lost, the next one is told that it is done. DynamoDB remembers it for ten minutes.
    async fn transact(&self, actions: Vec<TransactWriteItem>) -> Result<Answer, Fault> {
        let token = uuid::Uuid::now_v7().to_string();
        let request = self
            .client()
            .transact_write_items()
            .set_transact_items(Some(actions))
            .client_request_token(token);
        fault::patiently(|| async {
            match request.clone().send().await {
                Ok(_) => Ok(Answer::Done),
                Err(error) => fault::answer(error),
            }
        })
        .await
    }
}
