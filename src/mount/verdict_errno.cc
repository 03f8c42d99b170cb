// SPDX-License-Identifier: Apache-2.0
#include "mount/verdict_errno.h"

#include <cerrno>
#include <new>

#include "base/fail.h"

namespace bobbin {

int errno_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::done: return 0;
    case Verdict::no_such_job: return ENOENT;
    case Verdict::name_taken: return EEXIST;
    case Verdict::not_permitted: return EPERM;
    case Verdict::queue_full: return ENOSPC;
    case Verdict::too_large: return EFBIG;
  }
  return EIO;
}

int errno_of_inode(Verdict verdict) noexcept {
  return verdict == Verdict::no_such_job ? ESTALE : errno_of(verdict);
}

int errno_of(const std::exception_ptr& failure) noexcept {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.system_errno() == EFBIG ? EFBIG : meaning(error.code()).file_errno;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  } catch (...) {
    return EIO;
  }
}

}  // namespace bobbin
