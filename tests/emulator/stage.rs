//! A workflow's machine: a checkout of a remote with a pull request of two commits, and `backstory action` run in it for an
//! event of the pull request on the emulator.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::{Exchange, Github, Place};
use crate::support::agents::{CART, claude};
use crate::support::{PROGRAM, Ran, Sandbox, run};

pub struct Stage {
    pub sandbox: Sandbox,
    pub place: Place,
    url: String,
    runner: PathBuf,
}

/// One run of the action.
pub struct Run {
    pub ran: Ran,
    pub outputs: String,
    pub summary: String,
    pub exchanges: Vec<Exchange>,
}

impl Run {
    /// An output of the step.
    pub fn output(&self, name: &str) -> &str {
        let start = self.outputs.find(&format!("{name}<<")).unwrap_or_else(|| panic!("no {name}: {}", self.outputs));
        self.outputs[start..].lines().nth(1).unwrap()
    }

    /// Method and target of each write that was tried.
    pub fn writes(&self) -> Vec<String> {
        let writes = self.exchanges.iter().filter(|one| one.is_write() && one.target != "/graphql");
        writes.map(|one| format!("{} {}", one.method, one.target.rsplit_once("/repos/").unwrap().1)).collect()
    }
}

impl Stage {
    /// A commit of Claude Code's with one line that a person changed, and one of a person's. `asked` is what the person
    /// typed first; `body` the description that is there before.
    pub fn new(github: &'static Github, name: &str, asked: &str, body: &str) -> Self {
        let sandbox = Sandbox::ready();
        sandbox.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
        sandbox.git(&["remote", "add", "origin", "../hub.git"]);
        sandbox.git(&["push", "-q", "origin", "main"]);
        sandbox.git(&["switch", "-q", "-c", "topic"]);
        let session = claude(&sandbox);
        let text = fs::read_to_string(&session).unwrap();
        let asked = serde_json::to_string(asked).unwrap();
        let text = text.replace("\"Add a percentage discount to the cart\"", &asked);
        assert!(text.contains(&asked));
        fs::write(session, text).unwrap();
        sandbox.write("cart.py", &CART.replace("round(subtotal - discount, 2)", "round(subtotal - discount, 3)"));
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Add the cart"]);
        sandbox.write("NOTES", "A shop.\n");
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Say what it is"]);
        let place = Place::new(github, &sandbox, name, body);
        let runner = sandbox.base().join("runner");
        let stage = Self { sandbox, place, url: github.url(), runner };
        stage.publish();
        let hub = format!("file://{}", stage.sandbox.base().join("hub.git").display());
        // As actions/checkout does it.
        stage.sandbox.git(&["clone", "-q", "--depth", "1", "-b", "topic", &hub, stage.runner.to_str().unwrap()]);
        stage
    }

    fn publish(&self) {
        let kept = format!("topic:refs/pull/{}/head", self.place.number);
        self.sandbox.git(&["push", "-q", "origin", "topic", &kept]);
    }

    /// One more commit of a person's on the branch.
    pub fn commit(&mut self, file: &str) {
        self.sandbox.write(file, "One more.\n");
        self.sandbox.git(&["add", "-A"]);
        self.sandbox.git(&["commit", "-q", "-m", &format!("Add {file}")]);
        self.publish();
        self.place.push(&self.sandbox);
    }

    pub fn act(&self, inputs: &[(&str, &str)]) -> Run {
        self.act_for("pull_request", &self.place.event("synchronize"), inputs)
    }

    /// Runs the action for an event; `inputs` as `MODE`.
    pub fn act_for(&self, name: &str, event: &Value, inputs: &[(&str, &str)]) -> Run {
        let mut command = self.step(PROGRAM, name, event);
        command.arg("action").env("INPUT_TOKEN", &self.place.token);
        self.finish(command.envs(inputs.iter().map(|(name, value)| (format!("INPUT_{name}"), value))))
    }

