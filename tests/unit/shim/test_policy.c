/* SPDX-License-Identifier: MIT */
/* shim/schedule/policy.h: the same seed chooses the same, and each strategy what it is named for.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "shim/schedule/policy.h"

#define THREADS 4
#define EVENTS	2000

static struct fx_policy policy;
static bool meets = true; /* at the events to come */

static struct fx_schedule order_of(uint8_t strategy, uint64_t seed)
{
	return (struct fx_schedule){.strategy = strategy, .seed = seed, .depth = 3, .likely = 100};
}

static void begin(const struct fx_schedule *order, const struct fx_decision *follow, uint64_t count)
{
	fx_policy_init(&policy, order, follow, count);
	for (uint16_t i = 0; i < THREADS; i++)
		fx_policy_thread(&policy, i, i == THREADS - 1);
}

/* The thread that goes on at an event to which self has come; all could, but for those of `not`. */
static int choose(uint64_t event, int self, unsigned not, bool yields)
{
	struct fx_candidate candidate[THREADS];
	struct fx_choice c = {.event = event,
			      .self = not >> self & 1 ? -1 : self,
			      .from = (uint16_t)self,
			      .kind = FX_EVENT_CALL,
			      .yields = yields,
			      .meets = meets,
			      .candidate = candidate};
	struct fx_decision d;

	for (uint16_t i = 0; i < THREADS; i++)
		if (!(not >> i & 1))
			candidate[c.count++] = (struct fx_candidate){.thread = i};
	return candidate[fx_policy_choose(&policy, &c, &d)].thread;
}

/* The way that a seed takes, as a number. */
static uint64_t way(uint8_t strategy, uint64_t seed)
{
	const struct fx_schedule order = order_of(strategy, seed);
	uint64_t sum = 0;
	int self = 0;

	begin(&order, NULL, 0);
	for (uint64_t e = 1; e <= EVENTS; e++) {
		self = choose(e, self, 0, false);
		sum = sum * 31 + (uint64_t)self;
	}
	return sum;
}

START_TEST(a_seed_is_a_way)
{
	for (uint8_t s = FX_STRATEGY_MIX; s <= FX_STRATEGY_PCT; s++)
		for (uint64_t seed = 0; seed < 50; seed++)
			ck_assert_uint_eq(way(s, seed), way(s, seed));
}
END_TEST

START_TEST(other_seeds_are_other_ways)
{
	unsigned same = 0;

	for (uint64_t seed = 0; seed < 200; seed++)
		same += way(FX_STRATEGY_WALK, seed) == way(FX_STRATEGY_WALK, seed + 1);
	ck_assert_uint_eq(same, 0);
}
END_TEST

START_TEST(a_third_of_a_mix_is_pct)
{
	unsigned pct = 0;

	for (uint64_t seed = 0; seed < 300; seed++) {
		const struct fx_schedule order = order_of(FX_STRATEGY_MIX, seed);

		begin(&order, NULL, 0);
		pct += policy.strategy == FX_STRATEGY_PCT;
	}
	ck_assert_uint_ge(pct, 70);
	ck_assert_uint_le(pct, 130);
}
END_TEST

/* Walks switch as often as their rarity says, and all rarities there are come. */
START_TEST(a_walk_switches_as_often_as_it_says)
{
	unsigned seen = 0;

	for (uint64_t seed = 0; seed < 60; seed++) {
		const struct fx_schedule order = order_of(FX_STRATEGY_WALK, seed);
		unsigned switches = 0, expected;
		int self = 0;

		begin(&order, NULL, 0);
		expected = EVENTS >> policy.rarity;
		seen |= 1U << policy.rarity;
		for (uint64_t e = 1; e <= EVENTS; e++) {
			int next = choose(e, self, 0, false);

			switches += next != self;
			self = next;
		}
		ck_assert_uint_ge(switches, expected / 2);
		ck_assert_uint_le(switches, expected * 2);
	}
	ck_assert_uint_eq(seen, 0x1f);
}
END_TEST

/* PCT of depth d: the highest priority goes on, and it changes at d - 1 events. */
START_TEST(pct_changes_so_often)
{
	for (uint64_t seed = 0; seed < 100; seed++) {
		const struct fx_schedule order = order_of(FX_STRATEGY_PCT, seed);
		unsigned switches = 0;
		int self;

		begin(&order, NULL, 0);
		self = choose(1, 0, 0, false);
		for (uint64_t e = 2; e <= 150; e++) {
			int next = choose(e, self, 0, false);

			switches += next != self;
			self = next;
		}
		ck_assert_uint_le(switches, 2);
	}
}
END_TEST

