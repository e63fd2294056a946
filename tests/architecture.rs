//! Who may use whom, and the other rules of the house that the compiler does not keep. A new line in a table here is a
//! decision about the design; the commit that adds it says why.

#[path = "support/sources.rs"]
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use backstory::record::agent_row::AgentRow;
use backstory::record::agents::AGENTS;
use regex::Regex;

use crate::sources::sources_below;

/// A module and those it may use. Files directly in `src` are modules of their own name. A module that is not listed
/// may use nothing. Floors, from below: what everybody uses; edges, which meet the world, and steps, which are functions
/// over values; the recorder, which joins both; what git, a workflow and people call.
const ALLOWED: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("record", &["text"]),
    // What a command is and what its output says: edges, steps and the recorder ask alike.
    ("checks", &["record", "text"]),
    ("environment", &[]),
    ("output", &["text"]),
    ("context", &["environment", "output"]),
    // Marks in the code where a test may stop it; it knows nothing of what it stops.
    ("failpoint", &[]),
    // Small files in places where others may have put something else.
    ("files", &[]),
    // All cores for one thing after the other; it knows nothing of what is worked on.
    ("parallel", &[]),
    // Read by the program, and compiled alone by `build.rs`.
    ("idle", &[]),
    // Edges.
    ("capture", &["checks", "files", "idle", "record", "text"]),
    ("config", &["files", "record", "text"]),
    ("git", &["failpoint", "files", "record", "text"]),
    ("forge", &["record", "text"]),
    ("install", &["files", "idle", "record"]),
    // Asks whom the user names, and knows nothing of what is asked.
    ("language_model", &[]),
    ("state", &["failpoint", "files", "record", "text"]),
    // Steps.
    ("document", &["checks", "record", "text"]),
    ("export", &["record", "text"]),
    ("link", &["checks", "record", "text"]),
    // Judges what was recorded: what it says is in `record`, so that `document` can put it into words.
    ("policy", &["checks", "record", "text"]),
    // What records say about a question.
    ("recall", &["record", "text"]),
    ("redact", &["parallel", "record", "text"]),
    // What other recorders noted.
    ("import", &["record", "text"]),
    // What the records of many commits say together.
    ("report", &["checks", "record", "text"]),
    // What a log of runs says; documents about it stand on it.
    ("process", &["checks", "record", "text"]),
    ("sop", &["checks", "process", "record", "text"]),
    // What hooks, `backfill`, the Action and the spool do alike.
    ("recorder", &[EVERYBODYS, EDGES, STEPS, "idle"]),
    // Where processes meet the world.
    ("process_store", &[EVERYBODYS, EDGES, STEPS, "recorder"]),
    ("mcp", &[EVERYBODYS, EDGES, STEPS, "recorder", "process_store"]),
    ("hooks", &[EVERYBODYS, EDGES, STEPS, "idle", "recorder"]),
    ("action", &[EVERYBODYS, EDGES, STEPS, "recorder", "process_store"]),
    ("commands", &[EVERYBODYS, EDGES, STEPS, "recorder", "process_store", "mcp"]),
    ("cli", &["action", "commands", "context", "hooks"]),
    ("main", &["cli", "context", "environment", "failpoint", "output"]),
];

/// Names for several modules in the table.
const EVERYBODYS: &str = "everybody's";
const EDGES: &str = "the edges";
const STEPS: &str = "the steps";
const GROUPS: &[(&str, &[&str])] = &[
    (EVERYBODYS, &["checks", "context", "environment", "failpoint", "files", "output", "parallel", "record", "text"]),
    (EDGES, &["capture", "config", "forge", "git", "install", "language_model", "state"]),
    (STEPS, &["document", "export", "import", "link", "policy", "process", "recall", "redact", "report", "sop"]),
];

/// Files that import each other in a circle. A line goes when its circle is opened; none is added.
const CIRCLES: &[&[&str]] = &[];

/// `mod.rs` that still hold more than modules and what they give to others. A line goes when it is emptied; none is added.
const FULL: &[&str] = &[];

