// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a socket waits for, in one line.
 */
#include "show.h"
#include "why.h"

static const char *of_unsent(const struct diag_socket *s)
{
	static const char *const words[] = {
		[WHY_NOTHING] = "an acknowledgment",
		[WHY_HANDSHAKE] = "the connection to be established",
		[WHY_CLOSED_WINDOW] = "the peer to open its window",
		[WHY_PEER_WINDOW] = "an acknowledgment, for the peer's window is full",
		[WHY_CWND] = "an acknowledgment, for the congestion window is full",
		[WHY_PACED] = "the time of the next paced segment",
		[WHY_MEMORY] = "memory",
		[WHY_CORKED] = "more text, for TCP_CORK holds back what is there",
		[WHY_NAGLE] = "an acknowledgment, for Nagle holds back the rest",
		[WHY_SMALL] = "room for a whole segment in the window",
		[WHY_SOON] = "its turn to send",
	};

	return words[why_unsent(s)];
}

static const char *of_listener(const struct diag_socket *s)
{
	if (!s->listener.ready)
		return "a client";
	return s->listener.ready > s->listener.backlog ?
		       "the user to accept(), for the accept queue is full" :
		       "the user to accept()";
}

static const char *of_state(const struct diag_socket *s)
{
	switch (s->state) {
	case DIAG_LISTEN:
		return of_listener(s);
	case DIAG_SYN_SENT:
		return "the peer's SYN,ACK";
	case DIAG_SYN_RECEIVED:
		return "the last acknowledgment of the handshake";
	case DIAG_CLOSE_WAIT:
		return "the user to close";
	case DIAG_FIN_WAIT_1:
	case DIAG_CLOSING:
	case DIAG_LAST_ACK:
		return "the acknowledgment of our FIN";
	case DIAG_FIN_WAIT_2:
		return "the peer's FIN";
	case DIAG_TIME_WAIT:
		return "the end of TIME-WAIT";
	case DIAG_ESTABLISHED:
		if (why_is_unclaimed(s))
			return "accept()";
		return s->rqueue ? "the user to read" : "the user or the peer to send";
	default:
		return "nothing";
	}
}

char *why_short(char *out, size_t size, const struct diag_socket *s)
{
	bool sends = s->has & DIAG_HAS_CONN && why_queued_bytes(s);

	if (s->state == DIAG_LISTEN || s->state == DIAG_SYN_SENT || s->state == DIAG_SYN_RECEIVED)
		sends = false;
	snprintf(out, size, "%s", sends ? of_unsent(s) : of_state(s));
	return out;
}
