// SPDX-License-Identifier: Apache-2.0
// Listing. The place in a listing of jobs is the number of the last one, so that jobs that come, go
// and move meanwhile neither hide nor repeat one that stays.
#include <cerrno>
#include <memory>

#include "mount/attributes.h"
#include "mount/node.h"
#include "mount/operations.h"

namespace bobbin {
namespace {

enum class Detail { names, attributes };

constexpr off_t kDots = 2;  // "." and ".." come first

// One answer: as many entries as fit into what the kernel asked for.
class Page {
 public:
  Page(fuse_req_t request, std::size_t size, Detail detail)
      : request_(request),
        size_(size),
        detail_(detail),
        bytes_(std::make_unique_for_overwrite<char[]>(size)) {}

  Detail detail() const noexcept { return detail_; }
  std::string_view bytes() const noexcept { return {bytes_.get(), used_}; }

  // How many entries with names like those of new-id would still fit.
  std::size_t room() const noexcept { return (size_ - used_) / size_of("a typical name"); }

  // `next`: the place after this one. False: it does not fit.
  bool add(const std::string& name, const fuse_entry_param& entry, off_t next) {
    const std::size_t left = size_ - used_;
    char* const at = bytes_.get() + used_;
    const std::size_t size =
        detail_ == Detail::names
            ? fuse_add_direntry(request_, at, left, name.c_str(), &entry.attr, next)
            : fuse_add_direntry_plus(request_, at, left, name.c_str(), &entry, next);
    if (size > left) return false;
    used_ += size;
    return true;
  }
  // A name only, also where attributes were asked for; the kernel asks if it needs more.
  bool add_name(const std::string& name, std::uint64_t inode, mode_t type, off_t next) {
    fuse_entry_param entry{};
    entry.attr.st_ino = inode;
    entry.attr.st_mode = type;
    return add(name, entry, next);
  }

 private:
  std::size_t size_of(const char* name) const noexcept {
    return detail_ == Detail::names
               ? fuse_add_direntry(request_, nullptr, 0, name, nullptr, 0)
               : fuse_add_direntry_plus(request_, nullptr, 0, name, nullptr, 0);
  }

  fuse_req_t request_;
  std::size_t size_;
  Detail detail_;
  std::unique_ptr<char[]> bytes_;
  std::size_t used_ = 0;
};

bool add_dots(Page& page, std::uint64_t inode, off_t offset) {
  if (offset < 1 && !page.add_name(".", inode, S_IFDIR, 1)) return false;
  return offset >= kDots || page.add_name("..", inode_of(FixedNode::root), S_IFDIR, kDots);
}

void list_root(Service& service, Page& page, off_t offset) {
  if (!add_dots(page, inode_of(FixedNode::root), offset)) return;
  const std::size_t done = offset <= kDots ? 0 : static_cast<std::size_t>(offset - kDots);
  for (std::size_t i = done + 1; i < kFixedNodes; ++i) {
    const auto& [node, name] = kFixedEntries[i];
    const off_t next = kDots + static_cast<off_t>(i);
    const mode_t type = is_directory(node) ? S_IFDIR : S_IFREG;
    const bool fits = page.detail() == Detail::names
                          ? page.add_name(std::string(name), inode_of(node), type, next)
                          : page.add(std::string(name), entry_of(service, node), next);
    if (!fits) return;
  }
}

bool add_job(Service& service, Page& page, const Job& job) {
  const off_t next = kDots + static_cast<off_t>(job.number);
  if (page.detail() == Detail::names) {
    const JobNode node{job.number, file_in(job.state)};
    return page.add_name(job.name, inode_of(node), S_IFREG, next);
  }
  fuse_entry_param entry = entry_of(service, job, file_in(job.state));
  // The attributes stand beside a name that is as good as they are.
  entry.entry_timeout = entry.attr_timeout;
  return page.add(job.name, entry, next);
}

void list_jobs(Service& service, Page& page, JobState state, off_t offset) {
  if (!add_dots(page, inode_of(directory_of(state)), offset)) return;
  JobNumber after{offset <= kDots ? 0 : static_cast<std::uint64_t>(offset - kDots)};
  if (page.detail() == Detail::attributes) service.notifier.gives_entries(state);
  while (const std::size_t limit = page.room()) {
    const std::vector<Job> jobs = service.store.list(state, after, limit);
    for (const Job& job : jobs) {
      if (!add_job(service, page, job)) return;
      after = job.number;
    }
    if (jobs.size() < limit) return;
  }
}

void list(fuse_req_t raw, fuse_ino_t inode, std::size_t size, off_t offset, Detail detail) {
  serve(raw, "listing", [&](Service& service, Request& request) {
    const std::optional<Node> node = node_at(inode);
    const auto* fixed = node ? std::get_if<FixedNode>(&*node) : nullptr;
    if (fixed == nullptr || !is_directory(*fixed)) return request.error(ENOTDIR);
    Page page(raw, size, detail);
    if (const auto state = state_shown_in(*fixed)) {
      list_jobs(service, page, *state, offset);
    } else {
      list_root(service, page, offset);
    }
    request.data(page.bytes());
  });
}

void readdir(fuse_req_t raw, fuse_ino_t inode, std::size_t size, off_t offset,
             fuse_file_info* /*file*/) {
  list(raw, inode, size, offset, Detail::names);
}

void readdirplus(fuse_req_t raw, fuse_ino_t inode, std::size_t size, off_t offset,
                 fuse_file_info* /*file*/) {
  list(raw, inode, size, offset, Detail::attributes);
}

void fsyncdir(fuse_req_t raw, fuse_ino_t /*inode*/, int /*data_only*/, fuse_file_info* /*file*/) {
  serve(raw, "fsync", [&](Service& service, Request& request) {
    service.store.persist(Durability::durable,
                          service.answering(std::move(request), "saving the state"));
  });
}

}  // namespace

void add_directory_operations(fuse_lowlevel_ops& operations) noexcept {
  operations.readdir = readdir;
  operations.readdirplus = readdirplus;
  operations.fsyncdir = fsyncdir;
}

}  // namespace bobbin
