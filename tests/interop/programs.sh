#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Real programs over xtcp_run, against each other and against themselves on the kernel's TCP:
# curl and nginx, python3's http.server, netcat, socat, openssl, iperf3. IPv4 and IPv6, both
# doors. mission S1.5a, S4.1c.

# Functions are called through check().
# shellcheck disable=SC2016,SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=tests/interop/serve.sh
. "$here/serve.sh"
need
BYTES=$((SMALL ? 1 : 10))000000

# get CLIENT-FAMILY ADDRESS PORT
get()
{
	client "$1" curl -sS -m "$DEADLINE" -g -o "$work/got" "$(url "$2" "$3")" &&
		same_file "$work/got"
}

nginx_conf()
{
	cat <<-CONF
		daemon off;
		user root;
		worker_processes 2;
		pid $work/nginx.pid;
		error_log stderr;
		events { worker_connections 256; }
		http {
			access_log off;
			client_body_temp_path $work/body;
			proxy_temp_path $work/proxy;
			fastcgi_temp_path $work/fastcgi;
			uwsgi_temp_path $work/uwsgi;
			scgi_temp_path $work/scgi;
			client_max_body_size 100m;
			server {
				listen 0.0.0.0:$1 backlog=64;
				listen [::]:$1 backlog=64 ipv6only=on;
				root $work/www;
				location /up { proxy_pass http://127.0.0.1:$1/data; }
			}
		}
	CONF
}

# nginx SERVER-FAMILY CLIENT-FAMILY PORT
nginx_and_curl()
{
	local address i
	nginx_conf "$3" >"$work/nginx.conf"
	start "$1" "$3" nginx -e stderr -c "$work/nginx.conf" || return 1
	for address in $B4 $B6; do
		get "$2" "$address" "$3" || return 1
	done
	# One connection for several requests, then eight at once.
	client "$2" curl -sS -m "$DEADLINE" -o "$work/1" -o "$work/2" -w '%{num_connects}\n' \
		"$(url "$B4" "$3")" "$(url "$B4" "$3")" >"$work/connects" || return 1
	[ "$(tr '\n' ' ' <"$work/connects")" = "1 0 " ] || { echo "no connection was kept"; return 1; }
	same_file "$work/1" && same_file "$work/2" || return 1
	client "$2" curl -sS -Z -m "$DEADLINE" -o "$work/#1" "http://$B4:$3/data?[1-8]" || return 1
	for i in 1 2 3 4 5 6 7 8; do
		same_file "$work/$i" || return 1
	done
	client "$2" curl -sS -m "$DEADLINE" -o "$work/got" "http://$B4:$3/up" || return 1
	same_file "$work/got"
}

# The shim's work must show: a listener of ours is in our table and not in the kernel's.
shown_in_our_table()
{
	[ "$OURS" = inet ] && return
	nginx_conf 8090 >"$work/nginx.conf"
	start "$OURS" 8090 nginx -e stderr -c "$work/nginx.conf" || return 1
	listens "$B" tcp 8090 && { echo "nginx listens on the kernel's TCP"; return 1; }
	return 0
}

upload()
{
	cat >"$work/take.py" <<-PYTHON
		import http.server, sys
		class Take(http.server.BaseHTTPRequestHandler):
		    def do_PUT(self):
		        data = self.rfile.read(int(self.headers["Content-Length"]))
		        open(sys.argv[2], "wb").write(data)
		        self.send_response(204)
		        self.end_headers()
		http.server.ThreadingHTTPServer(("$B4", int(sys.argv[1])), Take).serve_forever()
	PYTHON
	start "$1" "$3" python3 "$work/take.py" "$3" "$work/taken" || return 1
	client "$2" curl -sS -m "$DEADLINE" -T "$work/www/data" "http://$B4:$3/" || return 1
	same_file "$work/taken"
}

python_http()
{
	start "$1" "$3" python3 -m http.server -d "$work/www" --bind "$4" "$3" || return 1
	get "$2" "$4" "$3"
}

# netcat SERVER-FAMILY CLIENT-FAMILY PORT ADDRESS: to the server and, on its EOF, no answer.
netcat()
{
	start "$1" "$3" sh -c "nc -l -N $4 $3 >$work/taken" || return 1
	client "$2" nc -N "$4" "$3" <"$work/www/data" || return 1
	wait "$last" || return 1
	same_file "$work/taken"
}

# An echo server with a process per connection; what is sent comes back behind a half close.
socat_echo()
{
	local kind=TCP4
	[[ $4 == *:* ]] && kind=TCP6
	start "$1" "$3" socat "$kind-LISTEN:$3,bind=$(bracketed "$4"),reuseaddr,fork" EXEC:cat || return 1
	client "$2" socat -t "$DEADLINE" - "$kind:$(bracketed "$4"):$3" \
		<"$work/www/data" >"$work/got" || return 1
	same_file "$work/got"
}

tls()
{
	[ -e "$work/key.pem" ] || openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=test -days 2 \
		-keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null || return 1
	start "$1" "$3" sh -c "cd $work/www && exec openssl s_server -quiet -WWW \
		-accept $(bracketed "$4"):$3 -key $work/key.pem -cert $work/cert.pem" || return 1
	printf 'GET /data HTTP/1.0\r\n\r\n' |
		client "$2" openssl s_client -quiet -connect "$(bracketed "$4"):$3" \
			2>"$work/tls" >"$work/reply" || return 1
	tail -c "$BYTES" "$work/reply" >"$work/got"
	same_file "$work/got"
}

iperf()
{
	start "$1" "$3" iperf3 -s -1 -B "$4" -p "$3" || return 1
	client "$2" iperf3 -c "$4" -p "$3" -n "$BYTES" "${@:5}" --json >"$work/iperf" || {
		grep '"error"' "$work/iperf" || tail -n 1 "$work/iperf"; return 1; }
	wait "$last" || { tail -n 1 "$work/server"; return 1; }
}

# pairs NAME FUNCTION PORT [ARGUMENT...]: server and client over ours; one of them over ours,
# which takes the debug kernel long and shows it nothing new.
pairs()
{
	local name=$1 what=$2 port=$3
	shift 3
	check "${name}_ours_ours" "$what" "$OURS" "$OURS" "$port" "$@"
	[ -z "$SMALL" ] || return 0
	check "${name}_ours_kernel" "$what" "$OURS" inet "$((port + 1))" "$@"
	check "${name}_kernel_ours" "$what" inet "$OURS" "$((port + 2))" "$@"
}

two_namespaces
some_data "$BYTES"

[ -n "$PATTERN" ] || for program in curl nginx python3 nc socat openssl iperf3; do
	command -v "$program" >/dev/null || not_ok "programs_$program" "$program is not installed"
done
check programs_shown_in_our_table shown_in_our_table
pairs nginx_curl nginx_and_curl 8000
pairs upload upload 8010
pairs python_v4 python_http 8020 "$B4"
pairs python_v6 python_http 8030 "$B6"
pairs netcat_v4 netcat 8040 "$B4"
pairs netcat_v6 netcat 8050 "$B6"
pairs socat_v4 socat_echo 8060 "$B4"
pairs socat_v6 socat_echo 8070 "$B6"
pairs tls_v4 tls 8100 "$B4"
pairs tls_v6 tls 8110 "$B6"
pairs iperf3_v4 iperf 8120 "$B4"
pairs iperf3_v6 iperf 8130 "$B6"
pairs iperf3_reverse iperf 8140 "$B4" -R
pairs iperf3_both iperf 8150 "$B4" --bidir
pairs iperf3_parallel iperf 8160 "$B6" -P 4
if [ "$OURS" = xtcp ]; then
	# The other door. Not for python3's http.server, which sets an IPv6 option on an IPv4
	# socket and expects that to fail.
	OURS="family"
	pairs nginx_curl_family nginx_and_curl 8200
	pairs socat_family socat_echo 8210 "$B6"
	pairs iperf3_family iperf 8220 "$B4"
fi
finish
