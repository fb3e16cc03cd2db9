// Inflating by the system's zlib, to compare with: the loader itself has none.
//
// Purpose: the floor that readers who know zlib's speed can relate to. The
//          library is loaded when the benchmark runs; machines without it have
//          no such floor.
// Threads: one thread at a time.
#ifndef CC_BENCH_SYSTEM_ZLIB_H_
#define CC_BENCH_SYSTEM_ZLIB_H_

#include <cstddef>
#include <span>

namespace lczero::bench {

class SystemZlib {
 public:
  // This machine's libz.so.1; null if it has none.
  static const SystemZlib* Find();

  // Inflates one gzip member, checksum included. False if the output is not
  // exactly as long as `out`.
  bool InflateGzip(std::span<const std::byte> compressed,
                   std::span<std::byte> out) const;

 private:
  // zlib.h's z_stream: part of its binary interface, which is stable.
  struct Stream;

  int (*init_)(Stream*, int window_bits, const char* version,
               int stream_bytes) = nullptr;
  int (*inflate_)(Stream*, int flush) = nullptr;
  int (*end_)(Stream*) = nullptr;
};

}  // namespace lczero::bench

#endif  // CC_BENCH_SYSTEM_ZLIB_H_
