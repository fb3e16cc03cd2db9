#include "cc/loader/any_queue.h"

#include <array>
#include <type_traits>
#include <utility>

#include "cc/base/check.h"

namespace lczero {
namespace {

constexpr std::array<std::string_view, 7> kNames = {
    "nothing", "files",  "chunk sources", "raw chunks",
    "chunks",  "frames", "batches"};
static_assert(kNames.size() == std::variant_size_v<AnyQueue>);
static_assert(static_cast<size_t>(ItemType::kBatches) + 1 == kNames.size());

template <size_t Index>
AnyQueue MakeAt(size_t capacity) {
  using Ptr = std::variant_alternative_t<Index, AnyQueue>;
  if constexpr (std::is_same_v<Ptr, std::monostate>) {
    return {};
  } else {
    return std::make_unique<typename Ptr::element_type>(capacity);
  }
}

// Calls `use` with the queue inside.
template <typename Any, typename Use>
auto Visit(Any& queue, Use use) {
  using Return = std::invoke_result_t<Use, BoundedQueue<FileItem>&>;
  return std::visit(
      [&]<typename Ptr>(Ptr& inside) -> Return {
        if constexpr (std::is_same_v<std::remove_const_t<Ptr>,
                                     std::monostate>) {
          LC_CHECK(false, "an edge without a queue");
          return Return();
        } else {
          return use(*inside);
        }
      },
      queue);
}

}  // namespace

std::string_view ItemTypeName(ItemType type) {
  return kNames[static_cast<size_t>(type)];
}

AnyQueue MakeQueue(ItemType type, size_t capacity) {
  LC_CHECK(type != ItemType::kNone, "an edge carries items of some type");
  return [&]<size_t... I>(std::index_sequence<I...>) {
    AnyQueue queue;
    ((I == static_cast<size_t>(type) ? void(queue = MakeAt<I>(capacity))
                                     : void()),
     ...);
    return queue;
  }(std::make_index_sequence<std::variant_size_v<AnyQueue>>());
}

void StopQueue(AnyQueue& queue) {
  Visit(queue, [](auto& inside) { inside.Stop(); });
}

QueueCounts CountsOf(const AnyQueue& queue) {
  return Visit(queue, [](const auto& inside) { return inside.Counts(); });
}

}  // namespace lczero
