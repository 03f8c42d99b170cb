// SPDX-License-Identifier: Apache-2.0
#include "jobs/config.h"

#include <fmt/format.h>

#include <algorithm>

namespace bobbin {
namespace {

constexpr std::uint64_t kTenYears = 10ull * 365 * 24 * 3600;
constexpr std::uint64_t kOneDay = 24 * 3600;
constexpr std::uint64_t kGiB = 1ull << 30;
constexpr std::uint64_t kEiB = 1ull << 60;

constexpr ConfigKey kKeys[] = {
    {.name = "max_retries",
     .member = &Config::max_retries,
     .meaning = "further attempts after the first one failed",
     .most = 1'000'000},
    {.name = "max_job_count",
     .member = &Config::max_job_count,
     .meaning = "jobs at a time; 0: none starts",
     .most = 10'000},
    {.name = "backoff_base",
     .member = &Config::backoff_base,
     .meaning = "the pause after the first failed attempt",
     .unit = "seconds",
     .most = kTenYears},
    {.name = "backoff_mult",
     .member = &Config::backoff_mult,
     .meaning = "each further pause is that many times the one before",
     .most = 1'000},
    {.name = "backoff_max",
     .member = &Config::backoff_max,
     .meaning = "the longest pause",
     .unit = "seconds",
     .most = kTenYears},
    {.name = "backoff_jitter",
     .member = &Config::backoff_jitter,
     .meaning = "a pause is made longer at random, by up to this part of it",
     .most = 1},
    {.name = "timeout",
     .member = &Config::timeout,
     .meaning = "an attempt that takes longer is ended; 0: none is",
     .unit = "seconds",
     .most = kTenYears},
    {.name = "stop_grace",
     .member = &Config::stop_grace,
     .meaning = "the time between SIGTERM and SIGKILL when a job is ended",
     .unit = "seconds",
     .most = kOneDay},
    {.name = "max_output",
     .member = &Config::max_output,
     .meaning = "an attempt that puts out more is ended; 0: no limit",
     .unit = "bytes",
     .most = kEiB},
    {.name = "max_content",
     .member = &Config::max_content,
     .meaning = "the largest job that is taken",
     .unit = "bytes",
     .least = 1,
     .most = kGiB},
    {.name = "max_pending",
     .member = &Config::max_pending,
     .meaning = "jobs that pending may hold before no more are taken; 0: no limit",
     .most = 1'000'000'000},
    {.name = "min_free_space",
     .member = &Config::min_free_space,
     .meaning = "no job is taken while less is free beside the state",
     .unit = "bytes",
     .most = kEiB},
    {.name = "retain_complete",
     .member = &Config::retain_complete,
     .meaning = "complete jobs are removed after that time; 0: never",
     .unit = "seconds",
     .most = kTenYears},
    {.name = "retain_failed",
     .member = &Config::retain_failed,
     .meaning = "failed jobs are removed after that time; 0: never",
     .unit = "seconds",
     .most = kTenYears},
    {.name = "directory",
     .member = &Config::directory,
     .meaning = "where jobs run; empty: the home of the user they run as"},
    {.name = "environment",
     .member = &Config::environment,
     .meaning = "variables that are added to every job's"},
    {.name = "clean_environment",
     .member = &Config::clean_environment,
     .meaning = "jobs get PATH, HOME, USER, LOGNAME, SHELL, LANG and `environment`, no more"},
};

// What each kind of member takes.
struct AllowedValues {
  const ConfigKey& key;

  std::string operator()(std::uint32_t Config::*) const { return number("a whole number"); }
  std::string operator()(std::uint64_t Config::*) const { return number("a whole number"); }
  std::string operator()(double Config::*) const { return number("a number"); }
  std::string operator()(Config::Seconds Config::*) const { return number("a number"); }
  std::string operator()(bool Config::*) const { return "true or false"; }
  std::string operator()(std::string Config::*) const {
    return fmt::format("an absolute path of at most {} bytes, or \"\"", kMaxPathBytes);
  }
  std::string operator()(Config::Environment Config::*) const {
    return fmt::format("an object of names and strings of at most {} bytes", kMaxEnvironmentBytes);
  }

  std::string number(std::string_view kind) const {
    const std::string unit = key.unit.empty() ? "" : fmt::format(" of {}", key.unit);
    return fmt::format("{}{} from {} to {}", kind, unit, key.least, key.most);
  }
};

}  // namespace

std::span<const ConfigKey> config_keys() noexcept { return kKeys; }

std::string allowed_values(const ConfigKey& key) {
  return std::visit(AllowedValues{key}, key.member);
}

Config default_config(unsigned cpus) {
  Config config;
  config.max_job_count = std::clamp(cpus, 1u, 10'000u);
  return config;
}

}  // namespace bobbin
