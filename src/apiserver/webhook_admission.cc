#include "apiserver/webhook_admission.h"

#include <fmt/format.h>

#include "apiserver/webhook_client.h"
#include "base/json/patch.h"
#include "base/log.h"
#include "kube/object.h"
#include "kube/status.h"
#include "net/tls.h"

namespace firesteel::apiserver {

namespace {

constexpr std::string_view kMutating = "mutatingwebhookconfigurations.admissionregistration.k8s.io";
constexpr std::string_view kValidating =
    "validatingwebhookconfigurations.admissionregistration.k8s.io";

// One webhook that wants to be asked.
struct Asked {
  json::Document configuration;  // keeps `webhook` alive
  const json::Value* webhook;
  kube::Resource resource;  // as which it wants to see the object

  [[nodiscard]] std::string_view name() const { return json::string_at(*webhook, "name"); }
};

// Who made the request has no name when it is the server itself, at its start: nothing answers
// webhooks then.
bool asks_nobody(const AdmissionRequest& request) {
  return request.call.user.name.empty() || is_webhook_configuration(request.call.resource()) ||
         (!request.subresource.empty() && request.subresource != "status");
}

// Null labels: the object is in no namespace, and is none.
struct Surroundings {
  json::Document space;
  const json::Object* labels = nullptr;
};

Surroundings surroundings_of(const AdmissionRequest& request) {
  Surroundings found;
  const Call& call = request.call;
  if (call.resource() == kube::resources::kNamespaces) {
    const json::Value* object = request.object != nullptr ? request.object : request.before;
    found.labels = &kube::labels_of(*object);
  } else if (call.served->namespaced()) {
    static const json::Object kNone;
    found.space = call.core.get(kube::resources::kNamespaces, "", call.path.space);
    found.labels = found.space != nullptr ? &kube::labels_of(*found.space) : &kNone;
  }
  return found;
}

Result<std::vector<Asked>> asked_webhooks(const AdmissionRequest& request,
                                          std::string_view storage) {
  std::vector<Asked> asked;
  if (asks_nobody(request)) return asked;
  const auto configurations = request.call.core.store().list(std::string(storage) + "/").entries;
  if (configurations.empty()) return asked;
  const Surroundings around = surroundings_of(request);
  for (const auto& [key, entry] : configurations) {
    for (const json::Value& webhook : json::array_at(*entry.value, {"webhooks"})) {
      const auto resource = matched_resource(webhook, request.operation, *request.call.registry,
                                             *request.call.served, request.subresource);
      if (!resource) continue;
      if (!TRY(selectors_match(webhook, around.labels, request.object, request.before))) continue;
      asked.push_back({entry.value, &webhook, *resource});
    }
  }
  return asked;
}

json::Object kind_object(const kube::Resource& resource) {
  return {{"group", resource.group}, {"version", resource.version}, {"kind", resource.kind}};
}

json::Object resource_object(const kube::Resource& resource) {
  return {{"group", resource.group}, {"version", resource.version}, {"resource", resource.plural}};
}

json::Value user_info(const User& user) {
  json::Array groups;
  for (const std::string& group : user.groups) groups.emplace_back(group);
  json::Object info{{"username", user.name}, {"groups", std::move(groups)}};
  if (!user.uid.empty()) info["uid"] = user.uid;
  json::Object extra;
  for (const auto& [key, values] : user.extra) {
    json::Array list;
    for (const std::string& value : values) list.emplace_back(value);
    extra[key] = std::move(list);
  }
  if (!extra.empty()) info["extra"] = std::move(extra);
  return info;
}

json::Value options_of(const AdmissionRequest& request) {
  const bool removal = request.operation == AdmissionOperation::kDelete;
  std::string_view kind = removal                                            ? "DeleteOptions"
                          : request.operation == AdmissionOperation::kCreate ? "CreateOptions"
                                                                             : "UpdateOptions";
  if (request.call.path.verb == "patch") kind = "PatchOptions";
  json::Object options{{"kind", kind}, {"apiVersion", "meta.k8s.io/v1"}};
  if (request.call.dry_run()) options["dryRun"] = json::Array{"All"};
  if (!removal) options["fieldManager"] = request.call.field_manager();
  return options;
}

json::Value shown_as(const json::Value* object, const kube::Resource& resource) {
  if (object == nullptr) return nullptr;
  json::Value shown = *object;
  shown.as_object()["apiVersion"] = resource.api_version();
  return shown;
}

json::Value review_of(const AdmissionRequest& request, const Asked& asked, const std::string& uid) {
  const Call& call = request.call;
  const json::Value* object = request.object != nullptr ? request.object : request.before;
  json::Object about{{"uid", uid},
                     {"kind", kind_object(asked.resource)},
                     {"resource", resource_object(asked.resource)},
                     {"requestKind", kind_object(call.resource())},
                     {"requestResource", resource_object(call.resource())},
                     {"name", kube::name_of(*object)},
                     {"operation", operation_name(request.operation)},
                     {"userInfo", user_info(call.user)},
                     {"object", shown_as(request.object, asked.resource)},
                     {"oldObject", shown_as(request.before, asked.resource)},
                     {"dryRun", call.dry_run()},
                     {"options", options_of(request)}};
  if (call.served->namespaced()) about["namespace"] = call.path.space;
  if (call.resource() == kube::resources::kNamespaces) about["namespace"] = kube::name_of(*object);
  if (!request.subresource.empty()) {
    about["subResource"] = request.subresource;
    about["requestSubResource"] = request.subresource;
  }
  return json::Object{{"kind", "AdmissionReview"},
                      {"apiVersion", "admission.k8s.io/v1"},
                      {"request", std::move(about)}};
}

// What the client is told. Source: webhook/errors ToStatusErr.
Error denial(std::string_view name, const json::Value& status) {
  const std::string denied = fmt::format("admission webhook \"{}\" denied the request", name);
  const auto code = static_cast<int>(json::int_at(status, {"code"}));
  const std::string_view message = json::string_at(status, "message");
  const std::string_view reason = json::string_at(status, "reason");
  Error error = kube::from_status(code < 400 ? 400 : code, status);
  if (!message.empty()) {
    error.message = fmt::format("{}: {}", denied, message);
  } else if (!reason.empty()) {
    error.message = fmt::format("{}: {}", denied, reason);
  } else {
    error.message = denied + " without explanation";
  }
  return error;
}

struct Answered {
  bool asked = false;  // false: it could not be asked, and that is to be ignored
  json::Value patch;
  std::vector<std::string> warnings;
};

Result<Answered> ask(const AdmissionRequest& request, const Asked& asked) {
  const std::string_view effects = json::string_at(*asked.webhook, "sideEffects");
  if (request.call.dry_run() && effects != "None" && effects != "NoneOnDryRun") {
    return fail(ErrorCode::kBadRequest,
                fmt::format("admission webhook \"{}\" does not support dry run", asked.name()));
  }
  const std::string uid = net::random_uuid();
  auto verdict = request.call.core.webhooks.call(request.call.core, *asked.webhook,
                                                 review_of(request, asked, uid), uid);
  if (!verdict) {
    std::string failure = fmt::format("failed calling webhook \"{}\": failed to call webhook: {}",
                                      asked.name(), verdict.error().message);
    if (json::string_at(*asked.webhook, "failurePolicy") == "Ignore") {
      log::warning("a webhook could not be asked; it is ignored", {{"error", failure}});
      return Answered{};
    }
    return fail(ErrorCode::kInternal, "Internal error occurred: " + failure);
  }
  if (!verdict->allowed) {
    // Warnings of a denial are told too.
    Error error = denial(asked.name(), verdict->status);
    auto& warnings = request.call.warnings;
    warnings.insert(warnings.end(), verdict->warnings.begin(), verdict->warnings.end());
    return std::unexpected(std::move(error));
  }
  return Answered{true, std::move(verdict->patch), std::move(verdict->warnings)};
}

// What no webhook may change, as it was.
void keep_identity(json::Value& object, const json::Value& before) {
  json::Object& metadata = json::make_object(object, {"metadata"});
  for (std::string_view member :
       {"name", "namespace", "uid", "creationTimestamp", "generation", "resourceVersion",
        "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields"}) {
    if (const json::Value* value = json::find(before, {"metadata", member})) {
      metadata[member] = *value;
    } else {
      json::remove(metadata, member);
    }
  }
  for (std::string_view member : {"apiVersion", "kind"}) {
    if (const json::Value* value = json::find(before, member)) object.as_object()[member] = *value;
  }
}

Result<json::Value> patched(const Asked& asked, const json::Value& object,
                            const json::Value& patch) {
  auto next = json::apply_json_patch(shown_as(&object, asked.resource), patch);
  if (next && next->is_object()) {
    keep_identity(*next, object);
    return next;
  }
  return fail(ErrorCode::kInternal,
              fmt::format("Internal error occurred: admission webhook \"{}\" answered with a patch "
                          "that cannot be applied: {}",
                          asked.name(), next ? "it leaves no object" : next.error().message));
}

}  // namespace

Result<bool> call_mutating_webhooks(const AdmissionRequest& request, json::Value& object) {
  bool changed = false;
  // Selectors see the object as the request brought it, as in kube-apiserver's first pass.
  for (const Asked& asked : TRY(asked_webhooks(request, kMutating))) {
    AdmissionRequest now = request;
    if (request.object != nullptr) now.object = &object;
    Answered answered = TRY(ask(now, asked));
    auto& warnings = request.call.warnings;
    warnings.insert(warnings.end(), answered.warnings.begin(), answered.warnings.end());
    if (answered.patch.is_null() || request.object == nullptr) continue;
    object = TRY(patched(asked, object, answered.patch));
    changed = true;
  }
  return changed;
}

Result<void> call_validating_webhooks(const AdmissionRequest& request) {
  const std::vector<Asked> asked = TRY(asked_webhooks(request, kValidating));
  for (const Asked& each : asked) {
    const Answered answered = TRY(ask(request, each));
    auto& warnings = request.call.warnings;
    warnings.insert(warnings.end(), answered.warnings.begin(), answered.warnings.end());
  }
  return {};
}

Result<void> admit_deletion(Call& call, const json::Value& object) {
  const AdmissionRequest request{call, AdmissionOperation::kDelete, nullptr, &object, ""};
  json::Value unchanged;
  TRY(call_mutating_webhooks(request, unchanged));
  return call_validating_webhooks(request);
}

}  // namespace firesteel::apiserver
