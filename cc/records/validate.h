// Checks what frames say: every rule of a valid chunk except its shape.
//
// Purpose: pure functions that name the first broken rule. A rule covers only
//          what training reads: orig_* may be NaN or infinite, but is held to
//          its range where it is finite; q_st and d_st are held to the ranges
//          of q and d in V7, where they are a target.
// Threads: pure functions.
// Errors:  a Defect; nothing is thrown, whatever the bytes are.
#ifndef CC_RECORDS_VALIDATE_H_
#define CC_RECORDS_VALIDATE_H_

#include <cstdint>
#include <expected>
#include <optional>

#include "cc/records/defect.h"
#include "cc/records/frame.h"
#include "cc/records/frame_view.h"

namespace lczero {

// The frame's number is not in `detail`; ValidateChunk adds it.
std::expected<void, Defect> ValidateFrame(const FrameView& frame);

// All frames valid and of one input format, which is `input_format` if given.
// An empty chunk is bad too.
std::expected<void, Defect> ValidateChunk(const ChunkView& frames,
                                          std::optional<uint32_t> input_format);

}  // namespace lczero

#endif  // CC_RECORDS_VALIDATE_H_
