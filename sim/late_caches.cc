#include "sim/late_caches.h"

#include <fmt/format.h>

#include "kube/object.h"
#include "kube/resource.h"
#include "spark/names.h"

namespace firesteel::sim {
namespace {

using namespace kube::resources;

json::Document find(const std::map<std::string, json::Document>& objects, const std::string& key) {
  const auto found = objects.find(key);
  return found == objects.end() ? nullptr : found->second;
}

}  // namespace

std::string application_of(const json::Value& pod) {
  return fmt::format("{}/{}", kube::namespace_of(pod), kube::label_of(pod, spark::kLabelAppName));
}

json::Document LateCaches::application(const std::string& key) const {
  return find(applications_, key);
}

std::vector<json::Document> LateCaches::applications() const {
  std::vector<json::Document> all;
  for (const auto& [key, application] : applications_) all.push_back(application);
  return all;
}

std::vector<json::Document> LateCaches::pods(const std::string& key) const {
  std::vector<json::Document> all;
  const auto found = pods_.find(key);
  if (found == pods_.end()) return all;
  for (const auto& [name, pod] : found->second) all.push_back(pod);
  return all;
}

json::Document LateCaches::schedule(const std::string& key) const {
  return find(schedules_, key);
}

std::vector<json::Document> LateCaches::runs(const std::string& key) const {
  const std::string_view name = std::string_view(key).substr(key.find('/') + 1);
  std::vector<json::Document> found;
  for (const auto& [application_key, application] : applications_) {
    if (kube::label_of(*application, spark::kLabelScheduledAppName) == name) {
      found.push_back(application);
    }
  }
  return found;
}

Change LateCaches::take(bool apply_it) {
  Change change = world_.log()[next_++];
  if (apply_it) apply(change);
  return change;
}

void LateCaches::replay(std::size_t position) {
  applications_.clear();
  schedules_.clear();
  pods_.clear();
  for (next_ = 0; next_ < position;) apply(world_.log()[next_++]);
}

void LateCaches::apply(const Change& change) {
  const json::Value& object = change.after ? *change.after : *change.before;
  Objects* objects = nullptr;
  if (change.resource == kSparkApplications) objects = &applications_;
  if (change.resource == kScheduledSparkApplications) objects = &schedules_;
  if (change.resource == kPods) objects = &pods_[application_of(object)];
  if (objects == nullptr) return;
  if (change.after == nullptr) {
    objects->erase(kube::key_of(object));
  } else {
    (*objects)[kube::key_of(object)] = change.after;
  }
}

}  // namespace firesteel::sim
