#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kunit.sh [PATTERN]: loads xtcp_kunit.ko in the VM and turns the kernel's KTAP report into
# one line per case, "ok SUITE.CASE" or "not ok SUITE.CASE: why" (called by guest.sh).
# A suite that planned more cases than it reported has crashed, and a skipped case has not
# passed: both count as failures.

set -u

if [ ! -e xtcp_kunit.ko ]; then
	echo "not ok kunit: xtcp_kunit.ko is not there"
	echo "0 passed, 1 failed"
	exit 1
fi
dmesg -C
insmod xtcp_kunit.ko || echo "not ok kunit: insmod failed" >/run/kunit.insmod
dmesg -t >/run/kunit.log
[ ! -d /sys/module/xtcp_kunit ] || rmmod xtcp_kunit
cat /run/kunit.insmod 2>/dev/null
awk -v pattern="${1-}" '
function verdict(good, name, why)
{
	if (pattern != "" && !index(name, pattern))
		return
	if (good) {
		print "ok " name
		passed++
	} else {
		print "not ok " name ": " why
		failed++
	}
}
function end_suite()
{
	if (suite != "" && seen != planned)
		verdict(0, suite, "reported " seen " of " planned " cases")
	suite = ""
}
/^    # Subtest: / { end_suite(); suite = $3; seen = planned = 0; why = ""; next }
/^    1\.\.[0-9]+/ && suite != "" { sub(/.*\.\./, ""); planned = $0 + 0; next }
/^ +# .*(EXPECTATION|ASSERTION) FAILED/ { sub(/^ +# /, ""); reading = 1; why = why " " $0; next }
/^    (not )?ok [0-9]+ / && suite != "" {
	seen++
	good = $1 == "ok"
	name = good ? $3 : $4
	if (/# SKIP/)
		verdict(0, suite "." name, "skipped")
	else
		verdict(good, suite "." name, why == "" ? "failed" : why)
	why = ""
	reading = 0
	next
}
reading && /^    / { sub(/^ +/, ""); why = why " " $0 }
END {
	end_suite()
	if (!passed && !failed && pattern == "")
		verdict(0, "kunit", "the kernel reported no case")
	print passed + 0 " passed, " failed + 0 " failed"
	exit failed > 0
}' /run/kunit.log
