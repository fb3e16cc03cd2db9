// The slow, obvious reference of tensors.h, for tests.
//
// Purpose: writes the format's table of planes down square by square, with no
//          tables and no shared helpers, so that both being wrong in the same
//          way is unlikely.
// Threads: pure functions.
#ifndef CC_BATCHES_REFERENCE_H_
#define CC_BATCHES_REFERENCE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cc/records/frame.h"

namespace lczero {

// The value of plane `plane` (0..111) at `row`, `column` (0..7).
float ReferencePlane(const Frame& frame, size_t plane, size_t row,
                     size_t column);

// All of them, [112, 8, 8] row-major.
std::vector<float> ReferencePlanes(const Frame& frame);

// [6, 3] row-major.
std::vector<float> ReferenceValues(const Frame& frame);

// As in `opponent_moves`.
int32_t ReferenceOpponentMove(const Frame& frame);

}  // namespace lczero

#endif  // CC_BATCHES_REFERENCE_H_
