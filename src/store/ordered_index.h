// SPDX-License-Identifier: Apache-2.0
// A sorted set of pointers in chunks of an array each: 8 to 16 bytes an element, where a node of a
// tree costs 48. Elements that come in order fill their chunks to the end.
//
// Less compares elements with each other and with the keys that are searched for. What it looks at
// may not change while an element is in the set.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace bobbin {

template <typename T, typename Less>
class OrderedIndex {
 public:
  // Walks upwards; false at the end. Good until the set changes.
  class Cursor {
   public:
    Cursor(const OrderedIndex& index, std::size_t chunk, std::size_t at)
        : index_(&index), chunk_(chunk), at_(at) {}
    explicit operator bool() const { return chunk_ < index_->chunks_.size(); }
    const T& operator*() const { return index_->chunks_[chunk_][at_]; }
    Cursor& operator++() {
      if (++at_ == index_->chunks_[chunk_].size()) {
        ++chunk_;
        at_ = 0;
      }
      return *this;
    }

   private:
    friend class OrderedIndex;
    const OrderedIndex* index_;
    std::size_t chunk_;
    std::size_t at_;
  };

  std::size_t size() const { return size_; }
  Cursor begin() const { return {*this, 0, 0}; }

  template <typename Key>
  Cursor first_not_before(const Key& key) const {
    const auto chunk = std::partition_point(chunks_.begin(), chunks_.end(),
                                            [&](const Chunk& c) { return Less()(c.back(), key); });
    if (chunk == chunks_.end()) return {*this, chunks_.size(), 0};
    const auto at = std::lower_bound(chunk->begin(), chunk->end(), key, Less());
    return cursor(chunk, at);
  }
  template <typename Key>
  Cursor first_after(const Key& key) const {
    const auto chunk = std::partition_point(chunks_.begin(), chunks_.end(),
                                            [&](const Chunk& c) { return !Less()(key, c.back()); });
    if (chunk == chunks_.end()) return {*this, chunks_.size(), 0};
    const auto at = std::upper_bound(chunk->begin(), chunk->end(), key, Less());
    return cursor(chunk, at);
  }

  // `value` is not in the set yet.
  void insert(T value) {
    Cursor to = first_not_before(value);
    if (!to) {
      if (chunks_.empty() || chunks_.back().size() == kChunk) add_chunk(chunks_.size());
      chunks_.back().push_back(std::move(value));
    } else {
      if (chunks_[to.chunk_].size() == kChunk) {
        split(to.chunk_);
        to = first_not_before(value);
      }
      Chunk& chunk = chunks_[to.chunk_];
      chunk.insert(chunk.begin() + static_cast<std::ptrdiff_t>(to.at_), std::move(value));
    }
    ++size_;
  }

  // The element equal to `key`, which is there.
  template <typename Key>
  void erase(const Key& key) {
    const Cursor found = first_not_before(key);
    Chunk& chunk = chunks_[found.chunk_];
    chunk.erase(chunk.begin() + static_cast<std::ptrdiff_t>(found.at_));
    --size_;
    const auto place = chunks_.begin() + static_cast<std::ptrdiff_t>(found.chunk_);
    if (chunk.empty()) {
      chunks_.erase(place);
    } else if (place + 1 != chunks_.end() && chunk.size() + place[1].size() <= kChunk / 2) {
      std::move(place[1].begin(), place[1].end(), std::back_inserter(chunk));
      chunks_.erase(place + 1);
    }
  }

 private:
  static constexpr std::size_t kChunk = 128;
  using Chunk = std::vector<T>;  // never empty, with room for kChunk

  Cursor cursor(typename std::vector<Chunk>::const_iterator chunk,
                typename Chunk::const_iterator at) const {
    return {*this, static_cast<std::size_t>(chunk - chunks_.begin()),
            static_cast<std::size_t>(at - chunk->begin())};
  }
  Chunk& add_chunk(std::size_t at) {
    Chunk chunk;
    chunk.reserve(kChunk);
    return *chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(at), std::move(chunk));
  }
  void split(std::size_t at) {
    Chunk& upper = add_chunk(at + 1);
    Chunk& lower = chunks_[at];
    const auto middle = lower.begin() + kChunk / 2;
    std::move(middle, lower.end(), std::back_inserter(upper));
    lower.erase(middle, lower.end());
  }

  std::vector<Chunk> chunks_;
  std::size_t size_ = 0;
};

}  // namespace bobbin
