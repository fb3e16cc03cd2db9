#include "cc/bench/system_zlib.h"

#include <dlfcn.h>

namespace lczero::bench {
namespace {

// zlib.h: window of 2^15 bytes, plus 16 for the gzip format.
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kFinish = 4;
constexpr int kStreamEnd = 1;
// Only the first digit is compared.
constexpr const char* kVersion = "1.2.11";

template <typename Function>
bool Load(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace

struct SystemZlib::Stream {
  const std::byte* next_in;
  unsigned available_in;
  unsigned long total_in;
  std::byte* next_out;
  unsigned available_out;
  unsigned long total_out;
  const char* message;
  void* state;
  void* allocate;
  void* free;
  void* opaque;
  int data_type;
  unsigned long checksum;
  unsigned long reserved;
};

const SystemZlib* SystemZlib::Find() {
  static SystemZlib zlib;
  static const bool found = [] {
    void* const library = dlopen("libz.so.1", RTLD_NOW);
    return library != nullptr && Load(library, "inflateInit2_", zlib.init_) &&
           Load(library, "inflate", zlib.inflate_) &&
           Load(library, "inflateEnd", zlib.end_);
  }();
  return found ? &zlib : nullptr;
}

bool SystemZlib::InflateGzip(std::span<const std::byte> compressed,
                             std::span<std::byte> out) const {
  Stream stream{};
  stream.next_in = compressed.data();
  stream.available_in = static_cast<unsigned>(compressed.size());
  stream.next_out = out.data();
  stream.available_out = static_cast<unsigned>(out.size());
  if (init_(&stream, kGzipWindowBits, kVersion,
            static_cast<int>(sizeof(stream))) != 0) {
    return false;
  }
  const bool whole = inflate_(&stream, kFinish) == kStreamEnd &&
                     stream.total_out == out.size();
  end_(&stream);
  return whole;
}

}  // namespace lczero::bench
