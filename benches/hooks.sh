#!/usr/bin/env bash
# What the hooks add to `git commit`: medians over interleaved rounds, against plain git and two empty shell hooks.
# usage: benches/hooks.sh PATH_TO_BACKSTORY [ROUNDS] [FILES] [TRANSCRIPT] [COPIES] [WRITES]
# TRANSCRIPT: a session file of Claude Code to place as this repository's own (its cwd is replaced); none measures without
# a session. COPIES: older sessions of the same repository beside it, known to the index before the first round. WRITES:
# `writes` lets the session go on before each commit and write the lines that are committed, so that a record is made.
set -euo pipefail
program=$(realpath "$1"); rounds=${2:-60}; files=${3:-30}; transcript=${4:-}; copies=${5:-0}; writes=${6:-}
stage=$(mktemp -d); trap 'rm -rf "$stage"' EXIT
export HOME=$stage/home GIT_CONFIG_NOSYSTEM=1; unset GIT_CONFIG_GLOBAL GIT_DIR XDG_CONFIG_HOME
# A copy, as `cargo install` makes one: what the linker has just written lies in smaller pieces in memory and starts later.
cp "$program" "$stage/backstory"; program=$stage/backstory
mkdir -p "$HOME"; git config --global user.name bench; git config --global user.email bench@example.com
git config --global init.defaultBranch main; git config --global gc.auto 0; git config --global commit.gpgsign false
make() { # a repository of $files files
  git init -q "$1"; cd "$1"; mkdir -p d; i=0
  while [ $i -lt "$files" ]; do mkdir -p d/$((i / 500)); echo "file $i" >d/$((i / 500))/f$i.txt; i=$((i + 1)); done
  git add .; git commit -qm start; cd - >/dev/null
}
make "$stage/none"; make "$stage/empty"; make "$stage/full"
for hook in commit-msg post-commit; do printf '#!/bin/sh\nexit 0\n' >"$stage/empty/.git/hooks/$hook"; chmod +x "$stage/empty/.git/hooks/$hook"; done
(cd "$stage/full" && "$program" init >/dev/null)
if [ -n "$transcript" ]; then
  slug=$(printf %s "$stage/full" | sed 's/[^a-zA-Z0-9]/-/g'); mkdir -p "$HOME/.claude/projects/$slug"
  sed -E "s#\"cwd\":\"[^\"]*\"#\"cwd\":\"$stage/full\"#g" "$transcript" >"$HOME/.claude/projects/$slug/session.jsonl"
fi
if [ "$copies" -gt 0 ]; then
  folder=$HOME/.claude/projects/$slug
  for copy in $(seq "$copies"); do cp "$folder/session.jsonl" "$folder/old-$copy.jsonl"; touch -d "2026-01-01 + $copy minutes" "$folder/old-$copy.jsonl"; done
  # The index reads a part at each commit, within the hooks' time limit.
  cd "$stage/full"; for round in 1 2 3 4 5; do echo "warm $round" >>d/0/f0.txt; git add d/0/f0.txt; git commit -qm "warm $round" >/dev/null 2>&1; done
fi
write() { # the session edits d/0/f0.txt and adds the line $1
  at=$(date -u +%Y-%m-%dT%H:%M:%S.000Z); line='"isSidechain":false,"userType":"external","cwd":"'$stage/full'","sessionId":"bench","version":"2.1.30","timestamp":"'$at'"'
  printf '%s\n' '{"type":"user","uuid":"u'$1'",'"$line"',"message":{"role":"user","content":"Go on with '$1'"}}' \
    '{"type":"assistant","uuid":"a'$1'",'"$line"',"message":{"id":"m'$1'","role":"assistant","model":"claude-test-1","content":[{"type":"tool_use","id":"t'$1'","name":"Edit","input":{"file_path":"'$stage/full/d/0/f0.txt'","old_string":"file 0","new_string":"file 0\nround number '$1'"}}],"usage":{"input_tokens":1,"output_tokens":1}}}' \
    '{"type":"user","uuid":"r'$1'",'"$line"',"message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t'$1'","content":"The file has been updated.","is_error":false}]}}' \
    >>"$HOME/.claude/projects/$slug/session.jsonl"
}
for variant in none empty full; do : >"$stage/$variant.times"; done
for round in $(seq "$rounds"); do
  for variant in none empty full; do
    [ "$variant:$writes" = full:writes ] && write "$round"
    cd "$stage/$variant"; echo "round number $round" >>d/0/f0.txt; git add d/0/f0.txt
    begin=$(date +%s%N); git commit -qm "round $round" >/dev/null 2>&1; end=$(date +%s%N)
    echo $(((end - begin) / 1000)) >>"$stage/$variant.times"
  done
done
median() { sort -n "$1" | awk '{v[NR]=$1} END {print v[int((NR + 1) / 2)]}'; }
[ -z "$writes" ] || echo "records made: $(git -C "$stage/full" notes --ref backstory list | wc -l)"
none=$(median "$stage/none.times"); empty=$(median "$stage/empty.times"); full=$(median "$stage/full.times")
echo "files $files, rounds $rounds${transcript:+, with a session of $(stat -c %s "$transcript") bytes}${copies:+ and $copies older ones}${writes:+ that writes what is committed}: plain $none us, empty hooks +$((empty - none)) us, backstory +$((full - none)) us"
