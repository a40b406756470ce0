//! What the endpoint has made of the templates: nearly everything, and what it leaves out is known; and that the tests of single
//! stacks run on the same resources, though tests/aws_resources.py makes those.

use std::collections::BTreeSet;

use fleet_tests::tree;

use crate::deployment::Deployment;

/// Types of resources that the endpoint does not create. infra/README.md lists them, and a test in infra/test asserts what is
/// in the templates.
const LEFT_OUT: &[&str] = &["AWS::Chatbot::SlackChannelConfiguration"];

/// Asserts that what the endpoint leaves out is exactly what is documented, and covered elsewhere.
pub(crate) fn check_what_is_left_out(deployment: &Deployment) {
    let stacks = deployment.made["stacks"].as_object().expect("stacks by name");
    let mut left_out = BTreeSet::new();
    for (name, stack) in stacks {
        let resources = stack["template"]["Resources"].as_object();
        for (id, resource) in resources.unwrap_or_else(|| panic!("{name} has no template")) {
            if stack["made"].get(id).is_none() {
                left_out.insert(resource["Type"].as_str().unwrap_or_default());
            }
        }
    }
    assert_eq!(left_out, BTreeSet::from_iter(LEFT_OUT.iter().copied()));
    let readme = std::fs::read_to_string(tree::root().join("infra/README.md")).expect("infra has a README");
    let assertions = assertions();
    for kind in LEFT_OUT {
        assert!(
            readme.contains(kind),
            "infra/README.md does not say that the local endpoint leaves out {kind}"
        );
        assert!(assertions.contains(kind), "no test of infra/test asserts what {kind} is in the templates");
    }
}

/// All tests of `infra/test`, one after the other.
fn assertions() -> String {
    let files = std::fs::read_dir(tree::root().join("infra/test")).expect("infra has tests").flatten();
    let tests = files.map(|file| file.path()).filter(|path| path.to_string_lossy().ends_with(".test.ts"));
    tests.map(|path| std::fs::read_to_string(path).expect("tests are text")).collect()
}

/// Asserts that `tests/aws_resources.py` makes the same as the templates, property by property.
pub(crate) fn check_that_other_tests_run_on_the_same(deployment: &Deployment) {
    deployment.python("aws_resources.py", &["create", "twin", "--pool", "finance"]);
    let (deployed, twin) =
        (deployment.look("resources", &deployment.stack), deployment.look("resources", "twin"));
    let parts = deployed.as_object().expect("resources by kind");
    for (part, resources) in parts {
        assert!(!resources.is_null(), "{part}");
        assert_eq!(
            resources, &twin[part],
            "{part}: left the templates', right those of tests/aws_resources.py"
        );
    }
}
