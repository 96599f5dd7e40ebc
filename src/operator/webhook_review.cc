#include "operator/webhook_review.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/json/print.h"
#include "kube/object.h"
#include "kube/status.h"
#include "net/tls.h"
#include "operator/validation.h"
#include "spark/defaults.h"

namespace firesteel::operators {
namespace {

// A member's name as part of a JSON pointer (RFC 6901).
std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

void diff(const json::Value& from, const json::Value& to, const std::string& path,
          json::Array& patch) {
  if (from == to) return;
  if (!from.is_object() || !to.is_object()) {
    patch.push_back(json::Object{{"op", "replace"}, {"path", path}, {"value", to}});
    return;
  }
  for (const auto& member : from.get_object()) {
    if (json::find(to, member.key()) != nullptr) continue;
    patch.push_back(json::Object{{"op", "remove"},
                                 {"path", fmt::format("{}/{}", path, escaped(member.key()))}});
  }
  for (const auto& member : to.get_object()) {
    const std::string below = fmt::format("{}/{}", path, escaped(member.key()));
    if (const json::Value* old = json::find(from, member.key())) {
      diff(*old, member.value(), below, patch);
    } else {
      patch.push_back(json::Object{{"op", "add"}, {"path", below}, {"value", member.value()}});
    }
  }
}

const kube::Resource* resource_named(std::string_view plural) {
  for (const kube::Resource* each :
       {&kube::resources::kSparkApplications, &kube::resources::kScheduledSparkApplications}) {
    if (each->plural == plural) return each;
  }
  return nullptr;
}

bool is_left_alone(const json::Value& request) {
  const json::Value* object = json::find(request, "object");
  if (object == nullptr || !object->is_object() || kube::is_deleting(*object)) return true;
  const json::Value* before = json::find(request, "oldObject");
  return before != nullptr && before->is_object() &&
         json::object_at(*before, {"spec"}) == json::object_at(*object, {"spec"});
}

void mutate(const kube::Resource& resource, const json::Value& object, json::Object& response) {
  const auto known = defaulters();
  const auto found = known.find(resource);
  if (found == known.end()) return;
  json::Value defaulted = object;
  found->second(defaulted);
  const json::Array patch = make_json_patch(object, defaulted);
  if (patch.empty()) return;
  response["patchType"] = "JSONPatch";
  response["patch"] = net::base64_encode(json::print(patch));
}

// Only an application that is right in itself is measured.
std::vector<Problem> problems_of(const kube::Resource& resource, const json::Value& object,
                                 const spark::ClusterRoom& room) {
  const auto known = validators();
  const auto found = known.find(resource);
  if (found == known.end()) return {};
  std::vector<Problem> problems = found->second(object);
  const bool right = std::ranges::all_of(
      problems, [](const Problem& problem) { return problem.reason == "Warning"; });
  if (!right || resource != kube::resources::kSparkApplications) return problems;
  spark::Validation measured = spark::check_room(spark::apply_defaults(object), room);
  for (Problem& warning : measured.warnings) warning.reason = "Warning";
  std::ranges::move(measured.problems, std::back_inserter(problems));
  std::ranges::move(measured.warnings, std::back_inserter(problems));
  return problems;
}

void validate(const kube::Resource& resource, const json::Value& object,
              const spark::ClusterRoom& room, json::Object& response) {
  std::vector<Problem> problems;
  json::Array warnings;
  for (Problem& problem : problems_of(resource, object, room)) {
    if (problem.reason != "Warning") {
      problems.push_back(std::move(problem));
    } else {
      warnings.emplace_back(problem.path.empty() ? problem.message
                                                 : problem.path + ": " + problem.message);
    }
  }
  if (!warnings.empty()) response["warnings"] = std::move(warnings);
  if (problems.empty()) return;
  const Error error = kube::invalid_error(resource, kube::name_of(object), std::move(problems));
  response["allowed"] = false;
  response["status"] = kube::to_status(error, &resource, kube::name_of(object));
}

}  // namespace

json::Array make_json_patch(const json::Value& from, const json::Value& to) {
  json::Array patch;
  diff(from, to, "", patch);
  return patch;
}

const std::vector<WebhookPath>& webhook_paths() {
  static const std::vector<WebhookPath> kPaths = [] {
    std::vector<WebhookPath> paths;
    for (std::string_view kind : {"sparkapplication", "scheduledsparkapplication"}) {
      const std::string tail = fmt::format("-sparkoperator-k8s-io-v1beta2-{}", kind);
      const std::string plural = fmt::format("{}s", kind);
      paths.push_back({"/mutate" + tail, WebhookKind::kMutate, plural});
      paths.push_back({"/validate" + tail, WebhookKind::kValidate, plural});
    }
    return paths;
  }();
  return kPaths;
}

Result<json::Value> review(std::string_view path, const json::Value& admission_review,
                           const spark::ClusterRoom& room) {
  const WebhookPath* served = nullptr;
  for (const WebhookPath& each : webhook_paths()) {
    if (each.path == path) served = &each;
  }
  if (served == nullptr) {
    return fail(ErrorCode::kNotFound, fmt::format("no webhook is served at {}", path));
  }
  const json::Value request = json::object_at(admission_review, {"request"});
  const std::string_view plural = json::string_at(request, {"resource", "resource"});
  if (json::string_at(admission_review, "kind") != "AdmissionReview" ||
      json::string_at(request, "uid").empty()) {
    return fail(ErrorCode::kBadRequest, "the body is no AdmissionReview with a request");
  }
  if (plural != served->resource) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("expected a review of {}, found {}", served->resource, plural));
  }
  json::Object response{{"uid", json::string_at(request, "uid")}, {"allowed", true}};
  const kube::Resource* resource = resource_named(plural);
  if (resource != nullptr && !is_left_alone(request)) {
    const json::Value& object = *json::find(request, "object");
    switch (served->kind) {
      case WebhookKind::kMutate:
        mutate(*resource, object, response);
        break;
      case WebhookKind::kValidate:
        validate(*resource, object, room, response);
        break;
    }
  }
  return json::Object{{"apiVersion", "admission.k8s.io/v1"},
                      {"kind", "AdmissionReview"},
                      {"response", std::move(response)}};
}

}  // namespace firesteel::operators
