// A queue between two stages whose type of item is known at run time only.
//
// Purpose:   the graph comes from a config, so its edges are typed values: the
//            factory of a stage takes the queue of its own type out.
// Threads:   the queues inside are as safe as BoundedQueue; an AnyQueue itself
//            is not changed once made.
// Ownership: owns its queue, and must outlive the stages at both ends.
#ifndef CC_LOADER_ANY_QUEUE_H_
#define CC_LOADER_ANY_QUEUE_H_

#include <cstddef>
#include <memory>
#include <string_view>
#include <variant>

#include "cc/loader/items.h"
#include "cc/sync/bounded_queue.h"

namespace lczero {

// In the order of the data's way.
enum class ItemType {
  kNone,
  kFiles,
  kChunkSources,
  kRawChunks,
  kChunks,
  kFrames,
  kBatches
};

// As messages name it, e.g. "raw chunks".
std::string_view ItemTypeName(ItemType type);

template <typename T>
using QueuePtr = std::unique_ptr<BoundedQueue<T>>;

// The alternative at index i holds the items of ItemType i.
using AnyQueue =
    std::variant<std::monostate, QueuePtr<FileItem>, QueuePtr<SourceItem>,
                 QueuePtr<RawChunk>, QueuePtr<Chunk>, QueuePtr<FrameItem>,
                 QueuePtr<BatchItem>>;

// `type` is not kNone. One producer calls Finish (a stage does, once for all
// its threads).
AnyQueue MakeQueue(ItemType type, size_t capacity);

// Neither may be called on an empty AnyQueue.
void StopQueue(AnyQueue& queue);
QueueCounts CountsOf(const AnyQueue& queue);

// The queue of items T; anything else in `queue` is a bug of the graph's
// checks. Null for a null `queue`.
template <typename T>
BoundedQueue<T>* QueueOf(AnyQueue* queue) {
  return queue == nullptr ? nullptr : std::get<QueuePtr<T>>(*queue).get();
}

}  // namespace lczero

#endif  // CC_LOADER_ANY_QUEUE_H_
