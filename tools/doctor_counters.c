// SPDX-License-Identifier: GPL-2.0-only
/*
 * xtcp doctor: what the counters tell. They count since the namespace began, so most of what they
 * tell may be long past; xtcp status -w tells whether it goes on.
 */
#include <inttypes.h>
#include "doctor.h"
#include "show.h"

#define ENOUGH	1000	/* segments before a rate says something */

/* Counters that are 0 where all is well. */
static const struct {
	uint8_t id, verdict;
	const char *todo;
} troubles[] = {
	{ COUNTER_BAD_TRANSITION, DOCTOR_BAD,
	  "this is a defect of xtcp: report it, with dmesg and xss -a -i" },
	{ COUNTER_LISTEN_OVERFLOWS, DOCTOR_LOOK,
	  "the program accepts too slowly, or its backlog or somaxconn is too low" },
	{ COUNTER_REQQ_FULL_DROP, DOCTOR_LOOK,
	  "raise max_syn_backlog and the backlog of the listener, or set syncookies to 1" },
	{ COUNTER_REQQ_FULL_COOKIE, DOCTOR_LOOK,
	  "a flood of SYNs, or max_syn_backlog or the backlog is too low" },
	{ COUNTER_COOKIES_FAILED, DOCTOR_LOOK,
	  "late or forged ACKs met a listener that had sent cookies" },
	{ COUNTER_RETRANS_FAIL, DOCTOR_LOOK, "memory was short; see the line memory" },
	{ COUNTER_ABORT_ON_MEMORY, DOCTOR_LOOK,
	  "raise mem or max_orphans, or find who leaves so many closed sockets behind" },
	{ COUNTER_RCV_PRUNED, DOCTOR_LOOK, "receive buffers were full: raise rmem, or read faster" },
	{ COUNTER_OFO_DROP, DOCTOR_LOOK, "receive buffers were full: raise rmem, or read faster" },
	{ COUNTER_BACKLOG_DROP, DOCTOR_LOOK,
	  "segments came faster than the CPU of a socket's owner took them" },
	{ COUNTER_TW_OVERFLOW, DOCTOR_LOOK, "raise max_tw_buckets" },
	{ COUNTER_ABORT_ON_TIMEOUT, DOCTOR_LOOK, "peers or paths were gone; look at the network" },
	{ COUNTER_SACK_RENEGING, DOCTOR_LOOK, "a peer is short of memory, or defective" },
	{ COUNTER_MIN_TTL_DROP, DOCTOR_LOOK, "IP_MINTTL keeps somebody out: is it meant to?" },
	{ COUNTER_FASTOPEN_BLACKHOLE, DOCTOR_LOOK, "a middlebox drops text in SYNs" },
	{ COUNTER_ACCECN_OPTION_OFF, DOCTOR_LOOK, "a middlebox drops the option of accurate ECN" },
	{ COUNTER_ECN_ALL_MARKED, DOCTOR_LOOK, "a router marks all there is: its ECN is defective" },
	{ COUNTER_MIGRATE_FAILURE, DOCTOR_LOOK, "clients were lost when a listener stopped" },
};

void doctor_counters(struct doctor *doc)
{
	unsigned int i, found = 0;

	for (i = 0; i < ARRAY_SIZE(troubles); i++) {
		uint64_t n = doc->value[troubles[i].id];

		if (!n)
			continue;
		doctor_say(doc, troubles[i].verdict, counter_name(troubles[i].id),
			   troubles[i].todo, "%" PRIu64 " %s", n, counter_meaning(troubles[i].id));
		found++;
	}
	if (!found)
		doctor_say(doc, DOCTOR_OK, "counters", NULL, "none of those that mean trouble");
}

/* A part of many, in thousandths of a percent. */
static uint64_t part(uint64_t some, uint64_t all)
{
	return all ? some * 100000 / all : 0;
}

static enum verdict judge(uint64_t p, uint64_t look, uint64_t bad)
{
	if (p >= bad)
		return DOCTOR_BAD;
	return p >= look ? DOCTOR_LOOK : DOCTOR_OK;
}

void doctor_rates(struct doctor *doc)
{
	uint64_t out = doc->value[COUNTER_OUT_SEGS], again = doc->value[COUNTER_RETRANS_SEGS];
	uint64_t in = doc->value[COUNTER_IN_SEGS], sums = doc->value[COUNTER_IN_CSUM_ERRS];
	uint64_t errs = doc->value[COUNTER_IN_ERRS];
	uint64_t p = part(again, out);
	enum verdict v = out < ENOUGH ? DOCTOR_OK : judge(p, 1000, 5000);

	doctor_say(doc, v, "retransmissions",
		   "look at the path: loss, a link that is too slow; xss -i shows which connections",
		   "%" PRIu64 " of %" PRIu64 " segments, %" PRIu64 ".%02" PRIu64 " %%", again, out,
		   p / 1000, p % 1000 / 10);
	v = sums ? in < ENOUGH ? DOCTOR_LOOK : judge(part(sums, in), 0, 10) : DOCTOR_OK;
	doctor_say(doc, v, "checksums",
		   "a device or a router damages segments: look at its counters with ip -s link",
		   "%" PRIu64 " of %" PRIu64 " segments were wrong", sums, in);
	v = errs > sums ? judge(part(errs - sums, in), 0, 1000) : DOCTOR_OK;
	doctor_say(doc, v, "malformed", "somebody sends what is no TCP: tcpdump shows who",
		   "%" PRIu64 " of %" PRIu64 " segments", errs > sums ? errs - sums : 0, in);
}
