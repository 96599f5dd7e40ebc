#include "apiserver/remove.h"

#include <charconv>

#include "apiserver/metadata.h"
#include "apiserver/read.h"
#include "apiserver/request_options.h"
#include "apiserver/webhook_admission.h"
#include "kube/object.h"
#include "kube/status.h"

namespace firesteel::apiserver {

namespace {

constexpr int kMaxAttempts = 32;
constexpr std::int64_t kDefaultGrace = 30;

bool is_pod(const Call& call) {
  return call.resource() == kube::resources::kPods;
}

// Nobody runs it, or nobody runs it any more: no grace is needed.
bool needs_no_grace(const json::Value& pod) {
  const std::string_view phase = json::string_at(pod, {"status", "phase"});
  return json::string_at(pod, {"spec", "nodeName"}).empty() || phase == "Succeeded" ||
         phase == "Failed";
}

std::int64_t grace_of(const Call& call, const json::Value& object, const Deletion& deletion) {
  if (!is_pod(call) || needs_no_grace(object)) return 0;
  const std::int64_t own =
      json::int_at(object, {"spec", "terminationGracePeriodSeconds"}, kDefaultGrace);
  return std::max<std::int64_t>(deletion.grace_seconds.value_or(own), 0);
}

Result<void> check(const Call& call, const json::Value& object, const Deletion& deletion) {
  const std::string_view name = kube::name_of(object);
  const auto differs = [&](std::string_view what, std::string_view asked, std::string_view found,
                           std::string_view hint) {
    kube::Resource named = call.resource();
    named.plural = named.kind;  // preconditions of a deletion name the kind
    return conflict(named, name,
                    fmt::format("the {0} in the precondition ({1}) does not match the {0} in "
                                "record ({2}). The object might have been {3}",
                                what, asked, found, hint));
  };
  if (!deletion.uid.empty() && deletion.uid != kube::uid_of(object)) {
    return differs("UID", deletion.uid, kube::uid_of(object), "deleted and then recreated");
  }
  if (!deletion.resource_version.empty() &&
      deletion.resource_version != kube::resource_version_of(object)) {
    return differs("ResourceVersion", deletion.resource_version, kube::resource_version_of(object),
                   "modified");
  }
  if (call.resource() == kube::resources::kNamespaces &&
      (name == "default" || name == "kube-system" || name == "kube-public")) {
    return fail(
        ErrorCode::kForbidden,
        fmt::format("namespaces \"{}\" is forbidden: this namespace may not be deleted", name));
  }
  return {};
}

// The finalizers that a propagation policy asks for, in place of those of another policy.
void set_finalizers(json::Value& object, std::string_view propagation) {
  if (propagation.empty()) return;
  const json::Array old = json::array_at(object, {"metadata", "finalizers"});
  json::Array kept;
  for (const json::Value& each : old) {
    if (each != "orphan" && each != "foregroundDeletion") kept.push_back(each);
  }
  if (propagation == "Foreground") kept.emplace_back("foregroundDeletion");
  if (propagation == "Orphan") kept.emplace_back("orphan");
  json::Object& metadata = json::make_object(object, {"metadata"});
  if (kept.empty()) {
    json::remove(metadata, "finalizers");
  } else {
    metadata["finalizers"] = std::move(kept);
  }
}

// The object as it stands after the request: marked, with the shorter of old and new grace.
json::Value marked(const Call& call, const json::Value& object, const Deletion& deletion) {
  json::Value next = object;
  set_finalizers(next, deletion.propagation);
  const std::int64_t grace = grace_of(call, object, deletion);
  json::Object& metadata = json::make_object(next, {"metadata"});
  if (kube::is_deleting(object)) {
    const std::int64_t old = json::int_at(object, {"metadata", "deletionGracePeriodSeconds"});
    if (grace >= old) return next;
  } else if (json::int_at(object, {"metadata", "generation"}) > 0) {
    metadata["generation"] = json::int_at(object, {"metadata", "generation"}) + 1;
  }
  metadata["deletionTimestamp"] = format_time(call.core.now() + std::chrono::seconds(grace));
  metadata["deletionGracePeriodSeconds"] = grace;
  if (call.resource() == kube::resources::kNamespaces) {
    json::remove(metadata, "deletionGracePeriodSeconds");
    json::make_object(next, {"status"})["phase"] = "Terminating";
  }
  return next;
}

// The objects of a custom resource go with its definition.
void remove_custom_objects(Call& call, const json::Value& crd) {
  const std::string prefix =
      fmt::format("{}.{}/", json::string_at(crd, {"spec", "names", "plural"}),
                  json::string_at(crd, {"spec", "group"}));
  for (const auto& [key, entry] : call.core.store().list(prefix).entries) {
    // Whoever changed or removed it in this moment wins; a restart serves no orphan of an unknown
    // kind.
    (void)call.core.store().remove(key, entry.revision, *entry.value);
  }
}

// Kinds whose deletion is answered with the object, not with a Status. Source: ReturnDeletedObject
// in Kubernetes' registry/core.
bool returns_object(const ServedResource& served) {
  static constexpr std::string_view kPlurals[] = {
      "pods",           "persistentvolumeclaims", "persistentvolumes", "podtemplates",
      "resourcequotas", "serviceaccounts",        "services"};
  return !served.custom && served.resource.group.empty() &&
         std::ranges::find(kPlurals, served.resource.plural) != std::end(kPlurals);
}

Answer gone(const Call& call, const json::Value& object) {
  if (returns_object(*call.served)) {
    json::Value last = *present(*call.served, std::make_shared<const json::Value>(object));
    if (is_pod(call) && !kube::is_deleting(last)) {
      json::Object& metadata = json::make_object(last, {"metadata"});
      metadata["deletionTimestamp"] = format_time(call.core.now());
      metadata["deletionGracePeriodSeconds"] = 0;
      metadata["generation"] = json::int_at(object, {"metadata", "generation"}) + 1;
    }
    return Answer{200, ObjectAnswer{std::make_shared<const json::Value>(std::move(last))}};
  }
  return Answer{200, ObjectAnswer{std::make_shared<const json::Value>(success_status(
                         call.resource(), kube::name_of(object), kube::uid_of(object)))}};
}

Result<std::optional<std::int64_t>> number_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("gracePeriodSeconds: Invalid value: \"{}\": expected a number", text));
  }
  return number;
}

}  // namespace

