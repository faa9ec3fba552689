#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mosquitto with its clients: messages of every quality of service, one of some MB, a session
# that outlives its connection, a will. mission S1.5a, S4.1c.

# shellcheck source=tests/apps/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
installed mosquitto mosquitto_pub mosquitto_sub

# mqtt SERVER CLIENT PORT ADDRESS
mqtt()
{
	local n=$((LESS ? 50 : 500)) qos
	cat >"$work/mosquitto.conf" <<-CONF
		user root
		listener $3 $4
		allow_anonymous true
		max_queued_messages 0
		set_tcp_nodelay true
	CONF
	start "$1" "$3" mosquitto -c "$work/mosquitto.conf" || return 1
	local pub=(client "$2" mosquitto_pub -h "$4" -p "$3") sub=(client "$2" mosquitto_sub -h "$4" -p "$3")
	for qos in 1 2; do
		# The broker keeps them for a client that it knows.
		"${sub[@]}" -i "reader$qos" -c -q "$qos" -t "line$qos" -E || return 1
		seq "$n" | "${pub[@]}" -q "$qos" -t "line$qos" -l || return 1
		"${sub[@]}" -i "reader$qos" -c -q "$qos" -t "line$qos" -C "$n" >"$work/answer" || return 1
		result "qos $qos $(sum "$work/answer")"
	done
	"${pub[@]}" -q 1 -r -t big -f "$work/www/data" || return 1
	"${sub[@]}" -q 1 -t big -C 1 -N >"$work/got" || return 1
	same_file "$work/got" || return 1
	"${sub[@]}" -i heir -c -q 1 -t will -E || return 1
	# The broker forgets the will of a client that says goodbye.
	"${pub[@]}" -q 1 -t none -m x -k 5 --will-topic will --will-payload gone --will-qos 1 || return 1
	"${pub[@]}" -q 1 -t will -m here || return 1
	result "$("${sub[@]}" -i heir -c -q 1 -t will -C 1)"
}

all()
{
	program mosquitto mqtt
}

on_both_paths all
finish
