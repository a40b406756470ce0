//! Rights as deployed and calls as recorded, component by component. Owns which access key ids belong to which role or policy,
//! and the table of what services do on a component's behalf. The comparison itself is `rights`'s.

use std::io::BufReader;
use std::net::TcpStream;

use fleet_tests::http::{Answer, Request};
use serde_json::Value;

use crate::deployment::Deployment;
use crate::machine::WORKER;
use crate::rights::{Call, Excuse, Statement, compare};
use crate::scene::{DISPATCHER, OPERATOR, SCHEDULER};

/// Components, by access key id, with the role or policy that says what each may do.
const COMPONENTS: [(&str, &str); 4] = [
    (DISPATCHER, "role/proof-dispatcher"),
    (WORKER, "role/proof-worker"),
    (SCHEDULER, "role/proof-scheduler"),
    (OPERATOR, "policy/proof-operator"),
];

/// What is granted for services that act on a component's behalf, which no endpoint here plays.
const ON_BEHALF: &[Excuse] = &[
    Excuse {
        component: DISPATCHER,
        action: "sqs:GetQueueAttributes",
        reason: "Lambda looks at the queue when the event source is made and while it scales",
    },
    Excuse {
        component: DISPATCHER,
        action: "logs:CreateLogStream",
        reason: "Lambda writes what the function prints",
    },
    Excuse {
        component: DISPATCHER,
        action: "logs:PutLogEvents",
        reason: "Lambda writes what the function prints",
    },
    Excuse {
        component: WORKER,
        action: "ssm:UpdateInstanceInformation",
        reason: "the SSM agent of the host reports",
    },
    Excuse {
        component: WORKER,
        action: "ssmmessages:CreateControlChannel",
        reason: "the SSM agent waits for people",
    },
    Excuse {
        component: WORKER,
        action: "ssmmessages:CreateDataChannel",
        reason: "a shell by Session Manager",
    },
    Excuse {
        component: WORKER,
        action: "ssmmessages:OpenControlChannel",
        reason: "the SSM agent waits for people",
    },
    Excuse { component: WORKER, action: "ssmmessages:OpenDataChannel", reason: "a shell by Session Manager" },
];

/// All surplus and all lack.
pub(crate) fn findings(deployment: &Deployment) -> Vec<String> {
    let calls = calls(deployment);
    let mut findings = Vec::new();
    for (component, identity) in COMPONENTS {
        let policies = &deployment.made["policies"][identity];
        let documents = policies["documents"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert!(!documents.is_empty(), "{identity} was not deployed: {:#}", deployment.made["policies"]);
        assert_eq!(
            policies["aws"].as_array().map(Vec::len),
            Some(0),
            "{identity} has policies of AWS's own: {policies:#}"
        );
        let granted: Vec<_> = documents.iter().flat_map(Statement::all_of).collect();
        let own: Vec<_> =
            calls.iter().filter(|(key, _)| key == component).map(|(_, call)| call.clone()).collect();
        assert!(!own.is_empty(), "{component} has called nothing");
        findings.extend(compare(component, &granted, &own, ON_BEHALF));
    }
    findings
}

/// What the endpoint has noted, with the key of each caller.
fn calls(deployment: &Deployment) -> Vec<(String, Call)> {
    let host = deployment.moto.endpoint().trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(&host).expect("the endpoint runs");
    let headers = vec![("host".to_owned(), host)];
    let ask =
        Request { method: "GET".to_owned(), path: "/fleet/calls".to_owned(), headers, body: Vec::new() };
    ask.write(&mut connection).expect("the endpoint listens");
    let answer = Answer::read(&mut BufReader::new(connection), "GET").expect("the endpoint answers");
    let noted: Value = serde_json::from_slice(&answer.body).expect("the endpoint tells calls as JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let noted = noted.as_array().into_iter().flatten();
    noted
        .map(|call| {
            let context = serde_json::from_value(call["context"].clone());
            let context = context.expect("the endpoint tells the values of each key as a list, or null");
            let (action, resource) = (text(&call["action"]), text(&call["resource"]));
            (text(&call["key"]), Call { action, resource, context })
        })
        .collect()
}
