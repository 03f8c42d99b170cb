// SPDX-License-Identifier: Apache-2.0
#include "filed/places.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>

#include "base/durable_file.h"
#include "base/fail.h"
#include "base/io.h"

namespace bobbin {
namespace {

// realpath(3); "" with errno if there is none.
std::string resolved(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? real.get() : "";
}

std::string directory_of_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void make_directories(const std::string& path) {
  const std::string parent = directory_of_path(path);
  if (::access(path.c_str(), F_OK) == 0) return;
  if (parent != path) make_directories(parent);
  const std::string what = "cannot make the directory " + shown(path) + " for the state";
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) fail_errno(errno, what);
  const Fd directory = open_at(AT_FDCWD, parent, O_RDONLY | O_DIRECTORY, 0, what);
  sync_directory(directory.get(), shown(parent));
}

bool is_beneath(const std::string& path, const std::string& directory) {
  return path == directory || directory == "/" || path.starts_with(directory + '/');
}

// Beside filed; where it is installed; where it is built.
std::string find_slot_program() {
  const std::string own = resolved("/proc/self/exe");
  const std::string here = directory_of_path(own);
  for (const char* name :
       {"/filed-slot", "/" BOBBIN_LIBEXEC_FROM_BIN "/filed-slot", "/../slot/filed-slot"}) {
    const std::string path = resolved(here + name);
    if (!path.empty() && ::access(path.c_str(), X_OK) == 0) return path;
  }
  fail(ErrorCode::not_found, "cannot find the program filed-slot beside " + shown(own) +
                                 " or in its libexec directory; install it again");
}

}  // namespace

Places find_places(const std::string& mountpoint, const std::string& state) {
  Places places;
  places.mountpoint = resolved(mountpoint);
  if (places.mountpoint.empty()) {
    fail_errno(errno, "cannot mount at " + shown(mountpoint),
               errno == ENOENT ? "make the directory first: mkdir -p" : "");
  }
  const std::string directory = directory_of_path(state);
  make_directories(directory);
  places.state_directory = resolved(directory);
  if (places.state_directory.empty()) {
    fail_errno(errno, "cannot open the directory " + shown(directory) + " of the state");
  }
  if (is_beneath(places.state_directory, places.mountpoint)) {
    fail(ErrorCode::invalid,
         "the state " + shown(state) + " is under the mountpoint " + shown(places.mountpoint) +
             ", where the mounted queue would hide it; give another place with --state");
  }
  // By whatever name it is called: what says that it is in use stands beside it.
  const std::string target = resolved(state);
  if (!target.empty() && target != state) return find_places(mountpoint, target);
  const std::string name = state.substr(state.rfind('/') + 1);
  if (name.empty()) fail(ErrorCode::invalid, "the state " + shown(state) + " needs a file name");
  places.state = (places.state_directory == "/" ? "" : places.state_directory) + '/' + name;
  places.slot_program = find_slot_program();
  return places;
}

}  // namespace bobbin
