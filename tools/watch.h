/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of the picture that xtcp watch draws.
 */
#ifndef _XTCP_TOOLS_WATCH_H
#define _XTCP_TOOLS_WATCH_H

#include "canvas.h"
#include "diag.h"

#define WATCH_SAMPLES	60	/* columns of the graph */

#define FIGURE_COLUMNS	54
#define FIGURE_ROWS	23
#define PANEL_COLUMNS	76	/* what the panel needs, with two timers */
#define PANEL_ROWS	16

/**
 * struct watch_samples - the congestion window over time
 * @value: bytes, the latest last
 * @nr: how many there are
 */
struct watch_samples {
	uint32_t value[WATCH_SAMPLES];
	int nr;
};

void watch_sample(struct watch_samples *w, uint32_t value);

/* Figure 5 of RFC 9293 with one state lit. */
void watch_figure(struct canvas *c, int row, int column, unsigned int state);

/* Queues, timers and the graph; holder names the process, or is empty. */
void watch_panel(struct canvas *c, int row, int column, const struct diag_socket *s,
		 const struct watch_samples *w, const char *holder);

#endif /* _XTCP_TOOLS_WATCH_H */
