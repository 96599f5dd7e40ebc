#include "apiserver/media_type.h"

#include <gtest/gtest.h>

namespace firesteel::apiserver {
namespace {

std::string types(std::string_view header) {
  std::string out;
  for (const MediaType& type : parse_accept(header)) out += type.type + " ";
  return out;
}

TEST(MediaType, AreOrderedByQuality) {
  EXPECT_EQ(types(""), "*/* ");
  EXPECT_EQ(types("application/json"), "application/json ");
  EXPECT_EQ(types("text/html;q=0.2, application/json, */*;q=0.8"),
            "application/json */* text/html ");
  EXPECT_EQ(types("application/json;q=0, text/plain"), "text/plain ");
  EXPECT_EQ(types("nonsense, , application/yaml;q=high"), "");
}

TEST(MediaType, ParametersAreRead) {
  const auto types = parse_accept(
      "application/json;as=Table;v=v1;g=meta.k8s.io,application/json; as=\"Table\";q=0.5");
  ASSERT_EQ(types.size(), 2U);
  EXPECT_EQ(types[0].parameter("as"), "Table");
  EXPECT_EQ(types[0].parameter("g"), "meta.k8s.io");
  EXPECT_EQ(types[0].parameter("missing"), "");
  EXPECT_EQ(types[1].parameter("as"), "Table");
  EXPECT_EQ(types[1].quality, 0.5);
  EXPECT_TRUE(types[0].accepts_json());
}

}  // namespace
}  // namespace firesteel::apiserver
