// SPDX-License-Identifier: Apache-2.0
#include "packet/creation_time.h"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>

namespace bobbin {
namespace {

constexpr std::int64_t kFirstSecond = -8334632851200;
constexpr std::int64_t kLastSecond = 8210298412799;
constexpr std::uint32_t kSecond = 1'000'000'000;  // in nanoseconds
constexpr std::int64_t kDaySeconds = 86400;

struct Date {
  std::int64_t year;
  std::int64_t month;
  std::int64_t day;
};

// Proleptic Gregorian. gmtime_r is not used because it counts leap seconds under some settings of
// TZ. Years are counted from 1 March, so that a leap day comes last, within eras of 400 years,
// which all have equally many days.
Date date_of(std::int64_t days_since_1970) noexcept {
  constexpr std::int64_t kEraDays = 146097;
  constexpr std::int64_t kDaysFromYear0 = 719468;  // 0000-03-01 to 1970-01-01
  const std::int64_t days = days_since_1970 + kDaysFromYear0;
  const std::int64_t era = (days >= 0 ? days : days - (kEraDays - 1)) / kEraDays;
  const std::int64_t day_of_era = days - era * kEraDays;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {.year = year_of_era + era * 400 + (month <= 2 ? 1 : 0), .month = month, .day = day};
}

// Listing a large queue shows one time a packet, and fmt took most of what that cost.
void append_two_digits(std::string& text, char before, std::int64_t value) {
  text += {before, static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
}

std::string year_text(std::int64_t year) {
  const std::string digits = fmt::format_int(std::abs(year)).str();
  const std::string zeros(digits.size() < 4 ? 4 - digits.size() : 0, '0');
  return (year < 0 ? "-" : year > 9999 ? "+" : "") + zeros + digits;
}

std::string date_time_text(CreationTime time, std::int64_t utc_offset) {
  const std::int64_t seconds = time.seconds + utc_offset;
  const std::int64_t second_of_day = (seconds % kDaySeconds + kDaySeconds) % kDaySeconds;
  const Date date = date_of((seconds - second_of_day) / kDaySeconds);
  const std::int64_t leap = time.nanoseconds >= kSecond ? 1 : 0;
  std::string text = year_text(date.year);
  text.reserve(32);
  append_two_digits(text, '-', date.month);
  append_two_digits(text, '-', date.day);
  append_two_digits(text, 'T', second_of_day / 3600);
  append_two_digits(text, ':', second_of_day / 60 % 60);
  append_two_digits(text, ':', second_of_day % 60 + leap);
  return text;
}

// Seconds east of Greenwich. tzset is called once: it looks at /etc/localtime every time.
std::int64_t local_offset(std::int64_t seconds) noexcept {
  [[maybe_unused]] static const bool zone_is_set = [] {
    ::tzset();
    return true;
  }();
  const std::time_t time = seconds;
  std::tm local{};
  return ::localtime_r(&time, &local) != nullptr ? local.tm_gmtoff : 0;
}

}  // namespace

bool is_representable(CreationTime time) noexcept {
  return time.seconds >= kFirstSecond && time.seconds <= kLastSecond &&
         time.nanoseconds < 2 * kSecond;
}

std::string utc_text(CreationTime time) { return date_time_text(time, 0) + 'Z'; }

std::string local_text(CreationTime time) {
  const std::int64_t offset = local_offset(time.seconds);
  const std::int64_t minutes = std::abs(offset) / 60;
  std::string text = date_time_text(time, offset);
  append_two_digits(text, offset < 0 ? '-' : '+', minutes / 60);
  append_two_digits(text, ':', minutes % 60);
  return text;
}

}  // namespace bobbin
