#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh PATTERN GROUP...: runs groups of tests inside the VM (called by scripts/test
# through scripts/vm), in the protocol of scripts/lib/tally.awk. Ends with 0 if it got to its
# end: the failures are in what it prints.

set -u
cd /xtcp || exit 1
PATTERN=$1
shift

# Scripts of tests/interop that are groups of their own and want the machine of virtual time. That
# has one processor, which those that trace need: the kernel then patches its text, and another
# processor that QEMU emulates may go on with a translation of the old: the kernel dies of an int3
# that is there no more, or an event is missing (seen with 7.2; 8.1 locks pages before it
# translates them).
ALONE="lossy trace hooks"

section()
{
	local name=$1 start=$SECONDS
	shift
	echo "## begin $name"
	"$@" </dev/null
	echo "## end $name $? $((SECONDS - start))"
}

load_module()
{
	if [ -d /sys/module/xtcp ] || insmod xtcp.ko; then
		return
	fi
	echo "not ok load: insmod xtcp.ko failed"
	echo "0 passed, 1 failed"
	return 1
}

# A socket whose path is gone before its FIN was acknowledged holds the module as long as
# orphan_retries says, by default at most twice 102.2 s; what holds it longer holds it for ever.
unload_module()
{
	local end=$((SECONDS + 240))
	ip -all netns delete
	while [ "$SECONDS" -lt "$end" ]; do
		if [ ! -d /sys/module/xtcp ] || rmmod xtcp 2>/run/rmmod; then
			echo "ok unload"
			echo "1 passed, 0 failed"
			return 0
		fi
		sleep 0.1
	done
	echo "not ok unload: $(cat /run/rmmod) (users: $(cat /sys/module/xtcp/refcnt))"
	echo "0 passed, 1 failed"
	return 1
}

with_module()
{
	load_module && "$@"
}

# scripts_of GROUP
scripts_of()
{
	local script name
	for script in "tests/$1"/*.sh; do
		[ -x "$script" ] || continue
		name=$(basename "$script" .sh)
		[[ " $ALONE " != *" $name "* ]] || continue
		if [[ $name == *"$PATTERN"* ]]; then
			section "$1/$name" with_module "$script"
		else
			section "$1/$name" with_module "$script" "$PATTERN"
		fi
	done
}

# A group whose program is not there fails: an empty place must not look like a pass.
run_group()
{
	case $1 in
	kunit) section kunit tests/vm/kunit.sh "$PATTERN" ;;
	wire) section wire with_module tests/wire/wire_tests ${XTCP_WARP:+--warp} ${PATTERN:+"$PATTERN"} ;;
	socket) section socket with_module tests/socket/socket_tests ${PATTERN:+"$PATTERN"} ;;
	alias) section alias with_module tests/socket/socket_tests --family alias ${PATTERN:+"$PATTERN"} ;;
	interop | faults | apps | views) scripts_of "$1" ;;
	*) section "interop/$1" with_module "tests/interop/$1.sh" ${PATTERN:+"$PATTERN"} ;; # of ALONE
	esac
}

for group; do
	run_group "$group"
done
[ -n "$PATTERN" ] || section unload unload_module
exit 0
