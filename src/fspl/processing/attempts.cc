// SPDX-License-Identifier: Apache-2.0
#include "fspl/processing/attempts.h"

#include <fcntl.h>

#include "base/io.h"
#include "spool/layout.h"

namespace bobbin::fspl {
namespace {

Fd open_output(const SpoolDirectory& spool, const ScannedJob& job) {
  const std::string name = job.name + kOutputSuffix;
  return open_at(spool.jobs(), name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NOCTTY, 0666,
                 "cannot open the output file " + spool.shown_job(name));
}

}  // namespace

Attempts::Attempts(const SpoolDirectory& spool, const Decoder* decoder,
                   const ProcessOptions& options, Supervisor& supervisor, const Log& log)
    : spool_(spool),
      decoder_(decoder),
      options_(options),
      supervisor_(supervisor),
      log_(log),
      command_(options.command, supervisor, log) {}

JobEnd Attempts::attempt(const ScannedJob& job, std::uint64_t number,
                         const std::function<void()>& while_running) {
  Fd output;
  if (options_.save_output) output = open_output(spool_, job);
  ProofResult proof = open_proven_packet(spool_, job, decoder_, options_, supervisor_);
  if (auto* unproven = std::get_if<Unproven>(&proof)) return std::move(*unproven);
  if (const auto* interrupted = std::get_if<ProofInterrupted>(&proof))
    return Stopped{interrupted->signal};
  auto& packet = std::get<StoredPacket>(proof);

  const JobLocation location{job.name, spool_.path()};
  const auto shown_attempt = options_.retries > 0 ? std::optional(number) : std::nullopt;
  const Outcome outcome = command_.run(packet.header, location, {packet.payload(), output.get()},
                                       shown_attempt, while_running);
  if (const auto* interrupted = std::get_if<Interrupted>(&outcome))
    return Stopped{interrupted->signal};
  if (packet.header.kind == PacketKind::fail) {
    log_.info("job {} ({}) is a Fail packet", job.sequence, spool_.shown_job(job.name));
    return Failed{};
  }
  if (!succeeded(outcome)) {
    log_.error("job {} ({}): {}", job.sequence, spool_.shown_job(job.name), describe(outcome));
    return Failed{};
  }
  if (packet.header.kind == PacketKind::command) {
    if (const auto failure = packet.decoder_failure()) {
      log_.error(
          "job {} ({}): the command succeeded, but the decoder failed ({}), so the payload was not "
          "whole",
          job.sequence, spool_.shown_job(job.name), describe(*failure));
      return Failed{};
    }
  }
  return Succeeded{};
}

JobEnd Attempts::run(const ScannedJob& job, const std::function<void()>& while_running) {
  for (std::uint64_t number = 1;; ++number) {
    JobEnd end = attempt(job, number, number == 1 ? while_running : std::function<void()>());
    if (!std::holds_alternative<Failed>(end) || number > options_.retries) return end;
    if (const auto signal = supervisor_.stop_requested()) return Stopped{*signal};
    const double pause = options_.backoff.seconds_after(static_cast<unsigned>(number));
    log_.info("job {}: attempt {} of {} failed, trying again in {} s", job.sequence, number,
              options_.retries + 1, pause);
    const auto until =
        std::chrono::steady_clock::now() +
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(pause));
    if (const auto signal = supervisor_.sleep_until(until)) return Stopped{*signal};
  }
}

}  // namespace bobbin::fspl
