// SPDX-License-Identifier: Apache-2.0
// The environment variables of a child, sorted by name. A plain value whose copy costs two
// allocations (none when it is assigned to one that was used before): keep a base for the whole
// run, assign it for each job, set the job's own variables on top. It never looks at or changes
// this program's environment after it was made.
//
// Invariants: (1) entries are sorted by name, bytewise; (2) names are unique; (3) no entry holds a
// NUL inside.
//
// Threads: a value; no sharing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bobbin {

class Environment {
 public:
  Environment() = default;  // empty

  // A copy of an environ. The last of equal names wins; an entry without '=' is dropped.
  explicit Environment(const char* const* variables);

  // This program's own.
  static Environment current();

  // Adds or replaces. Nothing but a NUL is refused, as execve(2) does it: a '=' in the name moves
  // into the value as the child sees it. Throws Error(invalid) on a NUL.
  void set(std::string_view name, std::string_view value);

  // Drops every variable for whose name (a std::string_view) `unwanted` is true.
  template <typename Predicate>
  void remove_if(Predicate unwanted) {
    std::erase_if(entries_, [&](const Entry& entry) { return unwanted(name_of(entry)); });
  }

  // "NAME=value" strings and a null pointer, for execve; valid until this object is changed, moved
  // or destroyed.
  std::vector<char*> envp() const;

 private:
  struct Entry {
    std::size_t offset;  // into text_
    std::size_t name_size;
  };

  std::string_view name_of(const Entry& entry) const noexcept {
    return {text_.data() + entry.offset, entry.name_size};
  }
  void put(std::string_view name, std::string_view value);

  std::string
      text_;  // "NAME=value\0" one after another; replaced ones stay until the next assignment
  std::vector<Entry> entries_;
};

}  // namespace bobbin