/// Who makes temporary files: the one writer of whole files, who hands a program its input, the
/// folder for signed objects that git looks at, and that of the demo.
const MAKES_TEMPORARY_FILES: &[&str] = &["files.rs", "git/installed.rs", "git/seals.rs", "commands/demo.rs"];

/// Where text may be declared clean: the redactor, the reader of notes (whose text was clean when it was written) and
/// the definition itself.
const MAY_DECLARE_CLEAN: &[&str] = &["redact/", "redact.rs", "git/notes", "record/text.rs"];

/// Where agents are named: their rows, and their readers.
const NAMES_AGENTS: &[&str] = &["record/agents.rs", "capture/agents/", "capture/readers.rs"];

/// Words that are an agent's and something else. A line goes with what it is about; a new one says what else it is.
const OTHER_MEANINGS: &[(&str, &[&str], &str)] = &[
    ("commands/demo.rs", &["claude"], "the example is a session of one agent"),
    ("record/proceeding.rs", &["continue"], "a word of a prompt"),
    ("link/stated.rs", &["gemini", "qwen"], "families of models"),
    ("link/words.rs", &["continue"], "a word of a prompt"),
    ("export/leaning.rs", &["continue"], "a word of a prompt"),
    ("export/", &["atif"], "the format, which is also written"),
    ("record/transcript_files.rs", &["specstory", ".specstory"], "a folder that no agent makes itself"),
    ("import/", &["claude", "qwen"], "what other recorders call agents, or are called"),
    ("mcp/", &["cursor"], "where a client reads on, as the protocol calls it"),
    ("record/providers.rs", &["claude", "codex", "gemini", "qwen"], "families of models, by which a provider is known"),
    (
        "redact/",
        &["amp", "cursor", "gemini", "pi"],
        "an ampersand in HTML, cursors of pages, keys of services, the user of a small computer",
    ),
];

/// What is being built, whose types may be called as others are. A line goes when its names are its own; none is added.
const SHARES_NAMES: &[&str] = &["mcp/", "process/", "process_store/", "sop/"];

const MAX_LINES: usize = 400;

/// Tables may be longer: a reader looks up one row.
const TABLES: &[&str] = &["redact/rules/"];

/// A source file without its tests.
struct Source {
    /// Relative to `src`, with `/`.
    path: String,
    text: String,
}

