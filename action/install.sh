#!/bin/sh
# Gets the backstory program for the action on Linux and macOS, and writes its path to the step output `program`:
# the one that the workflow names (`bin-path`), else the released one, else one built from the action's own source.
# A downloaded archive is run only when its sha256 stands in checksums.txt beside this script, or, for a version that is
# not listed there, when GitHub attests that the release workflow of the action's repository built it. See docs/action.md.
#
# Reads: INPUT_BIN_PATH, INPUT_VERSION, ACTION_REPOSITORY (owner/name), GH_TOKEN, BACKSTORY_RELEASES_URL (a mirror), and
# what every runner sets: GITHUB_OUTPUT, GITHUB_SERVER_URL, GITHUB_WORKSPACE, RUNNER_TEMP.
set -eu

action=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
checksums=$action/action/checksums.txt
temporary=${RUNNER_TEMP:-${TMPDIR:-/tmp}}

# Build scripts and downloaded programs have no business with the token.
token=${GH_TOKEN-}
unset GH_TOKEN

# tell KIND TEXT: a line of text in the run's list of remarks, whatever is in it.
tell() {
	printf '%s\n' "$2" | awk -v kind="$1" '
		NR == 1 { printf "::%s title=backstory::", kind }
		NR > 1 { printf "%%0A" }
		{ gsub(/%/, "%25"); gsub(/\r/, "%0D"); printf "%s", $0 }
		END { print "" }'
}
stop() {
	tell error "$1"
	exit 1
}

# found PROGRAM: says which program it is, and ends.
found() {
	said=$("$1" --version 2>&1) || stop "$1 does not run here: $said"
	case $1 in *'
'*) stop 'the path of the program has a line end in it' ;; esac
	printf 'program=%s\n' "$1" >>"$GITHUB_OUTPUT"
	printf '%s: %s\n' "$said" "$1"
	exit 0
}

target() {
	case $(uname -m) in
	x86_64 | amd64) cpu=x86_64 ;;
	aarch64 | arm64) cpu=aarch64 ;;
	*) return 1 ;;
	esac
	case $(uname -s) in
	Linux) echo "$cpu-unknown-linux-musl" ;;
	Darwin) echo "$cpu-apple-darwin" ;;
	*) return 1 ;;
	esac
}

# download URL FILE
download() {
	if command -v curl >/dev/null 2>&1; then
		curl --fail --silent --show-error --location --retry 3 --connect-timeout 20 --max-time 300 --output "$2" "$1"
	elif command -v wget >/dev/null 2>&1; then
		wget -q -T 60 -O "$2" "$1"
	else
		echo 'neither curl nor wget is here' >&2
		return 1
	fi
}

sha256() {
	if command -v sha256sum >/dev/null 2>&1; then
		sha256sum "$1"
	elif command -v shasum >/dev/null 2>&1; then
		shasum -a 256 "$1"
	else
		openssl dgst -sha256 -r "$1"
	fi | cut -d ' ' -f 1
}

# attested FILE VERSION: 0 when GitHub attests that the release workflow built it from the tag of that version, 1 when GitHub
# does not, 2 when nobody can tell. The repository alone proves too little: any workflow and any branch of it would do.
attested() {
	[ -n "$token" ] && [ -n "${ACTION_REPOSITORY-}" ] && command -v gh >/dev/null 2>&1 || return 2
	case $(gh attestation verify --help 2>/dev/null) in
	*--signer-workflow*--source-ref* | *--source-ref*--signer-workflow*) ;;
	*) return 2 ;;
	esac
	GH_TOKEN=$token gh attestation verify "$1" --repo "$ACTION_REPOSITORY" \
		--signer-workflow "$ACTION_REPOSITORY/.github/workflows/release.yml" --source-ref "refs/tags/v$2" >&2
}

# released VERSION: runs the released program, or returns with the reason in $why.
released() {
	target=$(target) || {
		why="no binary is released for $(uname -s) on $(uname -m)"
		return 1
	}
	name=backstory-$1-$target.tar.gz
	expected=$(awk -v name="$name" 'length($1) == 64 && ($2 == name || $2 == "*" name) { print $1; exit }' "$checksums")
	if [ -z "$expected" ] && [ "$1" = "$own" ]; then
		why="action/checksums.txt lists no $name"
		return 1
	fi
	url=${BACKSTORY_RELEASES_URL:-}
	if [ -z "$url" ]; then
		[ -n "${ACTION_REPOSITORY-}" ] || {
			why='the action is run from its own checkout, so it has no releases'
			return 1
		}
		url=${GITHUB_SERVER_URL:-https://github.com}/$ACTION_REPOSITORY/releases/download
	fi
	folder=$temporary/backstory-$1
	mkdir -p "$folder"
	download "$url/v$1/$name" "$folder/$name" || {
		why="$url/v$1/$name cannot be downloaded"
		return 1
	}
	may_run || return 1
	tar -xzf "$folder/$name" -C "$folder" backstory || stop "$name has no program in it"
	found "$folder/backstory"
}

# Whether $folder/$name may be run. Ends the step where it must not be.
may_run() {
	actual=$(sha256 "$folder/$name")
	if [ -n "$expected" ] && [ "$actual" != "$expected" ]; then
		rm -f "$folder/$name"
		stop "$name has the sha256 $actual, action/checksums.txt says $expected: it is not run"
	fi
	proof=0
	attested "$folder/$name" "$version" || proof=$?
	if [ -z "$expected" ] && [ "$proof" -ne 0 ]; then
		rm -f "$folder/$name"
		stop "action/checksums.txt lists no $name and no attestation was found for it: it is not run. Leave out \`version\`, or name your own program with \`bin-path\`"
	fi
	if [ "$proof" -eq 1 ]; then
		rm -f "$folder/$name"
		why="GitHub does not attest that the release workflow of $ACTION_REPOSITORY built $name from the tag v$version"
		return 1
	fi
}

# build WHY
build() {
	command -v cargo >/dev/null 2>&1 ||
		stop "$1, and there is no cargo to build it from source: install Rust before this step, or name a program with \`bin-path\`"
	tell notice "$1: building it from the action's source, which takes some minutes"
	# The folder decides which .cargo/config.toml counts: it must not be that of the pull request.
	cd "$action"
	CARGO_TARGET_DIR=$temporary/backstory-build \
		cargo install --locked --path "$action" --root "$temporary/backstory-$own" >&2 ||
		stop 'the build of backstory from source failed: see the lines above'
	found "$temporary/backstory-$own/bin/backstory"
}

if [ -n "${INPUT_BIN_PATH-}" ]; then
	case $INPUT_BIN_PATH in
	/*) program=$INPUT_BIN_PATH ;;
	*) program=${GITHUB_WORKSPACE:-$PWD}/$INPUT_BIN_PATH ;;
	esac
	[ -x "$program" ] || stop "bin-path names $program, which is no program"
	found "$program"
fi

own=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$action/Cargo.toml" | head -n 1)
version=${INPUT_VERSION:-$own}
version=${version#v}
case $version in
'' | *[!0-9A-Za-z.+-]* | [!0-9]*) stop "\`version\` is to be the number of a release, such as $own, and is: $version" ;;
esac

released "$version" || {
	[ "$version" = "$own" ] || stop "backstory $version cannot be used: $why"
	build "$why"
}
