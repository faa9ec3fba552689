#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make bench PART=times` inside the VM: docs/times.md, from what the wire tests measure.

set -eu
tests=$(dirname "$(readlink -f "$0")")/../wire/wire_tests
out=$(mktemp -d)
SCENARIOS="syn_*_v4 synack_*_v4 data_retries*_v4 data_default_v4 data_peer_returns_v4 fin_*_v4
	last_ack_default_v4 closing_default_v4 lost_fin_v4 linger_for*_v4 keepalive_*_v4
	fw2_*_v4 tw_length*_v4 tw_after_closing_v4 probe*_v4 zero_window_probe_v4
	timeout_doubles_v4 initial_timeout_knob_v4"

set -f
# A test that the kernel's TCP fails is one that it isn't meant to pass.
# shellcheck disable=SC2086
"$tests" --warp --times $SCENARIOS >"$out/xtcp"
# shellcheck disable=SC2086
"$tests" --warp --times --family inet $SCENARIOS >"$out/inet" || :
cat <<-TEXT
	# Times of the timeouts

	Made by \`make bench PART=times DOCS=1\` on the $(uname -r | cut -d. -f1-2) kernel, whose clock was virtual: a
	nanosecond is an instruction, and nothing that waits is late by itself. Times are in
	seconds, each from the event before or, where they grow to the end of the row, from the beginning.
	The greatest difference is between what xtcp did and what is nominal; a timeout that
	doubles holds the round-trip time, which doubles too.

	| test | requirement | nominal | xtcp | greatest difference, ms | the kernel's TCP |
	|---|---|---|---|---|---|
TEXT
awk -F'; ' '
	function seconds(ms) { return sprintf("%.4g", ms / 1000) }
	function exact(ms) { return sprintf("%.3f", ms / 1000) }
	$1 != "times" { next }
	{
		n = split($4, event, " "); nominal = measured = ""; worst = 0
		for (i = 1; i <= n; i++) {
			split(event[i], t, "/")
			nominal = nominal " " seconds(t[1])
			measured = measured " " exact(t[2])
			d = t[2] - t[1]
			if (d < 0) d = -d
			if (d > worst) worst = d
		}
		if (FILENAME ~ /inet$/) {
			kernel[$2] = measured
			next
		}
		name[++rows] = $2; covers[rows] = $3; want[rows] = nominal; got[rows] = measured
		diff[rows] = sprintf("%.1f", worst)
	}
	END {
		for (i = 1; i <= rows; i++)
			printf "| `%s` | %s |%s |%s | %s |%s |\n", name[i], covers[i], want[i],
				got[i], diff[i], name[i] in kernel ? kernel[name[i]] : " "
	}' "$out/inet" "$out/xtcp"
rm -r "$out"
