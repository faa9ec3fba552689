# SPDX-License-Identifier: GPL-2.0-only
# Reads what xtcp_sim_goodput tells ("# goodput SHAPE ALGORITHM PER_MILLE") and
# writes the expected rows and the page for people.

$2 == "goodput" {
	if (!($3 in seen_shape)) {
		seen_shape[$3] = 1
		shape[++shapes] = $3
	}
	if (!($4 in seen_cc)) {
		seen_cc[$4] = 1
		cc[++ccs] = $4
	}
	got[$3, $4] = $5
}

END {
	if (!shapes) {
		print "goodput: nothing was measured" > "/dev/stderr"
		exit 1
	}
	write_rows()
	write_page()
}

function write_rows(	i, j) {
	print "/* SPDX-License-Identifier: GPL-2.0-only */" > rows
	print "/* Written by \"make goodput\": GOODPUT(shape, algorithm, per mille of the rate) */" > rows
	for (i = 1; i <= shapes; i++)
		for (j = 1; j <= ccs; j++)
			printf "GOODPUT(\"%s\", \"%s\", %d)\n", shape[i], cc[j],
				got[shape[i], cc[j]] > rows
}

function write_page(	i, j) {
	print "# Goodput over simulated links\n" > page
	print "Written by `make goodput`. Percent of the link's rate that one connection carries as text," > page
	print "handshake and slow start included; 97.3 is all that headers leave. The links, their floors" > page
	print "and the reasons stand in [kunit/sim_goodput_kunit.c](../kunit/sim_goodput_kunit.c); `make check`" > page
	print "fails when a figure changes.\n" > page
	printf "| link |" > page
	for (j = 1; j <= ccs; j++)
		printf " %s |", cc[j] > page
	printf "\n|---|" > page
	for (j = 1; j <= ccs; j++)
		printf "--:|" > page
	printf "\n" > page
	for (i = 1; i <= shapes; i++) {
		printf "| %s |", shape[i] > page
		for (j = 1; j <= ccs; j++)
			printf " %.1f |", got[shape[i], cc[j]] / 10 > page
		printf "\n" > page
	}
}
