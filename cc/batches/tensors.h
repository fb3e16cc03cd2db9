// Turns frames into rows of a batch: the fast path.
//
// Purpose: what every delivered position costs, so bitboards are expanded a
//          byte (one row of the board) at a time from a table. reference.h does
//          the same slowly and obviously; tensors_test.cc compares them bit by
//          bit.
// Threads: pure functions; rows of one batch may be written by different
//          threads.
// Input:   frames that ValidateChunk accepted: of a known input format.
#ifndef CC_BATCHES_TENSORS_H_
#define CC_BATCHES_TENSORS_H_

#include <cstddef>
#include <span>

#include "cc/batches/batch.h"
#include "cc/batches/layout.h"
#include "cc/records/frame.h"
#include "cc/records/packed_frame.h"

namespace lczero {

// Writes all of position `position` of `batch`, in the batch's form; its input
// format is not set.
void WriteRow(const Frame& frame, size_t position, Batch& batch);

// The same from the packed form, whose probabilities go into the batch without
// a stop in between. `rest` is scratch: all but the probabilities of the frame.
void WriteRow(const PackedFrame& frame, size_t position, Batch& batch,
              Frame& rest);

// Parts of a plain row.
void WritePlanes(const Frame& frame, std::span<float, kPlanesRowSize> planes);
void WriteValues(const Frame& frame, std::span<float, kValuesRowSize> values);

}  // namespace lczero

#endif  // CC_BATCHES_TENSORS_H_
