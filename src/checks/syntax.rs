//! Programs that, with some arguments, only read a file and say whether it is well formed: `jq empty`, `bash -n`, `php -l`.

/// Whether a program with these arguments does nothing but that.
pub(super) fn checks_syntax(name: &str, arguments: &[String]) -> bool {
    let first = arguments.first().map(String::as_str).unwrap_or_default();
    let has = |wanted: &str| arguments.iter().any(|word| word == wanted);
    let plain = arguments.iter().map(String::as_str).find(|word| !word.starts_with('-')).unwrap_or_default();
    match name {
        "jq" | "yq" => plain == "empty",
        "python" | "python3" | "py" => {
            first == "-m" && arguments.get(1).is_some_and(|module| MODULES.contains(&module.as_str()))
        }
        "node" => has("--check") || first == "-c",
        "bash" | "sh" | "zsh" | "dash" => first == "-n",
        "ruby" | "perl" => matches!(first, "-c" | "-wc" | "-cw"),
        "php" => has("-l") || has("--syntax-check"),
        "xmllint" => has("--noout"),
        "plutil" => first == "-lint",
        "terraform" | "tofu" | "packer" => plain == "validate",
        "nginx" => has("-t"),
        "docker-compose" => plain == "config" && (has("-q") || has("--quiet")),
        "docker" => plain == "compose" && has("config") && (has("-q") || has("--quiet")),
        "helm" => plain == "lint",
        "promtool" | "amtool" => plain == "check",
        _ => false,
    }
}

const MODULES: &[&str] = &["json.tool", "py_compile", "compileall", "tabnanny"];

#[cfg(test)]
mod tests {
    use super::super::classify::classify_command;
    use crate::record::contribution::CheckKind;

    #[test]
    fn what_only_reads_a_file_to_see_whether_it_is_well_formed_is_a_check() {
        for (command, expected) in [
            ("jq empty settings.json", true),
            ("jq . settings.json", false),
            ("python3 -m json.tool < a.json", true),
            ("python -m py_compile src/price.py", true),
            ("python -m http.server", false),
            ("node --check index.js", true),
            ("node index.js", false),
            ("bash -n install.sh", true),
            ("bash install.sh", false),
            ("php -l index.php", true),
            ("xmllint --noout a.xml", true),
            ("terraform validate", true),
            ("terraform apply", false),
            ("docker compose config -q", true),
            ("docker compose up -d", false),
            ("git ls-files -z | xargs -0 bunx biome check", true),
            ("npx --yes github-actionlint@latest .github/workflows/release.yml", true),
            ("git ls-files | xargs wc -l", false),
        ] {
            assert_eq!(classify_command(command), expected.then_some(CheckKind::Lint), "{command}");
        }
    }
}