impl Source {
    fn module(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// From the crate's root: `link/replay.rs` is `link::replay`, `link/mod.rs` is `link`.
    fn module_path(&self) -> Vec<String> {
        let path = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        if matches!(path, "lib" | "main") { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
    }

    /// Whether it lists the modules of its folder.
    fn is_list(&self) -> bool {
        self.path == "lib.rs" || self.path.ends_with("mod.rs")
    }

    /// The modules that it declares.
    fn children(&self) -> BTreeSet<&str> {
        let declared = self.code().filter_map(|(_, line)| line.strip_suffix(';')?.split_once("mod "));
        declared.filter(|(before, _)| before.is_empty() || before.starts_with("pub")).map(|(_, name)| name).collect()
    }

    /// Lines that are code, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let sources: Vec<Source> = sources_below(&root)
        .iter()
        .map(|file| {
            let text = fs::read_to_string(file).expect("a file that was just listed");
            let path = file.strip_prefix(&root).expect("it is under the root").to_string_lossy().replace('\\', "/");
            Source { path, text: without_tests(&text).to_owned() }
        })
        .filter(|source: &Source| !is_for_tests(&root, &source.path))
        .collect();
    assert!(sources.len() > 10, "the sources were not found");
    sources
}

/// Whether the module above declares this file for tests only.
fn is_for_tests(root: &Path, path: &str) -> bool {
    let Some((folder, file)) = path.rsplit_once('/') else { return false };
    let parent = match folder {
        "testing" => return true,
        _ => fs::read_to_string(root.join(folder).join("mod.rs")).unwrap_or_default(),
    };
    let name = file.trim_end_matches(".rs");
    ["mod", "pub(crate) mod", "pub(super) mod"]
        .iter()
        .any(|declared| parent.contains(&format!("#[cfg(test)]\n{declared} {name};")))
}

/// Tests are the last thing in a file.
fn without_tests(text: &str) -> &str {
    let start = |declared: &&str| text.find(&format!("#[cfg(test)]\n{declared} tests {{"));
    ["mod", "pub(crate) mod", "pub(super) mod"].iter().find_map(start).map_or(text, |start| &text[..start])
}

/// What a piece of code names of this crate, from the crate's root: imports, each by itself, and paths in the code. With the
/// number of the line, and whether others may import it from here.
fn named(source: &Source) -> Vec<(usize, Vec<String>, bool)> {
    let root = if source.path == "main.rs" { "backstory" } else { "crate" };
    let blank = |line: &str| if line.trim_start().starts_with("//") { String::new() } else { line.to_owned() };
    let code = source.text.lines().map(blank).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    let mut rest = String::new();
    let mut at = 0;
    for import in IMPORT.captures_iter(&code) {
        let (whole, tree) = (import.get(0).expect("the match"), &import["tree"]);
        rest.push_str(&code[at..whole.start()]);
        rest.push_str(&"\n".repeat(whole.as_str().matches('\n').count()));
        at = whole.end();
        let line = 1 + code[..whole.end()].matches('\n').count();
        let mut paths = Vec::new();
        flatten("", tree, &mut paths);
        found.extend(paths.into_iter().map(|path| (line, path, import.name("public").is_some())));
    }
    rest.push_str(&code[at..]);
    for path in PATH.captures_iter(&rest) {
        let whole = path.get(1).expect("the group is there");
        let line = 1 + rest[..whole.start()].matches('\n').count();
        found.push((line, whole.as_str().to_owned(), false));
    }
    let children = source.children();
    let absolute = |(line, path, public): (usize, String, bool)| {
        let mut parts: Vec<String> =
            path.split(" as ").next()?.split("::").map(|part| part.trim().to_owned()).collect();
        let first = parts.remove(0);
        let mut base = source.module_path();
        match first.as_str() {
            _ if first == root => base.clear(),
            "self" => {}
            "super" => {
                base.pop();
                while parts.first().is_some_and(|part| part == "super") {
                    parts.remove(0);
                    base.pop();
                }
            }
            child if children.contains(child) => base.push(first),
            _ => return None,
        }
        base.extend(parts);
        Some((line, base, public))
    };
    found.into_iter().filter_map(absolute).collect()
}

static IMPORT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^[ \t]*(?<public>pub(?:\([a-z ]+\))? )?use (?<tree>[^;]+);").expect("it compiles")
});
static PATH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[^\w:$])((?:crate|super|self|backstory)(?:::\w+)+)").expect("it compiles"));

/// `a::{b, c::{d, self}}` as `a::b`, `a::c::d`, `a::c`.
fn flatten(before: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = match tree {
            "self" => before.trim_end_matches("::").to_owned(),
            _ => format!("{before}{tree}"),
        };
        paths.push(path);
        return;
    };
    let before = format!("{before}{}", &tree[..open]);
    let inner = &tree[open + 1..tree.rfind('}').expect("it is closed")];
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[start..at].trim().is_empty() {
                    flatten(&before, &inner[start..at], paths);
                }
                start = (at + 1).min(inner.len());
            }
            _ => {}
        }
    }
}

#[test]
fn a_module_uses_only_what_the_table_allows() {
    let wrong = forbidden(&sources());
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn forbidden(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| source.path != "lib.rs") {
        let module = source.module();
        let allowed = ALLOWED.iter().find(|(name, _)| *name == module).map_or(&[][..], |(_, allowed)| allowed);
        let is_allowed = |name: &str| {
            let in_group = |group: &&str| GROUPS.iter().any(|(one, names)| one == group && names.contains(&name));
            name == module || allowed.contains(&name) || allowed.iter().any(in_group)
        };
        for (line, path, _) in named(source) {
            let Some(name) = path.first() else { continue };
            if !is_allowed(name) {
                wrong.push(format!("src/{}:{line}: {module} may not use `{}`", source.path, path.join("::")));
            }
        }
    }
    wrong
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles = circles(&sources());
    let known = |circle: &Vec<String>| CIRCLES.iter().any(|known| known.iter().eq(circle.iter()));
    let new: Vec<String> = circles.iter().filter(|one| !known(one)).map(|one| format!("{one:?}")).collect();
    assert!(new.is_empty(), "\n{}\n", new.join("\n"));
    assert_eq!(circles.len(), CIRCLES.len(), "a circle was opened: take it out of CIRCLES");
}

