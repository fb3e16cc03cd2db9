#include "cc/testing/chunk_files.h"

#include <libdeflate.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>

namespace lczero::testing {
namespace {

constexpr size_t kBlock = 512;

void Require(bool condition, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "test helper failed: %s\n", what.c_str());
  std::abort();
}

void Append(Bytes& out, std::span<const std::byte> more) {
  out.insert(out.end(), more.begin(), more.end());
}

// The text goes to a fixed place of the header block.
void Put(std::array<char, kBlock>& header, size_t offset,
         const std::string& text) {
  std::copy(text.begin(), text.end(), header.begin() + offset);
}

std::string Octal(size_t value, int digits) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%0*zo", digits, value);
  return text.data();
}

std::array<char, kBlock> Header(const std::string& name, size_t size) {
  Require(name.size() < 100, "member name too long: " + name);
  std::array<char, kBlock> header{};
  Put(header, 0, name);
  Put(header, 100, Octal(0644, 7));
  Put(header, 108, Octal(0, 7));
  Put(header, 116, Octal(0, 7));
  Put(header, 124, Octal(size, 11));
  Put(header, 136, Octal(0, 11));
  Put(header, 148, std::string(8, ' '));
  Put(header, 156, "0");
  Put(header, 257,
      std::string("ustar\0"
                  "00",
                  8));
  size_t sum = 0;
  for (char c : header) sum += static_cast<unsigned char>(c);
  Put(header, 148, Octal(sum, 6) + std::string("\0 ", 2));
  return header;
}

}  // namespace

Bytes Gzip(std::span<const std::byte> content) {
  const std::unique_ptr<libdeflate_compressor,
                        decltype(&libdeflate_free_compressor)>
      compressor(libdeflate_alloc_compressor(1), &libdeflate_free_compressor);
  Bytes out(libdeflate_gzip_compress_bound(compressor.get(), content.size()));
  out.resize(libdeflate_gzip_compress(compressor.get(), content.data(),
                                      content.size(), out.data(), out.size()));
  Require(!out.empty(), "gzip");
  return out;
}

Bytes Tar(std::span<const std::pair<std::string, Bytes>> members) {
  Bytes out;
  for (const auto& [name, content] : members) {
    const std::array<char, kBlock> header = Header(name, content.size());
    Append(out, std::as_bytes(std::span(header)));
    Append(out, content);
    out.resize((out.size() + kBlock - 1) / kBlock * kBlock);
  }
  out.resize(out.size() + 2 * kBlock);
  return out;
}

Bytes TarOfGames(std::span<const Bytes> chunks) {
  std::vector<std::pair<std::string, Bytes>> members;
  for (const Bytes& chunk : chunks) {
    members.emplace_back("games/" + std::to_string(members.size()) + ".gz",
                         Gzip(chunk));
  }
  return Tar(members);
}

void WriteFile(const std::filesystem::path& path,
               std::span<const std::byte> content) {
  const std::filesystem::path part = path.string() + ".part";
  std::ofstream file(part, std::ios::binary);
  file.write(reinterpret_cast<const char*>(content.data()),
             static_cast<std::streamsize>(content.size()));
  file.close();
  Require(file.good(), "write " + part.string());
  std::filesystem::rename(part, path);
}

Bytes ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  Require(file.good(), "open " + path.string());
  Bytes content(std::filesystem::file_size(path));
  file.read(reinterpret_cast<char*>(content.data()),
            static_cast<std::streamsize>(content.size()));
  Require(file.good() || content.empty(), "read " + path.string());
  return content;
}

TempFolder::TempFolder() {
  std::string name =
      (std::filesystem::temp_directory_path() / "lczero-test-XXXXXX").string();
  Require(mkdtemp(name.data()) != nullptr, "make a folder " + name);
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace lczero::testing