START_TEST(whoever_yields_is_not_next)
{
	for (uint8_t s = FX_STRATEGY_MIX; s <= FX_STRATEGY_PCT; s++)
		for (uint64_t seed = 0; seed < 50; seed++) {
			const struct fx_schedule order = order_of(s, seed);

			begin(&order, NULL, 0);
			for (uint64_t e = 1; e < 50 && !policy.patience; e++)
				ck_assert_int_ne(choose(e, 1, 0, true), 1);
		}
}
END_TEST

START_TEST(only_one_can)
{
	for (uint8_t s = FX_STRATEGY_MIX; s <= FX_STRATEGY_PCT; s++) {
		const struct fx_schedule order = order_of(s, 7);

		begin(&order, NULL, 0);
		for (uint64_t e = 1; e < 50; e++) {
			ck_assert_int_eq(choose(e, 2, 0xb, false), 2);
			ck_assert_int_eq(choose(e, 2, 0xb, true), 2);
			ck_assert_int_eq(choose(e, 1, 0xb, false), 2);
		}
	}
}
END_TEST

START_TEST(nobody_runs_alone_for_ever)
{
	for (uint8_t s = FX_STRATEGY_WALK; s <= FX_STRATEGY_PCT; s++)
		for (uint64_t seed = 0; seed < 20; seed++) {
			const struct fx_schedule order = order_of(s, seed);
			unsigned alone = 0, longest = 0;
			int self = 0;

			begin(&order, NULL, 0);
			for (uint64_t e = 1; e <= 20000; e++) {
				int next = choose(e, self, 0, false);

				alone = next == self ? alone + 1 : 0;
				longest = alone > longest ? alone : longest;
				self = next;
			}
			ck_assert_uint_le(longest, 3001);
		}
}
END_TEST

/* A seed of a mix that does this, where words are known in which threads meet. */
static struct fx_schedule mix_that(bool selects, bool gathers)
{
	for (uint64_t seed = 0;; seed++) {
		struct fx_schedule order = order_of(FX_STRATEGY_MIX, seed);

		order.meets_known = 1;
		order.likely_met = 20;
		fx_policy_init(&policy, &order, NULL, 0);
		if (policy.selects == selects && policy.gathers == gathers && policy.until > 50)
			return order;
	}
}

START_TEST(some_of_a_mix_select_and_some_gather)
{
	unsigned selects = 0, gathers = 0;

	for (uint64_t seed = 0; seed < 300; seed++) {
		struct fx_schedule order = order_of(FX_STRATEGY_MIX, seed);

		order.meets_known = seed % 2;
		fx_policy_init(&policy, &order, NULL, 0);
		selects += policy.selects;
		gathers += policy.gathers;
		ck_assert(!policy.selects || order.meets_known);
		order.strategy = FX_STRATEGY_WALK;
		fx_policy_init(&policy, &order, NULL, 0);
		ck_assert(!policy.selects && !policy.gathers);
	}
	ck_assert_uint_ge(selects, 50);
	ck_assert_uint_le(selects, 100);
	ck_assert_uint_ge(gathers, 70);
	ck_assert_uint_le(gathers, 130);
}
END_TEST

/* A seed of a mix that walks, switches at each event, and lets time come early. */
static struct fx_schedule mix_that_is_late(void)
{
	for (uint64_t seed = 0;; seed++) {
		const struct fx_schedule order = order_of(FX_STRATEGY_MIX, seed);

		fx_policy_init(&policy, &order, NULL, 0);
		if (policy.strategy == FX_STRATEGY_WALK && policy.rarity == 0 && policy.late &&
		    !policy.gathers)
			return order;
	}
}

/* Who beats time is ever more seldom what happens, as long as somebody else is awake. */
START_TEST(time_comes_early_ever_more_seldom)
{
	const struct fx_candidate candidate[] = {{.thread = 0},
						 {.thread = 1, .asleep = true, .until_ns = 1000}};
	const struct fx_schedule order = mix_that_is_late();
	unsigned early[2] = {0, 0};

	begin(&order, NULL, 0);
	for (uint64_t e = 1; e <= 20000; e++) {
		const struct fx_choice c = {
			.event = e, .kind = FX_EVENT_CALL, .candidate = candidate, .count = 2};
		struct fx_decision d;

		early[e > 10000] += fx_policy_choose(&policy, &c, &d) == 1;
	}
	ck_assert_uint_ge(early[0], 20);
	ck_assert_uint_le(early[0], 142);
	ck_assert_uint_ge(early[1], 1);
	ck_assert_uint_lt(early[1], early[0]);
}
END_TEST

