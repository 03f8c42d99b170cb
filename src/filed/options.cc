// SPDX-License-Identifier: Apache-2.0
#include "filed/options.h"

#include <fmt/format.h>
#include <getopt.h>

#include <climits>
#include <cstdlib>

#include "base/fail.h"
#include "base/number.h"

namespace bobbin {
namespace {

enum Flag : int {
  kHelp = 1,
  kVersion,
  kState,
  kAllowOther,
  kRunAs,
  kReadyFd,
  kSync,
  kLogLevel,
  kSandbox,  // + SandboxAccess
};

struct Row {
  const char* name;
  int flag;
  const char* value;  // nullptr: takes none
  const char* meaning;
};

constexpr int sandbox_flag(SandboxAccess access) { return kSandbox + static_cast<int>(access); }

constexpr Row kRows[] = {
    {"state", kState, "FILE",
     "keep the state in FILE and FILE.d (default: $FILED_STATE_FILE, or\n"
     "$XDG_DATA_HOME/filed.db, or ~/.local/share/filed.db)"},
    {"allow-other", kAllowOther, nullptr,
     "let other users in, as the modes of the files say (root: always)"},
    {"run-as", kRunAs, "submitter", "run each job as the user who created it (root only)"},
    {"ro", sandbox_flag(SandboxAccess::read_directory), "DIR",
     "sandbox: jobs may read and execute what is in DIR"},
    {"rof", sandbox_flag(SandboxAccess::read_file), "FILE", "sandbox: the same for one FILE"},
    {"rw", sandbox_flag(SandboxAccess::write_directory), "DIR",
     "sandbox: jobs may read, execute and change what is in DIR"},
    {"rwf", sandbox_flag(SandboxAccess::write_file), "FILE", "sandbox: the same for one FILE"},
    {"sync", kSync, "full|lazy",
     "full (default): what close(2) reported survives a power loss;\n"
     "lazy: written a moment later, the last jobs may be forgotten"},
    {"ready-fd", kReadyFd, "N",
     "write a byte to descriptor N, and close it, when the queue is ready"},
    {"log-level", kLogLevel, "LEVEL", "error, warn, info (default), debug or trace"},
    {"help", kHelp, nullptr, "show this help"},
    {"version", kVersion, nullptr, "show the version"},
};

std::string help_text() {
  std::string text =
      "Usage: filed [OPTION]... MOUNTPOINT\n"
      "A job queue as a directory: write a command into MOUNTPOINT/pending/, find its log in\n"
      "MOUNTPOINT/complete/ or failed/. Runs in the foreground until SIGTERM or an unmount.\n\n";
  for (const Row& row : kRows) {
    const std::string left =
        fmt::format("  --{}{}{}", row.name, row.value ? " " : "", row.value ? row.value : "");
    std::string_view meaning = row.meaning;
    std::string_view shown_left = left;
    while (!meaning.empty()) {
      const std::size_t end = std::min(meaning.find('\n'), meaning.size());
      text += fmt::format("{:<21} {}\n", shown_left, meaning.substr(0, end));
      meaning.remove_prefix(std::min(end + 1, meaning.size()));
      shown_left = {};
    }
  }
  return text +
         "\nSettings that can change while it runs are in MOUNTPOINT/config.json; see filed(1), "
         "filed(5),\nfiled.config(5).\n";
}

Answer usage_error(const std::string& complaint) {
  return {fmt::format("filed: {}\nUsage: filed [OPTION]... MOUNTPOINT; filed --help says more\n",
                      complaint),
          2};
}

std::vector<option> long_options() {
  std::vector<option> options;
  for (const Row& row : kRows) {
    options.push_back({row.name, row.value ? required_argument : no_argument, nullptr, row.flag});
  }
  options.push_back({});
  return options;
}

// Takes one option with its value; a complaint, or "".
std::string take(Options& options, int flag, const std::string& value) {
  switch (flag) {
    case kState: options.state = value; return value.empty() ? "--state needs a file" : "";
    case kAllowOther: options.allow_other = true; return "";
    case kRunAs:
      options.run_as_submitter = true;
      return value == "submitter" ? "" : "--run-as knows only \"submitter\", not " + shown(value);
    case kReadyFd: {
      const auto number = parse_number(value);
      if (!number || *number < 3 || *number > INT_MAX) {
        return "--ready-fd needs the number of an open descriptor above 2, not " + shown(value);
      }
      options.ready_fd = static_cast<int>(*number);
      return "";
    }
    case kSync:
      options.sync = value == "lazy" ? SyncMode::lazy : SyncMode::full;
      return value == "lazy" || value == "full" ? ""
                                                : "--sync is full or lazy, not " + shown(value);
    case kLogLevel: {
      const auto level = parse_log_level(value);
      if (!level) return "no such log level: " + shown(value);
      options.log_level = *level;
      return "";
    }
    default:
      options.sandbox.push_back({value, static_cast<SandboxAccess>(flag - kSandbox)});
      return value.empty() ? "a sandbox option needs a path" : "";
  }
}

}  // namespace

std::variant<Options, Answer> parse_options(int count, char** arguments) {
  const std::vector<option> known = long_options();
  Options options;
  optind = 1;
  for (;;) {
    const int at = optind;
    const int flag = ::getopt_long_only(count, arguments, ":", known.data(), nullptr);
    if (flag == -1) break;
    if (flag == kHelp) return Answer{help_text(), 0};
    if (flag == kVersion) return Answer{"filed (Bobbin) " BOBBIN_VERSION "\n", 0};
    const std::string word = shown(at < count ? arguments[at] : "");
    if (flag == ':') return usage_error("the option " + word + " needs a value");
    if (flag == '?') return usage_error("unknown or ambiguous option " + word);
    const std::string complaint = take(options, flag, optarg ? optarg : "");
    if (!complaint.empty()) return usage_error(complaint);
  }
  if (count - optind != 1) {
    return usage_error(count == optind ? "which directory is to be the mountpoint?"
                                       : "there is one mountpoint, but more words are given");
  }
  options.mountpoint = arguments[optind];
  if (options.mountpoint.empty()) return usage_error("the mountpoint is empty");
  return options;
}

std::string state_path(const Options& options) {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value ? value : "";
  };
  if (options.state) return *options.state;
  if (auto path = variable("FILED_STATE_FILE"); !path.empty()) return path;
  // The XDG rules: a relative path there counts as not set.
  if (auto home = variable("XDG_DATA_HOME"); home.starts_with('/')) return home + "/filed.db";
  if (auto home = variable("HOME"); home.starts_with('/')) return home + "/.local/share/filed.db";
  fail(ErrorCode::invalid,
       "there is no place for the state: give --state FILE, or set FILED_STATE_FILE, XDG_DATA_HOME "
       "or HOME");
}

}  // namespace bobbin
