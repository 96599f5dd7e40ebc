#include "node/plan/fields.h"

#include "base/json/print.h"
#include "kube/object.h"
#include "kube/quantity.h"

namespace firesteel::node::plan {
namespace {

using json::string_at;

// "labels['a/b']" -> "a/b" when it starts with `what`.
std::optional<std::string_view> subscript(std::string_view path, std::string_view what) {
  if (!path.starts_with(what) || !path.ends_with("']")) return std::nullopt;
  path.remove_prefix(what.size());
  if (!path.starts_with("['")) return std::nullopt;
  return path.substr(2, path.size() - 4);
}

std::string all_of(const json::Object& map) {
  std::map<std::string_view, std::string> sorted;
  for (const auto& [key, value] : map) sorted[key] = json::print(value);  // quoted
  std::string text;
  for (const auto& [key, value] : sorted) text += fmt::format("{}={}\n", key, value);
  if (!text.empty()) text.pop_back();
  return text;
}

std::string value_in(const json::Object& map, std::string_view key) {
  const json::Value* value = json::find(map, key);
  return value != nullptr && value->is_string() ? std::string(json::view(value->get_string())) : "";
}

}  // namespace

Result<std::string> field_value(const json::Value& pod, std::string_view path,
                                const Resolved& resolved) {
  if (const auto key = subscript(path, "metadata.labels"))
    return value_in(kube::labels_of(pod), *key);
  if (const auto key = subscript(path, "metadata.annotations"))
    return value_in(kube::annotations_of(pod), *key);
  if (path == "metadata.labels") return all_of(kube::labels_of(pod));
  if (path == "metadata.annotations") return all_of(kube::annotations_of(pod));
  if (path == "metadata.name") return std::string(kube::name_of(pod));
  if (path == "metadata.namespace") return std::string(kube::namespace_of(pod));
  if (path == "metadata.uid") return std::string(kube::uid_of(pod));
  if (path == "spec.nodeName") return resolved.node_name;
  if (path == "spec.serviceAccountName")
    return std::string(string_at(pod, {"spec", "serviceAccountName"}));
  if (path == "status.hostIP" || path == "status.hostIPs") return resolved.host_ip;
  if (path == "status.podIP" || path == "status.podIPs") return resolved.pod_ip;
  return fail(ErrorCode::kInvalid, fmt::format("unsupported fieldPath: {}", path));
}

Result<std::string> resource_value(const json::Value& pod, const json::Value& reference,
                                   std::string_view container_name) {
  std::string_view name = string_at(reference, "containerName");
  if (name.empty()) name = container_name;
  const std::string_view path = string_at(reference, "resource");
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos)
    return fail(ErrorCode::kInvalid, fmt::format("unsupported resource: {}", path));
  const std::string_view what = path.substr(dot + 1);
  kube::Quantity amount;
  for (const json::Value& container : json::array_at(pod, {"spec", "containers"})) {
    if (string_at(container, "name") != name) continue;
    const json::Value* value = json::find(container, {"resources", path.substr(0, dot), what});
    if (value != nullptr) amount = TRY(kube::Quantity::from_json(*value));
  }
  kube::Quantity divisor = kube::Quantity::of_units(1);
  if (const json::Value* given = json::find(reference, "divisor"))
    divisor = TRY(kube::Quantity::from_json(*given));
  if (divisor.is_zero()) divisor = kube::Quantity::of_units(1);
  const bool fine = what == "cpu";  // only processors come in thousandths
  const std::int64_t top = fine ? amount.to_milli() : amount.to_units();
  const std::int64_t bottom = fine ? divisor.to_milli() : divisor.to_units();
  return std::to_string((top + bottom - 1) / bottom);
}

}  // namespace firesteel::node::plan
