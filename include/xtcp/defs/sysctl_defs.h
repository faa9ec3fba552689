/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tunables of a network namespace, /proc/sys/net/xtcp/NAME. All are
 * unsigned 32-bit numbers in the unit that the row names; conversion happens
 * where a value is used. Names without a unit in them are Linux's
 * net.ipv4.tcp_NAME and have its unit.
 *
 * XTCP_SYSCTL(name, unit, default, min, max, meaning)
 *
 * A row of three numbers is an array, indexed by enum xtcp_of_three (env.h): how
 * much there is however short memory is, what a socket begins with, to what it
 * may grow by itself. Nobody checks that they rise. min and max are for each.
 *
 * XTCP_SYSCTL_VEC(name, unit, least, initial, most, min, max, meaning)
 */
#undef tw_reuse	/* <net/inet_timewait_sock.h> has a macro of this name */

XTCP_SYSCTL(syn_retries,	COUNT,	5,	1,	127,
	    "retransmissions of a SYN before connect() fails")
XTCP_SYSCTL(syn_linear_timeouts, COUNT,	0,	0,	127,
	    "retransmissions of a SYN before the timeout starts to double")
XTCP_SYSCTL(synack_retries,	COUNT,	5,	0,	127,
	    "retransmissions of a SYN,ACK before the request is dropped")
XTCP_SYSCTL(retries1,		COUNT,	3,	0,	255,
	    "retransmissions before the route is doubted (R1)")
XTCP_SYSCTL(retries2,		COUNT,	15,	0,	255,
	    "retransmissions, as a time at the least timeout, before a connection is given up (R2)")
XTCP_SYSCTL(orphan_retries,	COUNT,	0,	0,	255,
	    "as retries2, once the socket is closed; 0 means 8")
XTCP_SYSCTL(max_orphans,	COUNT,	32768,	0,	2147483647,
	    "closed sockets whose connections may go on; those beyond are reset")
XTCP_SYSCTL(fin_timeout,	SECS,	60,	1,	3600,
	    "life of a closed socket in FIN-WAIT-2")
XTCP_SYSCTL(keepalive_time,	SECS,	7200,	1,	2147483,
	    "silence of the peer before it is probed, where SO_KEEPALIVE is set")
XTCP_SYSCTL(keepalive_intvl,	SECS,	75,	1,	2147483,
	    "from one probe of a silent peer to the next")
XTCP_SYSCTL(keepalive_time_ms,	MSECS,	0,	0,	2147483647,
	    "if not 0, in place of keepalive_time")
XTCP_SYSCTL(keepalive_intvl_ms,	MSECS,	0,	0,	2147483647,
	    "if not 0, in place of keepalive_intvl")
XTCP_SYSCTL(keepalive_probes,	COUNT,	9,	1,	255,
	    "unanswered probes before a silent peer is given up")
XTCP_SYSCTL(tw_timeout_ms,	MSECS,	60000,	1,	1800000,
	    "length of TIME-WAIT")
XTCP_SYSCTL(max_tw_buckets,	COUNT,	18000,	0,	2147483647,
	    "TIME-WAITs that there may be; connections beyond end without")
XTCP_SYSCTL(rfc1337,		COUNT,	0,	0,	1,
	    "a RST does not end a TIME-WAIT (RFC 1337)")
XTCP_SYSCTL(tw_reuse,		COUNT,	2,	0,	2,
	    "connect() may pick a port that is in TIME-WAIT, where timestamps are used: 1 to any peer, 2 to this host")
XTCP_SYSCTL(tw_reuse_delay_ms,	MSECS,	1000,	1,	3600000,
	    "but not before the peer has been silent for so long")
XTCP_SYSCTL(rto_init_ms,	MSECS,	1000,	10,	120000,
	    "first retransmission timeout, before a round trip is measured")
XTCP_SYSCTL(rto_min_us,		USECS,	200000,	1000,	120000000,
	    "least distance of the retransmission timeout from the round-trip time")
XTCP_SYSCTL(rto_max_ms,		MSECS,	120000,	1000,	3600000,
	    "greatest retransmission timeout")
XTCP_SYSCTL(thin_linear_timeouts, COUNT, 0,	0,	1,
	    "with less than 4 segments in flight the first 6 timeouts in a row do not double")
