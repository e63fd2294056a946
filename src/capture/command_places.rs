//! Which programs of a shell command worked in the repository: what is kept of the command, and where it left something.

use std::collections::HashMap;

use super::event::{ActionEvent, Extent};
use super::outside::Outside;
use crate::checks::shell_walk::{ProgramRun, walk};
use crate::record::place::{Ground, Location};
use crate::text::ids::is_abbreviated;

/// Where a command works, seen from one repository. Remembers where paths lie.
pub(super) struct Commands<'a> {
    ground: &'a dyn Ground,
    outside: Outside,
    places: HashMap<String, Location>,
}

/// Where a program works.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Site {
    Here,
    /// In another repository, or where cannot be told.
    Away,
    /// In no repository.
    Beside,
}

impl<'a> Commands<'a> {
    pub(super) fn new(ground: &'a dyn Ground, outside: Outside) -> Self {
        Self { ground, outside, places: HashMap::new() }
    }

    /// What is kept of a command that was started in `cwd`; `None` where all of it is. A command that also works in another
    /// repository keeps what it writes and commits here: its output may be of either, and so may what its checks say. So does
    /// one that only writes there.
    pub(super) fn kept(&mut self, command: &str, cwd: Option<&str>) -> Option<ActionEvent> {
        let start = cwd.unwrap_or_default();
        let runs = walk(command, start);
        let sites: Vec<Site> = runs.iter().map(|run| self.site(run)).collect();
        let all = || runs.iter().flat_map(|run| std::iter::once(&run.at).chain(&run.targets)).flatten();
        // Built or started outside, but of this repository: `cmake /here && make`.
        let is_of_here = runs.iter().any(|run| run.is_check)
            && sites.contains(&Site::Beside)
            && all().any(|path| self.place(path) == Some(Site::Here));
        let one_of =
            |files: &[String], wanted: Location| files.iter().any(|file| self.ground.file(file, cwd) == wanted);
        // Of a program that writes in both, its text may be of either.
        let leaves_here = |run: &ProgramRun| {
            let is_written = one_of(&run.writes, Location::Elsewhere) || run.writes_somewhere;
            !run.is_check && (is_written || one_of(&run.names, Location::Elsewhere))
        };
        let is_away = |run: &ProgramRun, site: Site| {
            let stands_away = match site {
                Site::Here => false,
                Site::Away => true,
                Site::Beside => run.is_check && !is_of_here,
            };
            stands_away || leaves_here(run)
        };
        if !runs.iter().zip(&sites).any(|(run, site)| is_away(run, *site)) {
            return None;
        }
        let (mut texts, mut commits_here, mut commits_away) = (Vec::new(), false, false);
        let (mut writes_here, mut writes_away) = (false, false);
        for (run, site) in runs.iter().zip(sites) {
            let commits_in_it = run.commits && site == Site::Here;
            commits_away |= run.commits && site != Site::Here;
            writes_away |= one_of(&run.writes, Location::Elsewhere) || (run.commits && site == Site::Away);
            let is_written_here = one_of(&run.writes, Location::Here);
            if !run.is_check && !leaves_here(run) && (site == Site::Here || is_written_here) {
                commits_here |= commits_in_it;
                writes_here |= commits_in_it || is_written_here;
                texts.push(in_its_folder(run, start));
            }
        }
        // What only looked around here does not make work elsewhere work of this repository.
        if texts.is_empty() || (writes_away && !writes_here) {
            return Some(ActionEvent::Elsewhere { edits: writes_away });
        }
        let extent = if commits_here && !commits_away { Extent::Committing } else { Extent::Part };
        Some(ActionEvent::Shell { command: texts.join("\n"), cwd: cwd.map(str::to_owned), extent })
    }

    fn site(&mut self, run: &ProgramRun) -> Site {
        let Some(mut site) = run.at.as_deref().map_or(Some(Site::Away), |at| self.place(at)) else { return Site::Here };
        // Where a build is made outside of the repository, its programs are told so.
        let builds_outside = matches!(run.program.as_str(), "cmake" | "ctest" | "ninja" | "meson");
        if site == Site::Beside
            && builds_outside
            && run.folder.as_deref().map(|at| self.place(at)) == Some(Some(Site::Here))
        {
            site = Site::Here;
        }
        for target in &run.targets {
            match target.as_deref().map_or(Some(Site::Away), |target| self.place(target)) {
                Some(Site::Away) => return Site::Away,
                Some(Site::Here) if site == Site::Beside => site = Site::Here,
                _ => {}
            }
        }
        site
    }

