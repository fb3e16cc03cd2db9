#include "cc/loader/registry.h"

#include "cc/loader/stages/chunk_source_loader.h"
#include "cc/loader/stages/chunk_source_splitter.h"
#include "cc/loader/stages/chunk_unpacker.h"
#include "cc/loader/stages/chunk_validator.h"
#include "cc/loader/stages/file_discovery.h"
#include "cc/loader/stages/frame_sampler.h"
#include "cc/loader/stages/join.h"
#include "cc/loader/stages/shuffling_chunk_pool.h"
#include "cc/loader/stages/tensor_generator.h"

namespace lczero {

std::span<const StageKind* const> StageKinds() {
  static constexpr const StageKind* kKinds[] = {
      &kFileDiscoveryStage,       &kChunkSourceLoaderStage,
      &kChunkSourceSplitterStage, &kShufflingChunkPoolStage,
      &kChunkValidatorStage,      &kChunkUnpackerStage,
      &kFrameSamplerStage,        &kJoinStage,
      &kTensorGeneratorStage,
  };
  return kKinds;
}

}  // namespace lczero
