# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2153,SC2154
#
# Real programs as servers in namespace B and as clients in A, each over one TCP, and a file for
# them to carry (sourced after lib.sh).

bracketed() { case $1 in *:*) echo "[$1]" ;; *) echo "$1" ;; esac; }
url() { echo "http://$(bracketed "$1"):$2/${3:-data}"; }
sum() { sha256sum <"$1" | cut -d ' ' -f 1; }

# some_data BYTES: what is served.
some_data()
{
	mkdir -p "$work/www"
	chmod 755 "$work" "$work/www"
	head -c "$1" /dev/urandom >"$work/www/data"
}

same_file()
{
	[ "$(sum "$1")" = "$(sum "$work/www/data")" ] || { echo "the data differs"; return 1; }
}

# start FAMILY PORT COMMAND...: in namespace B, over that TCP; back when the port listens there.
start()
{
	local family=$1 port=$2
	shift 2
	background ip netns exec "$B" "$here/over" "$family" "$@" >"$work/server" 2>&1 </dev/null
	wait_until listens "$B" "$(table_of "$family")" "$port" ||
		{ echo "$1 does not listen on $port: $(tail -n 1 "$work/server")"; return 1; }
}

# client FAMILY COMMAND...: in namespace A.
client()
{
	local status
	ip netns exec "$A" timeout "$DEADLINE" "$here/over" "$@"
	status=$?
	[ $status -ne 124 ] || echo "$2 did not end within $DEADLINE s" >&2
	return $status
}