    /// `None` for a path of which only is known where it begins: in the session's own folder, whichever that is.
    fn place(&mut self, path: &str) -> Option<Site> {
        if !is_absolute(path) {
            return None;
        }
        if !self.places.contains_key(path) {
            self.places.insert(path.to_owned(), self.ground.file(path, None));
        }
        Some(match (self.places[path], self.outside) {
            (Location::Here | Location::Gone, _) | (Location::Nowhere, Outside::All) => Site::Here,
            (Location::Elsewhere, _) => Site::Away,
            (Location::Nowhere, Outside::Documents) => Site::Beside,
        })
    }
}

/// Where a command commits, and where the files lie that it writes.
pub(super) fn places_of_work(command: &str, cwd: Option<&str>, ground: &dyn Ground) -> Vec<Location> {
    const SIGNS: [&str; 14] =
        ["git", "jj", "sl", ">", "tee", "sed", "perl", "patch", "cp ", "mv ", "install", "rsync", "rm ", "mkdir"];
    if !SIGNS.iter().any(|sign| command.contains(sign)) && !command.contains("dd ") && !command.contains("ln ") {
        return Vec::new();
    }
    let mut places = Vec::new();
    for run in walk(command, cwd.unwrap_or_default()) {
        if run.commits
            && let Some(at) = run.at.as_deref().filter(|at| is_absolute(at))
        {
            places.push(ground.folder(at));
        }
        places.extend(run.writes.iter().filter(|file| is_absolute(file)).map(|file| ground.file(file, None)));
    }
    places
}

fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '~', '\\']) || path.get(1..2) == Some(":")
}

/// The text of a run, which goes to its folder first where it is another than that of the command.
fn in_its_folder(run: &ProgramRun, start: &str) -> String {
    match run.folder.as_deref().filter(|folder| *folder != start) {
        Some(folder) if folder.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-~:".contains(&byte)) => {
            format!("cd {folder} && {}", run.text)
        }
        Some(folder) => format!("cd '{}' && {}", folder.replace('\'', "'\\''"), run.text),
        None => run.text.clone(),
    }
}

