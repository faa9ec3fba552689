// SPDX-License-Identifier: GPL-2.0-only
/*
 * What xss -i shows of a socket.
 */
#include <netinet/in.h>
#include <string.h>
#include "fields.h"
#include "show.h"

#define ROW(name, has, unit, member, none) \
	{ \
		name, DIAG_HAS_##has, FIELD_##unit, sizeof(((struct diag_socket *)0)->member), \
			offsetof(struct diag_socket, member), none \
	}
#define INFO(name, unit, member, none)	ROW(name, INFO, unit, info.tcpi_##member, none)
#define CONN(name, unit, member, none)	ROW(name, CONN, unit, conn.member, none)

#define NO_SSTHRESH	0x7fffffff	/* of struct tcp_info */

const struct field fields[] = {
	INFO("rto",		USECS,	rto,			0),
	INFO("backoff",		NUMBER,	backoff,		0),
	INFO("rtt",		USECS,	rtt,			0),
	INFO("rttvar",		USECS,	rttvar,			0),
	INFO("minrtt",		USECS,	min_rtt,		~0u),
	INFO("rcv_rtt",		USECS,	rcv_rtt,		0),
	INFO("ato",		USECS,	ato,			0),
	INFO("mss",		NUMBER,	snd_mss,		0),
	INFO("pmtu",		NUMBER,	pmtu,			0),
	INFO("rcvmss",		NUMBER,	rcv_mss,		0),
	INFO("advmss",		NUMBER,	advmss,			0),
	INFO("cwnd",		NUMBER,	snd_cwnd,		0),
	INFO("ssthresh",	NUMBER,	snd_ssthresh,		NO_SSTHRESH),
	INFO("bytes_sent",	NUMBER,	bytes_sent,		0),
	INFO("bytes_retrans",	NUMBER,	bytes_retrans,		0),
	INFO("bytes_acked",	NUMBER,	bytes_acked,		0),
	INFO("bytes_received",	NUMBER,	bytes_received,		0),
	INFO("segs_out",	NUMBER,	segs_out,		0),
	INFO("segs_in",		NUMBER,	segs_in,		0),
	INFO("data_segs_out",	NUMBER,	data_segs_out,		0),
	INFO("data_segs_in",	NUMBER,	data_segs_in,		0),
	INFO("lastsnd",		MSECS,	last_data_sent,		0),
	INFO("lastrcv",		MSECS,	last_data_recv,		0),
	INFO("lastack",		MSECS,	last_ack_recv,		0),
	INFO("pacing_rate",	RATE,	pacing_rate,		~0ull),
	INFO("max_pacing_rate",	RATE,	max_pacing_rate,	~0ull),
	INFO("delivery_rate",	RATE,	delivery_rate,		0),
	INFO("delivered",	NUMBER,	delivered,		0),
	INFO("delivered_ce",	NUMBER,	delivered_ce,		0),
	INFO("busy",		USECS,	busy_time,		0),
	INFO("rwnd_limited",	USECS,	rwnd_limited,		0),
	INFO("sndbuf_limited",	USECS,	sndbuf_limited,		0),
	INFO("unacked",		NUMBER,	unacked,		0),
	INFO("retrans",		NUMBER,	retrans,		0),
	INFO("total_retrans",	NUMBER,	total_retrans,		0),
	INFO("lost",		NUMBER,	lost,			0),
	INFO("sacked",		NUMBER,	sacked,			0),
	INFO("dsack_dups",	NUMBER,	dsack_dups,		0),
	INFO("reordering",	NUMBER,	reordering,		0),
	INFO("reord_seen",	NUMBER,	reord_seen,		0),
	INFO("rcv_space",	NUMBER,	rcv_space,		0),
	INFO("rcv_ooopack",	NUMBER,	rcv_ooopack,		0),
	INFO("notsent",		NUMBER,	notsent_bytes,		0),
	CONN("snd_wnd",		NUMBER,	snd_wnd,		~0ull),
	CONN("rcv_wnd",		NUMBER,	rcv_wnd,		~0ull),
	CONN("cwnd_bytes",	NUMBER,	cwnd,			0),
	CONN("flight",		NUMBER,	flight,			0),
	CONN("segs_behind_hole", NUMBER, behind_hole,		0),
	CONN("snd_buf",		NUMBER,	snd_buf,		0),
	CONN("snd_used",	NUMBER,	snd_used,		0),
	CONN("rcv_buf",		NUMBER,	rcv_buf,		0),
	CONN("retransmits",	NUMBER,	retransmits,		0),
	CONN("probes",		NUMBER,	probes,			0),
	CONN("keep_failed",	NUMBER,	keep_failed,		0),
	CONN("err",		NUMBER,	err,			0),
	CONN("idle",		USECS,	idle_us,		0),
	ROW("ready",		LISTENER, NUMBER, listener.ready,	~0ull),
	ROW("backlog",		LISTENER, NUMBER, listener.backlog,	~0ull),
	ROW("requests",		LISTENER, NUMBER, listener.requests,	~0ull),
	ROW("young",		LISTENER, NUMBER, listener.young,	~0ull),
	ROW("most_requests",	LISTENER, NUMBER, listener.most_requests, ~0ull),
	ROW("synack_retrans",	REQUEST, NUMBER, request.retransmits,	~0ull),
};

