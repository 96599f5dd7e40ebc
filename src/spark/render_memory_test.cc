// Building objects leaves nothing behind, however often.
#include <gtest/gtest.h>
#include <malloc.h>

#include "spark/defaults.h"
#include "spark/random_application_fixture.h"
#include "spark/submission.h"
#include "spark/validate.h"

namespace firesteel::spark {
namespace {

constexpr int kRenders = 5'000;
constexpr std::uint64_t kApplications = 20;

void render(int times) {
  std::vector<json::Value> applications;
  for (std::uint64_t seed = 0; seed < kApplications; ++seed) {
    applications.push_back(apply_defaults(RandomApplication(seed).application()));
  }
  for (int i = 0; i < times; ++i) {
    const json::Value& application = applications[static_cast<std::size_t>(i) % kApplications];
    ASSERT_TRUE(build_submission(application, random_inputs()).has_value());
  }
}

TEST(RenderMemory, IsFlat) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer's allocator does not count";
#endif
  render(100);  // tables that are built once
  const std::size_t before = mallinfo2().uordblks;
  render(kRenders);
  // malloc counts what it keeps for this thread as handed out: a few blocks come and go. A leak of
  // the smallest block would be four times this.
  EXPECT_LT(mallinfo2().uordblks, before + kRenders * sizeof(void*));
}

}  // namespace
}  // namespace firesteel::spark
