// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a socket waits for, in words: first what moves the state on, then what is on its way to the
 * peer, what the user has to do, what the peer is known to do, and the timers.
 */
#include <string.h>
#include "show.h"
#include "why.h"

#define SILENT_US	60000000ull	/* the peer says nothing for so long: worth a word */

static bool is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* Our FIN has a number behind the text. */
static uint32_t text_sent(const struct xtcp_diag_conn *c)
{
	return is_before(c->snd_end, c->snd_nxt) ? c->snd_end : c->snd_nxt;
}

static bool is_synchronized(const struct diag_socket *s)
{
	return s->state != DIAG_CLOSED && s->state != DIAG_LISTEN && s->state != DIAG_SYN_SENT &&
	       s->state != DIAG_SYN_RECEIVED && s->has & DIAG_HAS_CONN;
}

/* The SYN and the FIN have numbers and are no text. */
uint32_t why_queued_bytes(const struct diag_socket *s)
{
	const struct xtcp_diag_conn *c = &s->conn;
	uint32_t una = is_synchronized(s) ? c->snd_una : c->iss + 1;

	return is_before(una, c->snd_end) ? c->snd_end - una : 0;
}

uint32_t why_unsent_bytes(const struct diag_socket *s)
{
	const struct xtcp_diag_conn *c = &s->conn;

	return is_before(c->snd_nxt, c->snd_end) ? c->snd_end - text_sent(c) : 0;
}

static uint32_t sent_bytes(const struct diag_socket *s)
{
	return why_queued_bytes(s) - why_unsent_bytes(s);
}

bool why_is_unclaimed(const struct diag_socket *s)
{
	return !s->inode && (s->conn.flags & (XTCP_DIAG_PASSIVE | XTCP_DIAG_ORPHAN)) ==
				    XTCP_DIAG_PASSIVE;
}

static bool runs(const struct diag_socket *s, enum diag_timer timer)
{
	return s->timers[timer] >= 0;
}

static enum why less_than_a_segment(const struct diag_socket *s)
{
	if (s->conn.flags & XTCP_DIAG_CORKED)
		return WHY_CORKED;
	if (!(s->conn.flags & XTCP_DIAG_NODELAY) && sent_bytes(s))
		return WHY_NAGLE;
	return runs(s, DIAG_TIMER_PERSIST) ? WHY_SMALL : WHY_SOON;
}

/* In the order in which the core asks (RFC 9293 3.8.6). */
enum why why_unsent(const struct diag_socket *s)
{
	const struct xtcp_diag_conn *c = &s->conn;
	uint32_t unsent = why_unsent_bytes(s);
	uint32_t next = unsent < c->snd_mss ? unsent : c->snd_mss;
	uint32_t edge = c->snd_una + c->snd_wnd;

	if (!unsent)
		return WHY_NOTHING;
	if (!is_synchronized(s))
		return WHY_HANDSHAKE;
	if (runs(s, DIAG_TIMER_RETRY))
		return WHY_MEMORY;
	if (!c->snd_wnd)
		return WHY_CLOSED_WINDOW;
	if (is_before(edge, c->snd_nxt + next))
		return runs(s, DIAG_TIMER_PERSIST) ? WHY_SMALL : WHY_PEER_WINDOW;
	if (c->flight + next > c->cwnd)
		return WHY_CWND;
	if (runs(s, DIAG_TIMER_PACE))
		return WHY_PACED;
	return unsent < c->snd_mss ? less_than_a_segment(s) : WHY_SOON;
}

static void tell_unsent(FILE *f, const struct diag_socket *s)
{
	const struct xtcp_diag_conn *c = &s->conn;
	char text[SHOW_TIME_SIZE + SHOW_RATE_SIZE];

	switch (why_unsent(s)) {
	case WHY_NOTHING:
	case WHY_HANDSHAKE:
		fputs("the rest goes once the connection is established. ", f);
		break;
	case WHY_CLOSED_WINDOW:
		fputs("the peer's window is closed: it waits for the peer to open it", f);
		fprintf(f, c->probes ? ", and has probed it %u times in a row. " : ". ", c->probes);
		break;
	case WHY_PEER_WINDOW:
		fprintf(f, "the peer's window (%u bytes) is full: it waits for an acknowledgment. ",
			c->snd_wnd);
		break;
	case WHY_CWND:
		fprintf(f, "the congestion window (%u bytes) is full: it waits for an acknowledgment. ",
			c->cwnd);
		break;
	case WHY_PACED:
		fprintf(f, "the next segment goes in %s, ",
			show_time(text, s->timers[DIAG_TIMER_PACE]));
		fprintf(f, "for it is paced at %s. ", show_rate(text, c->pace_bps));
		break;
	case WHY_MEMORY:
		fprintf(f, "memory was too short for a segment, it tries again in %s. ",
			show_time(text, s->timers[DIAG_TIMER_RETRY]));
		break;
	case WHY_CORKED:
		fprintf(f, "the rest is less than a segment (%u bytes) and TCP_CORK holds it back. ",
			c->snd_mss);
		break;
	case WHY_NAGLE:
		fprintf(f, "the rest is less than a segment (%u bytes) and waits until all before it is acknowledged (Nagle; TCP_NODELAY would send it). ",
			c->snd_mss);
		break;
	case WHY_SMALL:
		fprintf(f, "the window leaves room for less than a segment, so the rest waits for more room, at most %s. ",
			show_time(text, s->timers[DIAG_TIMER_PERSIST]));
		break;
	case WHY_SOON:
		fputs("the rest is about to be sent. ", f);
		break;
	}
}

