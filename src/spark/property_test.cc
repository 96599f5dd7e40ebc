// What must hold for every valid application, on thousands of random ones: names fit, references
// resolve, resources add up, building twice is equal, and no planted secret stands where it must
// not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "kube/object.h"
#include "spark/defaults.h"
#include "spark/memory.h"
#include "spark/names.h"
#include "spark/submission.h"
#include "spark/validate.h"

namespace firesteel::spark {
namespace {

constexpr int kApplications = 3000;
constexpr std::string_view kPlanted = "pl4nted-s3cret";

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

// Makes one application, member by member.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : chance_(seed) {}

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

AttemptInputs inputs() {
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

using Names = std::set<std::string, std::less<>>;

// The names of a list's items, each a DNS label and there once.
Names names_in(const json::Array& list, std::string_view what) {
  Names out;
  for (const json::Value& item : list) {
    const std::string name(json::string_at(item, "name"));
    EXPECT_TRUE(out.insert(name).second) << what << " twice: " << name;
    EXPECT_LE(name.size(), 63U) << what << " " << name;
    EXPECT_TRUE(is_dns1123_subdomain(name) && name.find('.') == name.npos) << what << " " << name;
  }
  return out;
}

void expect_names_fit(const json::Value& object) {
  const std::string name(kube::name_of(object));
  EXPECT_TRUE(is_dns1123_subdomain(name)) << name;
  EXPECT_TRUE(json::string_at(object, "kind") != "Service" || is_dns1035_label(name)) << name;
  for (const auto& label : json::object_at(object, {"metadata", "labels"})) {
    EXPECT_TRUE(is_label_value(json::view(label.value().get_string()))) << json::print(object);
  }
}

// `given`: volumes that come from elsewhere, as the local ones of executors do.
void expect_mounts_resolve(const json::Value& pod, std::string_view given) {
  const Names volumes = names_in(json::array_at(pod, {"spec", "volumes"}), "volume");
  names_in(json::array_at(pod, {"spec", "containers"}), "container");
  for (const json::Value& container : json::array_at(pod, {"spec", "containers"})) {
    Names paths;
    for (const json::Value& mount : json::array_at(container, {"volumeMounts"})) {
      const std::string_view name = json::string_at(mount, "name");
      EXPECT_TRUE(volumes.contains(name) || (!given.empty() && name.starts_with(given))) << name;
      EXPECT_TRUE(paths.emplace(json::string_at(mount, "mountPath")).second) << name;
    }
  }
}

// ConfigMaps and claims that we make are there, with the keys that the pod's volumes take.
void expect_sources_resolve(const Submission& built) {
  std::map<std::string, const json::Value*, std::less<>> made;
  for (const json::Value& object : built.dependents) {
    made.emplace(kube::name_of(object), &object);
  }
  for (const json::Value& volume : json::array_at(built.driver_pod, {"spec", "volumes"})) {
    const auto map = made.find(json::string_at(volume, {"configMap", "name"}));
    for (const json::Value& item : json::array_at(volume, {"configMap", "items"})) {
      ASSERT_NE(map, made.end()) << json::print(volume);
      EXPECT_NE(json::find(*map->second, {"data", json::string_at(item, "key")}), nullptr);
    }
    const std::string_view claim = json::string_at(volume, {"persistentVolumeClaim", "claimName"});
    EXPECT_TRUE(claim.empty() || made.contains(claim)) << claim;
  }
}

const json::Value& spark_container(const json::Value& pod) {
  const json::Array& all = json::array_at(pod, {"spec", "containers"});
  const auto at = std::ranges::find_if(all, [](const json::Value& container) {
    return json::string_at(container, "name") == kDriverContainer;
  });
  EXPECT_NE(at, all.end());
  return *at;
}

void expect_resources_add_up(const Submission& built) {
  const json::Value& container = spark_container(built.driver_pod);
  const std::string_view request = json::string_at(container, {"resources", "requests", "memory"});
  EXPECT_EQ(request, json::string_at(container, {"resources", "limits", "memory"}));
  const std::int64_t heap = *parse_memory_mib(built.conf.get("spark.driver.memory"));
  const std::string overhead = built.conf.get("spark.driver.memoryOverhead");
  const std::int64_t total = std::stoll(std::string(request));
  if (overhead.empty()) {
    EXPECT_GE(total, heap + 384);
  } else {
    EXPECT_EQ(total, heap + *parse_memory_mib(overhead));
  }
  const std::string_view limit = json::string_at(container, {"resources", "limits", "cpu"});
  const auto cpu = quantity_millis(json::string_at(container, {"resources", "requests", "cpu"}));
  ASSERT_TRUE(cpu.has_value());
  EXPECT_LE(*cpu, limit.empty() ? *cpu : *quantity_millis(limit));
}

void expect_service_finds_the_pod(const Submission& built) {
  for (const json::Value& object : built.dependents) {
    if (json::string_at(object, "kind") != "Service") continue;
    const json::Object& labels = json::object_at(built.driver_pod, {"metadata", "labels"});
    for (const auto& wanted : json::object_at(object, {"spec", "selector"})) {
      const json::Value* found = json::find(labels, wanted.key());
      EXPECT_TRUE(found != nullptr && *found == wanted.value()) << wanted.key();
    }
    EXPECT_EQ(built.conf.get("spark.driver.host"),
              fmt::format("{}.{}.svc", kube::name_of(object), kube::namespace_of(object)));
  }
}

// A secret of sparkConf reaches the driver through spark.properties and nothing else.
void expect_no_leak(const Submission& built, const Validation& validation) {
  EXPECT_EQ(json::print(built.driver_pod).find(kPlanted), std::string::npos);
  for (const json::Value& object : built.dependents) {
    if (json::find(object, {"data", kPropertiesFile}) != nullptr) {
      EXPECT_NE(json::print(object).find(kPlanted), std::string::npos);  // it was planted
      continue;
    }
    EXPECT_EQ(json::print(object).find(kPlanted), std::string::npos) << json::print(object);
  }
  std::string words;
  for (const std::string& line : built.inferred) words += line;
  for (const std::string& line : built.warnings) words += line;
  for (const Problem& problem : validation.warnings) words += problem.message;
  EXPECT_EQ(words.find(kPlanted), std::string::npos) << words;
}

std::string printed(const Submission& built) {
  std::string out = json::print(built.driver_pod);
  for (const json::Value& object : built.dependents) out += json::print(object);
  return out;
}

void check(const json::Value& application) {
  const Validation validation = validate(application);
  ASSERT_TRUE(validation.ok()) << validation.problems.front().path << ": "
                               << validation.problems.front().message;
  const json::Value defaulted = apply_defaults(application);
  const auto built = build_submission(defaulted, inputs());
  ASSERT_TRUE(built.has_value()) << built.error().message;
  EXPECT_EQ(printed(*built), printed(*build_submission(defaulted, inputs())));
  expect_names_fit(built->driver_pod);
  expect_mounts_resolve(built->driver_pod, "");
  for (const json::Value& object : built->dependents) {
    expect_names_fit(object);
    const std::string_view pod = json::string_at(object, {"data", kPodTemplateKey});
    if (!pod.empty()) expect_mounts_resolve(*json::parse(pod), kLocalVolumePrefix);
  }
  expect_sources_resolve(*built);
  expect_resources_add_up(*built);
  expect_service_finds_the_pod(*built);
  expect_no_leak(*built, validation);
}

TEST(Property, HoldsForThousandsOfRandomApplications) {
  for (int seed = 0; seed < kApplications; ++seed) {
    const json::Value application = Generator(static_cast<std::uint64_t>(seed)).application();
    check(application);
    ASSERT_FALSE(HasFailure()) << "seed " << seed << "\n" << json::print_pretty(application);
  }
}

TEST(Property, RefusalsDoNotRepeatSecrets) {
  for (int seed = 0; seed < kApplications / 10; ++seed) {
    json::Value application = Generator(static_cast<std::uint64_t>(seed)).application();
    json::make_object(application, {"spec", "driver"})["memory"] = "lots";
    json::make_object(application, {"spec"})["image"] = nullptr;
    const Validation validation = validate(application);
    ASSERT_FALSE(validation.ok());
    ASSERT_EQ(to_error(validation, application).message.find(kPlanted), std::string::npos);
  }
}

}  // namespace
}  // namespace firesteel::spark
