#include "apiserver/patch.h"

#include "apiserver/conform.h"
#include "apiserver/metadata.h"
#include "apiserver/rbac.h"
#include "apiserver/request_options.h"
#include "apiserver/write.h"
#include "base/json/duplicates.h"
#include "base/json/parse.h"
#include "base/json/patch.h"
#include "base/json/yaml.h"
#include "kube/apply.h"
#include "kube/object.h"
#include "kube/schema.h"
#include "kube/status.h"
#include "kube/strategic.h"

namespace firesteel::apiserver {

namespace {

// Source: apiserver, maxJSONPatchOperations.
constexpr std::size_t kMaxOperations = 10000;
constexpr std::string_view kJsonPatch = "application/json-patch+json";
constexpr std::string_view kMergePatch = "application/merge-patch+json";
constexpr std::string_view kStrategicPatch = "application/strategic-merge-patch+json";
constexpr std::string_view kApplyPatch = "application/apply-patch+yaml";

std::unexpected<Error> unsupported(std::string_view found) {
  // A type that no kind takes does not reach the handler in kube-apiserver.
  if (found != kStrategicPatch) {
    return fail(ErrorCode::kUnsupportedMedia, "415: Unsupported Media Type");
  }
  return fail(ErrorCode::kUnsupportedMedia,
              fmt::format("the body of the request was in an unknown format - accepted media types "
                          "include: {}, {}, {}",
                          kJsonPatch, kMergePatch, kApplyPatch));
}

Result<json::Value> one_yaml_document(const std::string& body) {
  if (const auto json = json::parse(body)) return *json;
  std::vector<json::YamlDocument> documents = TRY(json::parse_yaml(body));
  if (documents.size() != 1 || !documents.front().value.is_object()) {
    return fail(ErrorCode::kBadRequest, "the applied configuration must be one object");
  }
  return std::move(documents.front().value);
}

struct Applied {
  json::Value object;
  kube::ApplyTypes types;
  std::string manager;
  bool force = false;
};

Result<Applied> read_apply(const Call& call) {
  Applied applied;
  applied.object = TRY(one_yaml_document(call.http.body));
  applied.manager = query_value(call.query, "fieldManager");
  if (applied.manager.empty()) {
    return std::unexpected(kube::invalid_error(
        options_kind("patch"), "",
        {{"fieldManager", "Required value: is required for apply patch", "FieldValueRequired"}}));
  }
  applied.force = query_flag(call.query, "force");
  applied.types =
      call.served->custom && call.served->schema
          ? kube::ApplyTypes::custom(*call.served->schema)
          : kube::ApplyTypes::built_in(call.resource().api_version(), call.resource().kind);
  for (std::string_view member : {"apiVersion", "kind"}) {
    if (json::string_at(applied.object, member).empty()) {
      return fail(ErrorCode::kBadRequest,
                  fmt::format("invalid object type: {}, Kind={}: the applied object has no {}",
                              json::string_at(applied.object, "apiVersion"),
                              json::string_at(applied.object, "kind"), member));
    }
  }
  TRY(check_applied(call, applied.object));
  json::Object& metadata = json::make_object(applied.object, {"metadata"});
  if (!metadata.contains("name")) metadata["name"] = call.path.name;
  if (call.served->namespaced() && !metadata.contains("namespace")) {
    metadata["namespace"] = call.path.space;
  }
  return applied;
}

// Applying what is not there creates it: the verb "create" is needed as well as "patch".
Result<void> may_create(const Call& call) {
  if (call.authorizer == nullptr) return {};
  Attributes attributes;
  attributes.user = &call.user;
  attributes.verb = "create";
  attributes.group = call.path.group;
  attributes.resource = call.path.plural;
  attributes.space = call.path.space;
  attributes.name = call.path.name;
  const Decision decision = call.authorizer->authorize(attributes);
  if (decision.allowed) return {};
  return std::unexpected(forbidden(attributes, decision));
}

Result<Answer> apply_object(Call& call) {
  Applied applied = TRY(read_apply(call));
  TRY(check_identity(call, applied.object));
  const std::string& subresource = call.path.subresource;
  const auto apply = [&](const json::Value* live) -> Result<json::Value> {
    kube::ApplyResult result =
        TRY(kube::server_side_apply(applied.types, live, applied.object, applied.manager,
                                    applied.force, call.core.now(), subresource));
    if (result.changed || live == nullptr) return std::move(result.object);
    return *live;
  };
  const std::string key = key_of(*call.served, call.path.space, call.path.name);
  if (!call.core.store().get(key) && subresource.empty()) {
    TRY(may_create(call));
    auto made = finish_create(call, TRY(apply(nullptr)), true);
    // Somebody else created it meanwhile: it is a change, then.
    if (made || made.error().code != ErrorCode::kAlreadyExists) return made;
  }
  const json::Document changed = TRY(change_object(
      call, call.path.name, [&apply](const json::Value& current) { return apply(&current); },
      Change{subresource, true}));
  return Answer{200, ObjectAnswer{changed}};
}

}  // namespace

Result<json::Value> apply_patch(const Call& call, const json::Value& current) {
  const std::string type = content_type(call.http);
  if (type == kJsonPatch) {
    const json::Value patch = TRY(json::parse(call.http.body));
    if (patch.is_array() && patch.get_array().size() > kMaxOperations) {
      return fail(ErrorCode::kTooLarge,
                  fmt::format("Request entity too large: The allowed maximum operations in a JSON "
                              "patch is {}, got {}",
                              kMaxOperations, patch.get_array().size()));
    }
    auto patched = json::apply_json_patch(current, patch);
    // kube-apiserver calls an operation that it does not know, or that leads nowhere, invalid.
    if (!patched && patched.error().code == ErrorCode::kBadRequest && patch.is_array()) {
      patched.error().code = ErrorCode::kInvalid;
    }
    return patched;
  }
  if (type == kMergePatch) {
    const json::Value patch = TRY(json::parse(call.http.body));
    if (!patch.is_object()) {
      return fail(ErrorCode::kBadRequest, "error decoding patch: a merge patch must be an object");
    }
    return json::apply_merge_patch(current, patch);
  }
  if (type == kStrategicPatch && !call.served->custom) {
    return kube::apply_strategic_merge_patch(call.resource().api_version(), call.resource().kind,
                                             current, TRY(json::parse(call.http.body)));
  }
  return unsupported(type);
}

Result<Answer> patch_object(Call& call) {
  if (content_type(call.http) == kApplyPatch) return apply_object(call);
  if (json::parse(call.http.body)) call.duplicates = json::duplicate_members(call.http.body);
  const auto patched = [&call](const json::Value& current) -> Result<json::Value> {
    json::Value next = TRY(apply_patch(call, current));
    TRY(conform_patched(call, next));
    const std::string_view uid = kube::uid_of(next);
    if (!uid.empty() && uid != kube::uid_of(current)) {
      return std::unexpected(kube::invalid_error(
          call.resource(), kube::name_of(current),
          {{"metadata.uid", fmt::format("Invalid value: \"{}\": field is immutable", uid),
            "FieldValueInvalid"}}));
    }
    return next;
  };
  const json::Document changed =
      TRY(change_object(call, call.path.name, patched, Change{call.path.subresource, false}));
  return Answer{200, ObjectAnswer{changed}};
}

}  // namespace firesteel::apiserver
