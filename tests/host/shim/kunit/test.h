/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of KUnit's interface that the files under kunit/ use, so that they
 * run as a plain program (runner.c). What is written against this header
 * also compiles against the kernel's.
 */
#ifndef _SHIM_KUNIT_TEST_H
#define _SHIM_KUNIT_TEST_H

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

#define KUNIT_PARAM_DESC_SIZE 128

struct shim_allocation;

/**
 * struct kunit - one case that runs
 * @priv: the suite's
 * @param_value: row of the parameter table
 * @param_index: its number
 * @name: of the case
 * @failed: an expectation did not hold
 * @allocations: freed at the end of the case
 */
struct kunit {
	void *priv;
	const void *param_value;
	int param_index;
	const char *name;
	bool failed;
	struct shim_allocation *allocations;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
};

struct kunit_suite {
	const char name[256];
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
	struct kunit_suite *next;	/* the runner's */
};

#define KUNIT_CASE(f)		{ .run_case = f, .name = #f }
#define KUNIT_CASE_PARAM(f, g)	{ .run_case = f, .name = #f, .generate_params = g }

#define __SHIM_ARRAY_PARAM(name, array, describe)				\
	static const void *name##_gen_params(const void *prev, char *desc)	\
	{									\
		__typeof__((array)[0]) *row = prev;				\
										\
		row = row ? row + 1 : (array);					\
		if (row >= (array) + ARRAY_SIZE(array))				\
			return NULL;						\
		describe;							\
		return row;							\
	}
#define KUNIT_ARRAY_PARAM(name, array, get_desc) \
	__SHIM_ARRAY_PARAM(name, array, (get_desc)(row, desc))
#define KUNIT_ARRAY_PARAM_DESC(name, array, member) \
	__SHIM_ARRAY_PARAM(name, array, strscpy(desc, row->member, KUNIT_PARAM_DESC_SIZE))

void shim_register(struct kunit_suite *suite);

#define kunit_test_suite(suite)						\
	static void __attribute__((__constructor__)) register_##suite(void) \
	{								\
		shim_register(&suite);					\
	}								\
	struct kunit

void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t gfp);
void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp);
void kunit_kfree(struct kunit *test, const void *p);

void shim_info(const char *fmt, ...) __printf(1, 2);
#define kunit_info(test, fmt, ...) ((void)(test), shim_info(fmt, ##__VA_ARGS__))
#define kunit_err kunit_info

/* Records a failure; ends the case if fatal. */
void shim_fail(struct kunit *test, bool fatal, const char *file, int line,
	       const char *fmt, ...) __printf(5, 6);

#define __SHIM_FAIL(test, fatal, ...) \
	shim_fail(test, fatal, __FILE__, __LINE__, __VA_ARGS__)

#define __SHIM_BOOL(test, fatal, cond, want, fmt, ...) do {		\
	if (((cond) ? true : false) != (want))				\
		__SHIM_FAIL(test, fatal, "expected %s to be %s " fmt, #cond, \
			    (want) ? "true" : "false", ##__VA_ARGS__);	\
} while (0)

#define __SHIM_NUM(test, fatal, a, op, b, fmt, ...) do {		\
	const __typeof__(a) __left = (a);				\
	const __typeof__(b) __right = (b);				\
									\
	if (!(__left op __right))					\
		__SHIM_FAIL(test, fatal, "expected %s " #op " %s, got %lld and %lld " fmt, \
			    #a, #b, (long long)__left, (long long)__right, \
			    ##__VA_ARGS__);				\
} while (0)

#define __SHIM_PTR(test, fatal, a, op, b, fmt, ...) do {		\
	const void *__left = (a);					\
	const void *__right = (b);					\
									\
	if (!(__left op __right))					\
		__SHIM_FAIL(test, fatal, "expected %s " #op " %s, got %p and %p " fmt, \
			    #a, #b, __left, __right, ##__VA_ARGS__);	\
} while (0)

#define __SHIM_STR(test, fatal, a, b, fmt, ...) do {			\
	const char *__left = (a);					\
	const char *__right = (b);					\
									\
	if (strcmp(__left, __right))					\
		__SHIM_FAIL(test, fatal, "expected %s to be %s, got \"%s\" and \"%s\" " fmt, \
			    #a, #b, __left, __right, ##__VA_ARGS__);	\
} while (0)

#define __SHIM_MEM(test, fatal, a, b, n, fmt, ...) do {			\
	const void *__left = (a);					\
	const void *__right = (b);					\
									\
	if (memcmp(__left, __right, n))					\
		__SHIM_FAIL(test, fatal, "expected %s to be %s in memory " fmt, \
			    #a, #b, ##__VA_ARGS__);			\
} while (0)

