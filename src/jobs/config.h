// SPDX-License-Identifier: Apache-2.0
// The settings of a queue: what config.json shows and takes. filed.config(5) is checked against it.
//
// Bounds: the text at most kMaxConfigBytes; every number within the range of its ConfigKey.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace bobbin {

inline constexpr std::size_t kMaxConfigBytes = 256 * 1024;
inline constexpr std::size_t kMaxEnvironmentBytes = 64 * 1024;  // NAME=VALUE and a NUL, each
inline constexpr std::size_t kMaxPathBytes = 4095;

struct Config {
  using Seconds = std::chrono::nanoseconds;  // in JSON seconds, to the microsecond
  using Environment = std::map<std::string, std::string>;

  std::uint32_t max_retries = 3;    // further attempts after the first
  std::uint32_t max_job_count = 1;  // jobs at a time; 0: none starts; default: CPUs
  Seconds backoff_base = std::chrono::seconds(1);
  double backoff_mult = 2;
  Seconds backoff_max = std::chrono::hours(24);
  double backoff_jitter = 0;                      // a pause is lengthened by up to that part of it
  Seconds timeout{0};                             // 0: none
  Seconds stop_grace = std::chrono::seconds(10);  // between TERM and KILL
  std::uint64_t max_output = 0;                   // of one attempt; 0: no limit
  std::uint64_t max_content = 1 << 20;            // more: EFBIG
  std::uint64_t max_pending = 0;                  // jobs; 0: no limit; more: ENOSPC
  std::uint64_t min_free_space = 0;               // beside the state; less: create is ENOSPC
  Seconds retain_complete{0};                     // since it ended; 0: for ever
  Seconds retain_failed{0};
  std::string directory;           // where jobs run; "": the home of the user they run as
  Environment environment;         // added to every job's
  bool clean_environment = false;  // nothing from the daemon's, see filed.config(5)

  friend bool operator==(const Config&, const Config&) = default;
};

// One key of config.json: parser, renderer, messages and manual page follow this table, in its
// order. The kind of value is that of the member.
struct ConfigKey {
  using Member = std::variant<std::uint32_t Config::*, std::uint64_t Config::*, double Config::*,
                              Config::Seconds Config::*, bool Config::*, std::string Config::*,
                              Config::Environment Config::*>;
  std::string_view name;
  Member member;
  std::string_view meaning;  // one phrase
  std::string_view unit = {};
  std::uint64_t least = 0;  // of numbers
  std::uint64_t most = 0;
};
std::span<const ConfigKey> config_keys() noexcept;

// What the key takes: "a whole number from 0 to 10000", "true or false".
std::string allowed_values(const ConfigKey& key);

// The default: as above, with one job a CPU.
Config default_config(unsigned cpus);

// JSON with every key, one a line, in the order above; ends with a newline.
std::string render_config(const Config& config);

// Reads JSON: an object with any of the keys; those that are missing keep their value in `base`
// (comments, unknown and repeated keys are refused, as they would be silently without effect).
// Throws Error(invalid): which key, what is wrong, what is allowed.
Config parse_config(std::string_view json, const Config& base);

}  // namespace bobbin
