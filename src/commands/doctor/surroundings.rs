//! What does not depend on the repository: the program and git.

use std::process::Command;

use super::report::Finding;
use crate::environment::Environment;

pub(crate) fn look() -> Vec<Finding> {
    vec![program(), git()]
}

fn program() -> Finding {
    match Environment::program() {
        Some(path) => {
            Finding::good("program", format!("backstory {} in {}", env!("CARGO_PKG_VERSION"), path.display()))
        }
        None => Finding::good("program", format!("backstory {}", env!("CARGO_PKG_VERSION"))),
    }
}

fn git() -> Finding {
    let said = Command::new("git").arg("--version").output();
    match said {
        Ok(said) if said.status.success() => {
            let text = String::from_utf8_lossy(&said.stdout);
            Finding::good("git", text.trim().trim_start_matches("git version ").to_owned())
        }
        _ => Finding::problem("git", "does not run", "put git into PATH"),
    }
}
