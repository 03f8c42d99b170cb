// SPDX-License-Identifier: Apache-2.0
#include "fspl/processing/proof.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/fail.h"
#include "base/io.h"
#include "packet/payload_digest.h"
#include "packet/variables.h"
#include "spool/payload.h"

namespace bobbin::fspl {
namespace {

// The disk that holds the packets has room for a copy of one, more likely than any other; $TMPDIR
// overrides that.
Fd private_file(const SpoolDirectory& spool) {
  return unnamed_file(std::getenv("TMPDIR") != nullptr ? temporary_directory()
                                                       : spool.path() + "/jobs");
}

void rewind_to(const Fd& file, std::uint64_t offset, const std::string& what) {
  if (::lseek(file.get(), static_cast<off_t>(offset), SEEK_SET) < 0)
    fail_errno(errno, "cannot read " + what);
}

std::optional<std::variant<Unproven, ProofInterrupted>> verify(const SpoolDirectory& spool,
                                                               const ScannedJob& job,
                                                               const Fd& file,
                                                               const ProcessOptions& options,
                                                               Supervisor& supervisor) {
  const char* shell = std::getenv("SHELL");
  Environment environment = Environment::current();
  environment.remove_if(is_packet_variable);
  environment.set("FSPL_JOB_FILENAME", job.name);
  environment.set("FSPL_JOB_QUEUEDIR", spool.path());
  environment.set("FSPL_JOB_FULLPATH", spool.job_path(job.name));
  Command command;
  command.program = shell != nullptr ? shell : "/bin/sh";
  command.arguments = {"-c", *options.verify};
  command.environment = &environment;
  command.stdin_fd = file.get();
  rewind_to(file, 0, spool.shown_job(job.name));
  StopPolicy policy = options.command.stop;
  policy.drain = false;
  const Outcome outcome = supervisor.run(command, policy);
  if (const auto* interrupted = std::get_if<Interrupted>(&outcome))
    return ProofInterrupted{interrupted->signal};
  if (!succeeded(outcome))
    return Unproven{fmt::format("the verifier refused it ({})", describe(outcome))};
  return std::nullopt;
}

// The packet in a private file: header, then payload, like the stored file of a queue without a
// decoder.
std::variant<StoredPacket, Unproven> take_decoded(const SpoolDirectory& spool,
                                                  StoredPacket packet) {
  Fd copy = private_file(spool);
  copy_to_end(packet.payload(), "the decoder's output", copy.get(),
              "a temporary file beside the queue's jobs");
  packet.decoder->output.reset();
  const Outcome outcome = packet.decoder->child.wait();
  if (!succeeded(outcome))
    return Unproven{fmt::format("the decoder failed ({})", describe(outcome))};
  rewind_to(copy, 0, "a temporary file");
  return StoredPacket{std::move(packet.header), std::move(copy), std::nullopt};
}

bool carries_digest(const PacketHeader& header) {
  return !std::holds_alternative<std::monostate>(find_digest(header));
}

}  // namespace

std::optional<Unproven> check_digest(const PacketHeader& header, const Fd& payload,
                                     const std::string& what) {
  const auto claim = find_digest(header);
  if (std::holds_alternative<std::monostate>(claim)) return std::nullopt;
  if (const auto* malformed = std::get_if<MalformedDigest>(&claim)) {
    return Unproven{fmt::format("its digest can't be read: {}", malformed->reason)};
  }
  const auto& promised = std::get<PayloadDigest>(claim);
  const PayloadDigest found = digest_to_end(payload, what);
  if (found.size != promised.size) {
    return Unproven{
        fmt::format("its payload has {} bytes, the sender sent {}", found.size, promised.size)};
  }
  if (found.sha256 != promised.sha256)
    return Unproven{"its payload is damaged (the SHA-256 does not match)"};
  return std::nullopt;
}

ProofResult open_proven_packet(const SpoolDirectory& spool, const ScannedJob& job,
                               const Decoder* decoder, const ProcessOptions& options,
                               Supervisor& supervisor) {
  Fd file = open_stored_file(spool, job);
  if (options.verify) {
    const std::string what = spool.shown_job(job.name);
    Fd copy = private_file(spool);
    copy_to_end(file.get(), what, copy.get(), "a temporary file beside the queue's jobs");
    file = std::move(copy);
    if (auto refused = verify(spool, job, file, options, supervisor)) {
      return std::visit([](auto& why) -> ProofResult { return std::move(why); }, *refused);
    }
    rewind_to(file, 0, what);
  }
  StoredPacket packet = open_stored_packet(spool, job, std::move(file), decoder);
  if (decoder != nullptr && (options.require_decoder_success || carries_digest(packet.header))) {
    auto taken = take_decoded(spool, std::move(packet));
    if (auto* bad = std::get_if<Unproven>(&taken)) return std::move(*bad);
    packet = std::get<StoredPacket>(std::move(taken));
  }
  if (carries_digest(packet.header)) {
    auto bad = check_digest(packet.header, packet.file, spool.shown_job(job.name));
    if (bad) return std::move(*bad);
  }
  return packet;
}

}  // namespace bobbin::fspl
