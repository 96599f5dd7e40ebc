#include "spark/pod_refusals.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "spark/names.h"
#include "spark/volumes.h"

namespace firesteel::spark {
namespace {

// A name and "-exec-" and an executor's number, in 253 characters (Config.scala).
constexpr std::size_t kMaxExecutorPrefix = 237;
constexpr std::string_view kVolumeSuffix = "-volume";

struct RoleNames {
  const PodRole& settings;
  std::string_view name;  // "driver"
  std::string spec;       // "spec.driver"
};

RoleNames names_of(const App& app, Role role) {
  if (role == Role::kDriver) return {app.driver, "driver", "spec.driver"};
  return {app.executor, "executor", "spec.executor"};
}

// The last field that asks for the path.
std::string field_of(const RoleNames& role, std::string_view path) {
  struct List {
    std::string_view field;
    std::string_view member;
  };
  for (const List list :
       {List{"volumeMounts", "mountPath"}, {"configMaps", "path"}, {"secrets", "path"}}) {
    const json::Array& items = json::array_at(role.settings.raw, {list.field});
    for (std::size_t i = items.size(); i-- > 0;) {
      if (json::string_at(items[i], list.member) != path) continue;
      return fmt::format("{}.{}[{}].{}", role.spec, list.field, i, list.member);
    }
  }
  return role.spec;
}

std::vector<std::string> paths_in(const json::Value& pod, const std::string& name) {
  std::vector<std::string> out;
  for (const json::Value& container : json::array_at(pod, {"spec", "containers"})) {
    if (json::string_at(container, "name") != name) continue;
    for (const json::Value& mount : json::array_at(container, {"volumeMounts"})) {
      out.emplace_back(json::string_at(mount, "mountPath"));
    }
  }
  return out;
}

// What the driver adds to its executors' template.
void add_paths_of_executors(SubmissionContext& context, std::vector<std::string>& paths) {
  const Conf& conf = context.conf;
  for (auto& [name, path] : conf.with_prefix("spark.kubernetes.executor.secrets.")) {
    paths.push_back(std::move(path));
  }
  std::vector<Problem> told;  // already, with the driver's
  for (const ConfVolume& volume :
       conf_volumes(conf, "executor", context.prefix, context.inputs.application_id,
                    *context.version.rules, told)) {
    paths.emplace_back(json::string_at(volume.mount, "mountPath"));
  }
  if (!conf.is_true("spark.kubernetes.executor.disableConfigMap")) {
    paths.emplace_back(kSparkConfDirectory);
  }
}

}  // namespace

void refuse_duplicate_mounts(SubmissionContext& context, const json::Value& pod, Role role) {
  const RoleNames names = names_of(context.app, role);
  std::vector<std::string> paths = paths_in(pod, spark_container_name(context.app, role));
  if (role == Role::kExecutor) add_paths_of_executors(context, paths);
  std::set<std::string, std::less<>> seen, told;
  for (const std::string& path : paths) {
    if (seen.insert(path).second || !told.insert(path).second) continue;
    const std::string as_spark = fmt::format("Found duplicated mountPath: '{}'", path);
    const bool known = std::ranges::any_of(context.problems, [&](const Problem& problem) {
      return problem.message.find(as_spark) != std::string::npos;
    });
    if (known) continue;
    context.problems.push_back(
        {field_of(names, path),
         fmt::format("{} in the {}'s container; expected every volume at a path of its own",
                     as_spark, names.name),
         "FieldValueDuplicate"});
  }
}

void refuse_derived_names(SubmissionContext& context) {
  const std::string prefix_key = "spark.kubernetes.executor.podNamePrefix";
  if (const std::string* prefix = context.conf.find(prefix_key);
      prefix != nullptr &&
      (prefix->size() > kMaxExecutorPrefix || !is_dns1123_subdomain(*prefix))) {
    context.problems.push_back(
        {context.conf.origin(prefix_key),
         fmt::format("found \"{}\", expected at most {} lower-case letters, digits, '-' and '.': "
                     "executors are called after it",
                     *prefix, kMaxExecutorPrefix),
         "FieldValueInvalid"});
  }
  for (const Role role : {Role::kDriver, Role::kExecutor}) {
    const RoleNames names = names_of(context.app, role);
    const std::string key = fmt::format("spark.kubernetes.{}.secrets.", names.name);
    for (const auto& [secret, path] : context.conf.with_prefix(key)) {
      const std::size_t longest = kMaxLabelLength - kVolumeSuffix.size();
      const bool fits = secret.size() <= longest && secret.find('.') == std::string::npos;
      if (fits) continue;
      context.problems.push_back(
          {context.conf.origin(key + secret),
           fmt::format("found Secret \"{}\", but Spark calls a volume {}{}, and names of volumes "
                       "have at most {} characters and no dots; mount it with spec.volumes and "
                       "{}.volumeMounts",
                       secret, secret, kVolumeSuffix, kMaxLabelLength, names.spec),
           "FieldValueInvalid"});
    }
  }
}

}  // namespace firesteel::spark