XTCP_SYSCTL(delack_min_ms,	MSECS,	40,	1,	499,
	    "how long an acknowledgment waits for company at first")
XTCP_SYSCTL(delack_max_ms,	MSECS,	200,	1,	499,
	    "how long it may wait where company comes late")
XTCP_SYSCTL(quickack_max,	COUNT,	16,	0,	255,
	    "segments acknowledged at once when a connection starts")
XTCP_SYSCTL(pingpong_thresh,	COUNT,	1,	1,	255,
	    "segments that go soon after text has come, until text is expected to carry the acknowledgments")
XTCP_SYSCTL(comp_sack_nr,	COUNT,	44,	0,	255,
	    "acknowledgments of text behind a hole that one may stand for; 0: each is sent")
XTCP_SYSCTL(comp_sack_delay_ns,	NSECS,	1000000,	0,	499000000,
	    "how long one may wait for the next, if that is less than a twentieth of a round trip")
XTCP_SYSCTL(comp_sack_slack_ns,	NSECS,	100000,	0,	499000000,
	    "how much later its timer may fire, along with others")
XTCP_SYSCTL(l3mdev_accept,	COUNT,	0,	0,	1,
	    "sockets that are bound to no device are for segments of VRFs, too; what they accept is bound to the VRF")
XTCP_SYSCTL(invalid_ratelimit,	MSECS,	500,	0,	60000,
	    "least distance of the ACKs that bad segments provoke on one connection")
XTCP_SYSCTL(rst_per_sec,	COUNT,	0,	0,	2147483647,
	    "resets a second, at most, that segments to listeners and their requests are answered with; 0: no bound")
XTCP_SYSCTL(sws_override_ms,	MSECS,	200,	100,	1000,
	    "how long a segment smaller than the window rule asks may be held")
XTCP_SYSCTL(autocorking,	COUNT,	1,	0,	1,
	    "less than a segment waits while text before it is in the queue of a device")
XTCP_SYSCTL(init_cwnd,		COUNT,	10,	1,	64,
	    "initial congestion window in segments")
XTCP_SYSCTL(slow_start_after_idle, COUNT, 1,	0,	2,
	    "what becomes of an unused congestion window: 0 it stays, 1 it decays (RFC 2861), 2 it is kept for five minutes and validated (RFC 7661)")
XTCP_SYSCTL(hystart,		COUNT,	1,	0,	1,
	    "leave the initial slow start when the round-trip time rises (HyStart++)")
XTCP_SYSCTL(min_rtt_wlen,	SECS,	300,	0,	86400,
	    "window of which the least round-trip time is kept")
XTCP_SYSCTL(pacing_ss_ratio,	PERCENT, 200,	0,	1000,
	    "pacing rate in slow start, of the window in a round-trip time")
XTCP_SYSCTL(pacing_ca_ratio,	PERCENT, 120,	0,	1000,
	    "pacing rate in congestion avoidance, of the window in a round-trip time")
XTCP_SYSCTL(min_tso_segs,	COUNT,	2,	1,	255,
	    "segments, at least, that leave together where text is paced")
XTCP_SYSCTL(window_scaling,	COUNT,	1,	0,	1,
	    "offer window scaling")
XTCP_SYSCTL(timestamps,	COUNT,	1,	0,	2,
	    "offer timestamps: 1 from a clock with a random origin, 2 from the host's")
XTCP_SYSCTL(sack,		COUNT,	1,	0,	1,
	    "offer selective acknowledgments")
XTCP_SYSCTL(dsack,		COUNT,	1,	0,	1,
	    "tell the peer of text that came twice")
XTCP_SYSCTL(reordering,	COUNT,	3,	1,	65535,
	    "segments that overtake another before that is taken to be lost; max_reordering at most")
XTCP_SYSCTL(max_reordering,	COUNT,	300,	1,	65535,
	    "to how many that may amount, and what TCP_INFO may tell to have been seen")
XTCP_SYSCTL(recovery,		BITS,	1,	0,	7,
	    "with SACK: 1 loss is told by time (RACK), else by the bytes that have overtaken; of RACK: 2 its patience does not grow where text comes twice, 4 it does not end where reordering have overtaken")
XTCP_SYSCTL(frto,		COUNT,	2,	0,	2,
	    "look whether a timeout was in vain; needs SACK")
