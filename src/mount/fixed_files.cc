// SPDX-License-Identifier: Apache-2.0
#include "mount/fixed_files.h"

#include <bobbin/error.h>
#include <fcntl.h>

#include <cerrno>

#include "mount/attributes.h"
#include "mount/config_draft.h"
#include "mount/generated_text.h"

namespace bobbin {
namespace {

template <typename Kept>
Kept& kept_for(const fuse_file_info& file) noexcept {
  return *reinterpret_cast<Kept*>(file.fh);
}

std::uint64_t make_handle(Service& service, FixedNode node, bool truncate) {
  const auto handle = [](auto* kept) { return reinterpret_cast<std::uint64_t>(kept); };
  if (node == FixedNode::events) return handle(service.notifier.waiters().open());
  std::string text = truncate ? std::string() : generated_text(service, node);
  if (node == FixedNode::config) return handle(new ConfigDraft(std::move(text)));
  return handle(new std::string(std::move(text)));
}

// nullopt: it is refused, and the log says why.
std::optional<Config> parsed(const Service& service, const std::string& text) {
  try {
    return parse_config(text, service.store.config());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid) throw;
    service.log.warn("config.json was refused, nothing has changed: {}", error.what());
    return std::nullopt;
  }
}

}  // namespace

void open_fixed(Service& service, Request& request, FixedNode node, fuse_file_info& file) {
  const bool truncate = (file.flags & O_TRUNC) != 0;
  const bool writes = (file.flags & O_ACCMODE) != O_RDONLY || truncate;
  if (writes && node != FixedNode::config) return request.error(EPERM);
  file.fh = make_handle(service, node, truncate);
  file.direct_io = 1;
  file.nonseekable = node == FixedNode::events ? 1 : 0;
  file.noflush = writes ? 0 : 1;
  if (!request.opened(file)) release_fixed(service, node, file);
}

void read_fixed(Service& service, Request& request, FixedNode node, const fuse_file_info& file,
                std::uint64_t offset, std::size_t size) {
  if (node == FixedNode::events) {
    const bool may_wait = (file.flags & O_NONBLOCK) == 0;
    service.notifier.waiters().read(std::move(request), kept_for<EventWaiters::Handle>(file), size,
                                    may_wait);
  } else if (node == FixedNode::config) {
    request.data(kept_for<ConfigDraft>(file).read(offset, size));
  } else {
    // A copy, because the file may be closed before this function has returned.
    const auto& text = kept_for<std::string>(file);
    request.data(offset < text.size() ? text.substr(offset, size) : std::string());
  }
}

void write_config(Service& service, Request& request, const fuse_file_info& file,
                  std::uint64_t offset, std::string_view bytes) {
  const auto check = [&](const std::string& text) { return parsed(service, text).has_value(); };
  switch (kept_for<ConfigDraft>(file).write(offset, bytes, check)) {
    case ConfigDraft::Result::done: return request.written(bytes.size());
    case ConfigDraft::Result::too_large: return request.error(EFBIG);
    case ConfigDraft::Result::refused: return request.error(EINVAL);
  }
}

// Without an open file there is no draft: nothing would be left of the text.
void truncate_config(Service& service, Request& request, const fuse_file_info* file,
                     std::uint64_t size) {
  if (file == nullptr) return request.error(EINVAL);
  if (kept_for<ConfigDraft>(*file).resize(size) != ConfigDraft::Result::done)
    return request.error(EFBIG);
  Attributes attributes = attributes_of(service, FixedNode::config);
  attributes.stat.st_size = static_cast<off_t>(size);
  request.attributes(attributes.stat, attributes.timeout);
}

void apply_config(Service& service, Request& request, const fuse_file_info& file) {
  auto& draft = kept_for<ConfigDraft>(file);
  const std::optional<std::string> text = draft.written();
  if (!text) return request.error(0);
  const std::optional<Config> config = parsed(service, *text);
  if (!config) return request.error(EINVAL);
  service.store.set_config(*config);
  draft.accepted();
  service.log.info("new settings from config.json");
  service.store.persist(Durability::durable,
                        service.answering(std::move(request), "saving config.json"));
}

void poll_events(Service& service, Request& request, const fuse_file_info& file,
                 fuse_pollhandle* poll) {
  service.notifier.waiters().poll(std::move(request), kept_for<EventWaiters::Handle>(file), poll);
}

void release_fixed(Service& service, FixedNode node, const fuse_file_info& file) {
  if (node == FixedNode::events) {
    service.notifier.waiters().close(&kept_for<EventWaiters::Handle>(file));
  } else if (node == FixedNode::config) {
    delete &kept_for<ConfigDraft>(file);
  } else {
    delete &kept_for<std::string>(file);
  }
}

}  // namespace bobbin
