// SPDX-License-Identifier: Apache-2.0
// All sequences of up to so many operations on up to three jobs, on the model and on the Store of
// the disk: after each they answer and show the same, and what the database has is what is shown.
//
// A sequence is not made longer after an operation that was refused, and jobs are made in order, as
// another order only gives them other names.
#include <fcntl.h>
#include <fmt/format.h>

#include <map>
#include <set>

#include "base/io.h"
#include "store/memory_model.h"
#include "store/sqlite_rows.h"
#include "world.h"

namespace bobbin {
namespace {

#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr std::size_t kDepthVisible = 5;
constexpr std::size_t kDepthPersisted = 4;
#else
constexpr std::size_t kDepthVisible = 4;
constexpr std::size_t kDepthPersisted = 3;
#endif

class Search {
 public:
  using Check = std::function<std::string()>;
  Search(World& world, std::size_t depth, std::set<Step> without, Check check)
      : world_(world), depth_(depth), without_(std::move(without)), check_(std::move(check)) {}

  // The first difference, after the moves that lead to it; "" if there is none.
  std::string run() {
    for (int step = 0; step <= static_cast<int>(kLast); ++step) {
      if (without_.count(static_cast<Step>(step)) != 0) continue;
      const std::size_t jobs = static_cast<Step>(step) > kLastWithoutJob ? jobs_in(moves_) : 1;
      for (std::size_t job = 0; job < jobs; ++job) {
        moves_.push_back({static_cast<Step>(step), job});
        const std::string difference = visit();
        if (!difference.empty()) return difference;
        moves_.pop_back();
      }
    }
    return "";
  }
  std::size_t sequences() const { return sequences_; }

 private:
  static std::size_t jobs_in(const std::vector<Move>& moves) {
    return static_cast<std::size_t>(std::count_if(
        moves.begin(), moves.end(), [](const Move& move) { return move.step <= Step::submit; }));
  }
  std::string visit() {
    ++sequences_;
    bool goes_on = true;
    for (const Move& move : moves_) goes_on = world_.make(move);
    std::string difference = world_.compare();
    if (difference.empty()) difference = check_();
    world_.clear();
    if (!difference.empty()) return fmt::format("{}: {}", text_of(moves_), difference);
    return goes_on && moves_.size() < depth_ ? run() : "";
  }

  World& world_;
  const std::size_t depth_;
  const std::set<Step> without_;
  const Check check_;
  std::vector<Move> moves_;
  std::size_t sequences_ = 0;
};

TEST(Exhaustive, shows_what_the_model_shows) {
  TestDirectory directory;
  Recorder records[2];
  const auto model = MemoryBackend::open(directory, records[0]);
  const auto store = LazyBackend::open(directory, records[1]);
  World world(*model, records[0], *store, records[1]);
  // Without what is dear (files) or has no part in the others (the other test has all of them).
  const std::set<Step> without{Step::write_large, Step::prefer, Step::resume, Step::delay};
  Search search(world, kDepthVisible, without, [] { return ""; });
  EXPECT_EQ(search.run(), "");
  fmt::print("{} sequences\n", search.sequences());
}

// The rows as they would be loaded, against what the model shows.
std::string compare_rows(const World& world, const Database& database, const std::string& path) {
  std::map<JobNumber, JobRow> rows;
  load_jobs(database, [&](JobRow&& row) { rows.emplace(row.job.number, std::move(row)); });
  for (std::size_t job = 0; job < world.jobs(); ++job) {
    const auto shown = world.model().find(world.number(0, job));
    const auto found = rows.find(world.number(1, job));
    if (shown.has_value() != (found != rows.end())) return fmt::format("row {} is there", job);
    if (!shown) continue;
    const JobRow& row = found->second;
    const auto fields = [](const Job& j) {
      return std::tie(j.name, j.state, j.mode, j.uid, j.gid, j.created, j.modified, j.changed,
                      j.log_size, j.order, j.priority, j.next_start, j.failures, j.lost_in_row);
    };
    if (fields(*shown) != fields(row.job)) return fmt::format("row {}", job);
    const bool runs = shown->last_attempt && !shown->last_attempt->end;
    if (row.running != (runs ? shown->last_attempt->number : 0))
      return fmt::format("attempt that runs in row {}", job);
    if (!runs && row.job.last_attempt != shown->last_attempt)
      return fmt::format("attempt in row {}", job);
    std::string content = *row.content;
    if (row.content_file != 0) {
      const std::string name = fmt::format("{}.d/content/{}", path, row.content_file);
      const Fd file = open_at(AT_FDCWD, name, O_RDONLY, 0, name);
      content = read_small(file.get(), 1 << 20, name).value().substr(0, row.job.content_size);
    }
    if (content != world.accepted(job)) return fmt::format("content of row {}", job);
  }
  const auto gone = [&](const auto& row) {
    for (std::size_t job = 0; job < world.jobs(); ++job) {
      if (world.number(1, job) == row.first) return false;
    }
    return true;
  };
  return std::any_of(rows.begin(), rows.end(), gone) ? "a row too many" : "";
}

TEST(Exhaustive, the_database_has_what_is_shown) {
  TestDirectory directory;
  Recorder records[2];
  const auto model = MemoryBackend::open(directory, records[0]);
  const auto store = SqliteBackend::open(directory, records[1]);
  const std::string path = options_in(directory).path;
  const Database database(path, DatabaseUse::read);
  World world(*model, records[0], *store, records[1]);
  Search search(world, kDepthPersisted, {}, [&] {
    EXPECT_EQ(persist(*store), nullptr);
    return compare_rows(world, database, path);
  });
  EXPECT_EQ(search.run(), "");
  fmt::print("{} sequences\n", search.sequences());
}

// Canary: removes a running job without having it killed.
class Forgetful : public MemoryStore {
 public:
  using MemoryStore::MemoryStore;
  Verdict remove(JobNumber number, uid_t by, WallTime now, std::optional<JobState> from) override {
    const Verdict verdict = MemoryStore::remove(number, by, now, from);
    take_kills();
    return verdict;
  }
};

TEST(Exhaustive, canary) {
  TestDirectory directory;
  Recorder records[2];
  const auto model = MemoryBackend::open(directory, records[0]);
  Forgetful store(test_config(), first_directory(), records[1], records[1]);
  World world(*model, records[0], store, records[1]);
  Search search(world, 3, {}, [] { return ""; });
  EXPECT_EQ(search.run(), "create(a) resume(a) remove(a) : number of kills");
}

}  // namespace
}  // namespace bobbin
