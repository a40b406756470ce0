//! Conditions of IAM's statements, beside what a call was recorded to say. Owns the operators and keys that policies here use,
//! with IAM's meaning; others are told, never passed over. Which statement fits a call is `rights`'s affair.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::rights::{matches, texts};

/// What a call says of the keys of conditions, as tests/moto/calls.py notes it: the values of a key; or none, where the
/// request has the key and the endpoint cannot read it. A key that is not here is not in the request.
pub(crate) type Context = BTreeMap<String, Option<Vec<String>>>;

/// Keys that tests/moto/calls.py notes wherever a request has them.
const NOTED: [&str; 3] = ["dynamodb:LeadingKeys", "iam:PassedToService", "s3:prefix"];

/// One line of a statement's `Condition`: an operator on a key, and the values of which one must fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    operator: String,
    pub(crate) key: String,
    values: Vec<String>,
}

impl Condition {
    /// All of a statement, which must hold together.
    pub(crate) fn all_of(statement: &Value) -> Vec<Condition> {
        let operators = statement["Condition"].as_object().into_iter().flatten();
        operators
            .flat_map(|(operator, keys)| {
                keys.as_object().into_iter().flatten().map(|(key, values)| Condition {
                    operator: operator.clone(),
                    key: key.clone(),
                    values: texts(values),
                })
            })
            .collect()
    }

    /// Why nobody here can say whether it holds: the operator or the key is a new one.
    pub(crate) fn not_understood(&self) -> Option<String> {
        let Condition { operator, key, .. } = self;
        if Operator::named(operator).is_none() {
            return Some(format!("{operator} is no operator that tests/tests/infra/conditions.rs knows"));
        }
        (!NOTED.contains(&key.as_str()))
            .then(|| format!("{key} is no key that tests/moto/calls.py notes: teach it, then NOTED"))
    }

    /// Whether it holds for a call; none when that cannot be told.
    pub(crate) fn holds(&self, context: &Context) -> Option<bool> {
        let operator = Operator::named(&self.operator)?;
        let said = match context.get(&self.key) {
            Some(said) => said.as_deref()?,
            None => &[],
        };
        let fits = |text: &String| self.values.iter().any(|value| operator.fits(value, text));
        match said {
            // What is true of all values is true of none.
            _ if operator.is_for_all_values() => Some(said.iter().all(fits)),
            [] => Some(false),
            [text] => Some(fits(text)),
            // IAM leaves open what an operator for one value makes of several.
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    StringEquals,
    StringLike,
    AllStringEquals,
}

impl Operator {
    fn named(name: &str) -> Option<Operator> {
        match name {
            "StringEquals" => Some(Operator::StringEquals),
            "StringLike" => Some(Operator::StringLike),
            "ForAllValues:StringEquals" => Some(Operator::AllStringEquals),
            _ => None,
        }
    }

    fn is_for_all_values(self) -> bool {
        self == Operator::AllStringEquals
    }

    fn fits(self, value: &str, text: &str) -> bool {
        match self {
            Operator::StringLike => matches(value, text),
            Operator::StringEquals | Operator::AllStringEquals => value == text,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn context(key: &str, said: Option<&[&str]>) -> Context {
        let said = said.map(|said| said.iter().map(|&text| text.to_owned()).collect());
        Context::from([(key.to_owned(), said)])
    }

    fn one(operator: &str, key: &str, values: &Value) -> Condition {
        let [condition] =
            <[Condition; 1]>::try_from(Condition::all_of(&json!({"Condition": {operator: {key: values}}})))
                .expect("one operator on one key");
        condition
    }

    #[test]
    fn operators_mean_what_they_mean_to_iam() {
        let key = "s3:prefix";
        let check = |operator: &str, said: &Context, expect: Option<bool>| {
            let condition = one(operator, key, &json!(["a/*", "b"]));
            assert_eq!(condition.holds(said), expect, "{operator} {said:?}");
        };
        let said = |texts: &[&str]| context(key, Some(texts));
        check("StringEquals", &said(&["b"]), Some(true));
        check("StringEquals", &said(&["a/c"]), Some(false));
        check("StringLike", &said(&["a/c"]), Some(true));
        check("StringLike", &said(&["bc"]), Some(false));
        check("StringLike", &Context::new(), Some(false));
        check("StringLike", &said(&["b", "b"]), None);
        check("ForAllValues:StringEquals", &said(&["b", "a/*"]), Some(true));
        check("ForAllValues:StringEquals", &said(&["b", "c"]), Some(false));
        // The key is not in the request: true, which is why only requests that have it are safe to grant so.
        check("ForAllValues:StringEquals", &Context::new(), Some(true));
        check("ForAllValues:StringEquals", &context(key, None), None);
        check("ArnLike", &said(&["b"]), None);
    }

    #[test]
    fn what_is_new_is_told() {
        let check = |operator: &str, key: &str, expect: Option<&str>| {
            let told = one(operator, key, &json!("x")).not_understood();
            assert_eq!(told.as_deref().and_then(|told| told.split(' ').next()), expect, "{told:?}");
        };
        check("StringLike", "s3:prefix", None);
        check("StringNotLike", "s3:prefix", Some("StringNotLike"));
        check("StringEquals", "aws:SourceVpc", Some("aws:SourceVpc"));
    }
}
