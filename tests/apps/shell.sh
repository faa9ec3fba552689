#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# openssh (scp, a shell), rsync's daemon, openssl, socat, netcat. mission S1.5a, S4.1c.

# shellcheck source=tests/apps/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
installed ssh scp sshd rsync openssl socat nc

start_sshd()
{
	mkdir -p "$work/ssh" /run/sshd
	[ -e "$work/ssh/key" ] || ssh-keygen -q -t ed25519 -N '' -f "$work/ssh/key" || return 1
	cat >"$work/ssh/sshd_config" <<-CONF
		Port $2
		ListenAddress $3
		HostKey $work/ssh/key
		AuthorizedKeysFile $work/ssh/key.pub
		PidFile none
		StrictModes no
		UsePAM no
		PermitRootLogin yes
		Subsystem sftp /usr/lib/openssh/sftp-server
		ClientAliveInterval 30
	CONF
	start "$1" "$2" /usr/sbin/sshd -D -e -f "$work/ssh/sshd_config"
}

SSH=(-q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes
	-o TCPKeepAlive=yes -o ConnectTimeout=60)

# openssh SERVER CLIENT PORT ADDRESS: 50 MB each way; a command's output, status and errors.
openssh()
{
	local size=$((LESS ? 1 : 50))000000 status
	local options=("${SSH[@]}" -i "$work/ssh/key")
	start_sshd "$1" "$3" "$4" || return 1
	# Repeated, because only what is random costs time to make.
	[ -e "$work/big.$path" ] || for ((i = 0; i < size; i += BYTES)); do
		cat "$work/www/data"
	done >"$work/big.$path"
	client "$2" scp "${options[@]}" -P "$3" "$work/big.$path" "root@$(bracketed "$4"):$work/taken" || return 1
	cmp "$work/big.$path" "$work/taken" || return 1
	client "$2" scp "${options[@]}" -P "$3" "root@$(bracketed "$4"):$work/taken" "$work/got" || return 1
	cmp "$work/big.$path" "$work/got" || return 1
	client "$2" ssh "${options[@]}" -p "$3" "root@$4" 'echo out; echo err >&2; cat; exit 7' \
		<"$work/www/data" >"$work/answer" 2>"$work/errors"
	status=$?
	result "status $status $(sum "$work/answer") $(cat "$work/errors")"
}

# rsync_daemon SERVER CLIENT PORT ADDRESS: a tree there, changed, there again and back.
rsync_daemon()
{
	rm -rf "$work/tree" "$work/there" "$work/back"
	mkdir -p "$work/tree/a/b" "$work/there"
	cp "$work/www/data" "$work/tree/a/data"
	head -c 100000 "$work/www/data" | split -b 1000 - "$work/tree/a/b/part"
	cat >"$work/rsyncd.conf" <<-CONF
		use chroot = no
		uid = root
		gid = root
		[there]
		path = $work/there
		read only = no
	CONF
	start "$1" "$3" rsync --daemon --no-detach --address="$4" --port="$3" \
		--config="$work/rsyncd.conf" || return 1
	client "$2" rsync -a --stats "$work/tree/" "rsync://$(bracketed "$4"):$3/there/" >"$work/answer" || return 1
	result "$(grep -E '^(Number of (created|regular)|Total transferred)' "$work/answer")"
	diff -r "$work/tree" "$work/there" || return 1
	echo more >>"$work/tree/a/data"
	rm "$work/tree/a/b/partaa"
	client "$2" rsync -a --no-whole-file --delete --stats "$work/tree/" \
		"rsync://$(bracketed "$4"):$3/there/" >"$work/answer" || return 1
	result "$(grep -E '^(Number of (created|deleted|regular)|Total transferred|Literal)' "$work/answer")"
	client "$2" rsync -az "rsync://$(bracketed "$4"):$3/there/" "$work/back/" || return 1
	diff -r "$work/tree" "$work/back"
}

# tls SERVER CLIENT PORT ADDRESS VERSION
tls()
{
	[ -e "$work/key.pem" ] || openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=test -days 2 \
		-keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null || return 1
	start "$1" "$3" sh -c "cd $work/www && exec openssl s_server -quiet -WWW -accept $(bracketed "$4"):$3 \
		-key $work/key.pem -cert $work/cert.pem" || return 1
	printf 'GET /data HTTP/1.0\r\n\r\n' |
		client "$2" openssl s_client -quiet "$5" -connect "$(bracketed "$4"):$3" \
			2>"$work/tls" >"$work/reply" || return 1
	tail -c "$BYTES" "$work/reply" >"$work/got"
	result "$(cat "$work/tls")"
	same_file "$work/got"
}

# netcat SERVER CLIENT PORT ADDRESS: to the server, and an answer behind its end.
netcat()
{
	start "$1" "$3" sh -c "nc -l -N $4 $3 >$work/taken </etc/passwd" || return 1
	client "$2" nc -N "$4" "$3" <"$work/www/data" >"$work/answer" || return 1
	wait "$last" || return 1
	same_file "$work/taken" || return 1
	result "$(sum "$work/answer")"
}

# netcat_refused SERVER CLIENT PORT ADDRESS: nobody listens; and a scan of three ports.
netcat_refused()
{
	local status
	client "$2" nc -w 30 "$4" "$3" </dev/null >"$work/answer" 2>&1
	status=$?
	result "$status $(sed 's/port [0-9]*/port/' "$work/answer")"
	start "$1" "$(($3 + 1))" nc -lk "$4" "$(($3 + 1))" || return 1
	client "$2" nc -vz -w 30 "$4" "$3-$(($3 + 2))" >"$work/answer" 2>&1
	result "$? $(sed "s/$3/P/; s/$(($3 + 1))/Q/; s/$(($3 + 2))/R/" "$work/answer")"
}

# socat_echo SERVER CLIENT PORT ADDRESS: a process for each connection; three at once.
socat_echo()
{
	local kind=TCP4 i pids=()
	[[ $4 != *:* ]] || kind=TCP6
	start "$1" "$3" socat "$kind-LISTEN:$3,bind=$(bracketed "$4"),reuseaddr,fork,keepalive,nodelay" \
		EXEC:cat || return 1
	for i in 1 2 3; do
		client "$2" socat -t "$DEADLINE" - "$kind:$(bracketed "$4"):$3,nodelay" \
			<"$work/www/data" >"$work/$i" &
		pids+=($!)
	done
	for i in 1 2 3; do
		wait "${pids[i - 1]}" || return 1
		same_file "$work/$i" || return 1
	done
}

all()
{
	program openssh openssh
	program rsync rsync_daemon
	program openssl_tls13 tls -tls1_3
	program openssl_tls12 tls -tls1_2
	program socat socat_echo
	program netcat netcat
	program netcat_refused netcat_refused
}

on_both_paths all
finish