/// The lines that git prints of the commits that it made.
pub(super) fn commit_lines(output: &str) -> String {
    let is_one = |line: &&str| {
        let head = line.trim_start().strip_prefix('[').and_then(|rest| rest.split_once("] ")).map(|(head, _)| head);
        let id = head.and_then(|head| head.rsplit_once(' ')).map(|(_, id)| id);
        id.is_some_and(is_abbreviated)
    };
    output.lines().filter(is_one).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::told_ground::ToldGround;
    use super::*;

    /// What is left of a command: all, nothing (`-`, `!` where it wrote or committed elsewhere), or its text.
    fn left(command: &str, cwd: &str, outside: Outside) -> String {
        match Commands::new(&ToldGround, outside).kept(command, Some(cwd)) {
            None => "all".to_owned(),
            Some(ActionEvent::Elsewhere { edits: false }) => "-".to_owned(),
            Some(ActionEvent::Elsewhere { edits: true }) => "!".to_owned(),
            Some(ActionEvent::Shell { command, extent: Extent::Committing, .. }) => format!("+{command}"),
            Some(ActionEvent::Shell { command, .. }) => command,
            Some(_) => "?".to_owned(),
        }
    }

    #[test]
    fn a_command_that_works_elsewhere_or_nobody_knows_where_is_left_out() {
        for command in [
            "cd /other && pytest -q",
            "cd ../other && pytest -q",
            "cd /other; pytest",
            "cd /other\npytest",
            "cd /other || exit; pytest",
            "if cd /other; then pytest; fi",
            "(cd /other && pytest)",
            "(cd /tmp; cd /other; pytest)",
            "{ cd /other; pytest; }",
            "pushd /other && pytest && popd",
            "cd ~/other && pytest",
            "cd $HOME/other && pytest",
            "cd \"${HOME}/other\" && pytest",
            "cd && cd other && pytest",
            "cd $OTHER && pytest",
            "cd \"$(cat where)\" && pytest",
            "cd ~ann/x && pytest",
            "cd */ && pytest",
            "O=/other; cd $O && pytest",
            "export O=/other && cd \"$O\" && pytest",
            "for d in /other /here; do cd $d && pytest; done",
            "for d in /other; do (cd $d && pytest); done",
            "f() { cd /other; pytest; }; f",
            "bash -c 'cd /other && pytest'",
            "bash -lc \"cd /other && pytest\"",
            "sh -c 'sh -c \"cd /other && pytest\"'",
            "eval 'cd /other && pytest'",
            "eval cd /other '&&' pytest",
            "bash <<'EOF'\ncd /other\npytest\nEOF",
            "builtin cd /other && pytest",
            "command cd -P -- /other && pytest",
            "cd /other >/dev/null 2>&1 && pytest",
            "make -C /other test",
            "make -C/other test",
            "make -C ../other test",
            "make --directory=/other test",
            "npm --prefix /other test",
            "pnpm -C /other test",
            "pnpm --dir ../other run lint",
            "yarn --cwd /other test",
            "cargo test --manifest-path /other/Cargo.toml",
            "cargo test --manifest-path=../other/Cargo.toml",
            "go -C /other test ./...",
            "go test -C /other ./...",
            "uv run --directory /other pytest",
            "env -C /other pytest",
            "ctest --test-dir /other/build",
            "mvn -f /other/pom.xml test",
            "gradle -p /other test",
            "gradle -p/other test",
            "dotnet test /other/A.sln",
            "pytest /other/tests",
            "pytest /other/tests/test_a.py::test_b",
            "pytest tests ../other/tests",
            "pytest --rootdir=/other",
            "jest -c /other/jest.config.js",
            "python -m pytest ../other",
            "phpunit -c /other/phpunit.xml",
            "tsc -p ../other",
            "ruff check ../other/*.py",
            "mypy $OTHER/src",
            "pytest $TESTS",
            "pytest $(cd /other && ls)",
            "/other/scripts/test.sh",
            "bash ../other/scripts/test.sh",
            "cd /tmp/copy && pytest",
            "OLD=$PWD; cd /other; pytest; cd $OLD",
            "z other && pytest",
            "MIX_EXS=/other/mix.exs mix test",
            "export MIX_EXS=/other/mix.exs; mix test",
            "BUNDLE_GEMFILE=../other/Gemfile bundle exec rspec",
            "PYTEST_ADDOPTS='--rootdir=/other -q' pytest",
            "env CARGO_MANIFEST_PATH=/other/Cargo.toml cargo test",
            "sqlite3 ../other/db.sqlite 'drop table a'",
            "find /other -name a -delete",
        ] {
            assert_eq!(left(command, "/here", Outside::Documents), "-", "{command}");
        }
    }

    #[test]
    fn a_program_that_writes_only_elsewhere_is_work_of_the_other_repository() {
        for command in [
            "cat > /other/a <<X\nsecret\nX",
            "cat > ../other/a <<X\nsecret\nX",
            "cat >> ~/other/a <<X\nsecret\nX",
            "echo secret >> /other/a",
            "printf secret | tee -a ../other/a",
            "tee /other/a /other/b >/dev/null <<X\nsecret\nX",
            "tee a /other/b <<X\nsecret\nX",
            "sed -i s/a/secret/ /other/a",
            "sed -i s/a/secret/ a /other/a",
            "sed -i s/a/secret/ /other/*.py",
            "perl -pi -e s/a/secret/ ../other/a",
            "cp a /other/secret",
            "mv a ../other/secret",
            "ln -s a /other/secret",
            "rsync -a src/ /other/secret/",
            "dd if=a of=/other/secret",
            "rm -rf /other/secret",
            "mkdir -p /other/secret",
            "chmod +x /other/secret",
            "for f in /other/a /other/b; do echo secret > $f; done",
            "O=/other; cat > $O/a <<X\nsecret\nX",
            "bash -c 'echo secret > /other/a'",
            "cd /tmp && echo secret > /other/a",
            "ls; echo secret > /other/a",
            "mkdir -p /other/x && echo secret > /other/x/a; git status",
        ] {
            assert_eq!(left(command, "/here", Outside::Documents), "!", "{command}");
        }
        for command in [
            "python3 -c \"open('/other/a', 'w').write('secret')\"",
            "python3 - <<X\nopen('../other/a', 'w').write('secret')\nX",
            "node -e \"require('fs').writeFileSync('/other/a', 'secret')\"",
            "cat > $OTHER/a <<X\nsecret\nX",
            "tar -C /other -xf secret.tar",
            "unzip secret.zip -d /other",
            "curl -o /other/a https://secret.example",
        ] {
            assert_eq!(left(command, "/here", Outside::Documents), "-", "{command}");
        }
    }

    #[test]
    fn a_command_that_works_here_is_kept() {
        for command in [
            "pytest",
            "cd src && pytest",
            "cd /here/src && pytest",
            "cd /other; cd /here",
            "cd $(git rev-parse --show-toplevel) && pytest",
            "cd \"$(pwd)/src\" && pytest",
            "cd `pwd` && make test",
            "cd src && pytest; cd - && make",
            "S=src; cd $S && pytest",
            "pytest tests/*.py -n $(nproc)",
            "go test $(go list ./... | grep -v x)",
            "for f in a b; do pytest $f; done",
            "make -j$JOBS test",
            "make -C src test",
            "npm --prefix web test",
            "pytest -q 2>&1 | tail -3; echo $?",
            "pytest -q > /other/log",
            "pytest --junitxml=/other/report.xml",
            "cp /other/a . && pytest",
            "PYTHONPATH=/other/lib pytest",
            "export JAVA_HOME=/other/jdk; mvn test",
            "DATABASE_URL=postgres://x/other pytest",
            "O=/other; pytest",
            "python3 -c \"open('/here/a', 'w').write('text')\"",
            "cat > a <<X\nsee /other/a\nX",
            "cat > $(mktemp) <<X\ntext\nX",
            "sed -i s/a/b/ $FILES",
            "rm -rf build /tmp/x",
            "find . -name a -delete",
            "diff -u a /other/a",
            "echo 1 > /tmp/x",
            "cat /other/notes",
            "cd /tmp && curl -O x; cd /here && pytest",
            "cmake --build /tmp/build && ctest --test-dir /tmp/build",
            "cd /tmp/build && cmake /here && make test",
            "bash -lc 'pytest'",
            "pytest \"$@\"",
            "(cd src && pytest) && make",
            "source .venv/bin/activate && pytest",
            "grep -C 3 x a",
        ] {
            assert_eq!(left(command, "/here", Outside::Documents), "all", "{command}");
        }
        // A named session may have worked in a folder that is not on this machine.
        assert_eq!(left("cd /workspace && pytest", "/workspace", Outside::All), "all");
        assert_eq!(left("pytest", "/workspace", Outside::Documents), "-");
        assert_eq!(left("ls", "/workspace", Outside::Documents), "all");
        assert_eq!(left("pytest here/tests", "/", Outside::Documents), "all");
    }

    #[test]
    fn of_a_command_that_works_in_two_repositories_what_it_wrote_and_committed_here_is_left() {
        for (command, cwd, expected) in [
            ("cd /other && pytest; cd /here; git status", "/here", "git status"),
            ("cd /other && pytest && cd /here && pytest", "/here", "-"),
            ("git -C /other log; cat > a <<'X'\ntext\nX", "/here", "cat > a <<'X'\ntext\nX"),
            ("git -C /other pull; git commit -qm x", "/here", "+git commit -qm x"),
            ("git -C /other commit -qm x; git commit -qm y", "/here", "git commit -qm y"),
            ("cat > /here/a <<X\ntext\nX", "/other", "cat > /here/a <<X\ntext\nX\n"),
            ("cat > ../here/a <<X\ntext\nX\npytest", "/other", "cat > ../here/a <<X\ntext\nX\n"),
            ("cat > b <<X\nsecret\nX\ncat > /here/a <<X\ntext\nX", "/other", "cat > /here/a <<X\ntext\nX"),
            ("tee /here/a >/dev/null <<X\ntext\nX", "/other", "tee /here/a >/dev/null <<X\ntext\nX"),
            ("cd /here && cat > a <<X\ntext\nX", "/other", "all"),
            ("cd ~/here && cat > a <<X\ntext\nX", "/other", "all"),
            ("bash -lc \"cd /here && cat > a <<'X'\ntext\nX\"", "/other", "all"),
            ("ls; (cd /here/src && sed -i s/a/b/ c)", "/other", "cd /here/src && sed -i s/a/b/ c"),
            ("git --git-dir=/here/.git --work-tree=/here commit -qm x", "/other", "all"),
            ("GIT_DIR=/here/.git git commit -qm x; ls", "/other", "+GIT_DIR=/here/.git git commit -qm x"),
            ("cat > a <<X\nsecret\nX", "/other", "!"),
            ("git commit -qm secret", "/other", "!"),
            ("cp /here/a b", "/other", "!"),
            ("echo 1 > a; echo secret > /other/b", "/here", "echo 1 > a"),
            ("echo secret > /other/b && git commit -qm x", "/here", "+git commit -qm x"),
            ("tee /here/a /other/b <<X\nsecret\nX", "/other", "!"),
            ("rm -rf /here/a; rm secret", "/other", "rm -rf /here/a"),
        ] {
            let found = left(command, cwd, Outside::Documents);
            assert_eq!(found.trim_end(), expected.trim_end(), "{command}");
        }
    }

    #[test]
    fn of_what_git_prints_the_lines_of_commits_are_left() {
        let output = "secret\n[main 1a2b3c4] Add\n 1 file changed\n[x] y\n[detached HEAD (root-commit) 1a2b3c4d] B\n";
        assert_eq!(commit_lines(output), "[main 1a2b3c4] Add\n[detached HEAD (root-commit) 1a2b3c4d] B");
    }
}
