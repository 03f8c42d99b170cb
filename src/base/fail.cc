// SPDX-License-Identifier: Apache-2.0
#include "base/fail.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/utf8.h"

namespace bobbin {
namespace {

constexpr std::array<ErrorMeaning, 9> kMeanings{{
    {ErrorCode::invalid, "invalid", EINVAL, 1, false},
    {ErrorCode::not_found, "not found", ENOENT, 1, false},
    {ErrorCode::exists, "exists", EEXIST, 1, false},
    {ErrorCode::denied, "denied", EACCES, 1, false},
    {ErrorCode::busy, "busy", EAGAIN, 1, true},
    {ErrorCode::corrupt, "corrupt", EIO, 1, false},
    {ErrorCode::duplicate, "duplicate", EEXIST, 1, false},
    {ErrorCode::no_space, "no space", ENOSPC, 1, true},
    {ErrorCode::io, "input/output", EIO, 1, true},
}};

ErrorCode code_of(int error) noexcept {
  switch (error) {
    case ENOENT:
    case ENOTDIR: return ErrorCode::not_found;
    case EEXIST: return ErrorCode::exists;
    case EACCES:
    case EPERM:
    case EROFS: return ErrorCode::denied;
    case EAGAIN:
    case EBUSY:
    case ETXTBSY: return ErrorCode::busy;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return ErrorCode::no_space;
    case EINVAL:
    case ENAMETOOLONG:
    case E2BIG:
    case EISDIR:
    case ENOEXEC:
    case ELOOP: return ErrorCode::invalid;
    default: return ErrorCode::io;
  }
}

}  // namespace

const ErrorMeaning& meaning(ErrorCode code) noexcept {
  for (const ErrorMeaning& row : kMeanings) {
    if (row.code == code) return row;
  }
  return kMeanings.back();
}

void fail_errno(int error, const std::string& what, std::string_view advice) {
  std::string message = fmt::format("{}: {}", what, std::strerror(error));
  if (!advice.empty()) message += fmt::format("; {}", advice);
  throw Error(code_of(error), message, error);
}

std::string shown(std::string_view bytes) {
  std::string text;
  bool quote = bytes.empty();
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = utf8_length(bytes.substr(at));
    const auto byte = static_cast<unsigned char>(bytes[at]);
    if (length == 0 || byte < 0x20 || byte == 0x7f) {
      text += fmt::format("\\x{:02x}", byte);
      quote = true;
      ++at;
      continue;
    }
    if (byte == ' ' || byte == '"' || byte == '\\') quote = true;
    if (byte == '"' || byte == '\\') text += '\\';
    text += bytes.substr(at, length);
    at += length;
  }
  return quote ? '"' + text + '"' : text;
}

}  // namespace bobbin
