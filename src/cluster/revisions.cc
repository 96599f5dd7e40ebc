#include "cluster/revisions.h"

#include <fmt/core.h>

#include <algorithm>

#include "cluster/deployment.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

constexpr std::string_view kHashOfRevision = "controller.kubernetes.io/hash";
constexpr std::int64_t kDefaultHistory = 10;

std::int64_t number_of(const json::Value& revision) {
  return json::int_at(revision, {"revision"});
}

json::Value make_revision(const json::Value& owner, const std::string& hash, std::int64_t number) {
  json::Value pod_template(json::object_at(owner, {"spec", "template"}));
  json::Object labels = json::object_at(pod_template, {"metadata", "labels"});
  labels[kHashOfRevision] = hash;
  pod_template.as_object()["$patch"] = "replace";
  json::Object annotations = kube::annotations_of(owner);
  json::Object metadata{{"name", fmt::format("{}-{}", kube::name_of(owner), hash)},
                        {"namespace", kube::namespace_of(owner)},
                        {"labels", std::move(labels)}};
  if (!annotations.empty()) metadata["annotations"] = std::move(annotations);
  metadata["ownerReferences"] = json::Array{kube::owner_reference(owner, true, true)};
  json::Value data;
  json::make_object(data, {"spec"})["template"] = std::move(pod_template);
  return json::Object{{"apiVersion", kControllerRevisions.api_version()},
                      {"kind", kControllerRevisions.kind},
                      {"metadata", std::move(metadata)},
                      {"data", std::move(data)},
                      {"revision", number}};
}

}  // namespace

std::string revision_hash(const json::Value& revision) {
  return std::string(kube::label_of(revision, kHashOfRevision));
}

json::Value template_of(const json::Value& revision) {
  json::Value pod_template(json::object_at(revision, {"data", "spec", "template"}));
  json::remove(pod_template.as_object(), "$patch");
  return pod_template;
}

RevisionDecision decide_revisions(const json::Value& owner,
                                  std::span<const json::Document> revisions,
                                  std::span<const std::string> live) {
  RevisionDecision decision;
  const json::Value* pod_template = json::find(owner, {"spec", "template"});
  const std::string hash = template_hash(pod_template == nullptr ? json::Value() : *pod_template);
  std::vector<json::Document> sorted(revisions.begin(), revisions.end());
  std::ranges::sort(sorted, {}, [](const json::Document& one) {
    return std::pair(number_of(*one), std::string(kube::name_of(*one)));
  });
  const std::int64_t last = sorted.empty() ? 0 : number_of(*sorted.back());
  for (const json::Document& one : sorted) {
    if (revision_hash(*one) == hash) decision.update = one;
  }
  if (decision.update == nullptr) {
    decision.update = std::make_shared<const json::Value>(make_revision(owner, hash, last + 1));
    decision.create = true;
  } else if (number_of(*decision.update) != last) {
    decision.renumber = last + 1;
  }
  const auto is_live = [&](const json::Document& one) {
    const auto among = [&](std::string_view text) {
      return std::ranges::find(live, text) != live.end();
    };
    return revision_hash(*one) == hash || among(kube::name_of(*one)) || among(revision_hash(*one));
  };
  std::erase_if(sorted, is_live);
  const std::int64_t limit = json::int_at(owner, {"spec", "revisionHistoryLimit"}, kDefaultHistory);
  for (std::int64_t over = std::ssize(sorted) - limit, i = 0; i < over; ++i) {
    decision.remove.emplace_back(kube::name_of(*sorted[static_cast<std::size_t>(i)]));
  }
  return decision;
}

}  // namespace firesteel::cluster
