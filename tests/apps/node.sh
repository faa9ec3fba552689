#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# http of Node.js, as server and as client: bodies of known and unknown length, both ways, kept
# connections, a reset, a refusal. mission S1.5a, S4.1c.

# shellcheck source=tests/apps/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
installed node

# node_http SERVER CLIENT PORT ADDRESS: an emulated processor has no gain from code made as it runs.
node_http()
{
	start "$1" "$3" node --jitless "$apps/http_server.js" "$3" "$4" "$work/www/data" || return 1
	client "$2" node --jitless "$apps/http_client.js" "$3" "$4" "$work/www/data" "$((LESS ? 50 : 200))" \
		>"$work/answer" || return 1
	result "$(cat "$work/answer")"
}

all()
{
	program node_http node_http
}

on_both_paths all
finish
