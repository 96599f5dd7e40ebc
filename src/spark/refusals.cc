#include "spark/refusals.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>

namespace firesteel::spark {
namespace {

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

}  // namespace

void refuse_values(SubmissionContext& context) {
  check_types_of_values(context);
  check_resources(context);
  check_r_program(context);
  check_token_secret(context);
}

}  // namespace firesteel::spark
