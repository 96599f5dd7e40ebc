#include "cluster/claims.h"

#include <gtest/gtest.h>

#include "base/json/print.h"
#include "base/json/yaml.h"

namespace firesteel::cluster {
namespace {

json::Document yaml(const std::string& text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return std::make_shared<const json::Value>((*documents)[0].value);
}

json::Document claim(const std::string& spec = "", const std::string& phase = "Pending") {
  return yaml(
      "{metadata: {name: c, namespace: n, uid: u1}, spec: {accessModes: [ReadWriteOnce], "
      "resources: {requests: {storage: 1Gi}}" +
      spec + "}, status: {phase: " + phase + "}}");
}

json::Document volume(const std::string& name, const std::string& size,
                      const std::string& more = "") {
  return yaml("{metadata: {name: " + name +
              "}, spec: {accessModes: [ReadWriteOnce, ReadWriteMany]," +
              "capacity: {storage: " + size + "}" + more + "}}");
}

TEST(DecideClaim, TakesTheSmallestVolumeThatFitsElseHasOneMade) {
  struct Case {
    const char* name;
    json::Document claim;
    std::vector<json::Document> volumes;
    std::string volume;
    bool made;
  };
  const std::string other = ", claimRef: {namespace: n, name: other, uid: u2}";
  const std::string own = ", claimRef: {namespace: n, name: c, uid: u1}";
  const std::vector<Case> cases = {
      {"nothing there", claim(), {}, "pvc-u1", true},
      {"class of any name", claim(", storageClassName: fast"), {}, "pvc-u1", true},
      {"fits", claim(), {volume("big", "5Gi"), volume("small", "2Gi")}, "small", false},
      {"too small", claim(), {volume("tiny", "1Mi")}, "pvc-u1", true},
      {"taken", claim(), {volume("other", "2Gi", other)}, "pvc-u1", true},
      {"made before a crash", claim(), {volume("pvc-u1", "1Gi", own)}, "pvc-u1", false},
      {"of another class", claim(", storageClassName: a"), {volume("v", "2Gi")}, "pvc-u1", true},
      {"named", claim(", volumeName: v"), {volume("v", "2Gi")}, "v", false},
      {"named and not there", claim(", volumeName: v"), {}, "", false},
      {"by hand only", claim(", storageClassName: ''"), {}, "", false},
      {"by hand", claim(", storageClassName: ''"), {volume("v", "2Gi")}, "v", false},
      {"bound already", claim("", "Bound"), {volume("v", "2Gi")}, "", false}};
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    const ClaimDecision decision = decide_claim(*one.claim, one.volumes, "/d");
    EXPECT_EQ(decision.volume, one.volume);
    EXPECT_EQ(decision.create.has_value(), one.made);
    EXPECT_EQ(decision.spec.has_value(), !one.volume.empty());
  }
}

TEST(DecideClaim, VolumeThatIsMadeIsADirectoryOfTheClaimsSize) {
  const ClaimDecision decision = decide_claim(*claim(), {}, "/d");
  ASSERT_TRUE(decision.create.has_value());
  EXPECT_EQ(json::string_at(*decision.create, {"spec", "hostPath", "path"}), "/d/pvc-u1");
  EXPECT_EQ(json::string_at(*decision.create, {"spec", "claimRef", "uid"}), "u1");
  EXPECT_EQ(json::print(*decision.status),
            R"({"status":{"phase":"Bound","accessModes":["ReadWriteOnce"],)"
            R"("capacity":{"storage":"1Gi"}}})");
}

TEST(DecideVolume, DataGoWithTheClaimOnlyWhenTheyWereMadeForIt) {
  const std::string bound =
      ", claimRef: {namespace: n, name: c, uid: u1}, "
      "persistentVolumeReclaimPolicy: Delete";
  const json::Document by_hand = volume("v", "1Gi", bound);
  json::Value made = *by_hand;
  made.at("metadata").as_object()["annotations"] = json::Object{{kProvisionedBy, kProvisioner}};
  EXPECT_EQ(decide_volume(*volume("v", "1Gi"), false, false).phase, "Available");
  EXPECT_EQ(decide_volume(made, true, false).phase, "Bound");
  EXPECT_FALSE(decide_volume(made, true, false).remove);
  EXPECT_FALSE(decide_volume(made, false, true).remove);
  EXPECT_TRUE(decide_volume(made, false, false).remove);
  EXPECT_FALSE(decide_volume(*by_hand, false, false).remove);
  EXPECT_EQ(decide_volume(*by_hand, false, false).phase, "Released");
}

TEST(EphemeralClaims, AreNamedAfterPodAndVolumeAndOwnedByThePod) {
  const json::Document pod = yaml(
      "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: n, uid: u}, spec: {volumes: "
      "[{name: a, emptyDir: {}}, {name: b, ephemeral: {volumeClaimTemplate: {metadata: {labels: "
      "{x: z}}, spec: {accessModes: [ReadWriteOnce]}}}}]}}");
  const std::vector<json::Value> claims = ephemeral_claims(*pod);
  ASSERT_EQ(claims.size(), 1U);
  EXPECT_EQ(json::string_at(claims[0], {"metadata", "name"}), "p-b");
  EXPECT_EQ(json::string_at(claims[0], {"metadata", "labels", "x"}), "z");
  EXPECT_EQ(json::array_at(claims[0], {"metadata", "ownerReferences"}).size(), 1U);
  EXPECT_TRUE(mounts_claim(*pod, "p-b"));
  EXPECT_FALSE(mounts_claim(*pod, "b"));
}

}  // namespace
}  // namespace firesteel::cluster
