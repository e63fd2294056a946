//! What does not depend on the repository: the program and git.

use std::process::Command;

use super::report::Diagnosis;
use crate::environment::Environment;

pub(crate) fn look() -> Vec<Diagnosis> {
    vec![program(), git()]
}

fn program() -> Diagnosis {
    match Environment::program() {
        Some(path) => {
            Diagnosis::good("program", format!("backstory {} in {}", env!("CARGO_PKG_VERSION"), path.display()))
        }
        None => Diagnosis::good("program", format!("backstory {}", env!("CARGO_PKG_VERSION"))),
    }
}

fn git() -> Diagnosis {
    let said = Command::new("git").arg("--version").output();
    match said {
        Ok(said) if said.status.success() => {
            let text = String::from_utf8_lossy(&said.stdout);
            Diagnosis::good("git", text.trim().trim_start_matches("git version ").to_owned())
        }
        _ => Diagnosis::problem("git", "does not run", "put git into PATH"),
    }
}
