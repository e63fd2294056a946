#!/bin/sh
# prek cannot be installed where git's hook is a program and not a script; pre-commit can.
#
# Guess: prek takes the place of pre-commit without a difference, and a hook of git is any executable file. Whoever keeps an
# earlier hook moves it, so a compiled hook is kept like any script.
# Seen (prek 0.5.11 and pre-commit 4.7.0; hook: a copy of git's own binary in the place of commit-msg): pre-commit moves it to
# commit-msg.legacy, as it does a script. prek moves a script, and of the binary says "stream did not contain valid UTF-8",
# ends with 2 and installs nothing. With `-f`, which keeps no earlier hook, it does.
# Why the guess is wrong: prek reads the hook that is there as UTF-8 text, to see by a line in it whether it is one of its own,
# before it decides to move it, and takes a text that cannot be read for an error and not for somebody else's hook.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
export HOME="$folder" GIT_CONFIG_NOSYSTEM=1 PRE_COMMIT_HOME="$folder/cache" PREK_HOME="$folder/prek"
python3 -m venv venv
venv/bin/pip -q install --disable-pip-version-check pre-commit==4.7.0 prek==0.5.11
try() {
  rm -rf repository; git init -q repository
  printf 'repos: []\n' >repository/.pre-commit-config.yaml
  hook=repository/.git/hooks/commit-msg; mkdir -p repository/.git/hooks
  case $2 in
  program) cp -L "$(command -v git)" $hook ;;
  script) printf '#!/bin/sh\nexit 0\n' >$hook ;;
  esac
  chmod +x $hook
  code=0
  (cd repository && "$folder/venv/bin/$1" install $3 -t commit-msg) >"$folder/said" 2>&1 || code=$?
  moved=stays; [ ! -e $hook.legacy ] || moved=moved
  echo "$1 install $3, hook is a $2: ends with $code, the hook $moved"
  grep -E 'UTF-8' "$folder/said" | sed 's/`.*`/FILE/' || true
}
for manager in pre-commit prek; do try $manager script ""; test "$code $moved" = "0 moved"; done
try pre-commit program ""; test "$code $moved" = "0 moved"
try prek program ""; test "$code $moved" = "2 stays"; grep -q "did not contain valid UTF-8" "$folder/said"
try prek program -f; test "$code" = 0
