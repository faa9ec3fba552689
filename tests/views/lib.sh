# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# Shared by the scripts that look at xtcp with programs of others (sourced): two namespaces, and
# exchanges between them.

views=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=tests/interop/lib.sh
. "$views/../interop/lib.sh"
TOOLS=$views/../../tools
PORT=5200		# each test has its own

die() { echo "$*"; return 1; }
fresh_port() { PORT=$((PORT + 1)); }
net_of() { ip netns exec "$1" stat -L -c %i /proc/self/ns/net; }

# installed PROGRAM...: what is missing is a failure.
installed()
{
	local program
	for program; do
		command -v "$program" >/dev/null || abort "$program is not installed"
	done
}

# exchange [BYTES]: a server in $B and a client of it; both ways at once.
exchange()
{
	transfer "$OURS" "$OURS" "$B4" "$PORT" "${1:-3000}"
}

# drop_first WHAT...: the first packet to $PORT that matches does not get to $B.
drop_first()
{
	ip netns exec "$B" nft -f - <<-RULES
		table inet lossy {
			chain in {
				type filter hook prerouting priority 0
				tcp dport $PORT $* numgen inc mod 1000000 < 1 drop
			}
		}
	RULES
}

drop_none() { ip netns exec "$B" nft delete table inet lossy; }

need
[ "$OURS" != inet ] || abort "this script is about the module; XTCP_FAMILY=inet has none"
two_namespaces
