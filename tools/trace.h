/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tracepoints of system xtcp tell, for the programs that show it: events read from a
 * tracefs instance of their own, parsed, filtered by address, and put into words.
 */
#ifndef XTCP_TOOLS_TRACE_H
#define XTCP_TOOLS_TRACE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum trace_kind {
	TRACE_SET_STATE,
	TRACE_SEGMENT_IN,
	TRACE_SEGMENT_OUT,
	TRACE_CONG_STATE,
	TRACE_RTT_SAMPLE,
	TRACE_DROP,
	TRACE_REQUEST,
	TRACE_TIMER,
	TRACE_KINDS,
};

enum {
	TRACE_WORD = 24, /* bytes of a name: a state, a reason, a timer */
	TRACE_HEADER_MAX = 60, /* bytes of the longest TCP header */
	TRACE_TEXT_MAX = 640, /* bytes of one event as text */
};

/* Flags of the TCP header (RFC 9293 3.1, RFC 9768). */
enum {
	TCP_FLAG_FIN_BIT = 0x001,
	TCP_FLAG_SYN_BIT = 0x002,
	TCP_FLAG_RST_BIT = 0x004,
	TCP_FLAG_PSH_BIT = 0x008,
	TCP_FLAG_ACK_BIT = 0x010,
	TCP_FLAG_URG_BIT = 0x020,
	TCP_FLAG_ECE_BIT = 0x040,
	TCP_FLAG_CWR_BIT = 0x080,
	TCP_FLAG_AE_BIT = 0x100,
};

struct trace_event {
	uint64_t ns; /* CLOCK_MONOTONIC */
	uint32_t cpu;
	enum trace_kind kind;
	uint64_t net; /* inode of the network namespace */
	struct sockaddr_storage local, remote;
	/* The words of the text; empty where the event has none. */
	char state[TRACE_WORD], before[TRACE_WORD], after[TRACE_WORD];
	char why[TRACE_WORD], reason[TRACE_WORD], what[TRACE_WORD], timer[TRACE_WORD];
	/* The numbers; 0 where it has none. */
	uint64_t seq, ack, len, win, flags, mss, again;
	uint64_t una, nxt, rcv_nxt, cwnd, ssthresh, flight;
	uint64_t sample_us, srtt_us, rttvar_us, rto_us;
	uint64_t late_us, retransmits;
	uint8_t header[TRACE_HEADER_MAX]; /* the TCP header as on the wire */
	uint32_t header_len;
};

/* What was heard of a connection's end before an event, for trace_words(). */
struct trace_context {
	char timer[TRACE_WORD]; /* the last that expired, */
	uint64_t timer_ns; /* and when */
	char congestion[TRACE_WORD];
};

/* Lines of trace_pipe. False: none of ours, or damaged. */
bool trace_parse_line(const char *line, struct trace_event *e);

/* "xtcp_NAME: KEY=VALUE ...": what follows the time stamp. */
bool trace_parse_text(const char *text, struct trace_event *e);

/* The same text again, with neither header nor, if brief, addresses. */
size_t trace_format(const struct trace_event *e, bool brief, char *out, size_t size);

const char *trace_kind_name(enum trace_kind kind);
bool trace_parse_endpoint(const char *text, struct sockaddr_storage *out);
void trace_format_endpoint(const struct sockaddr_storage *a, char *out, size_t size);
uint16_t trace_port(const struct sockaddr_storage *a);
const void *trace_address(const struct sockaddr_storage *a, size_t *len);
bool trace_same_endpoint(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
bool trace_is_segment(const struct trace_event *e);

/* But for the ACK of the last FIN, which finds its connection closed, having closed it. */
bool trace_is_drop(const struct trace_event *e);

/* "SYN,ACK" */
const char *trace_flags(unsigned int flags, char *out, size_t size);

/* Why a segment was sent, in words. */
const char *trace_words(const struct trace_event *e, const struct trace_context *c);
void trace_remember(struct trace_context *c, const struct trace_event *e);

/* "port 80 and host 192.0.2.1 and net 4026531840" */
enum { FILTER_TERMS = 16 }; /* at most */

struct trace_filter {
	unsigned int n;
	struct filter_term {
		enum {
			FILTER_PORT,
			FILTER_HOST,
			FILTER_NET,
		} what;
		uint64_t number;
		int family;
		uint8_t address[16];
	} term[FILTER_TERMS];
};

/* Adds words to the filter; NULL or what is wrong with them. */
const char *trace_filter_add(struct trace_filter *f, const char *words);
bool trace_filter_matches(const struct trace_filter *f, const struct trace_event *e);

/* A tracefs instance with the events of xtcp enabled. */
struct trace_source {
	char path[96];
	int pipe;
	bool paused;
	size_t held;
	char text[65536];
};

/* Says on stderr why it can't. */
bool trace_open(struct trace_source *s, const char *program);

/* Reads for up to timeout_ms and hands on each event; -1 once all of a paused source is read. */
int trace_read(struct trace_source *s, int timeout_ms,
	       void (*event)(void *arg, const struct trace_event *e), void *arg);

/* No more events from here on. */
void trace_pause(struct trace_source *s);

/* Events that the ring had no room for. */
uint64_t trace_lost(const struct trace_source *s);
void trace_close(struct trace_source *s);

/* The clock of the events. */
uint64_t trace_now(void);

/*
 * Events by time: what processors tell comes nearly in order. Each is kept for a moment, in which
 * one can look at those that follow it.
 */
struct trace_queue {
	struct trace_event *events;
	size_t head, n, room;
	struct trace_event last_in; /* that was taken */
};

bool trace_queue_add(struct trace_queue *q, const struct trace_event *e);

/*
 * The next event that is older than ns, or NULL; it stays until the next call of either. A segment
 * that a request or a TIME-WAIT hands to a connection comes to two owners, and is taken once.
 */
const struct trace_event *trace_queue_take(struct trace_queue *q, uint64_t ns);

/* The event that tells that a segment, just taken, was dropped. */
const struct trace_event *trace_queue_drop_of(const struct trace_queue *q,
					      const struct trace_event *in);
void trace_queue_free(struct trace_queue *q);

#endif
