#include "apiserver/metadata_validation.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"

namespace firesteel::apiserver {
namespace {

std::string joined(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems) out += problem.path + ": " + problem.message + "\n";
  return out;
}

TEST(MetadataValidation, FinalizersAreQualifiedAndNoneIsAddedToWhatIsBeingDeleted) {
  const json::Value good = *json::parse(R"({"metadata":{"finalizers":["a.test/x","orphan"]}})");
  EXPECT_EQ(joined(check_finalizers(good, nullptr)), "");
  EXPECT_EQ(
      joined(check_finalizers(*json::parse(R"({"metadata":{"finalizers":["bare"]}})"), nullptr)),
      "metadata.finalizers[0]: Invalid value: \"bare\": name is neither a standard finalizer "
      "name nor is it fully qualified\n");
  const json::Value leaving = *json::parse(
      R"({"metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z","finalizers":["orphan"]}})");
  EXPECT_EQ(joined(check_finalizers(leaving, &leaving)), "");
  EXPECT_EQ(joined(check_finalizers(good, &leaving)),
            "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being "
            "deleted, found new finalizers []string{\"a.test/x\"}\n");
}

TEST(MetadataValidation, OwnersAreCompleteAndOneControls) {
  EXPECT_EQ(
      joined(check_owners(*json::parse(
          R"({"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"x"}]}})"))),
      "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty\n");
  const std::string owner =
      R"({"apiVersion":"v1","kind":"Pod","name":"x","uid":"1","controller":true})";
  const auto of = [&](const std::string& owners) {
    return check_owners(*json::parse(R"({"metadata":{"ownerReferences":[)" + owners + "]}}"));
  };
  EXPECT_EQ(of(owner).size(), 0U);
  EXPECT_EQ(of(owner + "," + owner).size(), 1U);
}

}  // namespace
}  // namespace firesteel::apiserver
