#pragma once
// For tests: random valid SparkApplications, the same for a seed on every machine.
#include <fmt/format.h>

#include <string>

#include "base/json/json.h"
#include "spark/names.h"
#include "spark/submission.h"

namespace firesteel::spark {

inline constexpr std::string_view kPlanted = "pl4nted-s3cret";

// SplitMix64: the same applications on every machine.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t bound) {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return static_cast<std::size_t>((z ^ (z >> 31U)) % bound);
  }
  bool yes(std::size_t one_in) { return below(one_in) == 0; }
  std::string_view of(std::initializer_list<std::string_view> words) {
    return *(words.begin() + below(words.size()));
  }

 private:
  std::uint64_t state_;
};

// A valid application, made member by member from a seed. Used once.
class RandomApplication {
 public:
  explicit RandomApplication(std::uint64_t seed) : chance_(seed) {}

  json::Value application() {
    program();
    for (const std::string_view role : {"driver", "executor"}) spec_[role] = pod(role);
    if (!volumes_.empty()) spec_["volumes"] = volumes_;
    dependencies();
    scheduling();
    configuration();
    json::Object metadata{{"name", name()},
                          {"namespace", chance_.of({"jobs", "team-a", "default"})}};
    if (chance_.yes(3)) metadata["labels"] = json::Object{{"cost", "42"}, {"team", "a"}};
    return json::Object{{"apiVersion", "sparkoperator.k8s.io/v1beta2"},
                        {"kind", "SparkApplication"},
                        {"metadata", std::move(metadata)},
                        {"spec", std::move(spec_)}};
  }

 private:
  std::string name() {
    std::string out(1, static_cast<char>('a' + chance_.below(26)));
    const std::size_t length = chance_.yes(4) ? 63 : 1 + chance_.below(62);
    while (out.size() < length) out += chance_.of({"a", "z", "0", "9", "-"});
    if (out.back() == '-') out.back() = 'x';
    return out;
  }

  void program() {
    const std::string_view type = chance_.of({"Scala", "Java", "Python", "R"});
    spec_["type"] = type;
    spec_["sparkVersion"] = chance_.of({"3.4.4", "3.5.9", "4.0.5", "4.1.4", "4.2.1", "4.3.0"});
    spec_["image"] = "example/spark:1";
    const std::string_view scheme = chance_.of({"local:///opt/", "s3a://bucket/", "https://x/"});
    const std::string_view ending = type == "Python" ? "py" : type == "R" ? "R" : "jar";
    spec_["mainApplicationFile"] = fmt::format("{}app.{}", scheme, ending);
    if (ending == "jar") spec_["mainClass"] = "org.example.Main";
    if (type == "Python" && chance_.yes(5)) spec_["mainApplicationFile"] = "print(1)\nprint(2)\n";
    if (chance_.yes(2)) spec_["arguments"] = json::Array{"", "a b", "$X", "\xE2\x98\x83"};
    if (chance_.yes(5)) spec_["proxyUser"] = "alice";
    if (chance_.yes(4)) spec_["memoryOverheadFactor"] = chance_.of({"0", "0.1", "0.27", "2"});
  }

  json::Object pod(std::string_view role) {
    json::Object out;
    if (chance_.yes(2)) out["memory"] = chance_.of({"1g", "512m", "2048", "3gb", "5001M", "1t"});
    if (chance_.yes(3)) out["memoryOverhead"] = chance_.of({"1g", "0", "500"});
    if (chance_.yes(2)) out["cores"] = 1 + chance_.below(8);
    if (chance_.yes(4)) out["coreRequest"] = chance_.of({"500m", "0.5", "250m"});
    if (chance_.yes(4)) out["coreLimit"] = chance_.of({"8", "9000m"});
    if (chance_.yes(3)) out["labels"] = json::Object{{"x.example/y", "z"}, {"empty", ""}};
    if (chance_.yes(3)) out["annotations"] = json::Object{{"log", "{{APP_ID}}: \xC3\xBC"}};
    if (chance_.yes(4)) out["envVars"] = json::Object{{"A", "1"}, {"EMPTY", ""}};
    if (chance_.yes(4)) out["env"] = json::Array{json::Object{{"name", "B"}, {"value", "2"}}};
    if (chance_.yes(4)) out["serviceAccount"] = "runner";
    if (chance_.yes(5)) out["schedulerName"] = "other";
    if (chance_.yes(5)) {
      out["secrets"] = json::Array{json::Object{
          {"name", "creds"}, {"path", "/mnt/creds"}, {"secretType", "GCPServiceAccount"}}};
    }
    if (chance_.yes(5)) {
      out["envSecretKeyRefs"] =
          json::Object{{"TOKEN", json::Object{{"name", "creds"}, {"key", "t"}}}};
    }
    if (chance_.yes(4)) {
      out["configMaps"] = json::Array{json::Object{
          {"name", "site." + std::string(1 + chance_.below(80), 'm')}, {"path", "/etc/site"}}};
    }
    if (chance_.yes(4)) out["gpu"] = json::Object{{"name", "nvidia.com/gpu"}, {"quantity", 2}};
    if (chance_.yes(4)) out["tolerations"] = json::Array{json::Object{{"operator", "Exists"}}};
    if (chance_.yes(4)) out["securityContext"] = json::Object{{"runAsUser", 185}};
    mounts(out);
    containers(out, role);
    return out;
  }