static void tell_losses(FILE *f, const struct diag_socket *s)
{
	const struct xtcp_diag_conn *c = &s->conn;

	if (c->phase == XTCP_DIAG_RECOVERY)
		fprintf(f, "Fast recovery: %u bytes are taken to be lost, %u came to the peer behind holes. ",
			c->lost, c->sacked);
	if (c->retransmits)
		fprintf(f, "The retransmission timer fired %u time%s in a row: %s. ",
			c->retransmits, c->retransmits > 1 ? "s" : "",
			"the peer or the path is silent");
	else if (c->phase == XTCP_DIAG_LOSS)
		fprintf(f, "After a timeout %u bytes are taken to be lost and are sent again. ",
			c->lost);
}

static void tell_sending(FILE *f, const struct diag_socket *s)
{
	const struct xtcp_diag_conn *c = &s->conn;
	uint32_t queued = why_queued_bytes(s), sent = sent_bytes(s);

	if (why_is_unclaimed(s))
		fputs("No user has it yet: it waits for accept(). ", f);
	else if (!queued && s->state == DIAG_ESTABLISHED)
		fputs("All that was written is acknowledged: it waits for the user to write. ", f);
	else if (queued && sent == queued)
		fprintf(f, "All %u bytes that are queued were sent: it waits for an acknowledgment. ",
			queued);
	else if (queued && sent)
		fprintf(f, "%u bytes of %u queued were sent and %u are in flight; ", sent, queued,
			c->flight);
	else if (queued)
		fprintf(f, "%u bytes are queued and none of them was sent; ", queued);
	if (sent != queued)
		tell_unsent(f, s);
	tell_losses(f, s);
	if (c->snd_used >= c->snd_buf)
		fprintf(f, "The send buffer is full (%u of %u bytes): a writer waits for room. ",
			c->snd_used, c->snd_buf);
}

static void tell_receiving(FILE *f, const struct diag_socket *s)
{
	const struct xtcp_diag_conn *c = &s->conn;

	if (s->rqueue)
		fprintf(f, "%u bytes wait for the user to read. ", s->rqueue);
	else if (!(c->flags & (XTCP_DIAG_FIN_RCVD | XTCP_DIAG_ORPHAN)) && !why_is_unclaimed(s))
		fputs("A reader would wait for the peer to send. ", f);
	if (c->behind_hole)
		fprintf(f, "%u segment%s of the peer came behind a hole and wait%s for what is missing. ",
			c->behind_hole, c->behind_hole > 1 ? "s" : "",
			c->behind_hole > 1 ? "" : "s");
	if (!c->rcv_wnd && !(c->flags & XTCP_DIAG_FIN_RCVD))
		fputs("Our window is closed: the peer may send nothing until the user reads. ", f);
	if (c->flags & XTCP_DIAG_RCV_SHORT)
		fputs("Memory for sockets is short, so the window stays small. ", f);
}

static void tell_peer(FILE *f, const struct diag_socket *s)
{
	const struct xtcp_diag_conn *c = &s->conn;
	char text[SHOW_TIME_SIZE];

	fprintf(f, "The peer was heard %s ago", show_time(text, c->idle_us));
	if (c->snd_wnd)
		fprintf(f, "; its window is %u bytes", c->snd_wnd);
	fputs(". ", f);
	if (c->keep_failed)
		fprintf(f, "%u keep-alive probe%s got no answer. ", c->keep_failed,
			c->keep_failed > 1 ? "s" : "");
	else if (c->idle_us > SILENT_US && !sent_bytes(s) && !(c->flags & XTCP_DIAG_KEEPALIVE) &&
		 !runs(s, DIAG_TIMER_FIN_WAIT_2))
		fputs("SO_KEEPALIVE is off: if it is gone, nobody will notice. ", f);
}

