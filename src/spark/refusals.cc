#include "spark/refusals.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <span>
#include <utility>

#include "spark/memory.h"
#include "spark/pod_security.h"

namespace firesteel::spark {
namespace {

constexpr std::string_view kExcludedSteps = "spark.kubernetes.driver.pod.excludedFeatureSteps";
constexpr std::string_view kNetworkPolicyStep =
    "org.apache.spark.deploy.k8s.features.NetworkPolicyFeatureStep";
constexpr int kMaxPort = 65535;

constexpr std::string_view kPorts[] = {"spark.driver.port", "spark.driver.blockManager.port",
                                       "spark.blockManager.port", "spark.ui.port",
                                       "spark.connect.grpc.binding.port"};
constexpr std::string_view kBooleans[] = {
    "spark.kubernetes.local.dirs.tmpfs",
    "spark.kubernetes.legacy.useReadWriteOnceAccessMode",
    "spark.kubernetes.driver.service.publishNotReadyAddresses",
    "spark.kubernetes.driver.securityContext.allowPrivilegeEscalation",
    "spark.kubernetes.securityContext.allowPrivilegeEscalation",
    "spark.kubernetes.driver.annotateExitException",
};
constexpr std::string_view kFamilies[] = {"IPv4", "IPv6", "IPv4,IPv6", "IPv6,IPv4"};
constexpr std::string_view kFamilyPolicies[] = {"SingleStack", "PreferDualStack",
                                                "RequireDualStack"};
constexpr std::string_view kPullPolicies[] = {"Always", "Never", "IfNotPresent"};

struct Choice {
  std::string_view key;
  std::span<const std::string_view> values;
};
constexpr Choice kChoices[] = {
    {"spark.kubernetes.driver.service.ipFamilies", kFamilies},
    {"spark.kubernetes.driver.service.ipFamilyPolicy", kFamilyPolicies},
    {"spark.kubernetes.container.image.pullPolicy", kPullPolicies},
};

bool is_whole_number(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end && number >= least && number <= most;
}

// Scala's toBoolean takes either case.
bool is_boolean(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text == "true" || text == "false";
}

void refuse(SubmissionContext& context, std::string_view key, std::string message) {
  context.problems.push_back({context.conf.origin(key), std::move(message), "FieldValueInvalid"});
}

void check_types_of_values(SubmissionContext& context) {
  const Conf& conf = context.conf;
  for (const std::string_view key : kPorts) {
    const std::string* text = conf.find(key);
    if (text == nullptr || is_whole_number(*text, 0, kMaxPort)) continue;
    refuse(context, key, fmt::format("found \"{}\", expected a port, 0 to {}", *text, kMaxPort));
  }
  for (const std::string_view key : kBooleans) {
    const std::string* text = conf.find(key);
    if (text == nullptr || is_boolean(*text)) continue;
    refuse(context, key, fmt::format("found \"{}\", expected true or false", *text));
  }
  for (const Choice& choice : kChoices) {
    const std::string* text = conf.find(choice.key);
    if (text == nullptr || std::ranges::find(choice.values, *text) != choice.values.end()) continue;
    refuse(context, choice.key,
           fmt::format("found \"{}\", expected one of {}", *text, fmt::join(choice.values, " | ")));
  }
}

// Kubernetes reads these, which knows no "10g", and takes "512m" for half a byte.
void check_sizes_of_volumes(SubmissionContext& context) {
  for (const auto& [key, setting] : context.conf.settings()) {
    if (!key.starts_with("spark.kubernetes.") || !key.ends_with(".options.sizeLimit")) continue;
    const std::string& text = setting.value;
    if (text.ends_with('m')) {
      refuse(context, key,
             fmt::format("found \"{}\", thousandths of bytes to Kubernetes; expected such as {}Mi",
                         text, text.substr(0, text.size() - 1)));
    } else if (!is_quantity(text)) {
      refuse(
          context, key,
          fmt::format("found \"{}\", expected a size as Kubernetes reads it, such as 10Gi", text));
    }
  }
}

// The number under a key; problems for what is none.
std::optional<std::int64_t> number_at(SubmissionContext& context, std::string_view key) {
  const std::string* text = context.conf.find(key);
  if (text == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const char* end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, number);
  if (error == std::errc() && at == end && number >= 0) return number;
  refuse(context, key, fmt::format("found \"{}\", expected a whole number, 0 or more", *text));
  return std::nullopt;
}

// What an ExecutorAllocationManager would not start with, and what contradicts itself.
void check_dynamic_allocation(SubmissionContext& context) {
  const Conf& conf = context.conf;
  const std::string enabled = "spark.dynamicAllocation.enabled";
  const auto given = context.app.spark_conf.find(enabled);
  if (given != context.app.spark_conf.end() && given->second != conf.get(enabled)) {
    context.problems.push_back(
        {fmt::format("spec.sparkConf[{}]", enabled),
         fmt::format("found \"{}\" together with spec.dynamicAllocation.enabled: true; expected "
                     "only one of the two",
                     given->second),
         "FieldValueForbidden"});
  }
  if (!conf.is_true(enabled)) return;
  const auto most = number_at(context, "spark.dynamicAllocation.maxExecutors");
  if (most && *most == 0) {
    refuse(context, "spark.dynamicAllocation.maxExecutors", "found 0, expected 1 or more");
    return;
  }
  for (const std::string_view key :
       {"spark.dynamicAllocation.minExecutors", "spark.dynamicAllocation.initialExecutors",
        "spark.executor.instances"}) {
    const auto number = number_at(context, key);
    if (!number || !most || *number <= *most) continue;
    refuse(context, key,
           fmt::format("found {}, expected {} ({}) or less", *number,
                       conf.origin("spark.dynamicAllocation.maxExecutors"), *most));
  }
  const std::string tracking = "spark.dynamicAllocation.shuffleTracking.enabled";
  const bool kept = conf.get(tracking, "true") == "true" ||
                    conf.is_true("spark.shuffle.service.enabled") ||
                    (conf.is_true("spark.decommission.enabled") &&
                     conf.is_true("spark.storage.decommission.shuffleBlocks.enabled")) ||
                    conf.has("spark.shuffle.sort.io.plugin.class");
  // spark-submit lets it pass; the driver ends at its start.
  if (!kept && !context.inputs.like_spark_submit) {
    refuse(context, tracking,
           "found false, but nothing else keeps the shuffle files of executors that go, and Spark "
           "does not start so; expected true, or decommissioning of shuffle blocks");
  }
}

// Our own keys, which Spark would not miss.
void check_own_keys(SubmissionContext& context) {
  constexpr std::string_view kOwn = "spark.firesteel.";
  for (auto at = context.app.spark_conf.lower_bound(kOwn);
       at != context.app.spark_conf.end() && at->first.starts_with(kOwn); ++at) {
    const auto& [key, value] = *at;
    if (key != kPodSecurityKey) {
      refuse(context, key, fmt::format("not known, expected {}", kPodSecurityKey));
    } else if (value != "privileged" && value != "restricted") {
      refuse(context, key,
             fmt::format("found \"{}\", expected one of privileged | restricted", value));
    }
  }
}

// spark.driver.resource.NAME.{amount,vendor,...}: an amount is what makes it a request.
void check_resources(SubmissionContext& context) {
  const std::string prefix = "spark.driver.resource.";
  std::string last;
  for (const auto& [rest, value] : context.conf.with_prefix(prefix)) {
    const std::string name = rest.substr(0, rest.rfind('.'));
    if (name == last) continue;
    last = name;
    const std::string key = fmt::format("{}{}.amount", prefix, name);
    const std::string* amount = context.conf.find(key);
    if (amount == nullptr) {
      refuse(context, key, fmt::format("missing: You must specify an amount for {}", name));
    } else if (!is_whole_number(*amount, 0, INT32_MAX)) {
      refuse(context, key, fmt::format("found \"{}\", expected an amount such as 1", *amount));
    }
  }
}

void check_r_program(SubmissionContext& context) {
  const std::string jars = context.conf.get("spark.jars");
  if (context.program.language != "r" || jars.empty()) return;
  refuse(context, "spark.jars",
         fmt::format("found \"{}\", but Spark looks for R packages in the jars of an R program and "
                     "reads only its own machine's files there; put the jars into the image, below "
                     "/opt/spark/jars",
                     jars));
}

void check_token_secret(SubmissionContext& context) {
  const std::string name = "spark.kubernetes.kerberos.tokenSecret.name";
  const std::string item = "spark.kubernetes.kerberos.tokenSecret.itemKey";
  if (context.conf.has(name) == context.conf.has(item)) return;
  const bool named = context.conf.has(name);
  refuse(context, named ? item : name,
         fmt::format("missing, since {} is given: a delegation token is a Secret and a key of it",
                     named ? name : item));
}

// Settings that Spark's client refuses, or that only it could serve: it reads files of its own
// machine, or runs classes.
void refuse_what_needs_the_submitter(SubmissionContext& context) {
  struct Refusal {
    std::string_view key;
    std::string_view why;
  };
  constexpr Refusal kRefusals[] = {
      {"spark.driver.bindAddress",
       "spark.driver.bindAddress is not supported in Kubernetes mode, "
       "as the driver's bind address is managed: the pod's address"},
      {"spark.kubernetes.driver.podTemplateFile",
       "reads a file of the machine that submits; write the template into spec.driver.template"},
      {"spark.kubernetes.scheduler.volcano.podGroupTemplateFile",
       "reads a file of the machine that submits; use spec.batchSchedulerOptions"},
      {"spark.kubernetes.driver.pod.featureSteps",
       "runs classes in a JVM that submits; there is none. Use spec.driver's fields instead; for "
       "VolcanoFeatureStep, spec.batchScheduler: volcano"},
      {"spark.kubernetes.authenticate.driver.caCertFile",
       "reads a file of the machine that submits; mount a Secret with spec.driver.secrets"},
      {"spark.kubernetes.authenticate.driver.clientKeyFile",
       "reads a file of the machine that submits; mount a Secret with spec.driver.secrets"},
      {"spark.kubernetes.authenticate.driver.clientCertFile",
       "reads a file of the machine that submits; mount a Secret with spec.driver.secrets"},
      {"spark.kubernetes.kerberos.krb5.path",
       "reads a file of the machine that submits; put it into a ConfigMap as krb5.conf and name "
       "that with spark.kubernetes.kerberos.krb5.configMapName"},
  };
  for (const Refusal& refusal : kRefusals) {
    if (!context.conf.has(refusal.key)) continue;
    context.problems.push_back(
        {context.conf.origin(refusal.key), std::string(refusal.why), "FieldValueForbidden"});
  }
  const bool has_file =
      context.app.spark_conf.contains("spark.kubernetes.executor.podTemplateFile");
  if (!has_file) return;
  context.problems.push_back(
      {"spec.sparkConf[spark.kubernetes.executor.podTemplateFile]",
       "reads a file of the machine that submits; write the template into spec.executor.template",
       "FieldValueForbidden"});
}

void check_executor(SubmissionContext& context) {
  const std::string image = context.conf.get("spark.kubernetes.container.image");
  if (image.empty() && !context.conf.has("spark.kubernetes.executor.container.image")) {
    context.problems.push_back({"spec.executor.image",
                                "Must specify the executor container image, here or in spec.image",
                                "FieldValueRequired"});
  }
  const auto memory =
      executor_memory(context.conf, context.program.non_jvm(), *context.version.rules);
  if (!memory) {
    for (const Problem& problem : memory.error().problems) context.problems.push_back(problem);
  }
}

// "/opt/a.jar" and "file:/opt/a.jar" are files of the machine that runs spark-submit.
void check_local_files(SubmissionContext& context, const std::vector<std::string>& paths,
                       const std::function<std::string(std::size_t)>& field) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::string& path = paths[i];
    if (path.empty() || (path.find(':') != std::string::npos && !path.starts_with("file:"))) {
      continue;
    }
    context.problems.push_back(
        {field(i),
         fmt::format("found \"{}\", a file of the machine that submits, which is not read; "
                     "expected local:///path for a file in the image, or a remote URI",
                     path),
         "FieldValueInvalid"});
  }
}

