#include "node/container_streams.h"

#include <gtest/gtest.h>

#include "base/json/print.h"

namespace firesteel::node {
namespace {

TEST(ContainerStreams, statuses_are_what_kubectl_reads_exit_codes_from) {
  EXPECT_EQ(json::print(exit_status(0)), R"({"metadata":{},"status":"Success"})");
  const json::Value failed = exit_status(3);
  EXPECT_EQ(json::string_at(failed, "reason"), "NonZeroExitCode");
  const json::Array& causes = json::array_at(failed, {"details", "causes"});
  ASSERT_EQ(causes.size(), 1U);
  EXPECT_EQ(json::string_at(causes[0], "reason"), "ExitCode");
  EXPECT_EQ(json::string_at(causes[0], "message"), "3");
}

TEST(ContainerStreams, only_sizes_that_fit_resize_a_terminal) {
  const struct {
    std::string_view text;
    bool good;
  } cases[] = {{R"({"Width":80,"Height":24})", true},
               {R"({"Width":0,"Height":24})", false},
               {R"({"Width":80})", false},
               {R"({"Width":70000,"Height":24})", false},
               {"[]", false},
               {"", false}};
  for (const auto& [text, good] : cases) EXPECT_EQ(parse_resize(text).has_value(), good) << text;
}

}  // namespace
}  // namespace firesteel::node
