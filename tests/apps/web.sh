#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HTTP servers and their clients: nginx (listeners that share a port, two workers, sendfile, an
# upstream with kept connections) and lighttpd; curl, wrk and ab. mission S1.5a, S4.1c.

# shellcheck source=tests/apps/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
installed nginx lighttpd curl wrk ab

# nginx_conf PORT ADDRESS: the upstream is the port after it, of this server too.
nginx_conf()
{
	local address
	address=$(bracketed "$2")
	cat <<-CONF
		daemon off;
		user root;
		worker_processes 2;
		pid $work/nginx.pid;
		error_log stderr;
		events { worker_connections 256; }
		http {
			access_log off;
			sendfile on;
			tcp_nopush on;
			keepalive_requests 100000;
			client_body_temp_path $work/body;
			proxy_temp_path $work/proxy;
			fastcgi_temp_path $work/fastcgi;
			uwsgi_temp_path $work/uwsgi;
			scgi_temp_path $work/scgi;
			upstream behind { server $address:$(($1 + 1)); keepalive 4; }
			server {
				listen $address:$1 reuseport backlog=511 so_keepalive=on;
				root $work/www;
				location /up {
					proxy_pass http://behind/data;
					proxy_http_version 1.1;
					proxy_set_header Connection "";
				}
			}
			server {
				listen $address:$(($1 + 1)) deferred;
				root $work/www;
			}
		}
	CONF
}

start_nginx()
{
	nginx_conf "$2" "$3" >"$work/nginx.conf"
	start "$1" "$2" nginx -e stderr -c "$work/nginx.conf"
}

start_lighttpd()
{
	cat >"$work/lighttpd.conf" <<-CONF
		server.document-root = "$work/www"
		server.bind = "$(bracketed "$3")"
		server.port = $2
		server.max-keep-alive-requests = 1000
		mimetype.assign = ("" => "application/octet-stream")
	CONF
	start "$1" "$2" lighttpd -D -f "$work/lighttpd.conf"
}

# curl_gets SERVER CLIENT PORT ADDRESS START PATH: whole, a part, several over one connection, eight at once.
curl_gets()
{
	local i where
	where=$(url "$4" "$3" "$6")
	"$5" "$1" "$3" "$4" || return 1
	client "$2" curl -sS -g -m "$DEADLINE" -o "$work/got" -D "$work/head" "$where" || return 1
	same_file "$work/got" || return 1
	result "$(grep -iE '^(HTTP|content-length)' "$work/head")"
	client "$2" curl -sS -g -m "$DEADLINE" -o "$work/got" -r 100000-149999 -w '%{http_code} %{size_download}' \
		"$where" >"$work/part" || return 1
	result "$(cat "$work/part")"
	[[ $(cat "$work/part") == 200* ]] ||
		cmp "$work/got" <(tail -c +100001 "$work/www/data" | head -c 50000) || return 1
	client "$2" curl -sS -g -m "$DEADLINE" -o "$work/1" -o "$work/2" -w '%{num_connects} ' \
		"$where" "$where" >"$work/connects" || return 1
	result "connections $(cat "$work/connects")"
	client "$2" curl -sS -Z -m "$DEADLINE" -o "$work/#1" "$where?[1-8]" || return 1
	for i in 1 2 3 4 5 6 7 8; do
		same_file "$work/$i" || return 1
	done
}

small_page() { head -c 2000 /dev/zero >"$work/www/page"; }

# wrk_runs SERVER CLIENT PORT ADDRESS START
wrk_runs()
{
	small_page
	"$5" "$1" "$3" "$4" || return 1
	client "$2" wrk -t 2 -c 16 -d "$((LESS ? 2 : 4))s" --timeout 60s "$(url "$4" "$3" page)" >"$work/wrk" || return 1
	# Errors have lines of their own.
	result "$(grep -E 'errors|Non-2xx' "$work/wrk")"
	grep -qE '^ *[1-9][0-9]* requests in' "$work/wrk" || { echo "no requests: $(cat "$work/wrk")"; return 1; }
}

# ab_runs SERVER CLIENT PORT ADDRESS START [OPTION]
ab_runs()
{
	small_page
	"$5" "$1" "$3" "$4" || return 1
	client "$2" ab -q -s "$DEADLINE" -n "$((LESS ? 100 : 1000))" -c 10 "${@:6}" \
		"$(url "$4" "$3" page)" >"$work/ab" || return 1
	result "$(grep -E '^(Document Length|Complete|Failed|Keep-Alive|HTML|Write errors|Non-2xx)' "$work/ab")"
	grep -qE '^Failed requests: +0$' "$work/ab" || { grep Failed "$work/ab"; return 1; }
}

all()
{
	program nginx_curl curl_gets start_nginx data
	program nginx_upstream curl_gets start_nginx up
	program nginx_wrk wrk_runs start_nginx
	program nginx_ab ab_runs start_nginx
	program nginx_ab_kept ab_runs start_nginx -k
	program lighttpd_curl curl_gets start_lighttpd data
	program lighttpd_ab ab_runs start_lighttpd
	program lighttpd_ab_kept ab_runs start_lighttpd -k
	program lighttpd_wrk wrk_runs start_lighttpd
}

on_both_paths all
finish
