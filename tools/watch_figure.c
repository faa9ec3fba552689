// SPDX-License-Identifier: GPL-2.0-only
/*
 * Figure 5 of RFC 9293: the states of a connection in boxes, and the arrows between them. The arrow
 * from LISTEN to SYN-SENT is left out: the socket API can't take it.
 */
#include "show.h"
#include "watch.h"

#define BOX_WIDTH	16

/* Left edges of the boxes, and where lines go through the left ones. */
enum {
	LEFT = 0,
	MIDDLE = 19,
	RIGHT = 38,
};

static const struct {
	uint8_t state, row, column;
} boxes[] = {
	{ DIAG_LISTEN, 0, LEFT },
	{ DIAG_CLOSED, 0, MIDDLE },
	{ DIAG_SYN_SENT, 0, RIGHT },
	{ DIAG_SYN_RECEIVED, 4, LEFT },
	{ DIAG_ESTABLISHED, 8, MIDDLE },
	{ DIAG_FIN_WAIT_1, 12, LEFT },
	{ DIAG_CLOSE_WAIT, 12, RIGHT },
	{ DIAG_FIN_WAIT_2, 16, LEFT },
	{ DIAG_CLOSING, 16, MIDDLE },
	{ DIAG_LAST_ACK, 16, RIGHT },
	{ DIAG_TIME_WAIT, 20, MIDDLE },
};

/* From top to bottom, from left to right: from what to what. */
static const struct {
	uint8_t row, column;
	const char *line;
} lines[] = {
	{ 1, 16, "◀──" },				/* CLOSED to LISTEN */
	{ 1, 35, "──▶" },				/* CLOSED to SYN-SENT */
	{ 3, 7, "▼" },					/* LISTEN to SYN-RECEIVED */
	{ 3, 42, "│" },				/* SYN-SENT to SYN-RECEIVED */
	{ 4, 42, "│" },
	{ 5, 16, "◀─────────────────────────┘" },
	{ 3, 48, "│" },				/* SYN-SENT to ESTABLISHED */
	{ 4, 48, "│" },
	{ 5, 48, "│" },
	{ 6, 48, "│" },
	{ 7, 48, "│" },
	{ 8, 48, "│" },
	{ 9, 35, "◀────────────┘" },
	{ 7, 11, "│" },				/* SYN-RECEIVED to ESTABLISHED */
	{ 8, 11, "│" },
	{ 9, 11, "└──────▶" },
	{ 7, 4, "│" },					/* SYN-RECEIVED to FIN-WAIT-1 */
	{ 8, 4, "│" },
	{ 9, 4, "│" },
	{ 10, 4, "│" },
	{ 11, 4, "▼" },
	{ 11, 22, "│" },				/* ESTABLISHED to FIN-WAIT-1 */
	{ 12, 22, "│" },
	{ 13, 16, "◀─────┘" },
	{ 11, 31, "│" },				/* ESTABLISHED to CLOSE-WAIT */
	{ 12, 31, "│" },
	{ 13, 31, "└─────▶" },
	{ 15, 4, "▼" },				/* FIN-WAIT-1 to FIN-WAIT-2 */
	{ 15, 11, "└───────────────▼" },		/* FIN-WAIT-1 to CLOSING */
	{ 15, 45, "▼" },				/* CLOSE-WAIT to LAST-ACK */
	{ 19, 7, "│" },				/* FIN-WAIT-2 to TIME-WAIT */
	{ 20, 7, "│" },
	{ 21, 7, "└──────────▶" },
	{ 19, 27, "▼" },				/* CLOSING to TIME-WAIT */
	{ 19, 45, "│" },				/* LAST-ACK and TIME-WAIT to CLOSED */
	{ 20, 45, "▼" },
	{ 21, 35, "─────▶ CLOSED" },
};

void watch_figure(struct canvas *c, int row, int column, unsigned int state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		canvas_text(c, row + lines[i].row, column + lines[i].column, lines[i].line);
	for (i = 0; i < ARRAY_SIZE(boxes); i++)
		canvas_box(c, row + boxes[i].row, column + boxes[i].column, BOX_WIDTH,
			   show_state(boxes[i].state), boxes[i].state == state);
}
