#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# haproxy between curl and nginx: as a proxy of TCP that splices both ways, and as one of HTTP.
# haproxy and curl are the two ends that are compared; nginx is on curl's TCP, so that haproxy
# accepts from and connects to the same one. mission S1.5a, S4.1c.

# shellcheck source=tests/apps/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
installed haproxy nginx curl socat

nginx_conf()
{
	cat <<-CONF
		daemon off;
		user root;
		pid $work/nginx.pid;
		error_log stderr;
		events { worker_connections 256; }
		http {
			access_log off;
			sendfile on;
			client_body_temp_path $work/body;
			proxy_temp_path $work/proxy;
			fastcgi_temp_path $work/fastcgi;
			uwsgi_temp_path $work/uwsgi;
			scgi_temp_path $work/scgi;
			server { listen $(bracketed "$2"):$1; root $work/www; }
		}
	CONF
}

# haproxy_conf PORT ADDRESS: PORT is of TCP, the next one of HTTP, the third nginx.
haproxy_conf()
{
	local address=$2
	[[ $2 != *:* ]] || address="ipv6@$2"
	cat <<-CONF
		global
			maxconn 200
			stats socket $work/haproxy.sock
		defaults
			timeout connect ${DEADLINE}s
			timeout client ${DEADLINE}s
			timeout server ${DEADLINE}s
			option splice-request
			option splice-response
		listen tcp
			mode tcp
			bind $address:$1
			server nginx $address:$(($1 + 2))
		listen http
			mode http
			bind $address:$(($1 + 1))
			http-reuse always
			server nginx $address:$(($1 + 2)) check
	CONF
}

# haproxy_says NAME: a figure of the process.
haproxy_says()
{
	echo 'show info' | socat -t "$DEADLINE" - "UNIX-CONNECT:$work/haproxy.sock" | sed -n "s/^$1: //p"
}

# haproxy SERVER CLIENT PORT ADDRESS
haproxy()
{
	local i port
	nginx_conf "$(($3 + 2))" "$4" >"$work/nginx.conf"
	start "$2" "$(($3 + 2))" nginx -e stderr -c "$work/nginx.conf" || return 1
	haproxy_conf "$3" "$4" >"$work/haproxy.conf"
	start "$1" "$3" haproxy -db -f "$work/haproxy.conf" || return 1
	for port in "$3" "$(($3 + 1))"; do
		client "$2" curl -sS -g -m "$DEADLINE" -o "$work/got" -w '%{http_code} %{size_download}' \
			"$(url "$4" "$port")" >"$work/answer" || return 1
		same_file "$work/got" || return 1
		result "$(cat "$work/answer")"
		client "$2" curl -sS -Z -m "$DEADLINE" -o "$work/#1" "$(url "$4" "$port")?[1-8]" || return 1
		for i in 1 2 3 4 5 6 7 8; do
			same_file "$work/$i" || return 1
		done
	done
	# Pipes that were used for splicing are kept.
	[ $(($(haproxy_says PipesUsed) + $(haproxy_says PipesFree))) -gt 0 ] ||
		{ echo "nothing was spliced"; return 1; }
}

# haproxy_upload SERVER CLIENT PORT ADDRESS: towards the server, up to its end.
haproxy_upload()
{
	local kind=TCP4
	[[ $4 != *:* ]] || kind=TCP6
	start "$2" "$(($3 + 2))" socat -u "$kind-LISTEN:$(($3 + 2)),bind=$(bracketed "$4")" \
		"CREATE:$work/taken" || return 1
	taker=$last
	haproxy_conf "$3" "$4" | sed 's/ check$//' >"$work/haproxy.conf"
	start "$1" "$3" haproxy -db -f "$work/haproxy.conf" || return 1
	client "$2" socat -u - "$kind:$(bracketed "$4"):$3" <"$work/www/data" || return 1
	wait "$taker" || return 1
	same_file "$work/taken"
}

all()
{
	program haproxy haproxy
	program haproxy_upload haproxy_upload
}

on_both_paths all
finish
