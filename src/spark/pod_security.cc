#include "spark/pod_security.h"

#include <algorithm>

namespace firesteel::spark {
namespace {

constexpr std::int64_t kSparkUser = 185;

std::string image_of(const SubmissionContext& context, Role role) {
  const PodRole& settings = role == Role::kDriver ? static_cast<const PodRole&>(context.app.driver)
                                                  : context.app.executor;
  return settings.image.empty() ? context.app.image : settings.image;
}

}  // namespace

bool is_spark_image(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const std::size_t name_at = image.rfind('/') == image.npos ? 0 : image.rfind('/') + 1;
  const std::string_view name = image.substr(name_at, image.find(':', name_at) - name_at);
  constexpr std::string_view kNames[] = {"spark", "spark-py", "spark-r"};
  if (std::ranges::find(kNames, name) == std::end(kNames)) return false;
  if (name_at == 0) return true;
  const std::string_view before = image.substr(0, name_at - 1);
  const std::string_view owner = before.substr(before.rfind('/') + 1);
  return owner == "apache" || owner == "library";
}

bool is_restricted(const SubmissionContext& context, Role role) {
  if (context.inputs.like_spark_submit) return false;
  const auto at = context.app.spark_conf.find(kPodSecurityKey);
  if (at != context.app.spark_conf.end()) return at->second == "restricted";
  return is_spark_image(image_of(context, role));
}

void restrict_container(const SubmissionContext& context, Role role, std::string_view container,
                        json::Value& pod) {
  if (!is_restricted(context, role)) return;
  const json::Value of_pod(json::object_at(pod, {"spec", "securityContext"}));
  for (json::Value& one : json::make_object(pod, {"spec"})["containers"].as_array()) {
    if (json::string_at(one, "name") != container) continue;
    json::Object own = json::object_at(one, {"securityContext"});
    const auto given = [&](std::string_view field) {
      return json::find(own, field) != nullptr || json::find(of_pod, field) != nullptr;
    };
    const json::Value* privileged = json::find(own, "privileged");
    if (privileged != nullptr && privileged->is_bool() && privileged->get_bool()) return;
    if (!given("allowPrivilegeEscalation")) own["allowPrivilegeEscalation"] = false;
    if (!given("capabilities")) own["capabilities"] = json::Object{{"drop", json::Array{"ALL"}}};
    if (!given("seccompProfile")) {
      own["seccompProfile"] = json::Object{{"type", "RuntimeDefault"}};
    }
    // Kubernetes cannot tell whether a user that an image gives by name is root.
    if (!given("runAsUser") && is_spark_image(image_of(context, role))) {
      own["runAsUser"] = kSparkUser;
    }
    const json::Value merged = own;
    const json::Value* user = json::find(merged, "runAsUser");
    if (user == nullptr) user = json::find(of_pod, "runAsUser");
    const bool root = user != nullptr && json::int_at(*user, {}, -1) == 0;
    if (!given("runAsNonRoot") && !root) own["runAsNonRoot"] = true;
    one.as_object()["securityContext"] = std::move(own);
    return;
  }
}

}  // namespace firesteel::spark
