/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of level IPPROTO_TCP: the source of the table in module/sock/option.c, of
 * docs/reference.md and xtcp(7), and of tests/socket/t_option_table.c. Numbers and names are
 * those of the kernel's TCP; all others fail with ENOPROTOOPT.
 *
 * XTCP_SOCKOPT(name, stem, unit, least, most, initial, reads, meaning)
 *
 * is a number, set by set_stem() and got by get_stem(). Below least and above most it is
 * EINVAL. initial is what a new socket has while the tunables have their defaults. reads
 * says what getsockopt() gives: SAME what was set, TRUTH 1 for all but 0, OWN something
 * else, which meaning tells.
 *
 * XTCP_SOCKOPT_READ(name, stem, meaning) is a number that cannot be set.
 *
 * XTCP_SOCKOPT_BYTES(name, stem, access, meaning) is none, and is set and got by functions of
 * sockopt.c. access: RW, or RO if it cannot be set.
 */
XTCP_SOCKOPT(NODELAY,		nodelay,	FLAG,	INT_MIN, INT_MAX, 0,	TRUTH,
	     "small segments go at once, without Nagle's rule")
XTCP_SOCKOPT(MAXSEG,		maxseg,		BYTES,	0, 32767,	536,	OWN,
	     "greatest segment, both ways, from the next connection on; 0: as the path has it; 1 to 87: EINVAL. Read, that of the connection; before, the number or 536")
XTCP_SOCKOPT(CORK,		cork,		FLAG,	INT_MIN, INT_MAX, 0,	TRUTH,
	     "less than a segment waits for more: until it is 0 again, for sws_override_ms at most")
XTCP_SOCKOPT(KEEPIDLE,		keepidle,	SECS,	1, 32767,	7200,	SAME,
	     "silence before the first probe, with SO_KEEPALIVE; before keepalive_time")
XTCP_SOCKOPT(KEEPINTVL,		keepintvl,	SECS,	1, 32767,	75,	SAME,
	     "from one such probe to the next; before keepalive_intvl")
XTCP_SOCKOPT(KEEPCNT,		keepcnt,	COUNT,	1, 127,		9,	SAME,
	     "unanswered probes that end the connection; before keepalive_probes")
XTCP_SOCKOPT(SYNCNT,		syncnt,		COUNT,	1, 127,		5,	SAME,
	     "retransmissions of the SYN, of a listener those of its SYN,ACKs; before syn_retries and synack_retries")
XTCP_SOCKOPT(LINGER2,		linger2,	SECS,	INT_MIN, INT_MAX, 60,	OWN,
	     "life in FIN-WAIT-2 after close(), 120 at most; 0: as fin_timeout says; below: none, the peer gets a RST, and it reads -1")
XTCP_SOCKOPT(DEFER_ACCEPT,	defer_accept,	SECS,	INT_MIN, INT_MAX, 0,	OWN,
	     "accept() has a connection once it has text, or after so long; rounded up to a time when the SYN,ACK goes again")
XTCP_SOCKOPT(WINDOW_CLAMP,	window_clamp,	BYTES,	INT_MIN, INT_MAX, 0,	OWN,
	     "greatest window to offer, 1152 at least; 0: as the buffer has it, before connect() and listen() only, else EINVAL")
XTCP_SOCKOPT(QUICKACK,		quickack,	MODE,	INT_MIN, INT_MAX, 1,	OWN,
	     "1: an ACK that waits goes now, and the next quickack_max at once; 0: ACKs wait for text; even numbers beyond: only the ACK that waits. Read, 1 unless ACKs wait for text")
XTCP_SOCKOPT(THIN_LINEAR_TIMEOUTS, thin_linear, FLAG,	0, 1,		0,	SAME,
	     "with less than 4 segments in flight the first 6 timeouts in a row do not double")
XTCP_SOCKOPT(THIN_DUPACK,	thin_dupack,	FLAG,	0, 1,		0,	OWN,
	     "accepted for old programs; reads 0")
XTCP_SOCKOPT(USER_TIMEOUT,	user_timeout,	MSECS,	0, INT_MAX,	0,	SAME,
	     "how long text, a SYN or a probe may wait for an answer before the connection ends; 0: as retries2 and its like say")
XTCP_SOCKOPT(FASTOPEN,		fastopen,	COUNT,	0, INT_MAX,	0,	OWN,
	     "a listener takes text of SYNs, from so many that are not yet complete, somaxconn at most; not in a connection")
XTCP_SOCKOPT(NOTSENT_LOWAT,	notsent_lowat,	BYTES,	INT_MIN, INT_MAX, 0,	SAME,
	     "no more text is taken while so much waits to be sent for the first time; 0: as the tunable says")
XTCP_SOCKOPT(SAVE_SYN,		save_syn,	MODE,	0, 2,		0,	SAME,
	     "accepted sockets have the headers of their SYN: 1 from IP on, 2 from the link's on")
XTCP_SOCKOPT(FASTOPEN_CONNECT,	fastopen_connect, FLAG,	0, 1,		0,	SAME,
	     "connect() returns at once if there is a cookie, and the SYN takes the first text along; before connect() only, needs bit 1 of the tunable fastopen")
XTCP_SOCKOPT(FASTOPEN_NO_COOKIE, fastopen_no_cookie, FLAG, 0, 1,	0,	SAME,
	     "Fast Open without a cookie; not in a connection")
XTCP_SOCKOPT(INQ,		inq,		FLAG,	0, 1,		0,	SAME,
	     "recvmsg() adds a control message TCP_CM_INQ: the bytes that are left, 1 at the end of the stream")
XTCP_SOCKOPT(RTO_MAX_MS,	rto_max_ms,	MSECS,	1000, 120000,	120000,	SAME,
	     "greatest retransmission timeout; before the tunable")
XTCP_SOCKOPT(RTO_MIN_US,	rto_min_us,	USECS,	1000, 120000000, 200000, SAME,
	     "least distance of the retransmission timeout from the round-trip time; before the tunable")
XTCP_SOCKOPT(DELACK_MAX_US,	delack_max_us,	USECS,	1000, 499000,	200000,	SAME,
	     "how long an ACK may wait; before delack_max_ms, and before delack_min_ms if it is less")
XTCP_SOCKOPT_READ(IS_MPTCP,	is_mptcp,
	     "0")
XTCP_SOCKOPT_BYTES(CONGESTION,	congestion,	RW,
	     "name of the algorithm of congestion control")
XTCP_SOCKOPT_BYTES(FASTOPEN_KEY, fastopen_key,	RW,
	     "one key for Fast Open cookies or two, of 16 bytes; before the tunable")
XTCP_SOCKOPT_BYTES(INFO,	info,		RO,
	     "struct tcp_info: docs/info.md")
XTCP_SOCKOPT_BYTES(SAVED_SYN,	saved_syn,	RO,
	     "what TCP_SAVE_SYN of the listener has kept, once; EINVAL and its length if there is less room")
