// For tests: builds tar archives of every dialect, block by block.
//
// Threads: a plain value. Methods append and return the archive, to be chained.
#ifndef CC_CHUNKS_TAR_ARCHIVE_FOR_TEST_H_
#define CC_CHUNKS_TAR_ARCHIVE_FOR_TEST_H_

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

namespace lczero {

// A header block with a right checksum; tests overwrite fields and call Seal.
struct TarBlockForTest {
  std::string bytes = std::string(512, '\0');

  TarBlockForTest& Put(size_t offset, std::string_view text) {
    bytes.replace(offset, text.size(), text);
    return *this;
  }
  TarBlockForTest& PutOctal(size_t offset, int digits, uint64_t value) {
    char text[32];
    std::snprintf(text, sizeof(text), "%0*llo", digits,
                  static_cast<unsigned long long>(value));
    return Put(offset, text);
  }
  // Writes the checksum over the other fields.
  TarBlockForTest& Seal() {
    Put(148, "        ");
    uint64_t sum = 0;
    for (const char c : bytes) sum += static_cast<unsigned char>(c);
    PutOctal(148, 6, sum);
    return Put(154, std::string_view("\0 ", 2));
  }
};

inline TarBlockForTest UstarBlock(std::string_view name, uint64_t size,
                                  char type = '0',
                                  std::string_view prefix = "") {
  TarBlockForTest block;
  block.Put(0, name).PutOctal(100, 7, 0644).PutOctal(124, 11, size);
  block.Put(156, std::string_view(&type, 1));
  block.Put(257, std::string_view("ustar\00000", 8)).Put(345, prefix);
  return block.Seal();
}

class TarArchiveForTest {
 public:
  TarArchiveForTest& Raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  TarArchiveForTest& Block(const TarBlockForTest& block) {
    return Raw(block.bytes);
  }
  // Content, filled up to whole blocks.
  TarArchiveForTest& Data(std::string_view content) {
    Raw(content);
    bytes_.resize((bytes_.size() + 511) / 512 * 512);
    return *this;
  }
  TarArchiveForTest& File(std::string_view name, std::string_view content) {
    return Block(UstarBlock(name, content.size())).Data(content);
  }
  TarArchiveForTest& Pax(char type, std::string_view records) {
    return Block(UstarBlock("pax", records.size(), type)).Data(records);
  }
  TarArchiveForTest& End() { return Raw(std::string(1024, '\0')); }

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace lczero

#endif  // CC_CHUNKS_TAR_ARCHIVE_FOR_TEST_H_