Result<Deletion> read_deletion(const Call& call, const json::Value* body) {
  Deletion deletion;
  deletion.dry_run = call.dry_run();
  deletion.grace_seconds = TRY(number_of(query_value(call.query, "gracePeriodSeconds")));
  deletion.propagation = query_value(call.query, "propagationPolicy");
  bool both = false;
  const auto orphan = [&](bool asked) {
    both = both || !deletion.propagation.empty();
    deletion.propagation = asked ? "Orphan" : "Background";
  };
  if (!query_value(call.query, "orphanDependents").empty()) {
    orphan(query_flag(call.query, "orphanDependents"));
  }
  if (body != nullptr && body->is_object()) {
    if (json::find(*body, "gracePeriodSeconds") != nullptr &&
        !json::find(*body, "gracePeriodSeconds")->is_null()) {
      deletion.grace_seconds = json::int_at(*body, {"gracePeriodSeconds"});
    }
    const std::string_view policy = json::string_at(*body, "propagationPolicy");
    if (!policy.empty()) deletion.propagation = policy;
    if (const json::Value* asked = json::find(*body, "orphanDependents");
        asked && asked->is_bool()) {
      orphan(asked->get_bool());
    }
    deletion.uid = json::string_at(*body, {"preconditions", "uid"});
    deletion.resource_version = json::string_at(*body, {"preconditions", "resourceVersion"});
    if (!json::array_at(*body, {"dryRun"}).empty()) deletion.dry_run = true;
  }
  const std::string& policy = deletion.propagation;
  std::optional<Problem> problem;
  if (both) {
    problem = {"propagationPolicy",
               fmt::format("Invalid value: \"{}\": orphanDependents and deletionPropagation cannot "
                           "be both set",
                           policy),
               "FieldValueInvalid"};
  } else if (!policy.empty() && policy != "Background" && policy != "Foreground" &&
             policy != "Orphan") {
    problem = {"propagationPolicy",
               fmt::format("Unsupported value: \"{}\": supported values: \"Foreground\", "
                           "\"Background\", \"Orphan\", \"nil\"",
                           policy),
               "FieldValueNotSupported"};
  }
  if (!problem) return deletion;
  return std::unexpected(kube::invalid_error(options_kind("delete"), "", {*problem}));
}

Result<Answer> remove_object(Call& call, std::string_view name, const Deletion& deletion) {
  store::Store& store = call.core.store();
  const std::string key = key_of(*call.served, call.path.space, name);
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const auto entry = store.get(key);
    if (!entry) return not_found(call.resource(), name);
    TRY(check(call, *entry->value, deletion));
    if (!deletion.admitted) TRY(admit_deletion(call, *present(*call.served, entry->value)));
    json::Value next = marked(call, *entry->value, deletion);
    const bool now = is_released(next);
    const auto shown = [&](const json::Document& document) {
      return now ? gone(call, *document)
                 : Answer{200, ObjectAnswer{present(*call.served, document)}};
    };
    if (deletion.dry_run) return shown(std::make_shared<const json::Value>(std::move(next)));
    if (!now && next == *entry->value) return shown(entry->value);
    // Watchers see an object that is removed at once as it was, without marks of deletion, as with
    // kube-apiserver.
    if (now && !kube::is_deleting(*entry->value)) next = *entry->value;
    const auto written = now ? store.remove(key, entry->revision, std::move(next))
                             : store.update(key, entry->revision, std::move(next));
    if (written) {
      if (now && call.resource() == kube::resources::kCustomResourceDefinitions) {
        remove_custom_objects(call, *written->value);
      }
      call.core.written(*call.served);
      return shown(written->value);
    }
    if (written.error().code == ErrorCode::kNotFound) return not_found(call.resource(), name);
    if (written.error().code != ErrorCode::kConflict) return std::unexpected(written.error());
  }
  return conflict(call.resource(), name, kModified);
}

Result<Answer> remove_collection(Call& call, const Deletion& deletion) {
  Answer answer = TRY(read_list(call));
  for (const json::Document& item : std::get<ListAnswer>(answer.body).items) {
    Call each{call.core, call.http, call.path, call.query, call.registry, call.served, call.user};
    each.path.space = kube::namespace_of(*item);
    const auto removed = remove_object(each, kube::name_of(*item), deletion);
    if (!removed && removed.error().code != ErrorCode::kNotFound) {
      return std::unexpected(removed.error());
    }
  }
  return answer;
}

}  // namespace firesteel::apiserver