void check_dependencies(SubmissionContext& context) {
  struct Dependency {
    const std::vector<std::string>& paths;
    std::string_view field;
    std::string_view key;
  };
  const Dependencies& deps = context.app.dependencies;
  const Dependency all[] = {{deps.jars, "jars", "spark.jars"},
                            {deps.files, "files", "spark.files"},
                            {deps.py_files, "pyFiles", "spark.submit.pyFiles"},
                            {deps.archives, "archives", "spark.archives"}};
  for (const Dependency& one : all) {
    check_local_files(context, one.paths,
                      [&](std::size_t i) { return fmt::format("spec.deps.{}[{}]", one.field, i); });
    const auto conf = context.app.spark_conf.find(one.key);
    if (!one.paths.empty() || conf == context.app.spark_conf.end()) continue;
    check_local_files(context, split_commas(conf->second),
                      [&](std::size_t) { return fmt::format("spec.sparkConf[{}]", one.key); });
  }
}

// Without a JVM nobody asks a KDC for tokens: what the driver logs in with must be in its pod.
void check_kerberos(SubmissionContext& context) {
  const std::string keytab_key = "spark.kerberos.keytab";
  const std::string keytab = context.conf.get(keytab_key);
  if (!keytab.empty() && !keytab.starts_with("local:")) {
    refuse(context, keytab_key,
           fmt::format("found \"{}\", a file of the machine that submits; put the keytab into a "
                       "Secret, mount it with spec.driver.secrets and write local:///path",
                       keytab));
  }
  const bool secure = context.conf.get("spark.hadoop.hadoop.security.authentication") == "kerberos";
  const bool has_token = context.conf.has("spark.kubernetes.kerberos.tokenSecret.name");
  if (!secure || has_token || !keytab.empty()) return;
  context.warnings.push_back(
      "hadoop.security.authentication is kerberos, but the driver gets no credentials: "
      "spark-submit "
      "would take delegation tokens with the ticket of who submits, and here nobody has one. Give "
      "spark.kerberos.keytab and spark.kerberos.principal, or "
      "spark.kubernetes.kerberos.tokenSecret.name and itemKey");
}

