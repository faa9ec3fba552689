/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The states of RFC 9293 3.3.2, in its order; the order carries meaning:
 * every state from SYN_RECEIVED on is synchronized, every one from
 * FIN_WAIT_1 on has our FIN queued or sent, but for CLOSE_WAIT.
 *
 * XTCP_STATE(name, number that Linux shows in /proc/net/tcp)
 */
XTCP_STATE(CLOSED,		7)
XTCP_STATE(LISTEN,		10)
XTCP_STATE(SYN_SENT,		2)
XTCP_STATE(SYN_RECEIVED,	3)
XTCP_STATE(ESTABLISHED,		1)
XTCP_STATE(CLOSE_WAIT,		8)
XTCP_STATE(FIN_WAIT_1,		4)
XTCP_STATE(FIN_WAIT_2,		5)
XTCP_STATE(CLOSING,		11)
XTCP_STATE(LAST_ACK,		9)
XTCP_STATE(TIME_WAIT,		6)