static void tell_timers(FILE *f, const struct diag_socket *s)
{
	const char *before = "Timers: ";
	char text[SHOW_TIME_SIZE];
	int i;

	for (i = 0; i < DIAG_NR_TIMERS; i++) {
		if (!runs(s, i))
			continue;
		fprintf(f, "%s%s (%s) fires in %s", before, show_timer(i), show_timer_meaning(i),
			show_time(text, s->timers[i]));
		before = "; ";
	}
	if (*before == ';')
		fputs(". ", f);
}

static void tell_listener(FILE *f, const struct diag_socket *s)
{
	const struct xtcp_diag_listener *l = &s->listener;

	if (!l->ready)
		fputs("No connection is ready: accept() waits for one. ", f);
	else if (l->ready <= l->backlog)
		fprintf(f, "%u connection%s ready: it waits for the user to call accept(). ",
			l->ready, l->ready > 1 ? "s are" : " is");
	else
		fprintf(f, "The accept queue is full, with %u connections where the backlog is %u: it waits for the user to call accept(), and clients that come meanwhile are not let in. ",
			l->ready, l->backlog);
	if (l->requests)
		fprintf(f, "%u SYN%s answered and wait%s for the last acknowledgment of the handshake, %u of them answered once; %u there may be. ",
			l->requests, l->requests > 1 ? "s were" : " was",
			l->requests > 1 ? "" : "s", l->young, l->most_requests);
	if (l->requests >= l->most_requests)
		fputs("The SYN queue is full: further SYNs get a cookie or nothing. ", f);
}

static void tell_request(FILE *f, const struct diag_socket *s)
{
	char text[SHOW_TIME_SIZE];

	fputs("The peer's SYN was answered: it waits for the last acknowledgment of the handshake. ",
	      f);
	if (s->request.retransmits)
		fprintf(f, "The SYN,ACK was sent again %u time%s. ", s->request.retransmits,
			s->request.retransmits > 1 ? "s" : "");
	fprintf(f, "It goes again in %s. ",
		show_time(text, s->request.left_us > 0 ? s->request.left_us : 0));
}

/* What a state says before all else; "" where that says nothing. */
static const char *state_words(const struct diag_socket *s)
{
	bool orphan = s->conn.flags & XTCP_DIAG_ORPHAN, sent = s->conn.flags & XTCP_DIAG_FIN_SENT;

	switch (s->state) {
	case DIAG_CLOSED:
		return "There is no connection. ";
	case DIAG_SYN_SENT:
		return "Our SYN was sent: it waits for the peer's SYN,ACK. ";
	case DIAG_SYN_RECEIVED:
		return "The peer's SYN was answered: it waits for the acknowledgment of ours. ";
	case DIAG_CLOSE_WAIT:
		return "The peer has closed: it waits for the user to close as well. ";
	case DIAG_FIN_WAIT_1:
		return sent ? "The user has closed: it waits for the acknowledgment of our FIN. " :
			      "The user has closed: our FIN goes behind what is queued. ";
	case DIAG_FIN_WAIT_2:
		return orphan ? "The user has closed, and the peer knows: it waits for the peer's FIN, but not forever. " :
				"The user has shut it down for sending, and the peer knows: it waits for the peer's FIN. ";
	case DIAG_CLOSING:
		return "Both ends have closed at once: it waits for the acknowledgment of our FIN. ";
	case DIAG_LAST_ACK:
		return sent ? "Both ends have closed, the peer first: it waits for the acknowledgment of our FIN. " :
			      "Both ends have closed, the peer first: our FIN goes behind what is queued. ";
	default:
		return "";
	}
}

static void tell_connection(FILE *f, const struct diag_socket *s)
{
	fputs(state_words(s), f);
	if (!(s->has & DIAG_HAS_CONN))
		return;
	if (is_synchronized(s)) {
		tell_sending(f, s);
		if (s->state == DIAG_ESTABLISHED || s->state == DIAG_FIN_WAIT_1 ||
		    s->state == DIAG_FIN_WAIT_2 || s->rqueue)
			tell_receiving(f, s);
		tell_peer(f, s);
	} else {
		if (why_queued_bytes(s))
			fprintf(f, "%u bytes wait until it is established. ", why_queued_bytes(s));
		tell_losses(f, s);
	}
	if (s->conn.err)
		fprintf(f, "Its last error: %s. ", strerror(s->conn.err));
	tell_timers(f, s);
}

void why_tell(FILE *f, const struct diag_socket *s)
{
	char text[SHOW_TIME_SIZE];

	fprintf(f, "%s. ", show_state(s->state));
	if (s->has & DIAG_HAS_LISTENER)
		tell_listener(f, s);
	else if (s->has & DIAG_HAS_REQUEST)
		tell_request(f, s);
	else if (s->state == DIAG_TIME_WAIT)
		fprintf(f, "Both ends have closed: segments of it that are late are kept from others for %s more. ",
			show_time(text, s->timer_ms * 1000ull));
	else
		tell_connection(f, s);
}
