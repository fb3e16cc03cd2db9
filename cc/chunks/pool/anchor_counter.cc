#include "cc/chunks/pool/anchor_counter.h"

namespace lczero {

void AnchorCounter::Add(std::string_view key, uint64_t chunks,
                        uint64_t before) {
  if (key > newest_key_) newest_key_ = key;
  if (key <= anchor_) return;
  if (const auto left = left_.find(key); left != left_.end()) {
    before = left->second;
    left_.erase(left);
  }
  since_anchor_ = since_anchor_ - before + chunks;
}

void AnchorCounter::Leave(std::string_view key, uint64_t chunks) {
  if (key > anchor_) left_.emplace(key, chunks);
}

void AnchorCounter::SetAnchor(std::string_view key, uint64_t newer_in_window) {
  anchor_ = key;
  left_.erase(left_.begin(), left_.upper_bound(key));
  since_anchor_ = newer_in_window;
  for (const auto& [left, chunks] : left_) since_anchor_ += chunks;
}

}  // namespace lczero
