//! The bills of materials.

use serde_json::Value;

use super::release::{Release, VERSION};

pub(crate) fn check(release: &Release) {
    for program in ["rsqlctl", "rsql", "worker", "dispatcher"] {
        let file = release.out.join(format!("{program}-{VERSION}.cdx.json"));
        let text = std::fs::read_to_string(file).expect("the program has its bill");
        let bill: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
        assert_eq!(bill["metadata"]["timestamp"], "2023-11-14T22:13:20+00:00");
        let subject = &bill["metadata"]["component"];
        assert_eq!((&subject["name"], &subject["version"]), (&program.into(), &VERSION.into()));
        check_parts(program, bill["components"].as_array().expect("it has parts"));
    }
}

fn check_parts(program: &str, parts: &[Value]) {
    let named = |name: &str| parts.iter().find(|part| part["name"] == name);
    let tokio = named("tokio").expect("all are made with tokio");
    let version = tokio["version"].as_str().unwrap_or_default();
    assert_eq!(tokio["purl"], format!("pkg:cargo/tokio@{version}"));
    assert_eq!(tokio["hashes"][0]["content"].as_str().map(str::len), Some(64), "{tokio}");
    assert_eq!(tokio["licenses"][0]["expression"], "MIT");
    assert!(named("std").is_some() && named("fleet-telemetry").is_some());
    // SQLite is the embedded fleet's.
    assert_eq!(named("rusqlite").is_some(), program == "rsqlctl", "{program}");
    // Neither what only tests use, nor what only runs while it is compiled.
    for name in ["proptest", "insta", "cc", "serde_derive"] {
        assert!(named(name).is_none(), "{name} is no part of {program}");
    }
}
