#include "apiserver/webhook_admission.h"

#include <fmt/format.h>

#include <thread>

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
// webhooks then. A node agent reports what is: refusing that would only hide that a webhook's own
// pod runs again. What a subresource of another kind does to its object is asked about as that
// kind.
bool asks_nobody(const AdmissionRequest& request) {
  const User& user = request.call.user;
  return user.name.empty() || user.name == kInstallerUser || user.in_group(kNodesGroup) ||
         is_webhook_configuration(request.call.resource()) ||
         (request.kind == nullptr && !request.subresource.empty() &&
          request.subresource != "status");
}

// Null labels: the object is in no namespace, and is none.
struct Surroundings {
  json::Document space;
  const json::Object* labels = nullptr;
};

Surroundings surroundings_of(const AdmissionRequest& request) {
  Surroundings found;
  const Call& call = request.call;
  if (call.resource() == kube::resources::kNamespaces && request.kind == nullptr) {
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
  if (request.operation == AdmissionOperation::kConnect) return nullptr;
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

// Which kind the webhook is shown: another version of the resource's own, perhaps.
const kube::Resource& shown_kind(const AdmissionRequest& request, const Asked& asked) {
  return request.kind != nullptr ? *request.kind : asked.resource;
}

json::Value review_of(const AdmissionRequest& request, const Asked& asked, const std::string& uid) {
  const Call& call = request.call;
  const json::Value* object = request.object != nullptr ? request.object : request.before;
  const kube::Resource& shown = shown_kind(request, asked);
  const std::string_view own = kube::name_of(*object);
  const kube::Resource& sent = request.kind != nullptr ? *request.kind : call.resource();
  json::Object about{{"uid", uid},
                     {"kind", kind_object(shown)},
                     {"resource", resource_object(asked.resource)},
                     {"requestKind", kind_object(sent)},
                     {"requestResource", resource_object(call.resource())},
                     {"name", own.empty() ? std::string_view(call.path.name) : own},
                     {"operation", operation_name(request.operation)},
                     {"userInfo", user_info(call.user)},
                     {"object", shown_as(request.object, shown)},
                     {"oldObject", shown_as(request.before, shown)},
                     {"dryRun", call.dry_run()},
                     {"options", options_of(request)}};
  if (call.served->namespaced()) about["namespace"] = call.path.space;
  if (call.resource() == kube::resources::kNamespaces) about["namespace"] = about["name"];
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
  json::Value patch;                  // null: none
  std::vector<std::string> warnings;  // of a denial too
  std::optional<Error> refusal = std::nullopt;
};

Answered refused(Error error, std::vector<std::string> warnings = {}) {
  return {nullptr, std::move(warnings), std::move(error)};
}

// Changes nothing but its own answer: several may be asked at once.
Answered ask(const AdmissionRequest& request, const Asked& asked) {
  const std::string_view effects = json::string_at(*asked.webhook, "sideEffects");
  if (request.call.dry_run() && effects != "None" && effects != "NoneOnDryRun") {
    return refused({ErrorCode::kBadRequest,
                    fmt::format("admission webhook \"{}\" does not support dry run", asked.name()),
                    {}});
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
    return refused({ErrorCode::kInternal, "Internal error occurred: " + failure, {}});
  }
  if (!verdict->allowed) {
    return refused(denial(asked.name(), verdict->status), std::move(verdict->warnings));
  }
  return Answered{std::move(verdict->patch), std::move(verdict->warnings)};
}

// Passes the warnings on, and the refusal.
Result<void> settle(const AdmissionRequest& request, Answered& answered) {
  auto& warnings = request.call.warnings;
  warnings.insert(warnings.end(), answered.warnings.begin(), answered.warnings.end());
  if (answered.refusal) return std::unexpected(std::move(*answered.refusal));
  return {};
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

Result<json::Value> patched(const AdmissionRequest& request, const Asked& asked,
                            const json::Value& object, const json::Value& patch) {
  auto next = json::apply_json_patch(shown_as(&object, shown_kind(request, asked)), patch);
  if (next && next->is_object()) {
    keep_identity(*next, object);
    return next;
  }
  return fail(ErrorCode::kInternal,
              fmt::format("Internal error occurred: admission webhook \"{}\" answered with a patch "
                          "that cannot be applied: {}",
                          asked.name(), next ? "it leaves no object" : next.error().message));
}

// Asks one mutating webhook; true when it changed `object`.
Result<bool> mutate_by(const AdmissionRequest& request, const Asked& asked, json::Value& object) {
  AdmissionRequest now = request;
  if (request.object != nullptr) now.object = &object;
  Answered answered = ask(now, asked);
  TRY(settle(request, answered));
  if (answered.patch.is_null() || request.object == nullptr) return false;
  json::Value next = TRY(patched(request, asked, object, answered.patch));
  const bool changed = next != object;
  object = std::move(next);
  return changed;
}

}  // namespace

Result<bool> call_mutating_webhooks(const AdmissionRequest& request, json::Value& object) {
  // Selectors see the object as the request brought it, as in kube-apiserver's first pass.
  const std::vector<Asked> all = TRY(asked_webhooks(request, kMutating));
  std::optional<std::size_t> last_change;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (TRY(mutate_by(request, all[i], object))) last_change = i;
  }
  if (!last_change) return false;
  // Once more those who have not seen the last change and care. Source: mutating/reinvocation.
  for (std::size_t i = 0; i < *last_change; ++i) {
    if (json::string_at(*all[i].webhook, "reinvocationPolicy") != "IfNeeded") continue;
    (void)TRY(mutate_by(request, all[i], object));
  }
  return true;
}

Result<void> call_validating_webhooks(const AdmissionRequest& request) {
  const std::vector<Asked> all = TRY(asked_webhooks(request, kValidating));
  std::vector<Answered> answers(all.size());
  {
    // The slowest says how long it takes, not their sum; the last one is asked by this thread.
    std::vector<std::jthread> asking;
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      asking.emplace_back([&, i] { answers[i] = ask(request, all[i]); });
    }
    if (!all.empty()) answers.back() = ask(request, all.back());
  }
  Result<void> outcome;
  for (Answered& answered : answers) {
    Result<void> settled = settle(request, answered);
    if (outcome) outcome = std::move(settled);
  }
  return outcome;
}

Result<void> admit_subresource(Call& call, AdmissionOperation operation, const kube::Resource& kind,
                               json::Value& object, const json::Value* before) {
  json::Object& shown = json::make_object(object, {});
  shown["kind"] = kind.kind;
  shown["apiVersion"] = kind.api_version();
  const AdmissionRequest request{call, operation, &object, before, call.path.subresource, &kind};
  TRY(call_mutating_webhooks(request, object));
  return call_validating_webhooks(request);
}

Result<void> admit_deletion(Call& call, const json::Value& object) {
  const AdmissionRequest request{call, AdmissionOperation::kDelete, nullptr, &object, ""};
  json::Value unchanged;
  TRY(call_mutating_webhooks(request, unchanged));
  return call_validating_webhooks(request);
}

}  // namespace firesteel::apiserver
