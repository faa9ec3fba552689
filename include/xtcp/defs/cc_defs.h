/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Congestion control algorithms; the first is the default.
 *
 * XTCP_CC(name)
 */
XTCP_CC(cubic)
XTCP_CC(reno)
XTCP_CC(bbr)
XTCP_CC(dctcp)
