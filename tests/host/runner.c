// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the KUnit suites of kunit/ as a plain program: one line per case, a
 * count at the end, exit status 1 if a case failed. An argument chooses the
 * cases whose "suite.case" matches it, as a shell pattern if it has a star
 * and as a part of the name if not. With TRACE in the environment the
 * simulation tells every segment.
 */
#include <fnmatch.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <kunit/test.h>
#include <linux/bug.h>
#include "sim.h"

enum { CASE_SECONDS = 60 };

struct shim_allocation {
	struct shim_allocation *next;
	struct shim_allocation **at;	/* the pointer that leads here */
	max_align_t memory[];
};

static struct kunit_suite *suites;
static struct kunit *current;
static jmp_buf end_of_case;
static char label[400];
static char reason[8000];
static unsigned int passed, failed;

/* Constructors run in the order of linking; keep the list sorted by name. */
void shim_register(struct kunit_suite *suite)
{
	struct kunit_suite **at = &suites;

	while (*at && strcmp((*at)->name, suite->name) < 0)
		at = &(*at)->next;
	suite->next = *at;
	*at = suite;
}

void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	struct shim_allocation *a = calloc(1, sizeof(*a) + size);

	(void)gfp;
	if (!a)
		abort();
	a->next = test->allocations;
	a->at = &test->allocations;
	if (a->next)
		a->next->at = &a->next;
	test->allocations = a;
	return a->memory;
}

void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	void *p = kunit_kzalloc(test, size, gfp);

	memset(p, 0x5a, size);
	return p;
}

/* The simulation frees often: no search. */
void kunit_kfree(struct kunit *test, const void *p)
{
	struct shim_allocation *a = container_of(p, struct shim_allocation, memory);

	(void)test;
	if (!p)
		return;
	*a->at = a->next;
	if (a->next)
		a->next->at = a->at;
	free(a);
}

static void free_all(struct kunit *test)
{
	while (test->allocations) {
		struct shim_allocation *a = test->allocations;

		test->allocations = a->next;
		free(a);
	}
}

void shim_info(const char *fmt, ...)
{
	va_list args;

	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	if (fmt[strlen(fmt) - 1] != '\n')
		putchar('\n');
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The first failure is the reason of the line; the others are notes. */
void shim_fail(struct kunit *test, bool fatal, const char *file, int line,
	       const char *fmt, ...)
{
	char text[sizeof(reason)];
	va_list args;
	int n;

	n = scnprintf(text, sizeof(text), "%s:%d: ", base_name(file), line);
	va_start(args, fmt);
	vscnprintf(text + n, sizeof(text) - n, fmt, args);
	va_end(args);
	if (test->failed)
		printf("# %s: also %s\n", label, text);
	else
		strscpy(reason, text, sizeof(reason));
	test->failed = true;
	if (fatal)
		longjmp(end_of_case, 1);
}

bool shim_warn(const char *file, int line, const char *what)
{
	if (!current)
		abort();
	shim_fail(current, true, file, line, "kernel warning: %s", what);
	return true;
}

static void report(bool ok)
{
	if (ok) {
		passed++;
		printf("ok %s\n", label);
		return;
	}
	failed++;
	printf("not ok %s: %s\n", label, reason);
	printf("# again: make check T='%s' TRACE=1\n", label);
	fflush(stdout);
}

static bool chosen(const char *pattern)
{
	if (!pattern)
		return true;
	return strchr(pattern, '*') ? !fnmatch(pattern, label, 0) : !!strstr(label, pattern);
}

static void run_case(struct kunit_suite *suite, struct kunit_case *kase, const void *param,
		     int index)
{
	struct kunit test = { .name = kase->name, .param_value = param, .param_index = index };

	current = &test;
	alarm(CASE_SECONDS);
	if (!setjmp(end_of_case)) {
		if (suite->init && suite->init(&test))
			KUNIT_FAIL(&test, "init of the suite failed");
		else
			kase->run_case(&test);
	}
	if (suite->exit && !setjmp(end_of_case))
		suite->exit(&test);
	alarm(0);
	current = NULL;
	free_all(&test);
	report(!test.failed);
}

static void run_suite(struct kunit_suite *suite, const char *pattern)
{
	struct kunit_case *kase;

	for (kase = suite->test_cases; kase->run_case; kase++) {
		char desc[KUNIT_PARAM_DESC_SIZE] = "";
		const void *param = NULL;
		int index = 0;

		do {
			if (kase->generate_params)
				param = kase->generate_params(param, desc);
			if (kase->generate_params && !param)
				break;
			snprintf(label, sizeof(label), *desc ? "%s.%s[%s]" : "%s.%s",
				 suite->name, kase->name, desc);
			if (chosen(pattern))
				run_case(suite, kase, param, index);
			index++;
		} while (param);
	}
}

static void died(int sig)
{
	printf("not ok %s: %s\n", label, sig == SIGALRM ? "does not end" : "crashed");
	printf("# again: make check T='%s' TRACE=1\n", label);
	printf("%u passed, %u failed\n", passed, failed + 1);
	fflush(stdout);
	_exit(1);
}

#ifdef __SANITIZE_ADDRESS__
void __sanitizer_set_death_callback(void (*callback)(void));

static void sanitizer_died(void)
{
	died(0);
}
#endif

int main(int argc, char **argv)
{
	const char *pattern = argc > 1 && *argv[1] ? argv[1] : NULL;
	struct kunit_suite *suite;

	sim_tracing = getenv("TRACE") && *getenv("TRACE");
	signal(SIGALRM, died);
	signal(SIGABRT, died);
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_set_death_callback(sanitizer_died);
#endif
	for (suite = suites; suite; suite = suite->next)
		run_suite(suite, pattern);
	if (!passed && !failed)
		printf("# no case matches %s\n", pattern ?: "");
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}
