#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# stress-ng with its socket stressors: both ends in its own processes, on the loopback device.
# mission S1.5a, S4.1c.

# shellcheck source=tests/apps/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
installed stress-ng

# stress FAMILY STRESSOR OPTION...: status and complaints as on the kernel's TCP.
stress()
{
	local family
	for family in inet "$1"; do
		PORT=$((PORT + 10))
		in_a "$here/over" "$family" stress-ng --verify --timeout 300s "${@:2}" \
			--sock-port "$PORT" --sockmany-port "$PORT" >"$work/stress.$family" 2>&1
		echo "status $?" >"$work/status.$family"
		grep -E 'fail|unsuccessful|skipp|error' "$work/stress.$family" |
			sed 's/[0-9][0-9.]*//g' >>"$work/status.$family"
	done
	grep -qx 'status 0' "$work/status.inet" || { cat "$work/stress.inet"; return 1; }
	cmp -s "$work/status.inet" "$work/status.$1" && return
	cp "$work/stress.$1" "$work/says"
	echo "error: not as on the kernel's TCP: $(tr '\n' ' ' <"$work/status.$1")"
	return 1
}

all()
{
	local n=$((LESS ? 20 : 100)) domain
	for domain in ipv4 ipv6; do
		check "stress_sock_$domain$suffix" stress "$OURS" --sock 2 --sock-domain $domain --sock-ops "$n"
		check "stress_sock_${domain}_random$suffix" stress "$OURS" --sock 1 --sock-domain $domain \
			--sock-opts random --sock-nodelay --sock-ops "$n"
	done
	check "stress_sockmany$suffix" stress "$OURS" --sockmany 1 --sockmany-ops "$((n * 10))"
	[ ! -e "$work/says" ] || cat "$work/says"
}

path=plain suffix='' LESS=$SMALL
two_namespaces
all
tc -n "$A" qdisc add dev lo root netem loss 1%
suffix=_loss LESS=1
all
finish
