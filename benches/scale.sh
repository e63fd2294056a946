#!/usr/bin/env bash
# How the cost of `backfill --all --dry-run --json` grows with transcripts and with commits: a Markdown table of medians.
# usage: benches/scale.sh PROGRAM GIT_DIR SESSIONS [ROUNDS]
# GIT_DIR: a repository, which is only read. SESSIONS: a folder of Claude Code transcripts of it.
# Transcripts: every 4th and every 2nd file by size, all, and copies in which sessions, lines, messages and calls have other
# ids, so that each counts as a session of its own (takes 5 times the size of SESSIONS below TMPDIR).
# Commits: the first quarter and half of the history, all of it, and copies of it by another committer.
set -euo pipefail
export LC_ALL=C
program=$(realpath "$1"); git_dir=$(realpath "$2"); sessions=$(realpath "$3"); rounds=${4:-3}
stage=$(mktemp -d); trap 'rm -rf "$stage"' EXIT
export HOME=$stage/home GIT_CONFIG_NOSYSTEM=1; unset GIT_CONFIG_GLOBAL GIT_DIR XDG_CONFIG_HOME; mkdir "$HOME"
git config --global user.name bench; git config --global user.email bench@example.com

find "$sessions" -maxdepth 1 -name '*.jsonl' -printf '%s %f\n' | sort -n | cut -d' ' -f2 >"$stage/files"
every() { # FOLDER N: every Nth transcript
  mkdir "$stage/$1"; awk -v n="$2" 'NR % n == 0' "$stage/files" | (cd "$sessions" && xargs cp -t "$stage/$1")
}
copies() { # FOLDER N: N times all transcripts
  every "$1" 1
  for copy in $(seq 2 "$2"); do
    while read -r file; do
      sed -E "s/\"(sessionId|uuid|parentUuid|messageId|leafUuid)\":\"../\"\1\":\"g$copy/g; s/\"(toolu|msg)_../\"\1_g$copy/g" \
        "$sessions/$file" >"$stage/$1/g$copy${file:2}"
    done <"$stage/files"
  done
}

first() { # NAME PART OF: a repository with the oldest commits
  git init -q --bare "$stage/$1"
  git -C "$git_dir" rev-parse --path-format=absolute --git-path objects >"$stage/$1/objects/info/alternates"
  # Only what the first commit leads to: orphan branches are not looked at by backfill.
  root=$(git -C "$git_dir" rev-list --max-parents=0 HEAD | tail -n 1)
  git -C "$git_dir" rev-list --all --ancestry-path "^$root" --date-order --reverse --parents >"$stage/history"
  awk -v last="$(($(wc -l <"$stage/history") * $2 / $3))" '
    NR <= last { commits[$1]; for (i = 2; i <= NF; i++) parents[$i] }
    END { for (id in commits) if (!(id in parents)) print id " refs/heads/" id }' "$stage/history" >"$stage/$1/packed-refs"
  # The newest of them that leads to the head of GIT_DIR.
  git -C "$stage/$1" rev-list --all >"$stage/some"
  git -C "$git_dir" rev-list --first-parent HEAD |
    awk -v head="$stage/$1/HEAD" 'NR == FNR { some[$1]; next } !found && $1 in some { print >head; found = 1 }' "$stage/some" -
}
repeated() { # NAME N: N histories, joined by one merge
  first "$1" 1 1
  parents=(-p HEAD)
  for copy in $(seq 2 "$2"); do
    git -C "$stage/whole" fast-export --branches --no-data --reencode=yes --refspec "refs/heads/*:refs/copies/$copy/*" |
      sed -E "s/^committer .* </committer copy $copy </" | git -C "$stage/$1" fast-import --quiet
    parents+=(-p "$(git -C "$stage/$1" for-each-ref --count=1 --format='%(refname)' "refs/copies/$copy")")
  done
  git -C "$stage/$1" commit-tree "HEAD^{tree}" "${parents[@]}" -m "Join the copies" >"$stage/head"
  mv "$stage/head" "$stage/$1/HEAD"
}

median() { cut -d' ' -f"$1" "$stage/times" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
row() { # NAME REPOSITORY FOLDER
  : >"$stage/times"
  for _ in $(seq "$rounds"); do
    (cd "$stage/$2" && /usr/bin/time -q -a -o "$stage/times" -f '%e %U %S %M' \
      "$program" backfill --all --dry-run --json --sessions "$stage/$3" >"$stage/out" 2>"$stage/messages") ||
      { cat "$stage/messages" >&2; exit 1; }
  done
  awk '{ print $1, $2 + $3, $4 }' "$stage/times" >"$stage/sums"; mv "$stage/sums" "$stage/times"
  size=$(du -sb --apparent-size "$stage/$3" | cut -f1)
  linked=$(grep -c '"session":' "$stage/out" || true)
  echo "| $1 | $((size / 1000000)) MB | $(wc -l <"$stage/out") | $linked | $(median 1) s | $(median 2) s | $(($(median 3) / 1024)) MB |"
}

every quarter 4; every half 2; every all 1
first first_quarter 1 4; first first_half 1 2; first whole 1 1
echo "| | transcripts | commits | with a session | wall | processor | peak memory |"
echo "|---|---|---|---|---|---|---|"
row "1/4 of the transcripts" whole quarter
row "1/2 of the transcripts" whole half
row "all" whole all
copies double 2; row "transcripts twice" whole double; rm -r "$stage/double"
copies fourfold 4; row "transcripts 4 times" whole fourfold; rm -r "$stage/fourfold"
row "1/4 of the commits" first_quarter all
row "1/2 of the commits" first_half all
repeated double_history 2; row "commits twice" double_history all
repeated fourfold_history 4; row "commits 4 times" fourfold_history all
