#include "kube/names.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"

namespace firesteel::kube {
namespace {

using Check = std::vector<std::string> (*)(std::string_view);

void expect_all(Check check, std::initializer_list<std::string> texts, bool valid) {
  for (const std::string& text : texts) EXPECT_EQ(check(text).empty(), valid) << text;
}

TEST(Names, follow_dns_and_kubernetes) {
  const std::string long_label(64, 'a');
  const std::string long_name(254, 'a');
  expect_all(check_dns1123_label, {"a", "0", "my-name", "123-abc", std::string(63, 'a')}, true);
  expect_all(check_dns1123_label, {"", "-a", "a-", "A", "a.b", "a_b", long_label}, false);
  expect_all(check_dns1035_label, {"a", "my-name", "abc-123"}, true);
  expect_all(check_dns1035_label, {"", "1a", "a-", "A", "a.b", long_label}, false);
  expect_all(check_dns1123_subdomain, {"a", "a.b", "example.com", "1.2-3"}, true);
  expect_all(check_dns1123_subdomain, {"", ".", "a..b", "a.", "-a.b", "a/b", long_name}, false);
  expect_all(check_qualified_name, {"a", "A_b.c-1", "example.com/Name", std::string(63, 'a')},
             true);
  expect_all(check_qualified_name, {"", "/a", "a/", "a/b/c", "-a", "a b", "A.com/b", long_label},
             false);
  expect_all(check_label_value, {"", "a", "A_b.c-1"}, true);
  expect_all(check_label_value, {"-", "a b", "a/b", "_a", long_label}, false);
  expect_all(check_path_segment_name, {"system:node", "a b", "A"}, true);
  expect_all(check_path_segment_name, {".", "..", "a/b", "a%"}, false);
}

TEST(Names, messages_are_kubernetes_own) {
  EXPECT_EQ(check_dns1123_label("A").at(0),
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
            "and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', "
            "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')");
  EXPECT_EQ(check_label_value(std::string(64, 'a')).at(0), "must be no more than 63 characters");
}

TEST(Names, metadata_is_checked_whole) {
  const auto problems = check_metadata(
      *json::parse(
          R"({"metadata":{"name":"Bad","namespace":"x.y","labels":{"a b":"c","d":1,"e":"-"},
                       "annotations":{"Good.Key/X":"anything at all","f":true}}})"),
      "Pod");
  std::vector<std::string> paths;
  for (const Problem& problem : problems) paths.push_back(problem.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"metadata.name", "metadata.namespace",
                                             "metadata.labels", "metadata.labels[d]",
                                             "metadata.labels", "metadata.annotations[f]"}));
  EXPECT_TRUE(check_metadata(*json::parse(R"({"metadata":{"generateName":"a-"}})"), "Pod").empty());
  EXPECT_TRUE(
      check_metadata(*json::parse(R"({"metadata":{"name":"system:x"}})"), "ClusterRole").empty());
  EXPECT_FALSE(check_metadata(*json::parse(R"({"metadata":{"name":"1a"}})"), "Service").empty());
  EXPECT_EQ(check_metadata(json::Object(), "Pod").at(0).message,
            "Required value: name or generateName is required");
}

TEST(Names, generated_names_fit_and_follow_the_random_numbers) {
  std::size_t next = 0;
  const auto counting = [&next](std::size_t below) { return next++ % below; };
  EXPECT_EQ(generate_name("pi-", counting), "pi-bcdfg");
  EXPECT_EQ(generate_name(std::string(80, 'a'), counting).size(), 63u);
}

}  // namespace
}  // namespace firesteel::kube
