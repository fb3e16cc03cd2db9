// Rates and loads of the loader's statistics, from two moments of totals.
//
// Purpose: the loader takes its totals once a second; what lies between the
//          last two moments is "the last whole second".
// Threads: pure functions.
#ifndef CC_LOADER_STATS_RATES_H_
#define CC_LOADER_STATS_RATES_H_

#include "cc/schema/loader_stats.h"

namespace lczero {

// Sets each rate and load in `stats` from the growth between `older` and
// `newer`, per second of their uptime. Stages and queues of all three stand in
// the same order; a counter that one of the two has not yet counts from zero.
// Leaves zeros when no time lies between them.
void FillRates(const LoaderStats& older, const LoaderStats& newer,
               LoaderStats& stats);

}  // namespace lczero

#endif  // CC_LOADER_STATS_RATES_H_
