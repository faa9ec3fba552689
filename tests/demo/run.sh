#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The demonstration of `make run`, inside the VM (called by scripts/run): curl over AF_XTCP
# fetches 10 MB across veth from nginx on the kernel's TCP, then from nginx over AF_XTCP, by
# IPv4 and IPv6. Fails unless every copy is equal and the client's namespace made no
# connection with the kernel's TCP.

set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

DIR=$(mktemp -d)
SIZE=$((10 * 1000 * 1000))
SERVER4=10.18.0.1 SERVER6=fd18::1

die()
{
	echo "demo: $*" >&2
	exit 1
}

make_net()
{
	modprobe -q veth || true
	ip netns add server
	ip netns add client
	ip -n server link add veth0 type veth peer name veth0 netns client
	ip -n server addr add $SERVER4/24 dev veth0
	ip -n client addr add 10.18.0.2/24 dev veth0
	ip -n server addr add $SERVER6/64 dev veth0 nodad
	ip -n client addr add fd18::2/64 dev veth0 nodad
	ip -n server link set lo up
	ip -n client link set lo up
	ip -n server link set veth0 up
	ip -n client link set veth0 up
}

# start_nginx PORT [WRAPPER...]: nginx returns when it listens.
start_nginx()
{
	local port=$1
	shift
	cat >"$DIR/nginx-$port.conf" <<-TEXT
	user root;
	worker_processes 1;
	pid $DIR/nginx-$port.pid;
	error_log $DIR/nginx-$port.log;
	events { worker_connections 64; }
	http {
		access_log off;
		sendfile on;
		server {
			listen $SERVER4:$port;
			listen [$SERVER6]:$port;
			root $DIR/www;
		}
	}
	TEXT
	if ! ip netns exec server "$@" nginx -c "$DIR/nginx-$port.conf" -e "$DIR/nginx-$port.log"; then
		cat "$DIR/nginx-$port.log" >&2
		die "nginx does not start on port $port"
	fi
}

# fetch PORT ADDRESS WHAT
fetch()
{
	local start=${EPOCHREALTIME/./} us sum
	if ! ip netns exec client xtcp_run --door family curl -fsS --max-time 120 -o "$DIR/copy" "http://$2:$1/file"; then
		die "$3: curl failed"
	fi
	us=$((${EPOCHREALTIME/./} - start))
	sum=$(sha256sum <"$DIR/copy" | cut -d ' ' -f 1)
	[ "$sum" = "$WANTED" ] || die "$3: SHA-256 differs: $sum"
	printf '  %-44s %7d.%03d ms  SHA-256 equal\n' "$3" $((us / 1000)) $((us % 1000))
	rm "$DIR/copy"
}

# Holds one connection of each kind open, so that the table has something to show.
show_table()
{
	# shellcheck disable=SC2016
	ip netns exec client xtcp_run --door family bash -c '
		exec 3<>/dev/tcp/'$SERVER4'/8080 4<>/dev/tcp/'$SERVER4'/8081
		for fd in 3 4; do
			printf "HEAD /file HTTP/1.1\r\nHost: demo\r\n\r\n" >&$fd
			read -r -u $fd line
			echo "  $line"
		done
		echo "client, /proc/net/xtcp:"
		cat /proc/net/xtcp
		echo "server, /proc/net/xtcp:"
		ip netns exec server cat /proc/net/xtcp'
}

kernel_connects()
{
	# shellcheck disable=SC2016
	ip netns exec client awk '/^Tcp:/ { n = $6 } END { print n }' /proc/net/snmp
}

echo "kernel $(uname -r), $(curl --version | cut -d ' ' -f 1,2 | head -n 1), $(nginx -v 2>&1)"
[ -d /sys/module/xtcp ] || insmod xtcp.ko
dmesg | grep -i 'xtcp' | grep -v xtcp-init | tail -n 1
make_net
mkdir -p "$DIR/www"
chmod 755 "$DIR"
head -c $SIZE /dev/urandom >"$DIR/www/file"
WANTED=$(sha256sum <"$DIR/www/file" | cut -d ' ' -f 1)
start_nginx 8080
start_nginx 8081 xtcp_run --door family
echo "$SIZE bytes, SHA-256 $WANTED"
echo "curl over AF_XTCP from"
fetch 8080 $SERVER4 "nginx on the kernel's TCP, IPv4"
fetch 8080 "[$SERVER6]" "nginx on the kernel's TCP, IPv6"
fetch 8081 $SERVER4 "nginx over AF_XTCP, IPv4"
fetch 8081 "[$SERVER6]" "nginx over AF_XTCP, IPv6"
show_table
[ "$(kernel_connects)" -eq 0 ] || die "the client connected with the kernel's TCP"
echo "connections the client made with the kernel's TCP: 0"