/* In a quarter of a mix who spins may go on, for a while; that it does is noted. */
START_TEST(some_of_a_mix_are_patient)
{
	unsigned patient = 0;

	for (uint64_t seed = 0; seed < 300; seed++) {
		const struct fx_schedule order = order_of(FX_STRATEGY_MIX, seed);
		unsigned stays = 0;

		begin(&order, NULL, 0);
		patient += policy.patience > 0;
		for (uint64_t e = 1; e <= 10000; e++) {
			const struct fx_candidate candidate[] = {{.thread = 0}, {.thread = 1}};
			const struct fx_choice c = {.event = e,
						    .kind = FX_EVENT_ATOMIC,
						    .yields = true,
						    .candidate = candidate,
						    .count = 2};
			struct fx_decision d;

			if (fx_policy_choose(&policy, &c, &d) == 0) {
				stays++;
				ck_assert(fx_policy_notes(&c, &d));
				ck_assert_int_eq(d.why, FX_WHY_YIELDS);
			}
		}
		ck_assert_uint_eq(policy.patience, 0);
		ck_assert_uint_le(stays, 2000);
	}
	ck_assert_uint_ge(patient, 50);
	ck_assert_uint_le(patient, 100);
}
END_TEST

/* Where threads do not meet nobody switches; where they do somebody does, sooner or later. */
START_TEST(who_selects_switches_where_threads_meet)
{
	const struct fx_schedule order = mix_that(true, false);
	unsigned switches = 0;
	int self = 0;

	begin(&order, NULL, 0);
	for (uint64_t e = 1; e <= 400; e++) {
		int next;

		meets = e % 10 == 0;
		next = choose(e, self, 0, false);
		ck_assert(next == self || meets || e == 1);
		switches += next != self;
		self = next;
	}
	meets = true;
	ck_assert_uint_ge(switches, 1);
}
END_TEST

/* Until the maker cannot go on; then they are free, and stay so. */
START_TEST(who_gathers_holds_new_threads_back)
{
	const struct fx_schedule order = mix_that(false, true);
	unsigned others = 0;

	begin(&order, NULL, 0);
	for (uint64_t e = 1; e <= 40; e++)
		ck_assert_int_eq(choose(e, 0, 0, false), 0);
	ck_assert_int_ne(choose(41, 0, 1, false), 0);
	for (uint64_t e = 42; e <= 500; e++)
		others += choose(e, 0, 0, false) != 0;
	ck_assert_uint_ge(others, 1);
}
END_TEST

/* One alone goes on as often as three that are alike. */
START_TEST(places_are_drawn_before_threads)
{
	struct fx_schedule order = mix_that(false, false);
	unsigned alone = 0, others = 0;

	while (policy.strategy != FX_STRATEGY_WALK || !policy.by_place || policy.gathers ||
	       policy.rarity > 1) {
		order.seed++;
		order.meets_known = 0;
		fx_policy_init(&policy, &order, NULL, 0);
	}
	begin(&order, NULL, 0);
	for (uint64_t e = 1; e <= 2000; e++) {
		int next = choose(e, 0, 0, false);

		alone += next == THREADS - 1;
		others += next != 0 && next != THREADS - 1;
	}
	ck_assert_uint_ge(alone, others * 3 / 4);
	ck_assert_uint_le(alone, others * 4 / 3);
}
END_TEST

/* In the order of threads, as the list of a REPLAY is. */
static const struct fx_decision list[] = {
	{.event = 3, .from = 0, .own = 3, .to = 2, .why = FX_WHY_CHANCE},
	{.event = 9, .from = 1, .own = 4, .to = 3, .why = FX_WHY_SLEEPS},
	{.event = 5, .from = 2, .own = 2, .to = 1, .why = FX_WHY_PRIORITY},
};

static void begin_replay(bool loose)
{
	struct fx_schedule order = order_of(FX_STRATEGY_REPLAY, 1);

	order.loose = loose;
	begin(&order, list, 3);
}

START_TEST(a_replay_follows_its_list)
{
	static const int expected[] = {0, 0, 0, 2, 2, 1, 1, 1, 1, 3, 3};
	int self = 0;

	begin_replay(false);
	for (uint64_t e = 1; e < 11; e++) {
		self = choose(e, self, e == 9 ? 0x2 : 0, false);
		ck_assert_int_eq(self, expected[e]);
	}
	ck_assert_uint_eq(policy.followed, 3);
	ck_assert_uint_eq(policy.strayed_at, 0);
}
END_TEST

START_TEST(a_replay_lets_all_have_their_turn)
{
	const struct fx_schedule order = order_of(FX_STRATEGY_REPLAY, 1);

	begin(&order, NULL, 0);
	ck_assert_int_eq(choose(1, 1, 0, true), 2);
	ck_assert_int_eq(choose(2, 2, 0, true), 3);
	ck_assert_int_eq(choose(3, 3, 0, true), 0);
	ck_assert_int_eq(choose(4, 0, 0x2, true), 2);
	ck_assert_int_eq(choose(5, 2, 0xb, true), 2);
	ck_assert_int_eq(choose(6, 2, 0x4, false), 3);
}
END_TEST

