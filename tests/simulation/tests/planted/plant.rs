//! A planted bug as its file tells it: where, how many seeds it may take, what it breaks, and the text before and after.
//! Owns the format of `planted/*.txt` and the replacing; does not build or run anything.

use std::path::Path;

/// One of `planted/*.txt`.
pub(crate) struct Plant {
    /// The file's name, and the name by which the switch is asked.
    pub(crate) name: String,
    /// The source that it changes, relative to the workspace.
    pub(crate) file: String,
    /// Seeds within which it has to be found, from 1 on.
    pub(crate) seeds: u64,
    /// What it breaks, in a sentence.
    pub(crate) what: String,
    before: String,
    after: String,
}

/// All planted bugs of a folder, in the order of their names.
pub(crate) fn all(folder: &Path) -> Vec<Plant> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut plants: Vec<Plant> = entries.map(|entry| read(&entry.unwrap().path())).collect();
    plants.sort_by(|one, other| one.name.cmp(&other.name));
    plants
}

fn read(path: &Path) -> Plant {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).unwrap();
    parse(&name, &text).unwrap_or_else(|missing| panic!("planted/{name}.txt has no {missing}"))
}

fn parse(name: &str, text: &str) -> Result<Plant, String> {
    let (head, rest) = text.split_once("\n--- before\n").ok_or("line `--- before`")?;
    let (before, after) = rest.split_once("\n--- after\n").ok_or("line `--- after`")?;
    let value = |key: &str| {
        let mut values = head.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        values.next().ok_or(format!("line `{key}: …`"))
    };
    let switch = format!("planted(\"{name}\")");
    if !after.contains(&switch) {
        return Err(format!("switch `{switch}`"));
    }
    Ok(Plant {
        name: name.to_owned(),
        file: value("file")?.to_owned(),
        seeds: value("seeds")?.parse().map_err(|_| "number of seeds")?,
        what: value("what")?.to_owned(),
        before: before.to_owned(),
        after: after.trim_end_matches('\n').to_owned(),
    })
}

impl Plant {
    /// The source with this bug in it, behind its switch.
    pub(crate) fn apply(&self, source: &str) -> String {
        let found = source.matches(&self.before).count();
        assert!(
            found == 1,
            "the text before the bug `{}` occurs {found} times in {}, not once: mend tests/simulation/planted/{}.txt",
            self.name,
            self.file,
            self.name
        );
        source.replacen(&self.before, &self.after, 1)
    }
}

#[test]
fn a_plant_whose_source_has_changed_says_what_to_mend() {
    let text = "file: a.rs\nseeds: 5\nwhat: it adds\n--- before\na + b\n--- after\nplanted(\"add\")\n";
    let plant = parse("add", text).unwrap_or_else(|missing| panic!("{missing}"));
    assert_eq!(plant.apply("x = a + b;"), "x = planted(\"add\");");
    let mend = std::panic::catch_unwind(|| plant.apply("x = b + a;")).unwrap_err();
    let mend = mend.downcast_ref::<String>().unwrap();
    assert!(
        mend.ends_with("occurs 0 times in a.rs, not once: mend tests/simulation/planted/add.txt"),
        "{mend}"
    );
}
