// SPDX-License-Identifier: Apache-2.0
// null_fs [-t THREADS] MOUNTPOINT: one directory of files that are held in memory, and nothing
// else: what a file system in user space costs at least. It answers the same requests as a queue's
// pending/ does, with the same options. Serves until it is unmounted.
#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr double kForLong = 86400;
constexpr unsigned kMaxTransfer = 128 * 1024;

struct File {
  std::string name, content;
};

// Threads: all; the mutex is for both maps.
struct Files {
  std::mutex mutex;
  std::map<fuse_ino_t, File> by_inode;
  std::map<std::string, fuse_ino_t> by_name;
  fuse_ino_t next = 2;
};

Files& files_of(fuse_req_t request) { return *static_cast<Files*>(fuse_req_userdata(request)); }

struct stat stat_of(fuse_ino_t inode, std::size_t size) {
  struct stat stat {};
  stat.st_ino = inode;
  stat.st_mode = inode == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0640;
  stat.st_nlink = 1;
  stat.st_uid = ::getuid();
  stat.st_gid = ::getgid();
  stat.st_size = static_cast<off_t>(size);
  return stat;
}

fuse_entry_param entry_of(fuse_ino_t inode, std::size_t size) {
  fuse_entry_param entry{};
  entry.ino = inode;
  entry.attr = stat_of(inode, size);
  entry.attr_timeout = kForLong;
  return entry;
}

void init(void*, fuse_conn_info* connection) {
  connection->max_write = kMaxTransfer;
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
                                             FUSE_CAP_SPLICE_MOVE | FUSE_CAP_WRITEBACK_CACHE);
}

void lookup(fuse_req_t request, fuse_ino_t, const char* name) {
  Files& files = files_of(request);
  const std::lock_guard lock(files.mutex);
  const auto found = files.by_name.find(name);
  if (found == files.by_name.end()) {
    fuse_reply_err(request, ENOENT);
    return;
  }
  const fuse_entry_param entry =
      entry_of(found->second, files.by_inode.at(found->second).content.size());
  fuse_reply_entry(request, &entry);
}

void getattr(fuse_req_t request, fuse_ino_t inode, fuse_file_info*) {
  Files& files = files_of(request);
  const std::lock_guard lock(files.mutex);
  const auto found = files.by_inode.find(inode);
  const struct stat stat =
      stat_of(inode, found == files.by_inode.end() ? 0 : found->second.content.size());
  fuse_reply_attr(request, &stat, kForLong);
}

void create(fuse_req_t request, fuse_ino_t, const char* name, mode_t, fuse_file_info* file) {
  Files& files = files_of(request);
  const std::lock_guard lock(files.mutex);
  const fuse_ino_t inode = files.next++;
  files.by_name[name] = inode;
  files.by_inode[inode].name = name;
  file->direct_io = 1;
  const fuse_entry_param entry = entry_of(inode, 0);
  fuse_reply_create(request, &entry, file);
}

void write(fuse_req_t request, fuse_ino_t inode, const char* bytes, size_t size, off_t offset,
           fuse_file_info*) {
  Files& files = files_of(request);
  const std::lock_guard lock(files.mutex);
  std::string& content = files.by_inode[inode].content;
  const auto begin = static_cast<std::size_t>(offset);
  if (content.size() < begin + size) content.resize(begin + size);
  std::memcpy(content.data() + begin, bytes, size);
  fuse_reply_write(request, size);
}

void flush(fuse_req_t request, fuse_ino_t, fuse_file_info*) { fuse_reply_err(request, 0); }

void release(fuse_req_t request, fuse_ino_t, fuse_file_info*) { fuse_reply_err(request, 0); }

void unlink(fuse_req_t request, fuse_ino_t, const char* name) {
  Files& files = files_of(request);
  const std::lock_guard lock(files.mutex);
  const auto found = files.by_name.find(name);
  if (found != files.by_name.end()) {
    files.by_inode.erase(found->second);
    files.by_name.erase(found);
  }
  fuse_reply_err(request, 0);
}

void serve(fuse_session* session) {
  fuse_buf buffer{};
  while (!fuse_session_exited(session)) {
    const int size = fuse_session_receive_buf(session, &buffer);
    if (size == -EINTR) continue;
    if (size <= 0) break;
    fuse_session_process_buf(session, &buffer);
  }
  fuse_session_exit(session);
  std::free(buffer.mem);
}

}  // namespace

int main(int argc, char** argv) {
  int threads = 1;
  for (int option; (option = ::getopt(argc, argv, "t:")) != -1;) {
    if (option == 't') threads = std::atoi(optarg);
  }
  if (threads < 1 || argc - optind != 1) {
    std::fputs("usage: null_fs [-t THREADS] MOUNTPOINT\n", stderr);
    return 2;
  }
  fuse_lowlevel_ops operations{};
  operations.init = init;
  operations.lookup = lookup;
  operations.getattr = getattr;
  operations.create = create;
  operations.write = write;
  operations.flush = flush;
  operations.release = release;
  operations.unlink = unlink;

  Files files;
  const char* words[] = {"null_fs", "-o", "fsname=null_fs,default_permissions"};
  fuse_args arguments = FUSE_ARGS_INIT(3, const_cast<char**>(words));
  fuse_session* session = fuse_session_new(&arguments, &operations, sizeof operations, &files);
  if (session == nullptr || fuse_session_mount(session, argv[optind]) != 0) return 1;
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back([session] { serve(session); });
  serve(session);
  for (std::thread& other : others) other.join();
  fuse_session_unmount(session);
  fuse_session_destroy(session);
  return 0;
}
