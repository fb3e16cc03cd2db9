#include "cc/chunks/pool/chunk_spill.h"

#include <span>
#include <utility>

namespace lczero {

ChunkSpill::ChunkSpill(const std::string& folder, uint64_t capacity,
                       OnFailure on_failure)
    : on_failure_(std::move(on_failure)) {
  auto file = SpillFile::Create(folder, capacity);
  if (file) {
    file_ = *std::move(file);
  } else {
    Fail(file.error());
  }
}

ChunkSpill::ChunkSpill(std::shared_ptr<SpillFile> file, OnFailure on_failure)
    : on_failure_(std::move(on_failure)), file_(std::move(file)) {}

bool ChunkSpill::HasRoom() const {
  return file_ != nullptr && may_write_ && file_->HasRoom();
}

std::shared_ptr<const SpilledPiece> ChunkSpill::Write(const PackedChunk& game) {
  if (!HasRoom()) return nullptr;
  auto piece = file_->Write(game.block());
  if (piece) return *std::move(piece);
  may_write_ = false;
  Fail(piece.error());
  return nullptr;
}

std::shared_ptr<const PackedChunk> ChunkSpill::Read(const SpilledPiece& piece) {
  if (!may_read_) return nullptr;
  auto block = std::make_unique_for_overwrite<std::byte[]>(piece.size());
  const auto done = piece.Read(std::span(block.get(), piece.size()));
  if (done) {
    return std::make_shared<const PackedChunk>(std::move(block), piece.size());
  }
  may_read_ = may_write_ = false;
  Fail(done.error());
  return nullptr;
}

void ChunkSpill::Fail(const Error& error) {
  if (failures_++ == 0 && on_failure_) on_failure_(error);
}

uint64_t ChunkSpill::chunks() const {
  return file_ == nullptr ? 0 : file_->pieces();
}

uint64_t ChunkSpill::used_bytes() const {
  return file_ == nullptr ? 0 : file_->used_bytes();
}

}  // namespace lczero
