// SPDX-License-Identifier: Apache-2.0
#include "spool/payload.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "base/fail.h"
#include "base/io.h"
#include "base/sha256.h"

namespace bobbin {
namespace {

constexpr std::size_t kBlock = 256 * 1024;

// Reads to the end; every block is hashed and handed on.
template <typename Use>
PayloadDigest digest_blocks(int from, const std::string& what, Use use) {
  std::vector<char> block(kBlock);
  Sha256 hash;
  PayloadDigest digest{};
  for (;;) {
    const std::size_t got = read_full(from, block.data(), block.size(), what);
    const std::string_view bytes(block.data(), got);
    hash.update(bytes);
    digest.size += got;
    use(bytes);
    if (got < block.size()) break;
  }
  digest.sha256 = hash.finish();
  return digest;
}

}  // namespace

PayloadDigest digest_to_end(const Fd& file, const std::string& what) {
  if (!file.is_open()) {
    PayloadDigest nothing{};
    nothing.sha256 = Sha256().finish();
    return nothing;
  }
  const off_t start = ::lseek(file.get(), 0, SEEK_CUR);
  const PayloadDigest digest = digest_blocks(file.get(), what, [](std::string_view) {});
  if (start < 0 || ::lseek(file.get(), start, SEEK_SET) < 0)
    fail_errno(errno, "cannot read " + what + " again");
  return digest;
}

PayloadDigest copy_and_digest(int from, const std::string& from_what, int to,
                              const std::string& to_what) {
  return digest_blocks(from, from_what,
                       [&](std::string_view bytes) { write_all(to, bytes, to_what); });
}

Fd unnamed_file(const std::string& directory) {
  Fd file = try_open_at(AT_FDCWD, directory, O_TMPFILE | O_RDWR, 0600);
  if (file.is_open()) return file;
  // A file system without unnamed files: a named one, whose name is removed at once.
  std::string path = directory + "/fspl-payload-XXXXXX";
  file = Fd(::mkostemp(path.data(), O_CLOEXEC));
  if (!file.is_open()) {
    fail_errno(errno, "cannot create a temporary file in " + shown(directory),
               "set TMPDIR to a directory with room");
  }
  ::unlink(path.c_str());
  return file;
}

std::string temporary_directory() {
  const char* directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/var/tmp";
}

Fd rewindable(Fd file, const std::string& what) {
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode)) return file;
  Fd copy = unnamed_file(temporary_directory());
  copy_to_end(file.get(), what, copy.get(), "a temporary file in " + shown(temporary_directory()));
  if (::lseek(copy.get(), 0, SEEK_SET) < 0) fail_errno(errno, "cannot read a temporary file");
  return copy;
}

}  // namespace bobbin
