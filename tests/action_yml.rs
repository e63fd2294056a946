//! `action.yml`, its documentation and the workflows in the documentation say the same.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// The rows of the table between `<!-- mark -->` and `<!-- end -->` of docs/action.md, cells without backticks.
fn table(mark: &str) -> Vec<Vec<String>> {
    let text = read("docs/action.md");
    let (_, rest) = text.split_once(&format!("<!-- {mark} -->\n")).expect("the table begins with a mark");
    let (table, _) = rest.split_once("<!-- end -->").expect("the table ends with a mark");
    let cells = |line: &str| {
        line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect::<Vec<_>>()
    };
    table.lines().skip(2).map(cells).collect()
}

/// The names under a key of action.yml, in the order of the file.
fn names(key: &str) -> Vec<String> {
    let text = read("action.yml");
    let (_, rest) = text.split_once(&format!("\n{key}:\n")).expect("the key is there");
    rest.lines()
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with(' '))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_documentation_lists_the_inputs_with_their_defaults() {
    let action = yaml(&read("action.yml"));
    let documented: Vec<(String, String)> =
        table("inputs").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let declared: Vec<(String, String)> = names("inputs")
        .into_iter()
        .map(|name| {
            let input = &action["inputs"][&name];
            assert!(input["required"].is_null(), "{name}: the documentation says that none is required");
            (name, input["default"].as_str().expect("every input has a default").to_owned())
        })
        .collect();
    assert_eq!(documented, declared);
}

#[test]
fn the_documentation_lists_the_outputs() {
    let documented: Vec<String> = table("outputs").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(documented, names("outputs"));
}

#[test]
fn every_input_reaches_the_program_or_the_installer_by_its_environment() {
    let action = yaml(&read("action.yml"));
    let steps = action["runs"]["steps"].as_array().unwrap();
    for (install, report) in [(0, 2), (1, 3)] {
        let mut expected = BTreeMap::new();
        for name in names("inputs").into_iter().filter(|name| name != "working-directory") {
            let variable = format!("INPUT_{}", name.to_uppercase().replace('-', "_"));
            expected.insert(variable, format!("${{{{ inputs.{name} }}}}"));
        }
        let given: BTreeMap<String, String> = [install, report]
            .iter()
            .flat_map(|step| steps[*step]["env"].as_object().unwrap())
            .filter(|(name, _)| name.starts_with("INPUT_"))
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        assert_eq!(given, expected);
    }
    for output in names("outputs") {
        let value = &action["outputs"][&output]["value"];
        assert_eq!(value, &format!("${{{{ steps.unix.outputs.{output} || steps.windows.outputs.{output} }}}}"));
    }
}

#[test]
fn no_script_has_an_expression_in_it() {
    for step in yaml(&read("action.yml"))["runs"]["steps"].as_array().unwrap() {
        let script = step["run"].as_str().expect("every step is a script");
        assert!(!script.contains("${{"), "{script}");
    }
}

/// The fenced YAML of a document that is a workflow.
fn workflows(path: &str) -> Vec<String> {
    let text = read(path);
    let blocks = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split_once("```"));
    blocks.map(|(block, _)| block.to_owned()).filter(|block| block.contains("\njobs:\n")).collect()
}

#[test]
fn documented_workflows_use_inputs_and_outputs_that_exist_and_pin_other_actions() {
    let documented = workflows("docs/action.md");
    assert!(documented.len() >= 2);
    for text in documented {
        for job in yaml(&text)["jobs"].as_object().unwrap().values() {
            for step in job["steps"].as_array().unwrap() {
                let uses = step["uses"].as_str().expect("the documented workflows run actions only");
                let (action, version) = uses.split_once('@').unwrap();
                if action == "OWNER/backstory" {
                    assert_eq!(version, format!("v{}", env!("CARGO_PKG_VERSION")));
                    for input in step["with"].as_object().into_iter().flatten() {
                        assert!(names("inputs").contains(input.0), "{input:?}");
                    }
                } else {
                    assert!(version.len() == 40 && version.bytes().all(|b| b.is_ascii_hexdigit()), "{uses}");
                }
            }
        }
        for (at, _) in text.match_indices("steps.backstory.outputs.") {
            let rest = &text[at + "steps.backstory.outputs.".len()..];
            let name: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            assert!(names("outputs").contains(&name), "{name}");
        }
    }
}

#[test]
fn the_workflow_that_may_write_never_checks_the_fork_out() {
    let text = workflows("docs/action.md").into_iter().find(|text| text.contains("workflow_run:")).unwrap();
    let workflow = yaml(&text);
    let steps = workflow["jobs"]["write"]["steps"].as_array().unwrap();
    let checkout = steps.iter().find(|step| step["uses"].as_str().unwrap().starts_with("actions/checkout@")).unwrap();
    assert!(checkout["with"]["ref"].is_null() && checkout["with"]["repository"].is_null());
    assert!(steps.iter().all(|step| step["run"].is_null()));
}

#[test]
fn readme_documentation_and_init_show_the_same_workflow() {
    let written = read("templates/workflow.yml");
    let (_, workflow) = written.split_once('\n').expect("a remark comes first");
    assert_eq!(workflow, workflows("docs/action.md")[0]);
    assert_eq!(workflow, workflows("README.md")[0]);
}

#[test]
fn every_word_for_what_became_of_the_report_is_documented() {
    let words = |text: &str, mark: char| -> Vec<String> {
        let words = text.split(mark).skip(1).step_by(2);
        words.filter(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')).map(str::to_owned).collect()
    };
    let rows = table("outputs");
    let row = rows.iter().find(|row| row[0] == "published").expect("it is an output");
    let documented = words(&row[1], '`');
    let action = yaml(&read("action.yml"));
    let described = action["outputs"]["published"]["description"].as_str().expect("it has a description");
    assert_eq!(documented, words(described, '"'));
    let source = read("src/action/result.rs");
    let (_, rest) = source.split_once("fn word(").expect("it gives the words");
    let mut said = words(rest.split_once("\n}").expect("it ends").0, '"');
    said.extend(["landed", "none"].map(str::to_owned));
    for word in said {
        assert!(documented.contains(&word), "docs/action.md does not explain `{word}`");
    }
}
