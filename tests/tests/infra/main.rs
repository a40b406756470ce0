//! The fleet's infrastructure from end to end: the templates that `infra/` makes, deployed into a local endpoint by the CDK
//! CLI, and the workflows run on exactly what they made.

#![expect(clippy::panic, reason = "a test may panic")]

mod conditions;
mod deployment;
mod machine;
mod made;
mod nights;
mod recorded;
mod rights;
mod scene;

use fleet_tests::postgres::Postgres;

use self::deployment::Deployment;
use self::machine::Machine;
use self::scene::Scene;

#[test]
fn what_the_cdk_cli_deploys_runs_a_night_with_no_right_too_many_or_too_few() {
    let database = Postgres::shared().new_database();
    let deployment = Deployment::make();
    made::check_what_is_left_out(&deployment);
    made::check_that_other_tests_run_on_the_same(&deployment);

    let hosts = [("default", 0), ("default", 1), ("finance", 0)];
    let machines = hosts.map(|(group, number)| Machine::boot(&deployment, group, number));
    let scene = Scene::set(&deployment, database);
    nights::deploy(&scene);
    let hosts = machines.map(|machine| {
        let host = machine.start(&deployment);
        (machine, host)
    });
    nights::night(&scene);
    nights::failure_and_resume(&scene);
    nights::pool_and_schedule(&scene);
    nights::by_hand(&scene);
    nights::dead_letters(&scene);
    nights::cancel_and_mark(&scene);
    nights::looked_at(&scene);
    nights::undeploy(&scene);
    nights::hosts_go(&scene, hosts.into());

    let findings = recorded::findings(&deployment);
    assert!(findings.is_empty(), "rights and calls differ:\n{}", findings.join("\n"));
}
