#include "apiserver/escalation.h"

#include <gtest/gtest.h>

namespace firesteel::apiserver {
namespace {

PolicyRule rule(std::vector<std::string> verbs, std::vector<std::string> groups,
                std::vector<std::string> resources, std::vector<std::string> names = {}) {
  return {.verbs = std::move(verbs),
          .groups = std::move(groups),
          .resources = std::move(resources),
          .resource_names = std::move(names)};
}

void check(const std::vector<PolicyRule>& held, const PolicyRule& asked, std::size_t missing) {
  EXPECT_EQ(missing_rules(held, std::span(&asked, 1)).size(), missing);
}

TEST(Escalation, WhatIsHeldMayBeGranted) {
  const PolicyRule pods = rule({"get", "list"}, {""}, {"pods"});
  check({pods}, rule({"get"}, {""}, {"pods"}), 0);
  check({pods}, rule({"get"}, {""}, {"pods"}, {"one"}), 0);
  check({rule({"get"}, {""}, {"pods"}), rule({"list"}, {""}, {"pods"})}, pods, 0);
  check({rule({"*"}, {"*"}, {"*"})}, rule({"*"}, {"apps"}, {"deployments/scale"}), 0);
  check({rule({"get"}, {""}, {"*/log"})}, rule({"get"}, {""}, {"pods/log"}), 0);
  check({{.verbs = {"get"}, .non_resource_urls = {"/logs/*"}}},
        {.verbs = {"get"}, .non_resource_urls = {"/logs/a"}}, 0);
}

TEST(Escalation, WhatIsNotHeldIsNamedPartByPart) {
  const PolicyRule pods = rule({"get", "list"}, {""}, {"pods"});
  check({pods}, rule({"get", "delete", "watch"}, {""}, {"pods"}), 2);
  check({pods}, rule({"*"}, {""}, {"pods"}), 1);
  check({pods}, rule({"get"}, {""}, {"*"}), 1);
  check({pods}, rule({"get"}, {"apps"}, {"pods"}), 1);
  check({pods}, rule({"get"}, {""}, {"pods/log"}), 1);
  check({rule({"get"}, {""}, {"pods"}, {"one"})}, rule({"get"}, {""}, {"pods"}), 1);
  check({rule({"get"}, {""}, {"pods"}, {"one"})}, rule({"get"}, {""}, {"pods"}, {"one", "two"}), 1);
  check({}, {.verbs = {"get"}, .non_resource_urls = {"/metrics"}}, 1);
}

}  // namespace
}  // namespace firesteel::apiserver
