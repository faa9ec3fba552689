#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tests that Python has of its own sockets and event loops, those of streams: both ends in
# one process, on the loopback device. Each test has the outcome that it has on the kernel's TCP
# in the same machine. mission S1.5a, S4.1c.

# shellcheck source=tests/apps/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
installed python3

# A row is one process: name and classes of test_socket.
SOCKET="
general GeneralModuleTests InheritanceTest NonblockConstantTest
streams BasicTCPTest BasicTCPTest2 TCPCloserTest NonBlockingTCPTests ContextManagersTest BufferIOTest
messages SendmsgTCPTest RecvmsgTCPTest RecvmsgIntoTCPTest
times TCPTimeoutTest InterruptedSendTimeoutTest
files FileObjectClassTestCase UnbufferedFileObjectClassTestCase LineBufferedFileObjectClassTestCase \
SmallBufferedFileObjectClassTestCase UnicodeReadFileObjectClassTestCase \
UnicodeWriteFileObjectClassTestCase UnicodeReadWriteFileObjectClassTestCase
connections NetworkConnectionNoServer NetworkConnectionAttributesTest NetworkConnectionBehaviourTest \
CreateServerTest CreateServerFunctionalTest
sendfile SendfileUsingSendTest SendfileUsingSendfileTest
"
ASYNCIO="test_buffered_proto test_events test_sendfile test_server test_sock_lowlevel test_streams"

# outcomes FAMILY OUTPUT NAME...
outcomes()
{
	local family=$1 output=$2
	shift 2
	in_a timeout -k 5 1500 "$here/over" "$family" python3 "$apps/outcomes.py" "$@" \
		>"$output" 2>"$output.says" || { echo "python3 ended with $?"; tail -n 1 "$output.says"; return 1; }
}

# suite FAMILY NAME...: as on the kernel's TCP; those that pass on both are counted.
suite()
{
	local name
	outcomes inet "$work/theirs" "${@:2}" || return 1
	outcomes "$1" "$work/ours" "${@:2}" || return 1
	sort -k 2 "$work/theirs" >"$work/want"
	sort -k 2 "$work/ours" >"$work/got"
	echo "# ${*:2}: $(grep -c '^ok' "$work/got") pass, $(grep -c '^skipped' "$work/got") skipped" >>"$work/counts"
	[ "$(grep -c '^ok' "$work/want")" -gt 0 ] || { echo "nothing passes on the kernel's TCP"; return 1; }
	diff "$work/want" "$work/got" >"$work/diff" && return
	cat "$work/ours.says" >>"$work/says"
	echo "error: not as on the kernel's TCP: $(grep '^[<>]' "$work/diff" | tr '\n' ' ')"
	return 1
}

two_namespaces
# read takes a backslash at the end of a line as the shell does.
# shellcheck disable=SC2162
while read name classes; do
	# shellcheck disable=SC2046,SC2086 # words
	[ -z "$name" ] || check "python_socket_$name" suite "$OURS" $(printf 'test.test_socket.%s ' $classes)
done <<<"$SOCKET"
for name in $ASYNCIO; do
	check "python_asyncio_$name" suite "$OURS" "test.test_asyncio.$name"
done
cat "$work/counts" "$work/says" 2>/dev/null
finish
