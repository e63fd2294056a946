//! Failures that say something of the machine, the network, the sandbox or the call, and nothing of the code.

/// Words of lines that say so, in small letters.
const SAYS: &[&str] = &[
    "index.lock': file exists",
    "cannot lock ref",
    ": operation not permitted",
    "bind: operation not permitted",
    "sandboxdenied",
    "permission denied (publickey",
    "could not resolve host",
    "no such host",
    "dial tcp: lookup ",
    "network is unreachable",
    "getaddrinfo enotfound",
    "eai_again",
    "econnrefused",
    "connection refused",
    "could not connect to server",
    "connection to server at ",
    "can't reach database server",
    "eaddrinuse",
    "address already in use",
    "port is already allocated",
    "is already used, make sure that nothing is running on the port",
    "cannot connect to the docker daemon",
    "docker daemon is not running",
    "no space left on device",
    "failed to write commit object",
    "gpg failed to sign",
    "cannot auto-sign commit",
    "executable doesn't exist at ",
    "please run the following command to download new browsers",
    "host system is missing dependencies",
    "command not found",
    "is not a git command. see",
    "no such file or directory: '/",
    "cd: no such file or directory",
    "cd:1: no such file or directory",
    ": no such file or directory (os error 2)",
    "directory prefix . does not contain main module",
    "does not contain package ",
    "go.mod file not found in current directory",
    "go: cannot find main module",
    "no go files in ",
    "no go files to analyze",
    "named files must be .go files",
    "could not find `cargo.toml`",
    "enoent: no such file or directory, open '/",
    "could not read package.json",
    "err_pnpm_no_importer_manifest_found",
    "no pyproject.toml found",
    "parse error near",
    "unexpected eof while looking for matching",
    "nothing to commit",
    "no changes added to commit",
    "nothing added to commit",
    "did not match any files",
    "no local changes to save",
    "not a git repository",
    "not something we can merge",
    "resource temporarily unavailable",
    "no version is set for command",
    "from config.webserver",
    "permission for this tool use was denied",
    "executable file not found in $path",
    "stdin is closed for this session",
    "error: no tests found",
];

/// Test runners, linters and other tools that are missing, and no part of the code.
const TOOLS: &[&str] = &[
    "pytest",
    "ruff",
    "mypy",
    "black",
    "flake8",
    "isort",
    "coverage",
    "tox",
    "nox",
    "pip",
    "pylint",
    "pyright",
    "bandit",
    "pre_commit",
    "yaml",
    "build",
    "venv",
    "virtualenv",
    "unittest2",
    "nose",
];

/// Whether a line, or lines, that a failed command printed tell of its surroundings.
pub(crate) fn is_of_surroundings(error: &str) -> bool {
    let lower = error.to_lowercase();
    SAYS.iter().any(|words| lower.contains(words)) || misses_a_tool(&lower)
}

/// Whether it is the network that was missing, whatever file asked for it.
pub(crate) fn is_of_network(error: &str) -> bool {
    const SAYS: &[&str] =
        &["no such host", "could not resolve host", "network is unreachable", "getaddrinfo enotfound", "eai_again"];
    let lower = error.to_lowercase();
    SAYS.iter().any(|words| lower.contains(words))
}

/// `No module named pytest`, `No module named 'ruff'`
fn misses_a_tool(lower: &str) -> bool {
    let named = lower.split("no module named ").nth(1);
    let name = named.map(|rest| rest.trim_start_matches(['\'', '"']));
    let name = name.and_then(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
    name.is_some_and(|name| TOOLS.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_something_of_the_machine_is_told_from_what_says_something_of_the_code() {
        for surroundings in [
            "fatal: Unable to create '/w/shop/.git/index.lock': File exists.",
            "panic: httptest: failed to listen on a port: listen tcp6 [::1]:0: bind: operation not permitted",
            "dial tcp: lookup proxy.example.com: no such host",
            "Error: connect ECONNREFUSED 127.0.0.1:5432",
            "/usr/bin/python3: No module named pytest",
            "ModuleNotFoundError: No module named 'yaml'",
            "Error: http://localhost:3000 is already used, make sure that nothing is running on the port/url",
            "pattern ./...: directory prefix . does not contain main module or its selected dependencies",
            "nothing to commit, working tree clean",
            "Permission for this tool use was denied. Try another approach.",
            "exec: \"shopctl\": executable file not found in $PATH",
            "Error: No tests found.",
            "(eval):cd:1: no such file or directory: agents/shop",
        ] {
            assert!(is_of_surroundings(surroundings), "{surroundings}");
        }
        for code in [
            "ModuleNotFoundError: No module named 'shop.price'",
            "cart_test.go:12: got permission denied, want nil",
            "src/a.ts(3,5): error TS2304: Cannot find name 'x'.",
            "AssertionError: expected 200, got 503",
            "CONFLICT (content): Merge conflict in src/price.py",
        ] {
            assert!(!is_of_surroundings(code), "{code}");
        }
    }
}