#define KUNIT_SUCCEED(t)		((void)(t))
#define KUNIT_FAIL(t, ...)		__SHIM_FAIL(t, false, __VA_ARGS__)
#define KUNIT_FAIL_AND_ABORT(t, ...)	__SHIM_FAIL(t, true, __VA_ARGS__)

#define KUNIT_EXPECT_TRUE(t, c)		__SHIM_BOOL(t, false, c, true, "")
#define KUNIT_EXPECT_FALSE(t, c)	__SHIM_BOOL(t, false, c, false, "")
#define KUNIT_EXPECT_EQ(t, a, b)	__SHIM_NUM(t, false, a, ==, b, "")
#define KUNIT_EXPECT_NE(t, a, b)	__SHIM_NUM(t, false, a, !=, b, "")
#define KUNIT_EXPECT_LT(t, a, b)	__SHIM_NUM(t, false, a, <, b, "")
#define KUNIT_EXPECT_LE(t, a, b)	__SHIM_NUM(t, false, a, <=, b, "")
#define KUNIT_EXPECT_GT(t, a, b)	__SHIM_NUM(t, false, a, >, b, "")
#define KUNIT_EXPECT_GE(t, a, b)	__SHIM_NUM(t, false, a, >=, b, "")
#define KUNIT_EXPECT_PTR_EQ(t, a, b)	__SHIM_PTR(t, false, a, ==, b, "")
#define KUNIT_EXPECT_PTR_NE(t, a, b)	__SHIM_PTR(t, false, a, !=, b, "")
#define KUNIT_EXPECT_NULL(t, p)		__SHIM_PTR(t, false, p, ==, NULL, "")
#define KUNIT_EXPECT_NOT_NULL(t, p)	__SHIM_PTR(t, false, p, !=, NULL, "")
#define KUNIT_EXPECT_STREQ(t, a, b)	__SHIM_STR(t, false, a, b, "")
#define KUNIT_EXPECT_MEMEQ(t, a, b, n)	__SHIM_MEM(t, false, a, b, n, "")

#define KUNIT_EXPECT_TRUE_MSG(t, c, ...)  __SHIM_BOOL(t, false, c, true, __VA_ARGS__)
#define KUNIT_EXPECT_FALSE_MSG(t, c, ...) __SHIM_BOOL(t, false, c, false, __VA_ARGS__)
#define KUNIT_EXPECT_EQ_MSG(t, a, b, ...) __SHIM_NUM(t, false, a, ==, b, __VA_ARGS__)
#define KUNIT_EXPECT_NE_MSG(t, a, b, ...) __SHIM_NUM(t, false, a, !=, b, __VA_ARGS__)
#define KUNIT_EXPECT_LE_MSG(t, a, b, ...) __SHIM_NUM(t, false, a, <=, b, __VA_ARGS__)
#define KUNIT_EXPECT_GE_MSG(t, a, b, ...) __SHIM_NUM(t, false, a, >=, b, __VA_ARGS__)
#define KUNIT_EXPECT_STREQ_MSG(t, a, b, ...) __SHIM_STR(t, false, a, b, __VA_ARGS__)

#define KUNIT_ASSERT_TRUE(t, c)		__SHIM_BOOL(t, true, c, true, "")
#define KUNIT_ASSERT_FALSE(t, c)	__SHIM_BOOL(t, true, c, false, "")
#define KUNIT_ASSERT_EQ(t, a, b)	__SHIM_NUM(t, true, a, ==, b, "")
#define KUNIT_ASSERT_NE(t, a, b)	__SHIM_NUM(t, true, a, !=, b, "")
#define KUNIT_ASSERT_LE(t, a, b)	__SHIM_NUM(t, true, a, <=, b, "")
#define KUNIT_ASSERT_GT(t, a, b)	__SHIM_NUM(t, true, a, >, b, "")
#define KUNIT_ASSERT_NOT_NULL(t, p)	__SHIM_PTR(t, true, p, !=, NULL, "")
#define KUNIT_ASSERT_STREQ(t, a, b)	__SHIM_STR(t, true, a, b, "")
#define KUNIT_ASSERT_TRUE_MSG(t, c, ...)  __SHIM_BOOL(t, true, c, true, __VA_ARGS__)
#define KUNIT_ASSERT_EQ_MSG(t, a, b, ...) __SHIM_NUM(t, true, a, ==, b, __VA_ARGS__)

#endif /* _SHIM_KUNIT_TEST_H */
