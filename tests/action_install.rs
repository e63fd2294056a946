//! `action/install.sh` as the action runs it, with a folder in the place of the release server and scripts in the place
//! of cargo and gh: a program is run only when it may be.
#![cfg(unix)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use support::{Ran, Sandbox, run};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The action as a workflow has it, with a list of checksums of the test's: nothing outside of it names another.
fn action(sandbox: &Sandbox) -> PathBuf {
    let folder = sandbox.base().join("the action");
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(folder.join("action")).expect("a new folder");
    for file in ["Cargo.toml", "action/install.sh"] {
        fs::copy(from.join(file), folder.join(file)).expect("it is part of the action");
    }
    fs::copy(sandbox.root.join("checksums.txt"), folder.join("action/checksums.txt")).ok();
    folder
}

/// The name of the released archive for this machine; `None` where none is released.
fn archive(version: &str) -> Option<String> {
    let cpu = std::env::consts::ARCH;
    let system = match std::env::consts::OS {
        "linux" => "unknown-linux-musl",
        "macos" => "apple-darwin",
        _ => return None,
    };
    ["x86_64", "aarch64"].contains(&cpu).then(|| format!("backstory-{version}-{cpu}-{system}.tar.gz"))
}

/// Puts an archive with a program that says `backstory <version>` where the releases are; gives back its sha256.
fn release(sandbox: &Sandbox, version: &str) -> String {
    sandbox.script("packed/backstory", &format!("echo backstory {version}"));
    let file = format!("releases/v{version}/{}", archive(version).expect("tests run where binaries are released"));
    sandbox.write(&file, "");
    let tar = run(sandbox.command("tar").args(["-czf", &file, "-C", "packed", "backstory"]), "");
    assert_eq!(tar.code, 0, "{tar:?}");
    let bytes = fs::read(sandbox.root.join(file)).expect("it was just packed");
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes the list of checksums that the script is to go by.
fn list(sandbox: &Sandbox, sha256: &str, version: &str) {
    let name = archive(version).expect("tests run where binaries are released");
    sandbox.write("checksums.txt", &format!("# a remark\n{sha256}  {name}\n"));
}

/// Runs the script; `bin/` of the sandbox is found before all else.
fn install(sandbox: &Sandbox, inputs: &[(&str, &str)]) -> Ran {
    let tools = sandbox.root.join("bin");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", tools.display());
    let releases = format!("file://{}", sandbox.root.join("releases").display());
    sandbox.write("output", "");
    let mut command = sandbox.command("sh");
    command
        .arg(action(sandbox).join("action/install.sh"))
        .env("PATH", path)
        .env("GITHUB_OUTPUT", sandbox.root.join("output"))
        .env("GITHUB_WORKSPACE", &sandbox.root)
        .env("RUNNER_TEMP", sandbox.root.join("temporary"))
        // Not a way around the list that is pinned with the action.
        .env("BACKSTORY_CHECKSUMS", sandbox.root.join("forged.txt"))
        .env("BACKSTORY_RELEASES_URL", releases)
        .envs(inputs.iter().copied());
    run(&mut command, "")
}

/// What the step's output `program` names says of itself.
fn program(sandbox: &Sandbox) -> Option<String> {
    let output = sandbox.read("output");
    let path = output.strip_prefix("program=")?.trim_end();
    assert!(Path::new(path).is_absolute(), "{path}");
    Some(run(&mut sandbox.command(path), "").good().trim().to_owned())
}

/// A `gh` that knows the options that it is asked with, and then does `verify`.
fn gh(verify: &str) -> String {
    format!("case $* in *--help) echo '--signer-workflow --source-ref'; exit 0;; esac; {verify}")
}

/// A cargo that writes down where it was run and whether it was handed the token, and installs a script.
fn fake_cargo(sandbox: &Sandbox) {
    sandbox.script(
        "bin/cargo",
        "pwd >\"$RUNNER_TEMP/../cargo.log\"; echo \"token: ${GH_TOKEN-}\" >>\"$RUNNER_TEMP/../cargo.log\"\n\
         [ \"$*\" != \"${*#install --locked --path }\" ] || exit 3\n\
         while [ $# -gt 1 ]; do [ \"$1\" = --root ] && root=$2; shift; done\n\
         mkdir -p \"$root/bin\"; printf '#!/bin/sh\\necho built from source\\n' >\"$root/bin/backstory\"; \
         chmod +x \"$root/bin/backstory\"",
    );
}

#[test]
fn a_released_program_with_the_listed_checksum_is_used() {
    let sandbox = Sandbox::new();
    let sha256 = release(&sandbox, VERSION);
    list(&sandbox, &sha256, VERSION);
    let ran = install(&sandbox, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(program(&sandbox).unwrap(), format!("backstory {VERSION}"));
}

#[test]
fn a_wrong_checksum_stops_the_step_and_nothing_is_run() {
    let sandbox = Sandbox::new();
    release(&sandbox, VERSION);
    list(&sandbox, &"0".repeat(64), VERSION);
    fake_cargo(&sandbox);
    let ran = install(&sandbox, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.starts_with("::error title=backstory::backstory-") && ran.out.contains("it is not run"), "{ran:?}");
    assert_eq!(program(&sandbox), None);
    let left = sandbox.root.join("temporary").join(format!("backstory-{VERSION}")).join(archive(VERSION).unwrap());
    assert!(!left.exists(), "the archive is deleted");
}

#[test]
fn without_a_listed_or_published_archive_the_program_is_built_from_source() {
    for listed in [false, true] {
        let sandbox = Sandbox::new();
        fake_cargo(&sandbox);
        fs::create_dir_all(sandbox.root.join("temporary")).unwrap();
        sandbox.write("checksums.txt", "");
        if listed {
            list(&sandbox, &"0".repeat(64), VERSION);
        }
        let ran = install(&sandbox, &[("GH_TOKEN", "a-token")]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let why = if listed { "cannot be downloaded" } else { "action/checksums.txt lists no" };
        assert!(ran.out.contains("::notice") && ran.out.contains(why), "{ran:?}");
        assert!(ran.out.contains("building it from the action's source"), "{ran:?}");
        assert_eq!(program(&sandbox).unwrap(), "built from source");
        // In the action's folder: the .cargo/config.toml of a pull request does not count, and no token is handed on.
        assert_eq!(sandbox.read("cargo.log"), format!("{}\ntoken: \n", action(&sandbox).display()));
    }
}

#[test]
fn a_build_that_fails_stops_the_step() {
    let sandbox = Sandbox::new();
    sandbox.write("checksums.txt", "");
    sandbox.script("bin/cargo", "exit 1");
    let ran = install(&sandbox, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("::error title=backstory::the build of backstory from source failed"), "{ran:?}");
}

#[test]
fn another_version_is_used_when_it_is_listed_or_attested_and_never_otherwise() {
    let sandbox = Sandbox::new();
    let sha256 = release(&sandbox, "9.8.7");
    list(&sandbox, &sha256, "9.8.7");
    fake_cargo(&sandbox);
    for version in ["9.8.7", "v9.8.7"] {
        assert_eq!(install(&sandbox, &[("INPUT_VERSION", version)]).code, 0);
        assert_eq!(program(&sandbox).unwrap(), "backstory 9.8.7");
    }
    // Not published: another version cannot be built from this one's source.
    let ran = install(&sandbox, &[("INPUT_VERSION", "9.9.9")]);
    assert_eq!((ran.code, program(&sandbox)), (1, None));
    assert!(ran.out.contains("backstory 9.9.9 cannot be used"), "{ran:?}");
    // Published, not listed.
    sandbox.write("checksums.txt", "");
    let asks = [("INPUT_VERSION", "9.8.7"), ("GH_TOKEN", "a-token"), ("ACTION_REPOSITORY", "someone/backstory")];
    sandbox.script("bin/gh", &gh("echo \"$*\" >>gh.log; [ \"$GH_TOKEN\" = a-token ]"));
    let ran = install(&sandbox, &asks);
    assert_eq!(ran.code, 0, "{ran:?}");
    let log = sandbox.read("gh.log");
    let asked = "--repo someone/backstory --signer-workflow someone/backstory/.github/workflows/release.yml \
                 --source-ref refs/tags/v9.8.7\n";
    assert!(log.starts_with("attestation verify /") && log.ends_with(asked), "{log}");
    // One that does not attest it, and one that is too old to be asked so.
    for refuses in [gh("exit 1"), "case $* in *--help) echo --repo;; esac".to_owned()] {
        sandbox.script("bin/gh", &refuses);
        let ran = install(&sandbox, &asks);
        assert_eq!((ran.code, program(&sandbox)), (1, None));
        assert!(ran.out.contains("no attestation was found for it: it is not run"), "{ran:?}");
    }
}

#[test]
fn no_variable_replaces_the_checksums_of_the_action() {
    let sandbox = Sandbox::new();
    let sha256 = release(&sandbox, VERSION);
    list(&sandbox, &"0".repeat(64), VERSION);
    sandbox.write("forged.txt", &format!("{sha256}  {}\n", archive(VERSION).unwrap()));
    let ran = install(&sandbox, &[]);
    assert_eq!((ran.code, program(&sandbox)), (1, None));
    assert!(ran.out.contains("it is not run"), "{ran:?}");
}

#[test]
fn a_listed_archive_that_github_does_not_attest_is_passed_over() {
    let sandbox = Sandbox::new();
    let sha256 = release(&sandbox, VERSION);
    list(&sandbox, &sha256, VERSION);
    fake_cargo(&sandbox);
    sandbox.script("bin/gh", &gh("exit 1"));
    let ran = install(&sandbox, &[("GH_TOKEN", "a-token"), ("ACTION_REPOSITORY", "someone/backstory")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("GitHub does not attest that the release workflow of someone/backstory built"), "{ran:?}");
    assert_eq!(program(&sandbox).unwrap(), "built from source");
}

#[test]
fn a_program_that_is_there_is_used_and_nothing_is_fetched() {
    let sandbox = Sandbox::new();
    sandbox.script("tools/it's here", "echo backstory 1.2.3");
    let path = sandbox.root.join("tools/it's here").to_string_lossy().into_owned();
    for given in ["tools/it's here", &path] {
        assert_eq!(install(&sandbox, &[("INPUT_BIN_PATH", given)]).good(), format!("backstory 1.2.3: {path}\n"));
        assert_eq!(sandbox.read("output"), format!("program={path}\n"));
    }
    let ran = install(&sandbox, &[("INPUT_BIN_PATH", "nowhere")]);
    assert!(ran.code == 1 && ran.out.contains("which is no program"), "{ran:?}");
}

#[test]
fn what_a_workflow_passes_is_data_and_no_command() {
    let sandbox = Sandbox::new();
    sandbox.write("checksums.txt", "");
    for version in ["1;touch evil", "$(touch evil)", "../../evil", "1.0\n::set-output name=a::b", "-x"] {
        let ran = install(&sandbox, &[("INPUT_VERSION", version)]);
        assert_eq!((ran.code, program(&sandbox)), (1, None), "{ran:?}");
        assert!(!sandbox.root.join("evil").exists());
        assert_eq!(ran.out.lines().filter(|line| line.starts_with("::")).count(), 1, "{ran:?}");
    }
    sandbox.script("broken", "echo one; echo '::warning::two'; exit 1");
    let ran = install(&sandbox, &[("INPUT_BIN_PATH", "broken")]);
    assert!(ran.code == 1 && ran.out.ends_with("does not run here: one%0A::warning::two\n"), "{ran:?}");
}
