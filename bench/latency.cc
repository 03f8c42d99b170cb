// SPDX-License-Identifier: Apache-2.0
// latency queue FIFO COUNT MOUNT PROGRAM, or latency spawn FIFO COUNT COMMAND [ARGUMENT...]: from
// handing in a job to its first instruction, and from its end to its name in complete/.
//
// PROGRAM is stamps.cc's. `queue` submits it through a mount of filed, and learns of its end from
// MOUNT/events; `spawn` starts a command that submits it elsewhere. One job at a time, with a pause
// before each, so that everybody has gone back to sleep.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "timing.h"

namespace {

constexpr timespec kPause{0, 20'000'000};
constexpr int kPatienceMs = 10'000;

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "latency: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(2);
}

int opened(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0640);
  if (fd < 0) give_up(path);
  return fd;
}

void wait_for(int fd, const char* what) {
  pollfd readable{fd, POLLIN, 0};
  if (::poll(&readable, 1, kPatienceMs) == 1) return;
  errno = ETIMEDOUT;
  give_up(what);
}

struct Stamps {
  timespec begun, ended;
};

Stamps read_stamps(int fifo) {
  wait_for(fifo, "the job did not start");
  Stamps stamps;
  if (::read(fifo, &stamps, sizeof stamps) != sizeof stamps) give_up("the FIFO");
  return stamps;
}

// Until the job is said to be complete; returns when that was read.
double await_end(int events, const std::string& job) {
  const std::string name = "\"job\":\"" + job + "\"";
  for (std::string lines;;) {
    wait_for(events, "the job did not end");
    char bytes[65536];
    const ssize_t size = ::read(events, bytes, sizeof bytes);
    if (size < 0) give_up("events");
    const double now = seconds_now();
    lines.append(bytes, static_cast<std::size_t>(size));
    for (std::size_t end; (end = lines.find('\n')) != std::string::npos; lines.erase(0, end + 1)) {
      const std::string line = lines.substr(0, end);
      if (line.find(name) == std::string::npos) continue;
      if (line.find("\"to\":\"complete\"") != std::string::npos) return now;
      if (line.find("\"to\":\"failed\"") == std::string::npos) continue;
      std::fprintf(stderr, "latency: the job failed: %s\n", line.c_str());
      std::exit(1);
    }
  }
}

void submit_to_queue(int fifo, int count, const std::string& mount, const std::string& content) {
  const int events = opened(mount + "/events", O_RDONLY);
  std::vector<double> closing, close_to_start, open_to_start, end_to_complete;
  for (int number = 0; number < count; ++number) {
    ::nanosleep(&kPause, nullptr);
    const std::string job = "latency-" + std::to_string(::getpid()) + '-' + std::to_string(number);
    const double start = seconds_now();
    const int fd = opened(mount + "/pending/" + job, O_WRONLY | O_CREAT | O_EXCL);
    if (::write(fd, content.data(), content.size()) < 0) give_up(job);
    const double written = seconds_now();
    if (::close(fd) != 0) give_up(job);
    const double closed = seconds_now();
    const Stamps stamps = read_stamps(fifo);
    const double complete = await_end(events, job);
    closing.push_back(closed - written);
    close_to_start.push_back(seconds_of(stamps.begun) - closed);
    open_to_start.push_back(seconds_of(stamps.begun) - start);
    end_to_complete.push_back(complete - seconds_of(stamps.ended));
  }
  std::fputs("{", stdout);
  print_quantiles("close", closing);
  std::fputs(", ", stdout);
  print_quantiles("close_to_start", close_to_start);
  std::fputs(", ", stdout);
  print_quantiles("submit_to_start", open_to_start);
  std::fputs(", ", stdout);
  print_quantiles("end_to_complete", end_to_complete);
  std::puts("}");
}

void submit_by_command(int fifo, int count, char** command) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<double> submit_to_start;
  for (int number = 0; number < count; ++number) {
    ::nanosleep(&kPause, nullptr);
    const double start = seconds_now();
    pid_t child;
    errno = ::posix_spawnp(&child, command[0], &actions, nullptr, command, environ);
    if (errno != 0) give_up(command[0]);
    int status;
    if (::waitpid(child, &status, 0) != child || status != 0) give_up(command[0]);
    submit_to_start.push_back(seconds_of(read_stamps(fifo).begun) - start);
  }
  std::fputs("{", stdout);
  print_quantiles("submit_to_start", submit_to_start);
  std::puts("}");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string kind = argc > 1 ? argv[1] : "";
  if ((kind != "queue" || argc != 6) && (kind != "spawn" || argc < 5)) {
    std::fputs(
        "usage: latency queue FIFO COUNT MOUNT PROGRAM\n"
        "       latency spawn FIFO COUNT COMMAND [ARGUMENT...]\n",
        stderr);
    return 2;
  }
  const std::string fifo_path = argv[2];
  const int fifo = opened(fifo_path, O_RDWR);
  const int count = std::max(1, std::atoi(argv[3]));
  if (kind == "queue") {
    submit_to_queue(fifo, count, argv[4], std::string(argv[5]) + ' ' + fifo_path + '\n');
  } else {
    submit_by_command(fifo, count, argv + 4);
  }
  return 0;
}
