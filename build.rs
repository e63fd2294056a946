//! How the program is linked on Linux with glibc: so that it starts fast, because git waits for it twice in every commit.
//! It is linked at a fixed address, so that the loader need not write thousands of addresses into it before `main`, and
//! it brings the part of GCC's library that it needs. What is given up: the place of the program's own code in memory
//! is no longer random; that of stack, heap and libraries is, and relocations stay read-only. See
//! docs/decisions/07-fixed-address.md.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "how Cargo speaks with a build script")]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
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
