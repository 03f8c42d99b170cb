// SPDX-License-Identifier: Apache-2.0
#include "slot/job_command.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/fail.h"
#include "base/io.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace bobbin {
namespace {

// Builtins and keywords of dash and bash, sorted: what a shell may run without a file, or reads as
// grammar.
constexpr std::string_view kShellWords[] = {
    ".",       ":",       "alias",  "bg",      "bind",     "break",    "builtin",   "caller",
    "case",    "cd",      "chdir",  "command", "compgen",  "complete", "compopt",   "continue",
    "coproc",  "declare", "dirs",   "disown",  "do",       "done",     "echo",      "elif",
    "else",    "enable",  "esac",   "eval",    "exec",     "exit",     "export",    "false",
    "fc",      "fg",      "fi",     "for",     "function", "getopts",  "hash",      "help",
    "history", "if",      "in",     "jobs",    "kill",     "let",      "local",     "logout",
    "mapfile", "popd",    "printf", "pushd",   "pwd",      "read",     "readarray", "readonly",
    "return",  "select",  "set",    "shift",   "shopt",    "source",   "suspend",   "test",
    "then",    "time",    "times",  "trap",    "true",     "type",     "typeset",   "ulimit",
    "umask",   "unalias", "unset",  "until",   "wait",     "while"};

constexpr bool is_plain(char byte) noexcept {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') ||
         std::string_view("_./:,=+@%^-").find(byte) != std::string_view::npos;
}
constexpr bool is_blank(char byte) noexcept { return byte == ' ' || byte == '\t'; }

bool is_a_shells_own(std::string_view word) {
  return word.find('=') != std::string_view::npos ||
         std::binary_search(std::begin(kShellWords), std::end(kShellWords), word);
}

}  // namespace

std::string_view without_last_newlines(std::string_view content) noexcept {
  // npos + 1 is 0.
  return content.substr(0, content.find_last_not_of('\n') + 1);
}

bool is_script(std::string_view content) noexcept { return content.substr(0, 2) == "#!"; }

std::optional<std::vector<std::string>> simple_command(std::string_view content) {
  content = without_last_newlines(content);
  if (content.size() > kMaxShellParameter) return std::nullopt;
  std::vector<std::string> words;
  bool is_in_word = false;
  for (const char byte : content) {
    if (is_blank(byte)) {
      is_in_word = false;
      continue;
    }
    if (!is_plain(byte)) return std::nullopt;
    if (!is_in_word) words.emplace_back();
    is_in_word = true;
    words.back() += byte;
  }
  if (words.empty() || is_a_shells_own(words.front())) return std::nullopt;
  return words;
}

std::vector<std::string> shell_parameters(std::string_view content) {
  const bool reads_as_option = !content.empty() && (content[0] == '-' || content[0] == '+');
  if (reads_as_option) return {"-c", "--", std::string(content)};
  return {"-c", std::string(content)};
}

Fd make_script(std::string_view content) {
  Fd file(::memfd_create("job", MFD_CLOEXEC | MFD_EXEC));
  // Kernels before 6.3 do not know MFD_EXEC, and mean it.
  if (!file.is_open() && errno == EINVAL) file = Fd(::memfd_create("job", MFD_CLOEXEC));
  if (!file.is_open()) fail_errno(errno, "cannot make a file for a script");
  write_all(file.get(), content, "the file of a script");
  if (::fchmod(file.get(), 0555) != 0) fail_errno(errno, "cannot make a script executable");
  return file;
}

std::string path_of(const Fd& script) { return fmt::format("/proc/self/fd/{}", script.get()); }

}  // namespace bobbin
