#include "apiserver/write.h"

#include "apiserver/escalation.h"
#include "apiserver/metadata.h"
#include "apiserver/quota_admission.h"
#include "kube/apply.h"
#include "kube/object.h"
#include "kube/status.h"

namespace firesteel::apiserver {

namespace {

// More conflicts than this in a row mean a writer that never rests; the client is told to try
// again.
constexpr int kMaxAttempts = 256;
constexpr int kMaxNameAttempts = 8;

kube::ApplyTypes types_of(const ServedResource& served) {
  if (served.custom && served.schema) return kube::ApplyTypes::custom(*served.schema);
  return kube::ApplyTypes::built_in(served.resource.api_version(), served.resource.kind);
}

Result<void> check_namespace(const Call& call, std::string_view name) {
  if (!call.served->namespaced()) return {};
  const json::Document space = call.core.get(kube::resources::kNamespaces, "", call.path.space);
  if (space == nullptr) return not_found(kube::resources::kNamespaces, call.path.space);
  if (!kube::is_deleting(*space)) return {};
  return fail(
      ErrorCode::kForbidden,
      fmt::format("{} \"{}\" is forbidden: unable to create new content in namespace {} "
                  "because it is being terminated",
                  call.resource().group_resource(), name, call.path.space),
      {{"metadata.namespace", fmt::format("namespace {} is being terminated", call.path.space),
        "NamespaceTerminating"}});
}

// What a write to a subresource may change: status, and for built-in kinds labels and annotations
// with it.
json::Value with_status_of(const ServedResource& served, const json::Value& before,
                           const json::Value& next) {
  json::Value object = before;
  if (const json::Value* status = json::find(next, "status")) {
    object.as_object()["status"] = *status;
  } else {
    json::remove(object.as_object(), "status");
  }
  if (served.custom) return object;
  json::Object& metadata = json::make_object(object, {"metadata"});
  for (std::string_view member : {"labels", "annotations"}) {
    if (const json::Value* value = json::find(next, {"metadata", member}))
      metadata[member] = *value;
  }
  return object;
}

void keep_status(const ServedResource& served, json::Value& object, const json::Value& before) {
  if (!served.has_spec_status) return;
  if (const json::Value* status = json::find(before, "status")) {
    object.as_object()["status"] = *status;
  } else {
    json::remove(object.as_object(), "status");
  }
}

// Who owns what. The status of a kind with that subresource belongs to nobody on the main path:
// what stands there was put there by the server. Source: apiserver, ResetFieldsStrategy.
void track(const Call& call, json::Value& next, const json::Value* before,
           const std::string& subresource) {
  json::Value status;
  const bool aside =
      subresource.empty() && call.served->has_spec_status && json::find(next, "status") != nullptr;
  json::Value without = before == nullptr ? json::Value() : *before;
  if (aside) {
    status = *json::find(next, "status");
    json::remove(next.as_object(), "status");
    if (before != nullptr) json::remove(without.as_object(), "status");
  }
  kube::track_update(types_of(*call.served), next, before == nullptr ? nullptr : &without,
                     call.field_manager(), subresource, call.core.now());
  if (aside) next.as_object()["status"] = std::move(status);
}

// From what the client wants to what is stored, in the storage's version.
Result<json::Value> complete(Call& call, const json::Value& before, json::Value next,
                             const Change& change) {
  const ServedResource& served = *call.served;
  TRY(check_identity(call, next));
  TRY(check_preconditions(served.resource, next, before));
  const json::Value managed = json::find(next, {"metadata", "managedFields"}) != nullptr
                                  ? *json::find(next, {"metadata", "managedFields"})
                                  : json::Value();
  if (change.subresource == "status") next = with_status_of(served, before, next);
  if (change.subresource.empty()) keep_status(served, next, before);
  keep_metadata(next, before);
  json::Object& metadata = json::make_object(next, {"metadata"});
  if (managed.is_null()) {
    json::remove(metadata, "managedFields");
  } else {
    metadata["managedFields"] = managed;
  }
  TRY(admit(call, next, &before, change.subresource));
  TRY(check_escalation(call, next, &before));
  // To be bound is no change of what a pod is to be.
  if (change.subresource != "binding") raise_generation(served, next, before);
  if (!change.tracked) {
    track(call, next, &before, change.subresource);
  }
  return next;
}

std::unexpected<Error> translate(const Call& call, Error error, std::string_view name) {
  if (error.code == ErrorCode::kAlreadyExists) return already_exists(call.resource(), name);
  if (error.code == ErrorCode::kNotFound) return not_found(call.resource(), name);
  if (error.code == ErrorCode::kConflict) return conflict(call.resource(), name, kModified);
  return std::unexpected(std::move(error));
}

}  // namespace

Result<Answer> create_object(Call& call, json::Value object) {
  return finish_create(call, std::move(object), false);
}

Result<Answer> finish_create(Call& call, json::Value object, bool tracked) {
  TRY(check_identity(call, object));
  TRY(check_namespace(call, kube::name_of(object)));
  const bool generated = kube::name_of(object).empty();
  // Two Services must not be given one address.
  std::unique_lock<std::mutex> allocation;
  if (call.resource() == kube::resources::kServices) {
    allocation = std::unique_lock(call.core.service_mutex);
  }
  for (int attempt = 0;; ++attempt) {
    json::Value next = object;
    TRY(begin_metadata(call, next));
    call.object_name = kube::name_of(next);
    TRY(admit(call, next, nullptr, ""));
    TRY(check_escalation(call, next, nullptr));
    if (!tracked) {
      track(call, next, nullptr, "");
    }
    const std::string name(kube::name_of(next));
    const std::string key = key_of(*call.served, call.path.space, name);
    const QuotaBook::Hold quota = TRY(hold_quota(call, next, nullptr));
    if (call.dry_run()) {
      if (call.core.store().get(key)) return already_exists(call.resource(), name);
      return Answer{201, ObjectAnswer{std::make_shared<const json::Value>(std::move(next))}};
    }
    auto made = call.core.store().create(key, to_storage(*call.served, std::move(next)));
    if (made) {
      call.core.written(*call.served);
      return Answer{201, ObjectAnswer{present(*call.served, made->value)}};
    }
    const bool again =
        generated && made.error().code == ErrorCode::kAlreadyExists && attempt < kMaxNameAttempts;
    if (!again) return translate(call, made.error(), name);
  }
}

Result<Answer> replace_object(Call& call, json::Value object) {
  TRY(check_identity(call, object));
  if (call.served->custom && kube::resource_version_of(object).empty()) {
    return std::unexpected(kube::invalid_error(
        call.resource(), call.path.name,
        {{"metadata.resourceVersion", "Invalid value: 0: must be specified for an update",
          "FieldValueInvalid"}}));
  }
  // Source: AllowCreateOnUpdate of the strategies in Kubernetes' pkg/registry.
  const bool creates = call.resource().kind == "Lease" && call.path.subresource.empty();
  if (creates && !call.core.store().get(key_of(*call.served, call.path.space, call.path.name))) {
    return create_object(call, std::move(object));
  }
  const json::Document changed = TRY(change_object(
      call, call.path.name, [&object](const json::Value&) -> Result<json::Value> { return object; },
      Change{call.path.subresource, false}));
  return Answer{200, ObjectAnswer{changed}};
}

Result<json::Document> change_object(Call& call, std::string_view name, const Transform& transform,
                                     const Change& change) {
  store::Store& store = call.core.store();
  const std::string key = key_of(*call.served, call.path.space, name);
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const auto entry = store.get(key);
    if (!entry) return not_found(call.resource(), name);
    const json::Document current = present(*call.served, entry->value);
    const std::size_t warnings = call.warnings.size();
    json::Value next = TRY(transform(*current));
    next = TRY(complete(call, *current, std::move(next), change));
    if (same_content(next, *current) && !is_released(next)) return current;
    QuotaBook::Hold quota;
    if (change.subresource.empty()) quota = TRY(hold_quota(call, next, current.get()));
    if (call.dry_run()) return std::make_shared<const json::Value>(std::move(next));
    const bool remove = is_released(next);
    json::Value stored = to_storage(*call.served, std::move(next));
    const auto written = remove ? store.remove(key, entry->revision, std::move(stored))
                                : store.update(key, entry->revision, std::move(stored));
    if (written) {
      call.core.written(*call.served);
      return present(*call.served, written->value);
    }
    if (written.error().code != ErrorCode::kConflict) return translate(call, written.error(), name);
    call.warnings.resize(warnings);
  }
  return conflict(call.resource(), name, kModified);
}

}  // namespace firesteel::apiserver
