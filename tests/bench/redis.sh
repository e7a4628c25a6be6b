#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# redis.sh COUNT PREFIX...: a server and redis-benchmark over a UNIX socket, each behind the prefix;
# prints the lines of the latter.
set -euo pipefail
count=$1
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
"$@" redis-server --port 0 --unixsocket "$dir/socket" --save '' --dir "$dir" >log &
server=$!
# Fails until the server listens, which is what is waited for.
until redis-cli -s "$dir/socket" ping >/dev/null 2>&1; do
	kill -0 "$server" || {
		cat log >&2
		exit 1
	}
done
"$@" redis-benchmark -s "$dir/socket" -n "$count" -c 20 -t set,get --csv
kill "$server"
wait "$server" || true