XTCP_SYSCTL(early_retrans,	COUNT,	3,	0,	4,
	    "3 and 4: probe the tail of a flight; needs SACK")
XTCP_SYSCTL(mtu_probing,	COUNT,	0,	0,	2,
	    "look for the path MTU by probes: 1 once a path drops in silence what is too big, 2 always")
XTCP_SYSCTL(base_mss,		BYTES,	1024,	48,	65535,
	    "segment size where the search by probes begins")
XTCP_SYSCTL(mtu_probe_floor,	BYTES,	48,	48,	65535,
	    "least segment size that a path which answers nothing gets")
XTCP_SYSCTL(probe_interval,	SECS,	600,	0,	4294967,
	    "time after which the search for the path MTU begins anew")
XTCP_SYSCTL(probe_threshold,	BYTES,	8,	0,	65535,
	    "the search for the path MTU ends when it is known to fewer bytes")
XTCP_SYSCTL(min_snd_mss,	BYTES,	48,	48,	65535,
	    "a lower MSS of the peer is taken for this much")
XTCP_SYSCTL(ecn,		COUNT,	2,	0,	5,
	    "explicit congestion notification: 1 ask for it, 2 only agree when asked; with accurate feedback: 3 ask for it, 4 ask for the classic one, 5 only agree when asked")
XTCP_SYSCTL(ecn_option,		COUNT,	2,	0,	3,
	    "the option of accurate feedback: 0 never, 1 sparingly, 2 with every ACK that has news, 3 even where it seems to be dropped")
XTCP_SYSCTL(ecn_option_beacon,	COUNT,	3,	0,	3,
	    "such options in a round trip, at least, while bytes are counted")
XTCP_SYSCTL(ecn_fallback,	COUNT,	1,	0,	1,
	    "retransmit a SYN without asking for explicit congestion notification")
XTCP_SYSCTL(stdurg,		COUNT,	0,	0,	1,
	    "the urgent pointer names the last urgent octet, not the one behind it")
XTCP_SYSCTL(somaxconn,		COUNT,	4096,	0,	65535,
	    "greatest backlog of a listener")
XTCP_SYSCTL(max_syn_backlog,	COUNT,	4096,	1,	1048576,
	    "requests of one listener that may wait for their last acknowledgment")
XTCP_SYSCTL(migrate_req,	COUNT,	0,	0,	1,
	    "a listener that stops leaves its clients to another of its port (SO_REUSEPORT)")
XTCP_SYSCTL(abort_on_overflow,	COUNT,	0,	0,	255,
	    "reset a client whose last acknowledgment meets a full accept queue")
XTCP_SYSCTL(syncookies,		COUNT,	1,	0,	2,
	    "answer a SYN without a request: 1 when the listener has no room for one, 2 always")
XTCP_SYSCTL(fastopen,		BITS,	1,	0,	2147483647,
	    "text in SYNs (RFC 7413): 1 clients, 2 servers, 4 clients even without a cookie, 0x200 servers even without one, 0x400 all listeners")
XTCP_SYSCTL(fastopen_blackhole_timeout_sec, SECS, 0,	0,	2147483647,
	    "how long clients send no text in SYNs once something on a path seems to swallow it; doubled with each time; 0: they do not look")
XTCP_SYSCTL(notsent_lowat,	BYTES,	4294967295U, 0,	4294967295U,
	    "no more text is taken while so much waits to be sent for the first time")
XTCP_SYSCTL(moderate_rcvbuf,	COUNT,	1,	0,	1,
	    "a receive buffer grows with the speed of its reader")
XTCP_SYSCTL(workaround_signed_windows, COUNT, 0, 0,	1,
	    "windows that are not scaled are below 32 KB, for peers that take more for less than nothing")
XTCP_SYSCTL(log_level,	COUNT,	1,	0,	1,
	    "1: the kernel's log tells what has run full, of SYNs, orphans and TIME-WAITs")
XTCP_SYSCTL_VEC(rmem,		BYTES,	4096,	131072,	6291456,	4096,	2147483647,
		"receive buffer of a socket")
XTCP_SYSCTL_VEC(wmem,		BYTES,	4096,	16384,	4194304,	1,	2147483647,
		"send buffer of a socket")