/// The groups of files of which each leads to all others. What `mod.rs` gives on is taken to come from where it is.
fn circles(sources: &[Source]) -> Vec<Vec<String>> {
    let files: BTreeMap<Vec<String>, usize> =
        sources.iter().enumerate().map(|(index, source)| (source.module_path(), index)).collect();
    let target = |path: &[String]| {
        let mut length = path.len();
        loop {
            if let Some(index) = files.get(&path[..length]) {
                return Some((*index, length));
            }
            length = length.checked_sub(1)?;
        }
    };
    let names: Vec<_> = sources.iter().map(named).collect();
    let given = |index: usize, name: &str| {
        let of_it = |path: &&(usize, Vec<String>, bool)| path.2 && path.1.last().is_some_and(|last| last == name);
        names[index].iter().find(of_it).map(|(_, path, _)| path)
    };
    let mut edges: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); sources.len()];
    for (index, source) in sources.iter().enumerate().filter(|(_, source)| !source.is_list()) {
        let _ = source;
        for (_, path, _) in &names[index] {
            let Some((mut to, mut length)) = target(path) else { continue };
            if sources[to].is_list() {
                let Some(next) = path.get(length).and_then(|name| given(to, name)).and_then(|path| target(path)) else {
                    continue;
                };
                (to, length) = next;
            }
            let _ = length;
            if to != index && !sources[to].is_list() {
                edges[index].insert(to);
            }
        }
    }
    let reached: Vec<BTreeSet<usize>> = (0..sources.len()).map(|start| all_from(start, &edges)).collect();
    let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
    for start in 0..sources.len() {
        let circle: Vec<String> = (0..sources.len())
            .filter(|other| reached[start].contains(other) && reached[*other].contains(&start))
            .map(|other| sources[other].path.clone())
            .collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

fn all_from(start: usize, edges: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![start]);
    while let Some(one) = next.pop() {
        next.extend(edges[one].iter().copied().filter(|other| seen.insert(*other)));
    }
    seen
}

#[test]
fn a_list_of_modules_holds_nothing_else() {
    let holds_more = |source: &&Source| source.is_list() && ITEM.is_match(&source.text);
    let full: Vec<String> = sources().iter().filter(holds_more).map(|source| source.path.clone()).collect();
    let full: Vec<&str> = full.iter().map(String::as_str).collect();
    assert_eq!(full, FULL, "types and functions stand in files of their own");
}

static ITEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^(?:pub(?:\([a-z ]+\))? )?(?:const )?(?:fn|struct|enum|trait|type|impl|static|const) ")
        .expect("it compiles")
});

#[test]
fn a_type_name_has_one_meaning() {
    let shared = shared_names(&sources());
    assert!(shared.is_empty(), "name one of them by what sets it apart:\n{}\n", shared.join("\n"));
}

/// Names that more than one type has, each with its files. What is in a trait or a function is named where it is used.
fn shared_names(sources: &[Source]) -> Vec<String> {
    let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for source in sources.iter().filter(|source| !SHARES_NAMES.iter().any(|place| source.path.starts_with(place))) {
        for named in TYPE.captures_iter(&source.text) {
            files.entry(named.get(1).expect("the group is there").as_str()).or_default().push(&source.path);
        }
    }
    let shared = files.into_iter().filter(|(_, files)| files.len() > 1);
    shared.map(|(name, files)| format!("`{name}`: {}", files.join(", "))).collect()
}

static TYPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^(?:pub(?:\([a-z: ]+\))? )?(?:struct|enum|union|trait|type) (\w+)").expect("it compiles")
});

