#include "apiserver/request_options.h"

#include <gtest/gtest.h>

namespace firesteel::apiserver {
namespace {

void check(std::string_view verb, const net::Query& query, std::string_view message,
           std::string_view type = "application/json") {
  const auto checked = check_options(verb, query, type);
  EXPECT_EQ(checked ? "" : checked.error().message, message) << verb;
}

TEST(RequestOptions, WhatKubernetesRefusesIsRefusedInItsWords) {
  check("create", {{"dryRun", "Some"}},
        "CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [\"Some\"]: "
        "supported values: \"All\"");
  check("update", {{"fieldValidation", "Perhaps"}},
        "UpdateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: "
        "\"Perhaps\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"");
  check("patch", {{"force", "true"}},
        "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for "
        "non-apply patch");
  check("list", {{"resourceVersionMatch", "Exact"}},
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
        "resourceVersionMatch is forbidden unless resourceVersion is provided");
  check("watch", {{"sendInitialEvents", "true"}},
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
        "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  check("list", {{"timeoutSeconds", "soon"}},
        "timeoutSeconds: Invalid value: \"soon\": expected a number");
}

TEST(RequestOptions, WhatClientsSendPasses) {
  check("create", {{"dryRun", "All"}, {"fieldValidation", "Strict"}}, "");
  check("patch", {{"force", "true"}, {"fieldManager", "x"}}, "", "application/apply-patch+yaml");
  check("list", {{"resourceVersion", "5"}, {"resourceVersionMatch", "Exact"}}, "");
  check("list", {{"resourceVersion", "0"}, {"limit", "500"}}, "");
  check("watch", {{"sendInitialEvents", "true"}, {"resourceVersionMatch", "NotOlderThan"}}, "");
  check("get", {{"fieldValidation", "odd"}}, "");
}

}  // namespace
}  // namespace firesteel::apiserver
