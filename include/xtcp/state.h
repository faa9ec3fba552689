/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * States, events and the arrows of figure 5 (core/state.c).
 */
#ifndef _XTCP_STATE_H
#define _XTCP_STATE_H

#include <linux/types.h>

enum xtcp_state {
#define XTCP_STATE(name, linux_number) XTCP_##name,
#include <xtcp/defs/state_defs.h>
#undef XTCP_STATE
	XTCP_NR_STATES
};

enum xtcp_event {
#define XTCP_EVENT(name) XTCP_EV_##name,
#include <xtcp/defs/event_defs.h>
#undef XTCP_EVENT
	XTCP_NR_EVENTS
};

/* What an arrow sends. */
enum xtcp_sends {
	XTCP_SENDS_NOTHING,
	XTCP_SENDS_SYN,
	XTCP_SENDS_SYN_ACK,
	XTCP_SENDS_ACK,
	XTCP_SENDS_FIN,
};

/* One arrow of figure 5; drawn is false where the figure has none. */
struct xtcp_arrow {
	u8 drawn;
	u8 to;
	u8 sends;
};

const struct xtcp_arrow *xtcp_arrow(enum xtcp_state state, enum xtcp_event event);
const char *xtcp_state_name(enum xtcp_state state);
u8 xtcp_state_linux_number(enum xtcp_state state);

/* Both sides know both initial sequence numbers (RFC 9293 3.10.7.4). */
static inline bool xtcp_is_synchronized(enum xtcp_state state)
{
	return state >= XTCP_SYN_RECEIVED;
}

/* May the peer still send text that we take? */
static inline bool xtcp_may_receive(enum xtcp_state state)
{
	return state == XTCP_ESTABLISHED || state == XTCP_FIN_WAIT_1 ||
	       state == XTCP_FIN_WAIT_2;
}

/* May the user still queue text? */
static inline bool xtcp_may_send(enum xtcp_state state)
{
	return state == XTCP_ESTABLISHED || state == XTCP_CLOSE_WAIT;
}

/* Has the peer's FIN been received in sequence? */
static inline bool xtcp_has_peer_fin(enum xtcp_state state)
{
	return state == XTCP_CLOSE_WAIT || state == XTCP_CLOSING ||
	       state == XTCP_LAST_ACK || state == XTCP_TIME_WAIT;
}

#endif /* _XTCP_STATE_H */
