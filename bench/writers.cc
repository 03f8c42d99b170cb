// SPDX-License-Identifier: Apache-2.0
// writers [-w WRITERS] [-n COUNT] [-c COMMAND] [-p PREFIX] KIND PLACE [REQUEST_FILE]: so many
// threads do the same thing COUNT times each, all at once; prints how long the part that waits for
// the disk took, the whole, and the CPU time of this process, as one line of JSON. KIND is
//
//   close DIRECTORY      create a file, write COMMAND and a newline (or 200 bytes of comment) into
//                        it, close it; the close is what is timed
//   cycle DIRECTORY      the same, and unlink it
//   append DIRECTORY     append 256 bytes to a file of its own and fdatasync it: the yardstick
//   talk SOCKET REQUEST  send what the file REQUEST holds, and await a line of reply
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <barrier>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "timing.h"

namespace {

constexpr std::size_t kContentBytes = 200;
constexpr std::size_t kAppendedBytes = 256;

struct Plan {
  int writers = 1;
  int count = 1000;
  std::string content = std::string(kContentBytes - 1, '#') + '\n';
  std::string prefix = "w";
  std::string kind, place, request;
};

struct Times {
  double began = 0, ended = 0;
  std::vector<double> waited, whole;
};

// Does it for the n-th time; returns the seconds that count.
using Deed = std::function<double(int)>;

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "writers: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(2);
}

void write_whole(int fd, const std::string& bytes, const std::string& where) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (written <= 0) give_up(where);
    done += static_cast<std::size_t>(written);
  }
}

Deed new_files(const Plan& plan, int writer, bool unlink_them) {
  return [&plan, writer, unlink_them](int number) {
    const std::string path =
        plan.place + '/' + plan.prefix + std::to_string(writer) + '-' + std::to_string(number);
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0) give_up(path);
    write_whole(fd, plan.content, path);
    const double start = seconds_now();
    if (::close(fd) != 0) give_up(path);
    const double seconds = seconds_now() - start;
    if (unlink_them && ::unlink(path.c_str()) != 0) give_up(path);
    return seconds;
  };
}

Deed appending(const Plan& plan, int writer) {
  const std::string path = plan.place + "/append-" + std::to_string(writer);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) give_up(path);
  return [fd, path, bytes = std::string(kAppendedBytes, 'x')](int) {
    const double start = seconds_now();
    write_whole(fd, bytes, path);
    if (::fdatasync(fd) != 0) give_up(path);
    return seconds_now() - start;
  };
}

std::string content_of(const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) give_up(path);
  char bytes[4096];
  return std::string(bytes, std::fread(bytes, 1, sizeof bytes, file.get()));
}

Deed talking(const Plan& plan) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (plan.place.size() >= sizeof address.sun_path) give_up("too long: " + plan.place);
  std::memcpy(address.sun_path, plan.place.c_str(), plan.place.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    give_up(plan.place);
  }
  return [fd, request = content_of(plan.request)](int) {
    const double start = seconds_now();
    write_whole(fd, request, "the socket");
    char reply[512];
    ssize_t size = 0;
    do {
      size = ::read(fd, reply, sizeof reply);
      if (size <= 0) give_up("no reply");
    } while (reply[size - 1] != '\n');
    if (reply[0] == '-') give_up("refused: " + std::string(reply, static_cast<std::size_t>(size)));
    return seconds_now() - start;
  };
}

Deed deed_of(const Plan& plan, int writer) {
  if (plan.kind == "close") return new_files(plan, writer, false);
  if (plan.kind == "cycle") return new_files(plan, writer, true);
  if (plan.kind == "append") return appending(plan, writer);
  return talking(plan);
}

Plan parsed(int argc, char** argv) {
  Plan plan;
  for (int option; (option = ::getopt(argc, argv, "+w:n:c:p:")) != -1;) {
    if (option == 'w') plan.writers = std::max(1, std::atoi(optarg));
    if (option == 'n') plan.count = std::max(1, std::atoi(optarg));
    if (option == 'c') plan.content = std::string(optarg) + '\n';
    if (option == 'p') plan.prefix = optarg;
    if (option == '?') std::exit(2);
  }
  const int words = argc - optind;
  if (words >= 2) plan.kind = argv[optind];
  const bool talks = plan.kind == "talk";
  if (words != (talks ? 3 : 2) ||
      (!talks && plan.kind != "close" && plan.kind != "cycle" && plan.kind != "append")) {
    std::fputs(
        "usage: writers [-w WRITERS] [-n COUNT] [-c COMMAND] [-p PREFIX]\n"
        "               close|cycle|append DIRECTORY, or talk SOCKET REQUEST_FILE\n",
        stderr);
    std::exit(2);
  }
  plan.place = argv[optind + 1];
  if (talks) plan.request = argv[optind + 2];
  return plan;
}

}  // namespace

int main(int argc, char** argv) {
  const Plan plan = parsed(argc, argv);
  std::vector<Times> times(static_cast<std::size_t>(plan.writers));
  std::barrier start_line(plan.writers);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < plan.writers; ++writer) {
    writers.emplace_back([&, writer] {
      Times& mine = times[static_cast<std::size_t>(writer)];
      const Deed deed = deed_of(plan, writer);
      start_line.arrive_and_wait();
      mine.began = seconds_now();
      for (int number = 0; number < plan.count; ++number) {
        const double start = seconds_now();
        mine.waited.push_back(deed(number));
        mine.whole.push_back(seconds_now() - start);
      }
      mine.ended = seconds_now();
    });
  }
  for (std::thread& writer : writers) writer.join();
  Times all = times.front();
  for (auto each = times.begin() + 1; each != times.end(); ++each) {
    all.began = std::min(all.began, each->began);
    all.ended = std::max(all.ended, each->ended);
    all.waited.insert(all.waited.end(), each->waited.begin(), each->waited.end());
    all.whole.insert(all.whole.end(), each->whole.begin(), each->whole.end());
  }
  std::printf("{\"operations\": %zu, \"elapsed_s\": %.6f, \"cpu_s\": %.6f, ", all.whole.size(),
              all.ended - all.began, seconds_now(CLOCK_PROCESS_CPUTIME_ID));
  print_quantiles("waited", all.waited);
  std::fputs(", ", stdout);
  print_quantiles("whole", all.whole);
  std::puts("}");
  return 0;
}
