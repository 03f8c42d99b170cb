// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <fmt/format.h>

namespace bobbin {
namespace {

constexpr std::size_t kMaxJobs = 3;
constexpr const char* kNames[] = {"a", "b", "c"};
constexpr const char* kSteps[] = {
    "create", "submit",   "claim",     "wait",       "open",      "write", "write_large",
    "empty",  "commit",   "close",     "to_pending", "to_failed", "hide",  "rename_on",
    "remove", "end_well", "end_badly", "give_back",  "resume",    "delay", "prefer"};

const std::string& large_text() {
  static const std::string text(5000, 'L');
  return text;
}

auto fields(const Job& job) {
  return std::tie(job.name, job.state, job.mode, job.uid, job.gid, job.created, job.modified,
                  job.changed, job.content_size, job.log_size, job.submitted, job.order,
                  job.priority, job.next_start, job.failures, job.lost_in_row, job.last_attempt);
}

}  // namespace

std::string text_of(const std::vector<Move>& moves) {
  std::string text;
  for (const Move& move : moves)
    text += fmt::format("{}({}) ", kSteps[static_cast<int>(move.step)], kNames[move.job]);
  return text;
}

World::World(Store& model, Recorder& model_record, Store& tested, Recorder& tested_record)
    : stores_{&model, &tested}, records_{&model_record, &tested_record} {}

bool World::make(const Move& move) {
  if (move.step > kLastWithoutJob && move.job >= jobs()) return false;
  if (move.step <= Step::submit && jobs() == kMaxJobs) return false;
  now_ += 0.25;
  if (move.step == Step::wait) now_ += 10;
  bool result[2];
  for (const std::size_t store : {0u, 1u}) {
    answers_[store].clear();
    result[store] = make(store, move);
    answers_[store] += fmt::format(" -> {}", result[store]);
  }
  if (move.step == Step::submit) accepted_.push_back("text");
  if (move.step == Step::create) accepted_.emplace_back();
  if (move.step == Step::commit && result[0]) {
    if (auto content = stores_[0]->read_content(numbers_[0][move.job], 0, 1 << 20))
      accepted_[move.job] = *content;
  }
  return result[0];
}

bool World::make(std::size_t store, const Move& move) {
  if (move.step == Step::wait) return true;
  if (move.step <= Step::submit) return start(store, move.step);
  if (move.step != Step::claim) return make_of_job(store, move, numbers_[store][move.job]);
  const std::vector<Claim> claims = stores_[store]->claim(1, at(now_));
  for (const Claim& claim : claims) {
    answers_[store] += fmt::format("{} {} {} {} {}", job_of(store, claim.number).value_or(9),
                                   claim.attempt, claim.name, claim.uid, claim.log);
  }
  return !claims.empty();
}

bool World::start(std::size_t store, Step step) {
  const Created created =
      stores_[store]->create({.name = kNames[numbers_[store].size()], .uid = 5}, at(now_));
  if (created.verdict != Verdict::done) {
    answers_[store] += fmt::format("{}", static_cast<int>(created.verdict));
    return false;
  }
  numbers_[store].push_back(created.number);
  if (step == Step::create) return true;
  stores_[store]->write(created.number, 0, "text", at(now_));
  commit(*stores_[store], created.number);
  stores_[store]->close_writing(created.number, at(now_));
  return true;
}

bool World::move_job(std::size_t store, JobNumber number, JobState to, const std::string& name) {
  const Verdict verdict =
      stores_[store]->rename(number, {.to = to, .name = name, .by = 6}, at(now_));
  answers_[store] += fmt::format("{}", static_cast<int>(verdict));
  return verdict == Verdict::done;
}

bool World::end(std::size_t store, JobNumber number, int status) {
  const auto job = stores_[store]->find(number);
  if (!job || !job->last_attempt) return false;
  Claim claim;
  claim.number = number;
  claim.attempt = job->last_attempt->number;
  return stores_[store]->finish(finished(claim, status, at(now_)), at(now_), 0.5);
}

bool World::make_of_job(std::size_t store, const Move& move, JobNumber number) {
  Store& s = *stores_[store];
  const auto job = s.find(number);
  if (!job) return false;
  const auto answer = [&](Verdict verdict) {
    answers_[store] += fmt::format("{}", static_cast<int>(verdict));
    return verdict == Verdict::done;
  };
  const std::uint32_t attempt = job->last_attempt ? job->last_attempt->number : 0;
  const std::string shown_name = job->name.starts_with('.') ? job->name.substr(1) : job->name;
  switch (move.step) {
    case Step::open: return answer(s.open_writing(number));
    case Step::write: return answer(s.write(number, 2, "xyz", at(now_)));
    case Step::write_large: return answer(s.write(number, 1, large_text(), at(now_)));
    case Step::empty: return answer(s.truncate(number, 0, at(now_)));
    case Step::commit: return commit(s, number) == nullptr;
    case Step::close: s.close_writing(number, at(now_)); return true;
    case Step::to_pending: return move_job(store, number, JobState::pending, job->name);
    case Step::to_failed: return move_job(store, number, JobState::failed, job->name);
    case Step::hide:
      return move_job(store, number, job->state,
                      shown_name == job->name ? '.' + job->name : shown_name);
    case Step::rename_on:
      return move_job(store, number, JobState::pending, kNames[(move.job + 1) % kMaxJobs]);
    case Step::remove: return answer(s.remove(number, 6, at(now_)));
    case Step::end_well: return end(store, number, 0);
    case Step::end_badly: return end(store, number, 1);
    case Step::give_back:
      if (!job->last_attempt || job->last_attempt->end) return false;
      s.give_back(number, attempt, at(now_));
      return true;
    case Step::resume: return s.resume(number, attempt + 1, at(now_));
    case Step::delay: return answer(s.change(number, {.modified = at(now_ + 15)}, at(now_)));
    case Step::prefer: return answer(s.set_priority(number, 3, at(now_)));
    default: return false;
  }
}

std::optional<std::size_t> World::job_of(std::size_t store, JobNumber number) const {
  for (std::size_t job = 0; job < numbers_[store].size(); ++job) {
    if (numbers_[store][job] == number) return job;
  }
  return std::nullopt;
}

std::string World::compare() const {
  if (answers_[0] != answers_[1])
    return fmt::format("answers: {} and {}", answers_[0], answers_[1]);
  for (std::size_t job = 0; job < jobs(); ++job) {
    if (std::string difference = compare_jobs(job); !difference.empty()) return difference;
  }
  if (stores_[0]->next_due() != stores_[1]->next_due()) return "next_due";
  const Counts a = stores_[0]->counts(at(now_));
  const Counts b = stores_[1]->counts(at(now_));
  if (!std::equal(a.jobs, a.jobs + 4, b.jobs) || a.waiting != b.waiting ||
      a.oldest_waiting != b.oldest_waiting || a.attempts_ended != b.attempts_ended ||
      a.attempts_failed != b.attempts_failed || a.retries != b.retries)
    return "counts";
  for (std::size_t node = 0; node < kFixedNodes; ++node) {
    if (stores_[0]->attributes(static_cast<FixedNode>(node)) !=
        stores_[1]->attributes(static_cast<FixedNode>(node)))
      return fmt::format("node {}", node);
  }
  for (const JobState state : kJobStates) {
    const auto listed = stores_[0]->list(state, {}, 9);
    const auto also = stores_[1]->list(state, {}, 9);
    if (listed.size() != also.size()) return fmt::format("list {}", name_of(state));
    for (std::size_t i = 0; i < listed.size(); ++i) {
      if (job_of(0, listed[i].number) != job_of(1, also[i].number))
        return fmt::format("list {}", name_of(state));
    }
  }
  return compare_changes();
}

std::string World::compare_jobs(std::size_t job) const {
  const JobNumber number[2] = {numbers_[0][job], numbers_[1][job]};
  const auto a = stores_[0]->find(number[0]);
  const auto b = stores_[1]->find(number[1]);
  if (a.has_value() != b.has_value()) return fmt::format("job {} is there", job);
  if (!a) return "";
  if (fields(*a) != fields(*b)) return fmt::format("job {}", job);
  if (stores_[1]->find_named(a->name)->number != number[1]) return fmt::format("name {}", job);
  if (stores_[0]->read_content(number[0], 1, 9000) != stores_[1]->read_content(number[1], 1, 9000))
    return fmt::format("content {}", job);
  if (stores_[0]->read_log(number[0], 1, 9000) != stores_[1]->read_log(number[1], 1, 9000))
    return fmt::format("log {}", job);
  if (stores_[0]->stat_log(number[0])->modified != stores_[1]->stat_log(number[1])->modified)
    return fmt::format("time of log {}", job);
  return "";
}

std::string World::compare_changes() const {
  const auto& a = records_[0]->changes;
  const auto& b = records_[1]->changes;
  if (a.size() != b.size()) return "number of changes";
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto seen = [&](const Change& c, std::size_t store) {
      return std::tuple(c.at, job_of(store, c.number), c.name, c.from, c.to, c.attempt, c.end);
    };
    if (seen(a[i], 0) != seen(b[i], 1)) return fmt::format("change {}", i);
  }
  const auto kills = stores_[0]->take_kills();
  const auto also = stores_[1]->take_kills();
  if (kills.size() != also.size()) return "number of kills";
  for (std::size_t i = 0; i < kills.size(); ++i) {
    const auto seen = [&](const Kill& k, std::size_t store) {
      return std::tuple(job_of(store, k.number), k.attempt, k.reason, k.by);
    };
    if (seen(kills[i], 0) != seen(also[i], 1)) return fmt::format("kill {}", i);
  }
  return "";
}

void World::clear() {
  now_ += 100;
  for (const std::size_t store : {0u, 1u}) {
    for (const JobNumber number : numbers_[store]) stores_[store]->remove(number, 0, at(now_));
    numbers_[store].clear();
    stores_[store]->take_kills();
    records_[store]->changes.clear();
    answers_[store].clear();
  }
  accepted_.clear();
}

}  // namespace bobbin
