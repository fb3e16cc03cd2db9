// Finds the chunks in a tar archive, without reading them.
//
// Purpose: the dialects of GNU tar, bsdtar and Python: ustar prefix and name,
//          GNU long names, pax headers (path and size), base-256 sizes,
//          old-style type \0, missing end blocks, and an archive that is still
//          growing: a member that is not all there yet is left out.
// Threads: pure functions over `archive`.
// Memory:  16 bytes a member; a header's size field never makes it allocate.
// Errors:  kIo from reading; kCorruptData when nothing in it looks like tar. A
//          bad header inside an archive is a problem, noted by its offset; the
//          search goes on at the next header whose checksum is right.
#ifndef CC_CHUNKS_TAR_INDEX_H_
#define CC_CHUNKS_TAR_INDEX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cc/base/error.h"
#include "cc/files/random_access.h"

namespace lczero {

// Where one chunk lies in its archive.
struct TarMember {
  uint64_t offset;
  uint64_t size : 63;
  // Its name ends in .gz; otherwise its first bytes tell.
  uint64_t named_gz : 1;
};
static_assert(sizeof(TarMember) == 16);

struct TarIndex {
  // Complete regular files in archive order, LICENSE left out.
  std::vector<TarMember> members;
  // What was skipped because it is broken; at most kMaxTarProblems entries.
  std::vector<std::string> problems;
};

inline constexpr size_t kMaxTarProblems = 16;

Result<TarIndex> IndexTar(const RandomAccess& archive);

}  // namespace lczero

#endif  // CC_CHUNKS_TAR_INDEX_H_
