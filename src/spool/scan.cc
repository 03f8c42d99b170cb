// SPDX-License-Identifier: Apache-2.0
#include "spool/scan.h"

#include <sched.h>

#include <algorithm>
#include <deque>
#include <future>
#include <iterator>
#include <span>

#include "base/fail.h"
#include "spool/layout.h"

namespace bobbin {
namespace {

// Below this a thread costs more than it saves; beyond so many they wait for the directory's lock.
constexpr std::size_t kParallelFrom = 4096;
constexpr std::size_t kMostThreads = 4;

struct Candidate {
  std::string name;
  EntryType type;
};

std::vector<Candidate> candidates(const SpoolDirectory& spool) {
  std::vector<Candidate> found;
  for_each_entry(spool.jobs(), shown(spool.path() + "/jobs"), [&](const DirectoryEntry& entry) {
    if (is_job_name(entry.name)) found.push_back({std::string(entry.name), entry.type});
  });
  return found;
}

ScannedJob as_job(const PacketHeader& header, std::string name, EntryType type) {
  return {header.sequence, header.created, std::move(name), type};
}

void note_unreadable(Scan& scan, std::string name, Unreadable bad) {
  // A file that went between listing and opening was processed or moved by somebody; it is not part
  // of the spool.
  if (!bad.is_missing())
    scan.unreadable.push_back({std::move(name), std::move(bad.reason), bad.error});
}

std::variant<LocatedHeader, Unreadable> read_header(const SpoolDirectory& spool,
                                                    const Candidate& candidate) {
  auto file = open_packet_file(spool.jobs(), candidate.name, candidate.type);
  if (auto* bad = std::get_if<Unreadable>(&file)) return std::move(*bad);
  return read_packet(std::get<Fd>(file).get());
}

// `room` is for the jobs of this slice and what will be appended to them.
Scan scan_slice(const SpoolDirectory& spool, std::span<Candidate> slice, std::size_t room,
                const ScanProgress& progress) {
  Scan scan;
  scan.jobs.reserve(room);
  std::size_t done = 0;
  for (Candidate& candidate : slice) {
    auto packet = read_header(spool, candidate);
    if (auto* header = std::get_if<LocatedHeader>(&packet)) {
      scan.jobs.push_back(as_job(header->header, std::move(candidate.name), candidate.type));
    } else {
      note_unreadable(scan, std::move(candidate.name), std::get<Unreadable>(std::move(packet)));
    }
    if (progress) progress(++done);
  }
  return scan;
}

void append(Scan& scan, Scan more) {
  std::move(more.jobs.begin(), more.jobs.end(), std::back_inserter(scan.jobs));
  std::move(more.unreadable.begin(), more.unreadable.end(), std::back_inserter(scan.unreadable));
}

std::size_t processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<std::size_t>(CPU_COUNT(&set))
                                                       : 1;
}

// A large queue is cut into one slice a processor; the slices are put together in the directory's
// order.
Scan scan_plain(const SpoolDirectory& spool, std::span<Candidate> found,
                const ScanProgress& progress) {
  const std::size_t slices =
      found.size() < kParallelFrom ? 1 : std::min(processors(), kMostThreads);
  const std::size_t length = (found.size() + slices - 1) / slices;
  std::vector<std::future<Scan>> others;
  for (std::size_t i = 1; i < slices; ++i) {
    const auto slice = found.subspan(std::min(i * length, found.size()));
    others.push_back(std::async(std::launch::async, [&spool, slice, length] {
      const std::size_t own = std::min(length, slice.size());
      return scan_slice(spool, slice.first(own), own, {});
    }));
  }
  ScanProgress for_all;
  if (progress)
    for_all = [&](std::size_t done) { progress(std::min(done * slices, found.size())); };
  Scan scan = scan_slice(spool, found.first(std::min(length, found.size())), found.size(), for_all);
  for (std::future<Scan>& other : others) append(scan, other.get());
  return scan;
}

// A decoder at work on one file.
struct Decoding {
  std::string name;
  EntryType type;
  Decoder::Running running;
};

std::variant<Decoding, Unreadable> start_decoding(const SpoolDirectory& spool,
                                                  const Candidate& candidate,
                                                  const Decoder& decoder) {
  auto opened = open_packet_file(spool.jobs(), candidate.name, candidate.type);
  if (auto* bad = std::get_if<Unreadable>(&opened)) return std::move(*bad);
  try {
    return Decoding{candidate.name, candidate.type,
                    decoder.start(std::get<Fd>(opened).get(), Decoder::Reader::header_only)};
  } catch (const Error& error) {
    return Unreadable{error.what()};
  }
}

std::variant<ScannedJob, Unreadable> finish_decoding(Decoding decoding) {
  auto header = try_read_packet_header(decoding.running.output.get(), "the decoder");
  if (auto* bad = std::get_if<Unreadable>(&header)) return Unreadable{"decoded: " + bad->reason};
  return as_job(std::get<PacketHeader>(header), std::move(decoding.name), decoding.type);
}

// Decoders run side by side; their results are taken in the order in which they were started.
Scan scan_decoded(const SpoolDirectory& spool, const std::vector<Candidate>& found,
                  const Decoder& decoder, const ScanProgress& progress) {
  Scan scan;
  const std::size_t limit = 2 * processors() + 1;
  std::deque<Decoding> at_work;
  std::size_t done = 0;
  const auto finish_first = [&] {
    std::string name = at_work.front().name;
    auto job = finish_decoding(std::move(at_work.front()));
    at_work.pop_front();
    if (auto* good = std::get_if<ScannedJob>(&job)) {
      scan.jobs.push_back(std::move(*good));
    } else {
      note_unreadable(scan, std::move(name), std::get<Unreadable>(std::move(job)));
    }
    if (progress) progress(++done);
  };
  for (const Candidate& candidate : found) {
    auto started = start_decoding(spool, candidate, decoder);
    if (auto* bad = std::get_if<Unreadable>(&started)) {
      note_unreadable(scan, candidate.name, std::move(*bad));
      continue;
    }
    at_work.push_back(std::get<Decoding>(std::move(started)));
    if (at_work.size() >= limit) finish_first();
  }
  while (!at_work.empty()) finish_first();
  return scan;
}

}  // namespace

