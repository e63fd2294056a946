//! How the program is linked on Linux with glibc: so that it starts fast, because git waits for it twice in every commit.
//! It is linked at a fixed address, so that the loader need not write thousands of addresses into it before `main`, and
//! it brings the part of GCC's library that it needs. What is given up: the place of the program's own code in memory
//! is no longer random; that of stack, heap and libraries is, and relocations stay read-only. See
//! docs/decisions/07-fixed-address.md.
//!
//! And the check for idle hooks (`src/idle`) is compiled, a program of its own that `init` writes out of this one.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "how Cargo speaks with a build script")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/idle");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    idle_check(&target("OS"));
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    // The last of `-pie` and `-no-pie` holds, for GCC and Clang.
    println!("cargo:rustc-link-arg-bins=-no-pie");
    if has_static_unwinder() {
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// Whether the linker's own library folder holds `libgcc_eh.a`, as GCC's does. Not asked when another machine is built
/// for: then the compiler of this one knows nothing of it.
fn has_static_unwinder() -> bool {
    if std::env::var("HOST") != std::env::var("TARGET") {
        return false;
    }
    let answer = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output();
    let path = answer.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned()).unwrap_or_default();
    Path::new(&path).is_absolute() && Path::new(&path).is_file()
}

/// Compiles the check for idle hooks into a file that the program takes in. Where it cannot be had, the file is empty, and hooks
/// start the whole program, as elsewhere than on Linux.
fn idle_check(system: &str) {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let made = PathBuf::from(variable("OUT_DIR")).join("idle-check");
    // In one file, for which nothing has to be found when it starts, and with the library that asks the least of the machine
    // then: musl's, where Rust has it; else that of the system, linked in where it can be.
    let machine = variable("CARGO_CFG_TARGET_ARCH");
    let (musl, own) = (format!("{machine}-unknown-linux-musl"), variable("TARGET"));
    let fixed = "-Crelocation-model=static";
    let ways: [(&str, &[&str]); 3] = [(&musl, &[fixed]), (&own, &["-Ctarget-feature=+crt-static", fixed]), (&own, &[])];
    let is_made = system == "linux"
        && ways.iter().any(|(target, linked)| {
            let mut compiler = Command::new(variable("RUSTC"));
            compiler.args(["src/idle/program.rs", "--crate-name=idle_check", "--crate-type=bin", "--edition=2024"]);
            compiler.args(["-Copt-level=s", "-Cpanic=abort", "-Clto=fat", "-Cembed-bitcode=yes", "-Cstrip=symbols"]);
            compiler.args(["-Cdebug-assertions=off", "--target", target, "-o"]).arg(&made).args(*linked);
            if let (Ok(linker), true) = (std::env::var("RUSTC_LINKER"), *target == own) {
                compiler.arg(format!("-Clinker={linker}"));
            }
            compiler.output().is_ok_and(|output| output.status.success())
        });
    if !is_made {
        std::fs::write(&made, b"").expect("Cargo's own folder can be written");
    }
}
