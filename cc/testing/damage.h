// Damages bytes as disks, networks and careless writers do.
//
// Threads:     pure functions; the generator is the caller's.
// Determinism: the same arguments give the same damage everywhere.
#ifndef CC_TESTING_DAMAGE_H_
#define CC_TESTING_DAMAGE_H_

#include <cstddef>
#include <span>
#include <vector>

#include "cc/base/random.h"

namespace lczero::testing {

enum class Damage {
  kTruncate,
  kFlipBits,   // One to three.
  kEmpty,      // No byte is left.
  kReorder,    // Two blocks of 512 bytes change places.
  kRepeat,     // A piece comes twice.
  kDrop,       // A piece is missing.
  kOverwrite,  // A piece is noise, zeros or ones.
  kNumber,     // A number of some notation, mostly huge, stands somewhere.
  kAppend,     // Noise follows.
};
inline constexpr size_t kDamages = static_cast<size_t>(Damage::kAppend) + 1;

std::vector<std::byte> Damaged(Damage damage,
                               std::span<const std::byte> content,
                               Random& random);

// Of a random kind.
std::vector<std::byte> Damaged(std::span<const std::byte> content,
                               Random& random);

// A tar archive in which one of its headers claims another size, under a right
// checksum; as it was if no header is found.
std::vector<std::byte> WithWrongTarSize(std::span<const std::byte> archive,
                                        Random& random);

// Rights the checksum of the header block at `offset`.
void SealTarHeader(std::span<std::byte> archive, size_t offset);

}  // namespace lczero::testing

#endif  // CC_TESTING_DAMAGE_H_
