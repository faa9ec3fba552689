/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loss recovery: what is known of the text in flight, what is taken to be
 * lost and how fast it may go again. Parts of struct xtcp_conn, each with the
 * file under core/ that writes it.
 */
#ifndef _XTCP_LOSS_H
#define _XTCP_LOSS_H

#include <linux/types.h>
#include <xtcp/cc.h>

/**
 * struct xtcp_board - scoreboard (core/board.c), counted above SND.UNA
 * @on: SACK was offered in our SYN, and theirs has offered it too
 */
struct xtcp_board {
	bool on;
};

#endif /* _XTCP_LOSS_H */
