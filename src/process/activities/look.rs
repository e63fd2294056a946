//! Commands that do nothing but look, known by their words alone: most of what agents run. The rules say the same of them, and take
//! a hundred times longer.

/// Programs that write nothing, whatever their options are.
const LOOKS: &[&str] = &["cat", "cut", "egrep", "fgrep", "grep", "head", "ls", "nl", "rg", "tail", "wc"];

/// Whether every program of `command` only looks. `false` where that takes more than a glance to tell.
pub(crate) fn is_plain_look(command: &str) -> bool {
    let is_plain =
        |byte: u8| !matches!(byte, b'>' | b'<' | b';' | b'&' | b'`' | b'$' | b'(' | b')' | b'{' | b'}' | b'\n' | b'\r');
    let looks = |part: &str| part.split_whitespace().next().is_some_and(|program| LOOKS.contains(&program));
    command.bytes().all(is_plain) && command.split('|').all(looks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::activities::Activities;
    use crate::process::settings::ProcessSettings;
    use crate::record::execution::Phase;

    #[test]
    fn what_is_a_look_at_a_glance_is_one_by_the_rules() {
        let rules = Activities::new("", &ProcessSettings::default()).unwrap();
        for (command, expected) in [
            ("grep -rn 'thing 7' src | head", true),
            ("cat package.json", true),
            ("ls -la tests | grep cart | wc -l", true),
            ("head -20 Cargo.toml", true),
            ("rg --files", true),
            ("cat a.md | tee b.md", false),
            ("cat a.md > b.md", false),
            ("grep -l x src && cargo test", false),
            ("ls; make test", false),
            ("grep x $(git ls-files)", false),
            ("ls | xargs rm", false),
            ("sort -o a a", false),
            ("find . -delete", false),
            ("cargo test | tail -3", false),
            ("| cat", false),
            ("", false),
        ] {
            assert_eq!(is_plain_look(command), expected, "{command}");
            let found = rules.of_command(command, &[]);
            let phases = found.parts.iter().map(|part| part.activity.map(|id| rules.phase_of_id(id)));
            let is_look = phases.clone().all(|phase| phase == Some(Phase::Explore));
            assert!(!expected || is_look, "{command}: {:?}", phases.collect::<Vec<_>>());
        }
    }
}
