// SPDX-License-Identifier: Apache-2.0
// spawn_loop [-i STDIN] [-o STDOUT] COUNT PROGRAM [ARGUMENT...]: runs a program COUNT times, one
// after the other, by nothing but posix_spawn and waitpid, and prints what that took as one line of
// JSON. It is both the yardstick for queue-process and the stop-watch for everything else.
//
// It is small on purpose: peak memory of a process includes that of the program that started it,
// up to exec, so a measuring script of 12 MB would hide a measured program of 3.
// STDOUT is not truncated: overwriting pages that exist is faster and steadier than first touch.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr mode_t kOutputMode = 0644;
constexpr double kMicroseconds = 1e6;

double seconds_now() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / kMicroseconds;
}

[[noreturn]] void give_up(const char* what, int error) {
  std::fprintf(stderr, "spawn_loop: %s: %s\n", what, std::strerror(error));
  std::exit(2);
}

double quantile(const std::vector<double>& sorted, double q) {
  return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

// Returns the seconds it took.
double run_once(char** command, const posix_spawn_file_actions_t& actions) {
  const double start = seconds_now();
  pid_t child;
  const int error = ::posix_spawnp(&child, command[0], &actions, nullptr, command, environ);
  if (error != 0) give_up(command[0], error);
  int status;
  if (::waitpid(child, &status, 0) != child) give_up("waitpid", errno);
  const double seconds = seconds_now() - start;
  if (status != 0) {
    std::fprintf(stderr, "spawn_loop: %s ended with wait status %d\n", command[0], status);
    std::exit(1);
  }
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  const char* input = "/dev/null";
  const char* output = "/dev/null";
  for (int option; (option = ::getopt(argc, argv, "+i:o:")) != -1;) {
    if (option == 'i') input = optarg;
    if (option == 'o') output = optarg;
    if (option == '?') return 2;
  }
  if (argc - optind < 2) {
    std::fputs("usage: spawn_loop [-i STDIN] [-o STDOUT] COUNT PROGRAM [ARGUMENT...]\n", stderr);
    return 2;
  }
  const long count = std::max(1L, std::atol(argv[optind]));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT,
                                     kOutputMode);
  std::vector<double> times;
  times.reserve(static_cast<std::size_t>(count));
  const double start = seconds_now();
  for (long i = 0; i < count; ++i) times.push_back(run_once(argv + optind + 1, actions));
  const double elapsed = seconds_now() - start;
  std::sort(times.begin(), times.end());
  rusage usage;
  ::getrusage(RUSAGE_CHILDREN, &usage);
  std::printf(
      "{\"elapsed_s\": %.6f, \"median_s\": %.6f, \"p99_s\": %.6f, \"cpu_s\": %.6f, "
      "\"peak_rss_kib\": %ld}\n",
      elapsed, quantile(times, 0.5), quantile(times, 0.99),
      seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), usage.ru_maxrss);
  return 0;
}
