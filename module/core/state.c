// SPDX-License-Identifier: GPL-2.0-only
/*
 * Figure 5 of RFC 9293 as a table, and the names of states. conn.c applies
 * the arrows; nobody else does.
 *
 * Events are facts that the steps of SEGMENT ARRIVES have established: a FIN
 * that also acknowledges ours is RCV_ACK_OF_FIN followed by RCV_FIN, and
 * needs no arrow of its own. RST, abort and timeouts end every state and
 * have no arrows (xtcp_conn_die()). The figure's arrow from LISTEN to
 * SYN-SENT on SEND can't be had through the socket API.
 */
#include <xtcp/state.h>

#define ARROW(from, event, dest, what) \
	[XTCP_##from][XTCP_EV_##event] = { 1, XTCP_##dest, XTCP_SENDS_##what }

static const struct xtcp_arrow figure5[XTCP_NR_STATES][XTCP_NR_EVENTS] = {
	/*    in state      on event        goes to       and sends */
	ARROW(CLOSED,       OPEN_PASSIVE,   LISTEN,       NOTHING),
	ARROW(CLOSED,       OPEN_ACTIVE,    SYN_SENT,     SYN),
	ARROW(LISTEN,       RCV_SYN,        SYN_RECEIVED, SYN_ACK),
	ARROW(LISTEN,       CLOSE,          CLOSED,       NOTHING),
	ARROW(SYN_SENT,     RCV_SYN,        SYN_RECEIVED, SYN_ACK),
	ARROW(SYN_SENT,     RCV_SYN_ACK,    ESTABLISHED,  ACK),
	ARROW(SYN_SENT,     CLOSE,          CLOSED,       NOTHING),
	ARROW(SYN_RECEIVED, RCV_ACK_OF_SYN, ESTABLISHED,  NOTHING),
	ARROW(SYN_RECEIVED, CLOSE,          FIN_WAIT_1,   FIN),
	ARROW(ESTABLISHED,  CLOSE,          FIN_WAIT_1,   FIN),
	ARROW(ESTABLISHED,  RCV_FIN,        CLOSE_WAIT,   ACK),
	ARROW(FIN_WAIT_1,   RCV_ACK_OF_FIN, FIN_WAIT_2,   NOTHING),
	ARROW(FIN_WAIT_1,   RCV_FIN,        CLOSING,      ACK),
	ARROW(FIN_WAIT_2,   RCV_FIN,        TIME_WAIT,    ACK),
	ARROW(CLOSE_WAIT,   CLOSE,          LAST_ACK,     FIN),
	ARROW(CLOSING,      RCV_ACK_OF_FIN, TIME_WAIT,    NOTHING),
	ARROW(LAST_ACK,     RCV_ACK_OF_FIN, CLOSED,       NOTHING),
};

static const struct {
	const char *name;
	u8 linux_number;
} states[XTCP_NR_STATES] = {
#define XTCP_STATE(name, number) [XTCP_##name] = { #name, number },
#include <xtcp/defs/state_defs.h>
#undef XTCP_STATE
};

const struct xtcp_arrow *xtcp_arrow(enum xtcp_state state, enum xtcp_event event)
{
	return &figure5[state][event];
}

const char *xtcp_state_name(enum xtcp_state state)
{
	return state < XTCP_NR_STATES ? states[state].name : "?";
}

u8 xtcp_state_linux_number(enum xtcp_state state)
{
	return states[state].linux_number;
}