  void mounts(json::Object& pod) {
    json::Array mounts;
    const std::size_t count = chance_.below(4);
    for (std::size_t i = 0; i < count; ++i) {
      const bool local = chance_.yes(3);
      const std::string name =
          fmt::format("{}{}", local ? kLocalVolumePrefix : "v-", volumes_.size());
      json::Object volume{{"name", name}};
      if (chance_.yes(2)) {
        volume["emptyDir"] = json::Object{};
      } else if (local || chance_.yes(2)) {
        volume["hostPath"] = json::Object{{"path", "/srv"}};
      } else {
        volume["secret"] = json::Object{{"secretName", "s"}};
      }
      volumes_.push_back(std::move(volume));
      mounts.push_back(json::Object{{"name", name}, {"mountPath", fmt::format("/m/{}", name)}});
    }
    if (!mounts.empty()) pod["volumeMounts"] = std::move(mounts);
  }

  void containers(json::Object& pod, std::string_view role) {
    if (chance_.yes(4)) {
      pod["sidecars"] = json::Array{json::Object{{"name", "side"}, {"image", "example/side:1"}}};
    }
    if (!chance_.yes(3)) return;
    const json::Object own{
        {"name", fmt::format("spark-kubernetes-{}", role)},
        {"volumeMounts", json::Array{json::Object{{"name", "t"}, {"mountPath", "/t"}}}}};
    json::Array all{own};
    const json::Object other{{"name", "from-template"}, {"image", "example/other:1"}};
    if (chance_.yes(2)) all.insert(all.begin(), other);
    pod["template"] = json::Object{
        {"metadata", json::Object{{"labels", json::Object{{"from", "template"}}}}},
        {"spec", json::Object{{"containers", std::move(all)},
                              {"volumes", json::Array{json::Object{
                                              {"name", "t"}, {"emptyDir", json::Object{}}}}}}}};
  }

  void dependencies() {
    if (!chance_.yes(3)) return;
    json::Object deps{{"files", json::Array{"local:///opt/f", "s3a://bucket/g#h"}},
                      {"pyFiles", json::Array{"local:///opt/p.zip"}}};
    if (spec_["type"] != "R") deps["jars"] = json::Array{"s3a://bucket/a.jar"};
    spec_["deps"] = std::move(deps);
  }

  void scheduling() {
    if (chance_.yes(3)) spec_["nodeSelector"] = json::Object{{"disk", "ssd"}};
    if (chance_.yes(4)) spec_["imagePullSecrets"] = json::Array{"one", "two"};
    if (chance_.yes(3)) {
      spec_["dynamicAllocation"] =
          json::Object{{"enabled", true}, {"minExecutors", 1}, {"maxExecutors", 5}};
    }
    if (chance_.yes(6)) spec_["hadoopConfigMap"] = "hadoop";
    if (chance_.yes(4)) spec_["driverPodDisruptionBudget"] = true;
    if (chance_.yes(5)) spec_["batchScheduler"] = "yunikorn";
  }

  void configuration() {
    json::Object conf;
    conf["spark.hadoop.fs.s3a.secret.key"] = kPlanted;
    const std::string volume = "spark.kubernetes.driver.volumes.";
    if (chance_.yes(3)) {
      const std::string claim = volume + "persistentVolumeClaim.claim.";
      conf[claim + "mount.path"] = "/claim";
      conf[claim + "options.claimName"] = "OnDemand";
      conf[claim + "options.storageClass"] = "fast";
      conf[claim + "options.sizeLimit"] = "1Gi";
    }
    if (chance_.yes(3)) conf[volume + "emptyDir.scratch.mount.path"] = "/scratch";
    if (chance_.yes(3)) conf["spark.local.dir"] = "/a,/b";
    if (chance_.yes(4)) conf["spark.ui.port"] = "4141";
    if (chance_.yes(4)) conf["spark.odd"] = " a=b:c\n\\d\t\xE2\x98\x83";
    if (chance_.yes(4)) conf["spark.driver.memoryOverheadFactor"] = "0.33";
    spec_["sparkConf"] = std::move(conf);
  }

  Chance chance_;
  json::Object spec_;
  json::Array volumes_;
};

inline AttemptInputs random_inputs() {
  AttemptInputs out;
  out.submission_id = "11111111-2222-3333-4444-555555555555";
  out.application_id = "spark-0123456789abcdef0123456789abcdef";
  out.unique_id = "a1b2c30199f0e1d2";
  out.local_dir_id = "66666666-7777-8888-9999-000000000000";
  out.submitted_at = TimePoint(std::chrono::seconds(1));
  out.kubernetes_master = "https://kubernetes.default.svc:443";
  out.network_policy = true;
  return out;
}

}  // namespace firesteel::spark