#[test]
fn one_place_makes_temporary_files() {
    let wrong = writers(&sources());
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn writers(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| !MAKES_TEMPORARY_FILES.contains(&source.path.as_str())) {
        for (number, line) in source.code().filter(|(_, line)| line.contains("tempfile")) {
            wrong.push(format!("src/{}:{number}: {}", source.path, line.trim()));
        }
    }
    wrong
}

#[test]
fn one_list_names_the_files_in_our_folder() {
    let own = ["state/paths.rs", "install/place.rs"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !own.contains(&source.path.as_str())) {
        let named = |line: &str| {
            [r#"_dir().join("backstory"#, r#"_dir.join("backstory"#, r#"_dir(), "backstory"#]
                .iter()
                .any(|part| line.contains(part))
        };
        for (number, line) in source.code().filter(|(_, line)| named(line)) {
            wrong.push(format!("src/{}:{number}: {}", source.path, line.trim()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn only_rows_and_readers_name_an_agent() {
    let wrong = names_of_agents(&sources());
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn names_of_agents(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| !NAMES_AGENTS.iter().any(|place| source.path.starts_with(place))) {
        for (number, line) in source.code() {
            let is_other = |word: &str| {
                let other = |(place, words, _): &&(&str, &[&str], &str)| {
                    source.path.starts_with(place) && words.contains(&word)
                };
                OTHER_MEANINGS.iter().any(|row| other(&row))
            };
            for word in agents_in(line).into_iter().filter(|word| !is_other(word)) {
                wrong.push(format!("src/{}:{number}: `{word}` in {}", source.path, line.trim()));
            }
        }
    }
    wrong
}

/// The agents that a line of code names: by a string that is one's name, or its folder or variable, or anywhere by a name that
/// means nothing else.
fn agents_in(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for literal in LITERAL.captures_iter(line) {
        let text = literal[1].to_lowercase();
        let start = text.split(['/', '\\']).next().unwrap_or_default();
        let names = |row: &AgentRow| {
            let folder =
                start.strip_prefix('.').is_some_and(|start| start == row.slug || row.keeps.folders.contains(&start));
            text == row.slug
                || text == row.title.to_lowercase()
                || folder
                || row.environment.iter().any(|sign| sign.variable == &literal[1])
        };
        if AGENTS.iter().any(names) {
            found.push(start.to_owned());
        }
    }
    found.extend(DISTINCT.find_iter(line).map(|name| name.as_str().to_lowercase()));
    found
}

static LITERAL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""([^"]*)""#).expect("it compiles"));

/// Names that no other thing of this program has, also as a part of an identifier.
static DISTINCT: LazyLock<Regex> = LazyLock::new(|| {
    let short = [
        "cursor", "pi", "amp", "kilo", "roo", "goose", "kiro", "crush", "devin", "jules", "cline", "droid", "replit",
        "zed",
    ];
    let long = AGENTS.iter().map(|row| row.slug.split('-').next().unwrap_or_default());
    let long: BTreeSet<&str> = long
        .filter(|name| {
            !short.contains(name) && !["continue", "windsurf", "amazon", "jetbrains", "mini", "swe"].contains(name)
        })
        .collect();
    Regex::new(&format!("(?i){}", long.into_iter().collect::<Vec<_>>().join("|"))).expect("it compiles")
});

#[test]
fn what_the_rules_forbid_is_seen() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    for (name, path, text, seen) in [
        ("above", "link/replay.rs", "use crate::git::range;", true),
        ("a list", "link/mod.rs", "use crate::{git, record};", true),
        (
            "a list over lines",
            "redact/scan.rs",
            "use crate::record::{\n    text,\n};\nuse crate::{\n    git,\n};",
            true,
        ),
        ("by the folder above", "link/replay.rs", "let x = super::super::git::range();", true),
        ("from the folder itself", "link/mod.rs", "use super::git;", true),
        ("in the code", "record/note.rs", "fn f() -> crate::redact::Redactor {}", true),
        ("two commands of two floors", "recorder/keep.rs", "use crate::hooks::run;", true),
        ("a neighbour", "link/replay.rs", "use super::turns; use serde_crate::git;", false),
        ("below", "hooks/run.rs", "use crate::{recorder, git};", false),
        ("a comment", "link/replay.rs", "// use crate::git::range;", false),
    ] {
        assert_eq!(!forbidden(&[source(path, text)]).is_empty(), seen, "{name}");
    }
    let circle = [
        source("link/a.rs", "use super::b::B;"),
        source("link/b.rs", "use super::{C, d::D};"),
        source("link/c.rs", "use crate::link::a;"),
        source("link/d.rs", "use crate::record::note;"),
        source("link/mod.rs", "mod a;\nmod b;\nmod c;\nmod d;\npub use c::C;"),
    ];
    assert_eq!(circles(&circle), [["link/a.rs", "link/b.rs", "link/c.rs"]]);
    assert_eq!(circles(&circle[1..]), Vec::<Vec<String>>::new());
    let part = |path: &str, kind: &str| source(path, &format!("//! It.\n\n{kind} Part<'a> {{}}\n"));
    let parts =
        [part("link/part.rs", "pub(crate) struct"), part("redact/stream.rs", "enum"), part("git/x.rs", "// enum")];
    assert_eq!(shared_names(&parts), ["`Part`: link/part.rs, redact/stream.rs"]);
    assert_eq!(shared_names(&parts[1..]), Vec::<String>::new());
    assert_eq!(writers(&[source("git/notes.rs", "let file = tempfile::NamedTempFile::new();")]).len(), 1);
    for (name, path, text, seen) in [
        ("a comparison", "recorder/gather.rs", "if agent == Agent::known(\"codex\") {", true),
        ("a constant", "link/part.rs", "const CLAUDE_CODE: Agent = x;", true),
        ("a title", "document/show.rs", "say(\"Claude Code\");", true),
        ("a short name by itself", "hooks/run.rs", "let agent = \"pi\";", true),
        ("a folder", "capture/find.rs", "home.join(\".crush\")", true),
        ("a variable", "recorder/agent_shell.rs", "environment.variable(\"GOOSE_TERMINAL\")", true),
        ("a row", "record/agents.rs", "row(\"codex\", \"Codex\"),", false),
        ("a reader", "capture/agents/codex/lines.rs", "struct Codex;", false),
        ("a comment", "link/part.rs", "// as Codex does", false),
        ("an English word", "link/part.rs", "if is_declined { continue; } let cursor = \"a kilo of geese\";", false),
    ] {
        assert_eq!(!names_of_agents(&[source(path, text)]).is_empty(), seen, "{name}");
    }
    assert!(ITEM.is_match("mod a;\n\npub(crate) struct Page;\n") && !ITEM.is_match("mod a;\n\npub use a::Page;\n"));
}

#[test]
fn only_the_redactor_and_the_reader_of_notes_declare_text_clean() {
    let mut wrong = Vec::new();
    for source in sources() {
        if MAY_DECLARE_CLEAN.iter().any(|place| source.path.starts_with(place)) {
            continue;
        }
        for (number, line) in source.code().filter(|(_, line)| line.contains("from_redacted")) {
            wrong.push(format!("src/{}:{number}: {}", source.path, line.trim()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn only_the_output_prints() {
    let macros = ["println!", "print!", "eprintln!", "eprint!", "dbg!"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.path != "output.rs") {
        for (number, line) in source.code().filter(|(_, line)| macros.iter().any(|name| line.contains(name))) {
            wrong.push(format!("src/{}:{number}: {}", source.path, line.trim()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn a_file_has_at_most_400_lines_before_its_tests_and_says_what_it_is_for() {
    let mut wrong = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        let is_table = TABLES.iter().any(|place| source.path.starts_with(place));
        if lines > MAX_LINES && !is_table {
            wrong.push(format!("src/{}: {lines} lines", source.path));
        }
        if !source.text.starts_with("//! ") {
            wrong.push(format!("src/{}: does not open with what it is for", source.path));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