bool has_excluded_steps(const SubmissionContext& context) {
  const VersionRules& rules = *context.version.rules;
  return std::pair(rules.major, rules.minor) >= std::pair(4, 1);
}

void check_excluded_steps(SubmissionContext& context) {
  if (!has_excluded_steps(context)) return;
  for (const std::string& step : split_commas(context.conf.get(kExcludedSteps))) {
    if (step == kNetworkPolicyStep) continue;
    refuse(context, kExcludedSteps,
           fmt::format("found \"{}\", expected {} or nothing: the other steps make what the "
                       "operator relies on",
                       step, kNetworkPolicyStep));
  }
}

}  // namespace

void refuse_values(SubmissionContext& context) {
  check_types_of_values(context);
  check_own_keys(context);
  check_sizes_of_volumes(context);
  check_dynamic_allocation(context);
  check_resources(context);
  check_r_program(context);
  check_token_secret(context);
  check_dependencies(context);
  check_kerberos(context);
  check_excluded_steps(context);
}

void refuse_unsupported(SubmissionContext& context) {
  refuse_what_needs_the_submitter(context);
  check_executor(context);
}

bool leaves_out_network_policy(const SubmissionContext& context) {
  if (!has_excluded_steps(context)) return false;
  const std::vector<std::string> steps = split_commas(context.conf.get(kExcludedSteps));
  return std::ranges::find(steps, kNetworkPolicyStep) != steps.end();
}

}  // namespace firesteel::spark
