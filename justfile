# Short names for what is done often; `just` lists them.

_default:
    @just --list

# All tests, or those of one name: `just test corrections`
test *NAME:
    cargo test {{NAME}}

# Format and lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# What must pass before a change is taken in; needs python3, node and npm too
ci:
    .ci/run

# Spelling; typos.toml has the exceptions
spell:
    .ci/tools
    target/ci-tools/venv/bin/typos

# The documents as a site, in target/site
site:
    .ci/tools
    .ci/site

# What the hooks of two builds cost, by git's own clock
bench BEFORE AFTER ROUNDS="60":
    benches/hooks_pair.py {{BEFORE}} {{AFTER}} {{ROUNDS}}

# How fast the transcripts in a folder are read
bench-read DIR:
    cargo bench --bench read -- {{DIR}}

# How fast files are redacted; `units` for the slowest repeated texts
bench-redact *FILES:
    cargo bench --bench redact -- {{FILES}}

# How well sessions and commits are linked (tools/evaluate/README.md)
evaluate *ARGS:
    cargo run --release -p evaluate -- {{ARGS}}

# Real agents against a scripted model: all, or `just live pi codex@0.171.0`; `--write` puts the table into the documents
live *ARGS:
    cargo build
    tests/live/run.py {{ARGS}}

# One commit, from a session to training data
demo:
    cargo run --release -- demo
