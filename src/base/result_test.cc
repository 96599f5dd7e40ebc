#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace firesteel {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorCode::kInvalid, "odd");
  return number / 2;
}

Result<int> quarter(int number) {
  const int first = TRY(half(number));
  return TRY(half(first));
}

Result<void> check_quarter(int number) {
  TRY(quarter(number));
  return {};
}

Result<std::unique_ptr<int>> boxed(int number) {
  return std::make_unique<int>(number);
}

Result<int> unboxed(int number) {
  const std::unique_ptr<int> box = TRY(boxed(number));
  return *box;
}

TEST(Result, try_gives_the_value_or_returns_the_error) {
  EXPECT_EQ(quarter(12).value(), 3);
  ASSERT_FALSE(quarter(6).has_value());
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_TRUE(check_quarter(4).has_value());
  EXPECT_EQ(check_quarter(3).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(unboxed(7).value(), 7);
}

TEST(Result, context_says_what_was_attempted) {
  EXPECT_EQ(context(half(3), "halve 3").error().message, "halve 3: odd");
  EXPECT_EQ(context(half(4), "halve 4").value(), 2);
}

TEST(Result, errno_becomes_words) {
  errno = ENOENT;
  const Result<int> failed = fail_errno("open /x");
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  EXPECT_EQ(failed.error().message, "open /x: No such file or directory");
}

}  // namespace
}  // namespace firesteel
