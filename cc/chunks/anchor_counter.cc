#include "cc/chunks/anchor_counter.h"

namespace lczero {

void AnchorCounter::Add(std::string_view key, uint64_t chunks) {
  if (key > newest_key_) newest_key_ = key;
  if (key <= anchor_) return;
  uint64_t& counted = newer_.try_emplace(std::string(key), 0).first->second;
  since_anchor_ = since_anchor_ - counted + chunks;
  counted = chunks;
}

void AnchorCounter::SetAnchor(std::string_view key) {
  anchor_ = key;
  for (auto place = newer_.begin();
       place != newer_.end() && place->first <= anchor_;
       place = newer_.erase(place)) {
    since_anchor_ -= place->second;
  }
}

}  // namespace lczero