const unsigned int nr_fields = ARRAY_SIZE(fields);

const struct field_option field_options[] = {
	{ TCPI_OPT_TIMESTAMPS, "ts" },
	{ TCPI_OPT_SACK, "sack" },
	{ TCPI_OPT_ECN, "ecn" },
	{ TCPI_OPT_ECN_SEEN, "ecnseen" },
	{ TCPI_OPT_SYN_DATA, "fastopen" },
};

const unsigned int nr_field_options = ARRAY_SIZE(field_options);

const struct field_option field_flags[] = {
	{ XTCP_DIAG_ORPHAN, "orphan" },
	{ XTCP_DIAG_PASSIVE, "passive" },
	{ XTCP_DIAG_FIN_QUEUED, "fin_queued" },
	{ XTCP_DIAG_FIN_SENT, "fin_sent" },
	{ XTCP_DIAG_FIN_RCVD, "fin_rcvd" },
	{ XTCP_DIAG_CWND_LIMITED, "cwnd_limited" },
	{ XTCP_DIAG_CORKED, "corked" },
	{ XTCP_DIAG_NODELAY, "nodelay" },
	{ XTCP_DIAG_KEEPALIVE, "keepalive" },
	{ XTCP_DIAG_RCV_SHORT, "rcv_short" },
};

const unsigned int nr_field_flags = ARRAY_SIZE(field_flags);

const char *const field_memory[SK_MEMINFO_VARS][2] = {
	[SK_MEMINFO_RMEM_ALLOC] = { "r", "rmem_alloc" },
	[SK_MEMINFO_RCVBUF] = { "rb", "rcv_buf" },
	[SK_MEMINFO_WMEM_ALLOC] = { "t", "wmem_alloc" },
	[SK_MEMINFO_SNDBUF] = { "tb", "snd_buf" },
	[SK_MEMINFO_FWD_ALLOC] = { "f", "fwd_alloc" },
	[SK_MEMINFO_WMEM_QUEUED] = { "w", "wmem_queued" },
	[SK_MEMINFO_OPTMEM] = { "o", "opt_mem" },
	[SK_MEMINFO_BACKLOG] = { "bl", "back_log" },
	[SK_MEMINFO_DROPS] = { "d", "sock_drop" },
};

bool field_is_known(const struct field *f, const struct diag_socket *s)
{
	return s->has & f->has && (s->state != DIAG_LISTEN || f->has != DIAG_HAS_INFO);
}

uint64_t field_value(const struct field *f, const struct diag_socket *s)
{
	const char *at = (const char *)s + f->offset;
	uint64_t u64;
	uint32_t u32;

	switch (f->size) {
	case sizeof(uint8_t):
		return *(const uint8_t *)at;
	case sizeof(u32):
		memcpy(&u32, at, sizeof(u32));
		return u32;
	default:
		memcpy(&u64, at, sizeof(u64));
		return u64;
	}
}
