// SPDX-License-Identifier: Apache-2.0
#include "fspl/prepare.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "base/fail.h"
#include "base/io.h"
#include "fspl/output.h"
#include "spool/packet_writer.h"
#include "spool/payload.h"
#include "spool/sequence_file.h"

namespace bobbin::fspl {
namespace {

struct Input {
  Fd file;  // not open: there is no payload
  std::string what;
};

Input open_input(const std::optional<std::string>& path) {
  if (!path) return {};
  if (*path == "-") return {Fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)), "standard input"};
  Input input{open_at(AT_FDCWD, *path, O_RDONLY, 0, "cannot open the input " + shown(*path)),
              shown(*path)};
  struct stat status {};
  if (::fstat(input.file.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    fail_errno(EISDIR, "cannot read the input " + shown(*path),
               "pack it first, for example with tar");
  }
  return input;
}

CreationTime now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return {time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec)};
}

// Holds the claim of a number until it is known to be on the disk.
class Claim {
 public:
  Claim(const std::string& path, LockWait wait) {
    if (path == "-") return;
    file_.emplace(path, SequenceOwner::sender, wait);
    number_ = file_->claim();
    file_->unlock();
  }

  std::uint64_t number() const noexcept { return number_; }
  void make_durable() {
    if (file_) file_->sync_name();
  }

 private:
  std::optional<SequenceFile> file_;
  std::uint64_t number_ = 1;
};

// Header, then payload; throws if the payload is no longer the one the header's digest speaks of.
void write_packet(const PacketHeader& header, Input& input,
                  const std::optional<PayloadDigest>& digest, int to, const std::string& to_what) {
  write_all(to, encode_packet_header(header), to_what);
  if (!input.file.is_open()) return;
  if (!digest) {
    copy_to_end(input.file.get(), input.what, to, to_what);
    return;
  }
  if (copy_and_digest(input.file.get(), input.what, to, to_what) != *digest) {
    fail(ErrorCode::io,
         input.what + " changed while it was copied, so the packet is not good; prepare it again");
  }
}

}  // namespace

void prepare(PrepareRequest request) {
  Input input = open_input(request.input);
  std::optional<PayloadDigest> digest;
  if (request.digest) {
    if (input.file.is_open()) input.file = rewindable(std::move(input.file), input.what);
    digest = digest_to_end(input.file, input.what);
    add_digest(request.header, *digest);
  }
  static_cast<void>(encode_packet_header(
      request.header));  // refuses what would not fit, before a number is used up

  if (!request.queue) {
    Claim claim(request.sequence_file, request.wait);
    request.header.sequence = claim.number();
    request.header.created = now();
    claim.make_durable();
    write_packet(request.header, input, digest, STDOUT_FILENO, "to standard output");
    return;
  }
  const SpoolDirectory spool(*request.queue);
  PacketWriter writer(spool);
  try {
    Claim claim(request.sequence_file, request.wait);
    request.header.sequence = claim.number();
    request.header.created = now();
    write_packet(request.header, input, digest, writer.fd(), writer.what());
    writer.sync();
    claim.make_durable();
  } catch (...) {
    writer.discard();
    throw;
  }
  writer.publish();
  if (request.print_name) {
    Output output;
    output.write(writer.job_name() + '\n');
    output.flush();
  }
}

}  // namespace bobbin::fspl