START_TEST(whoever_runs_for_long_lets_others_go_on)
{
	const struct fx_schedule order = order_of(FX_STRATEGY_REPLAY, 1);
	uint64_t e = 1;

	begin(&order, NULL, 0);
	while (e < 5000 && choose(e, 1, 0, false) == 1)
		e++;
	ck_assert_uint_eq(e, 3001);
}
END_TEST

START_TEST(of_those_who_sleep_the_earliest_is_next)
{
	const struct fx_schedule order = order_of(FX_STRATEGY_REPLAY, 1);
	const struct fx_candidate candidate[] = {
		{.thread = 1, .asleep = true, .until_ns = 200},
		{.thread = 2, .asleep = true, .until_ns = 100},
	};
	const struct fx_choice c = {
		.event = 1, .self = -1, .from = 1, .candidate = candidate, .count = 2};
	struct fx_decision d;

	begin(&order, NULL, 0);
	ck_assert_uint_eq(fx_policy_choose(&policy, &c, &d), 1);
	ck_assert_int_eq(d.why, FX_WHY_TIME);
	ck_assert_int_eq(d.how, FX_HOW_USUAL);
	ck_assert(fx_policy_notes(&c, &d));
}
END_TEST

START_TEST(a_replay_says_where_it_strays)
{
	begin_replay(false);
	ck_assert_int_eq(choose(1, 0, 0, false), 0);
	ck_assert_int_eq(choose(2, 0, 0, false), 0);
	/* It cannot go on there. */
	ck_assert_int_eq(choose(3, 0, 0x4, false), 0);
	ck_assert_uint_eq(policy.strayed, FX_STRAY_TO);
	ck_assert_uint_eq(policy.strayed_at, 3);
	ck_assert_uint_eq(policy.strayed_from.to, 2);

	begin_replay(false);
	ck_assert_int_eq(choose(1, 2, 0, false), 2);
	/* Its second event was the run's fifth. */
	ck_assert_int_eq(choose(2, 2, 0, false), 1);
	ck_assert_uint_eq(policy.strayed, FX_STRAY_EVENT);
	ck_assert_uint_eq(policy.strayed_at, 2);

	begin_replay(false);
	for (uint64_t e = 6; e < 9; e++)
		ck_assert_int_eq(choose(e, 1, 0, false), 1);
	/* Then it slept. */
	ck_assert_int_eq(choose(9, 1, 0, false), 3);
	ck_assert_uint_eq(policy.strayed, FX_STRAY_FREE);
	ck_assert_uint_eq(policy.strayed_at, 9);
}
END_TEST

START_TEST(a_loose_replay_follows_what_it_can)
{
	begin_replay(true);
	ck_assert_int_eq(choose(1, 2, 0, false), 2);
	/* Elsewhere in the run; and another, as that one cannot. */
	ck_assert_int_eq(choose(2, 2, 0x2, false), 3);
	for (uint64_t e = 3; e < 8; e++)
		ck_assert_int_eq(choose(e, 1, 0, false), 1);
	/* Who goes on when it sleeps is said for its fourth event: it waits until it sleeps. */
	ck_assert_int_eq(choose(8, 1, 0x2, false), 3);
	ck_assert_uint_eq(policy.followed, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy");
	TCase *tcase = tcase_create("policy");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, a_seed_is_a_way);
	tcase_add_test(tcase, other_seeds_are_other_ways);
	tcase_add_test(tcase, a_third_of_a_mix_is_pct);
	tcase_add_test(tcase, a_walk_switches_as_often_as_it_says);
	tcase_add_test(tcase, pct_changes_so_often);
	tcase_add_test(tcase, whoever_yields_is_not_next);
	tcase_add_test(tcase, only_one_can);
	tcase_add_test(tcase, nobody_runs_alone_for_ever);
	tcase_add_test(tcase, places_are_drawn_before_threads);
	tcase_add_test(tcase, some_of_a_mix_select_and_some_gather);
	tcase_add_test(tcase, time_comes_early_ever_more_seldom);
	tcase_add_test(tcase, some_of_a_mix_are_patient);
	tcase_add_test(tcase, who_selects_switches_where_threads_meet);
	tcase_add_test(tcase, who_gathers_holds_new_threads_back);
	tcase_add_test(tcase, a_replay_follows_its_list);
	tcase_add_test(tcase, a_replay_lets_all_have_their_turn);
	tcase_add_test(tcase, whoever_runs_for_long_lets_others_go_on);
	tcase_add_test(tcase, of_those_who_sleep_the_earliest_is_next);
	tcase_add_test(tcase, a_replay_says_where_it_strays);
	tcase_add_test(tcase, a_loose_replay_follows_what_it_can);
	suite_add_tcase(suite, tcase);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
