# SPDX-License-Identifier: GPL-2.0-only
#
# Adds up what test programs print (used by scripts/test). Programs run between
# "## begin NAME" and "## end NAME STATUS [SECONDS]"; each prints "ok ..." and "not ok ...: why" lines
# and "N passed, N failed" last. A program that does not keep to that is itself a failure.
# Prints failures and one line per program; writes "PASSED FAILED" to the file that
# the variable `totals` names and the failures to that of `failures`.

function complain(line)
{
	print tag " " line
	print tag " " line >failures
	fflush()
}

function broken(why)
{
	complain("not ok " name ": " why)
	extra++
}

function close_section(status, took)
{
	extra = 0
	if (status == "")
		broken("did not end")
	else if (!claimed)
		broken("ended with status " status " and no summary")
	else if (claimed_ok != ok || claimed_bad != bad)
		broken("its summary does not agree with its lines")
	else if (ok + bad == 0 && filtered)
		; # none of its tests has such a name
	else if ((bad > 0) != (status != 0))
		broken("ended with status " status " after " bad " failures")
	else if (ok + bad == 0)
		broken("ran no test")
	passed += ok
	failed += bad + extra
	if (ok + bad + extra > 0)
		print tag " " name ": " ok " passed, " bad + extra " failed" (took > 9 ? " (" took " s)" : "")
	name = ""
}

{ sub(/\r$/, "") }

/^## begin / {
	if (name != "")
		close_section("")
	name = $3
	ok = bad = claimed = claimed_ok = claimed_bad = 0
	fflush()
	next
}
/^## end / && $3 == name { close_section($4, $5); fflush(); next }
/^## / { next }
name == "" { next }
/^ok / { ok++; next }
/^not ok / { bad++; complain($0); next }
/^[0-9]+ passed, [0-9]+ failed$/ { claimed = 1; claimed_ok = $1; claimed_bad = $3; next }
# What a failing test says beside its verdict, and what sanitizers say.
/^[ \t]|ERROR|runtime error|^#/ { print tag "   " $0 }

END {
	if (name != "")
		close_section("")
	print passed + 0, failed + 0 >totals
}
