//! The documentation of the format, held to the reader: its examples compile, and it names every key and choice.

use serde_json::Value;

use super::compiled;
use crate::workflow::json_schema;

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/workflow-file.md")).unwrap()
}

#[test]
fn examples_compile() {
    let page = page();
    let blocks: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        let (language, text) = block.split_once('\n').unwrap();
        assert!(["yaml", "json"].contains(&language), "{language}");
        assert!(compiled(text).jobs.len() >= 4);
    }
}

#[test]
fn every_key_and_choice_is_explained() {
    fn check(page: &str, schema: &Value) {
        for key in schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key) {
            assert!(page.contains(&format!("`{key}")) || page.contains(&format!("\"{key}\"")), "key {key}");
        }
        for choice in
            schema["oneOf"].as_array().into_iter().flatten().filter_map(|choice| choice["const"].as_str())
        {
            let quoted = page.contains(&format!("`{choice}`")) || page.contains(&format!("\"{choice}\""));
            assert!(quoted || ["Y", "N"].contains(&choice), "choice {choice}");
        }
    }
    let page = page();
    for schema in json_schema()["$defs"].as_object().unwrap().values() {
        check(&page, schema);
    }
}
