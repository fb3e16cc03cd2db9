// For tests of FileDiscovery: a tree to change and what was told about it.
#ifndef CC_FILES_FILE_DISCOVERY_FIXTURE_FOR_TEST_H_
#define CC_FILES_FILE_DISCOVERY_FIXTURE_FOR_TEST_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "cc/files/file_discovery.h"
#include "cc/testing/chunk_files.h"

namespace lczero {

// What a test expects next: a path below the root, "done", or "notice".
using Told = std::vector<std::string>;

// Every test that expects silence writes a file and expects that one next: so
// nothing is waited for in vain, and nothing sleeps.
class FileDiscoveryTest : public ::testing::Test {
 protected:
  // Whole at once: written under another name and renamed.
  void Put(const std::string& name, const std::string& content = "x") {
    Write(root_ / name, content);
  }
  void PutOutside(const std::string& name) {
    Write(folder_.path() / name, "x");
  }

  void Start() { discovery_ = FileDiscovery::Create(root_).value(); }

  // The first scan, with nothing in the tree yet.
  void StartEmpty() {
    std::filesystem::create_directories(root_);
    Start();
    EXPECT_EQ(Next(), "done");
  }

  std::string Next() {
    const Result<DiscoveryEvent> event = discovery_->Next();
    if (!event) return "error: " + event.error().message;
    if (const auto* file = std::get_if<FoundFile>(&*event)) {
      const std::filesystem::path path = file->path.ToString();
      EXPECT_EQ(file->path.name(), path.filename());
      return path.lexically_relative(root_);
    }
    if (const auto* notice = std::get_if<Notice>(&*event)) {
      notice_ = notice->message;
      return "notice";
    }
    return "done";
  }

  Told NextMany(int count) {
    Told told;
    for (int i = 0; i < count; ++i) told.push_back(Next());
    return told;
  }

  static void Write(const std::filesystem::path& path,
                    const std::string& content) {
    std::filesystem::create_directories(path.parent_path());
    testing::WriteFile(path, std::as_bytes(std::span(content)));
  }

  testing::TempFolder folder_;
  std::filesystem::path root_ = folder_.path() / "root";
  std::unique_ptr<FileDiscovery> discovery_;
  std::string notice_;
};

}  // namespace lczero

#endif  // CC_FILES_FILE_DISCOVERY_FIXTURE_FOR_TEST_H_
