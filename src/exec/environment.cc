// SPDX-License-Identifier: Apache-2.0
#include "exec/environment.h"

#include <unistd.h>

#include <algorithm>

#include "base/fail.h"

namespace bobbin {

Environment::Environment(const char* const* variables) {
  for (; variables != nullptr && *variables != nullptr; ++variables) {
    const std::string_view text = *variables;
    // From the second byte on: a name may begin with '=' (some shells keep such), but is never
    // empty.
    const std::size_t equals = text.find('=', 1);
    if (equals != std::string_view::npos) put(text.substr(0, equals), text.substr(equals + 1));
  }
}

Environment Environment::current() { return Environment(environ); }

void Environment::set(std::string_view name, std::string_view value) {
  if (name.find('\0') != std::string_view::npos) {
    fail(ErrorCode::invalid, "nul byte in the name of the environment variable " + shown(name));
  }
  if (value.find('\0') != std::string_view::npos) {
    fail(ErrorCode::invalid, "nul byte in the value of the environment variable " + shown(name));
  }
  put(name, value);
}

void Environment::put(std::string_view name, std::string_view value) {
  const auto at = std::lower_bound(
      entries_.begin(), entries_.end(), name,
      [this](const Entry& entry, std::string_view wanted) { return name_of(entry) < wanted; });
  const Entry added{text_.size(), name.size()};
  if (at != entries_.end() && name_of(*at) == name) {
    *at = added;
  } else {
    entries_.insert(at, added);
  }
  text_.append(name).append(1, '=').append(value).append(1, '\0');
}

std::vector<char*> Environment::envp() const {
  std::vector<char*> pointers;
  pointers.reserve(entries_.size() + 1);
  // execve takes pointers to char that it does not write through.
  for (const Entry& entry : entries_)
    pointers.push_back(const_cast<char*>(text_.data() + entry.offset));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace bobbin