Scan scan_jobs(const SpoolDirectory& spool, const Decoder* decoder, const ScanProgress& progress) {
  std::vector<Candidate> found = candidates(spool);
  Scan scan = decoder != nullptr ? scan_decoded(spool, found, *decoder, progress)
                                 : scan_plain(spool, found, progress);
  found = {};  // not beside the buffer that sorting takes
  const auto in_sequence = [](const ScannedJob& a, const ScannedJob& b) {
    return a.sequence < b.sequence;
  };
  if (!std::is_sorted(scan.jobs.begin(), scan.jobs.end(), in_sequence)) {
    std::stable_sort(scan.jobs.begin(), scan.jobs.end(), in_sequence);
  }
  return scan;
}

std::variant<ScannedJob, Unreadable> scan_job(const SpoolDirectory& spool, const std::string& name,
                                              EntryType type, const Decoder* decoder) {
  if (decoder != nullptr) {
    auto started = start_decoding(spool, {name, type}, *decoder);
    if (auto* bad = std::get_if<Unreadable>(&started)) return std::move(*bad);
    return finish_decoding(std::get<Decoding>(std::move(started)));
  }
  auto packet = read_header(spool, {name, type});
  if (auto* bad = std::get_if<Unreadable>(&packet)) return std::move(*bad);
  return as_job(std::get<LocatedHeader>(packet).header, name, type);
}

std::optional<Duplicate> find_duplicate(const std::vector<ScannedJob>& sorted_jobs) noexcept {
  const auto second =
      std::adjacent_find(sorted_jobs.begin(), sorted_jobs.end(),
                         [](const auto& a, const auto& b) { return a.sequence == b.sequence; });
  if (second == sorted_jobs.end()) return std::nullopt;
  return Duplicate{&*second, &*(second + 1)};
}

void require_unique(const SpoolDirectory& spool, const std::vector<ScannedJob>& sorted_jobs) {
  const auto duplicate = find_duplicate(sorted_jobs);
  if (!duplicate) return;
  const bool conflict =
      is_conflict_copy(duplicate->first->name) || is_conflict_copy(duplicate->second->name);
  fail(ErrorCode::duplicate, "sequence number " + std::to_string(duplicate->first->sequence) +
                                 " stands in two files of " + shown(spool.path() + "/jobs") + ": " +
                                 shown(duplicate->first->name) + " and " +
                                 shown(duplicate->second->name) +
                                 (conflict ? " (one is a sync tool's conflict copy)" : "") +
                                 "; remove the wrong one, or process with --on-duplicate absorb");
}

ScannedJob find_job(const SpoolDirectory& spool, const Decoder* decoder, std::uint64_t sequence) {
  Scan scan = scan_jobs(spool, decoder);
  require_unique(spool, scan.jobs);
  const auto job = std::lower_bound(
      scan.jobs.begin(), scan.jobs.end(), sequence,
      [](const ScannedJob& a, std::uint64_t number) { return a.sequence < number; });
  if (job == scan.jobs.end() || job->sequence != sequence) {
    fail(ErrorCode::not_found, "there is no job " + std::to_string(sequence) + " in the queue " +
                                   shown(spool.path()) + "; queue-ls shows those that can be read");
  }
  return std::move(*job);
}

}  // namespace bobbin