    /// What a runner on Linux or macOS makes of `action.yml` for a pull request: its steps one after the other, each with its
    /// variables, and the expressions in these put in. Gives back the last one.
    pub fn act_by_the_file(&self, given: &[(&str, &str)]) -> Run {
        let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/action.yml")).unwrap();
        let action: Value = serde_saphyr::from_str(&text).unwrap();
        let input = |name: &str| {
            let own = given.iter().find(|(input, _)| *input == name).map(|(_, value)| *value);
            own.unwrap_or_else(|| action["inputs"][name]["default"].as_str().unwrap()).to_owned()
        };
        let value = |text: &str, program: &str| match text {
            "${{ github.action_repository }}" => String::new(),
            "${{ steps.install-unix.outputs.program }}" => program.to_owned(),
            other => match other.strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}")) {
                Some(name) => input(name).replace("${{ github.token }}", &self.place.token),
                None => panic!("what is {other}?"),
            },
        };
        let mut program = String::new();
        let mut last = None;
        let steps = action["runs"]["steps"].as_array().unwrap();
        for step in steps.iter().filter(|step| step["if"] == "runner.os != 'Windows'") {
            let mut command = self.step(step["shell"].as_str().unwrap(), "pull_request", &self.place.event("opened"));
            command
                .args(["-e", "-c", step["run"].as_str().unwrap()])
                .env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"));
            for (name, text) in step["env"].as_object().unwrap() {
                command.env(name, value(text.as_str().unwrap(), &program));
            }
            let run = self.finish(&mut command);
            assert_eq!(run.ran.code, 0, "{}: {:?}", step["name"], run.ran);
            if let Some(found) = run.outputs.strip_prefix("program=") {
                program = found.trim_end().to_owned();
            }
            last = Some(run);
        }
        last.unwrap()
    }

    /// A command as a step of a workflow, with the variables that the runner sets.
    fn step(&self, program: &str, name: &str, event: &Value) -> Command {
        let temporary = self.temporary();
        fs::create_dir_all(&temporary).unwrap();
        fs::write(temporary.join("event.json"), event.to_string()).unwrap();
        for file in ["output", "summary"] {
            fs::write(temporary.join(file), "").unwrap();
        }
        let mut command = self.sandbox.command(program);
        command
            .current_dir(&self.runner)
            // Another machine: no sessions, no hooks.
            .env("HOME", &temporary)
            .env("CI", "true")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_API_URL", &self.url)
            .env("GITHUB_SERVER_URL", &self.url)
            .env("GITHUB_REPOSITORY", &self.place.repository)
            .env("GITHUB_RUN_ID", "99")
            .env("GITHUB_EVENT_NAME", name)
            .env("GITHUB_EVENT_PATH", temporary.join("event.json"))
            .env("GITHUB_OUTPUT", temporary.join("output"))
            .env("GITHUB_STEP_SUMMARY", temporary.join("summary"))
            .env("GITHUB_WORKSPACE", &self.runner)
            .env("RUNNER_TEMP", &temporary);
        command
    }

    fn temporary(&self) -> PathBuf {
        self.sandbox.base().join("temporary")
    }

    /// Runs a step. The token is in nothing that it writes, and it asks few questions.
    fn finish(&self, command: &mut Command) -> Run {
        let ran = run(command, "");
        let [outputs, summary] =
            ["output", "summary"].map(|name| fs::read_to_string(self.temporary().join(name)).unwrap());
        let run = Run { ran, outputs, summary, exchanges: self.place.exchanges() };
        assert!(!format!("{:?}{}{}", run.ran, run.outputs, run.summary).contains(&self.place.token), "{:?}", run.ran);
        assert!(run.exchanges.len() <= 8, "at most 8 questions: {:#?}", run.exchanges);
        run
    }

    /// The same, and it ends well.
    pub fn good(&self, inputs: &[(&str, &str)]) -> Run {
        let run = self.act(inputs);
        assert_eq!(run.ran.code, 0, "{:?} {:#?}", run.ran, run.exchanges);
        run
    }
}
