/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What moves a connection from state to state: user calls and facts that the
 * steps of SEGMENT ARRIVES have established (RFC 9293 3.3.2, figure 5).
 *
 * XTCP_EVENT(name)
 */
XTCP_EVENT(OPEN_PASSIVE)
XTCP_EVENT(OPEN_ACTIVE)
XTCP_EVENT(CLOSE)
XTCP_EVENT(RCV_SYN)
XTCP_EVENT(RCV_SYN_ACK)
XTCP_EVENT(RCV_ACK_OF_SYN)
XTCP_EVENT(RCV_FIN)
XTCP_EVENT(RCV_ACK_OF_FIN)
