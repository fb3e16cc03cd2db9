// What a pool counts since its anchor, against the plain rule.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string>

#include "cc/base/random.h"
#include "cc/chunks/fake_source_for_test.h"
#include "cc/chunks/pool/chunk_pool.h"

namespace lczero {
namespace {

constexpr uint64_t kWindow = 12;

using Source = std::shared_ptr<const ChunkSource>;

// Remembers each source that counts, and what the window holds.
class Rule {
 public:
  void Add(const Source& source) {
    const std::string key(source->sort_key());
    const uint64_t chunks = source->ChunkCount();
    newest_ = std::max(newest_, key);
    if (key > anchor_) counted_[key] = chunks;
    window_.erase(key);
    if (chunks > 0) window_[key] = source;
    while (!window_.empty() &&
           Chunks() - window_.begin()->second->ChunkCount() >= kWindow) {
      window_.erase(window_.begin());
    }
  }

  void Leave(const std::string& key) { window_.erase(key); }

  void SetAnchor(const std::string& key) {
    anchor_ = key;
    counted_.erase(counted_.begin(), counted_.upper_bound(key));
    for (const auto& [name, source] : window_) {
      if (name > key) counted_[name] = source->ChunkCount();
    }
  }

  uint64_t Since() const {
    uint64_t sum = 0;
    for (const auto& [key, chunks] : counted_) sum += chunks;
    return sum;
  }

  uint64_t Chunks() const {
    uint64_t sum = 0;
    for (const auto& [key, source] : window_) sum += source->ChunkCount();
    return sum;
  }

  const std::string& newest() const { return newest_; }
  const std::map<std::string, Source>& window() const { return window_; }

 private:
  std::string anchor_;
  std::string newest_;
  std::map<std::string, uint64_t> counted_;
  std::map<std::string, Source> window_;
};

// Keys that rise slowly, so that sources come too late, again and emptied.
TEST(ChunkPoolAnchorTest, RandomHistoriesKeepTheRule) {
  Random random(5);
  const auto pool = ChunkPool::Create({.window_chunks = kWindow}).value();
  Rule rule;
  for (uint64_t step = 0; step < 20'000; ++step) {
    const std::string key =
        "k" + std::to_string(100'000 + step / 50 + random.Below(20));
    const uint64_t action = random.Below(12);
    if (action == 0) {
      pool->SetAnchor(key);
      rule.SetAnchor(key);
    } else if (action == 1) {
      ASSERT_EQ(pool->ResetAnchor(), rule.newest());
      rule.SetAnchor(rule.newest());
    } else if (action == 2 && !rule.window().empty()) {
      const auto leaver =
          std::next(rule.window().begin(),
                    static_cast<ptrdiff_t>(random.Below(rule.window().size())));
      pool->Unread({.source = leaver->second});
      rule.Leave(leaver->first);
    } else {
      const Source source = MakeFakeSource(key, random.Below(4));
      pool->Add(source);
      rule.Add(source);
    }
    const ChunkPool::Stats stats = pool->GetStats();
    ASSERT_EQ(stats.chunks, rule.Chunks());
    ASSERT_EQ(stats.chunks_since_anchor, rule.Since()) << step;
    ASSERT_EQ(stats.newest_key, rule.newest());
  }
}

}  // namespace
}  // namespace lczero
