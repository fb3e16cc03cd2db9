// What a frame costs at the very least on this machine: the floors that the
// loader's figures are held against.
//
// Threads: pure functions of one thread.
// Memory:  some 700 MB; run them in a child (in_child.h).
// Errors:  kIo when no archive can be read; kCorruptData as cc/chunks says.
#ifndef CC_BENCH_FLOORS_H_
#define CC_BENCH_FLOORS_H_

#include <string>

#include "cc/base/error.h"

namespace lczero::bench {

// Processor time of one frame, in microseconds: each the median of some passes.
struct Floors {
  // Its share of inflating its game by libdeflate, checksum included, into
  // memory that is there.
  double libdeflate_us;
  // The same by the system's zlib; 0 on machines that have none.
  double zlib_us;
  // Copying its 8,396 bytes out of memory that no cache holds.
  double memcpy_us;
  // Expanding its bitboards to 112 planes, in a batch.
  double planes_us;
  // Of the games.
  double frames_per_game;
  double compression;
};

// Of some 300 games from *.tar in `directory`, newest first.
Result<Floors> MeasureFloors(const std::string& directory);

// Of these, libdeflate_us alone: other work on the machine changes it from
// minute to minute, so that it is measured before and after each case.
Result<double> MeasureInflate(const std::string& directory);

}  // namespace lczero::bench

#endif  // CC_BENCH_FLOORS_H_
