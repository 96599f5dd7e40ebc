#include "sim/users.h"

#include <fmt/format.h>

#include "kube/object.h"
#include "kube/resource.h"
#include "sim/late_caches.h"
#include "spark/names.h"

namespace firesteel::sim {

using namespace kube::resources;

void Users::add(const json::Value& application) {
  manifests_.push_back(application);
  (void)world_.create(kSparkApplications, kube::namespace_of(application), application, {});
}

void Users::set(const std::string& key, std::string_view field, const json::Value& value) {
  world_.edit(kSparkApplications, key, [&](json::Value& application) {
    json::make_object(application, {"spec"})[field] = value;
  });
}

void Users::edit_driver(const std::string& key, std::string_view field, const json::Value& value) {
  world_.edit(kSparkApplications, key, [&](json::Value& application) {
    json::make_object(application, {"spec", "driver"})[field] = value;
  });
}

void Users::delete_or_create(const json::Value& manifest) {
  const std::string key = kube::key_of(manifest);
  if (random_.one_in(4)) {
    kube::DeleteOptions options;
    options.propagation = kube::Propagation::kForeground;
    (void)world_.remove(kSparkApplications, kube::namespace_of(manifest), kube::name_of(manifest),
                        options);
  } else if (random_.one_in(2)) {
    world_.erase(kSparkApplications, key);
  } else {
    json::Value fresh = manifest;
    json::remove(fresh.as_object(), "status");
    (void)world_.create(kSparkApplications, kube::namespace_of(manifest), fresh, {});
  }
}

void Users::kill_pods(const std::string& key) {
  for (const json::Document& pod : world_.all(kPods)) {
    if (application_of(*pod) != key || !random_.one_in(2)) continue;
    invariants_.excuse(*pod);
    (void)world_.remove(kPods, kube::namespace_of(*pod), kube::name_of(*pod), {});
  }
}

void Users::act() {
  if (manifests_.empty()) return;
  const json::Value& manifest = manifests_[random_.below(manifests_.size())];
  const std::string key = kube::key_of(manifest);
  invariants_.touched(key);
  switch (random_.below(10)) {
    case 0:
      return set(key, "suspend", true);
    case 1:
      return set(key, "suspend", false);
    case 2:
      return set(key, "timeToLiveSeconds", 100'000);
    case 3:
      return set(key, "arguments", json::Array{random_.hex(2)});
    case 4:  // under another name the old driver would not be in the way of the new one
      return edit_driver(key, "podName", json::Value("driver-" + random_.hex(1)));
    case 5:
      return delete_or_create(manifest);
    case 6:
      return edit_driver(key, "memory", random_.one_in(2) ? "a lot" : "512m");
    case 7:
      return set(key, "restartPolicy",
                 json::Object{{"type", random_.one_in(2) ? "Never" : "Always"},
                              {"onFailureRetryInterval", 1}});
    case 8:
      return set(key, "timeToLiveSeconds", random_.below(10));
    default:
      return kill_pods(key);
  }
}

void Users::stand_in_the_way() {
  if (manifests_.empty()) return;
  const std::string_view name = kube::name_of(manifests_[random_.below(manifests_.size())]);
  const std::string space(kube::namespace_of(manifests_.front()));
  json::Value object = json::Object{};
  json::Object& metadata = json::make_object(object, {"metadata"});
  metadata["labels"] = json::Object{{kStranger, "true"}};
  const bool pod = random_.one_in(2);
  metadata["name"] = pod ? fmt::format("{}-driver", name) : fmt::format("{}-ui-svc", name);
  (void)world_.create(pod ? kPods : kServices, space, object, {});
}

void Users::settle() {
  for (const json::Document& application : world_.all(kSparkApplications)) {
    const bool always =
        json::string_at(*application, {"spec", "restartPolicy", "type"}) == "Always";
    if (always) invariants_.touched(kube::key_of(*application));
    world_.edit(kSparkApplications, kube::key_of(*application), [&](json::Value& changed) {
      json::Object& spec = json::make_object(changed, {"spec"});
      if (spec.contains("suspend")) spec["suspend"] = false;
      if (always) json::make_object(changed, {"spec", "restartPolicy"})["type"] = "Never";
    });
  }
  for (const json::Document& schedule : world_.all(kScheduledSparkApplications)) {
    world_.edit(kScheduledSparkApplications, kube::key_of(*schedule), [](json::Value& changed) {
      json::make_object(changed, {"spec"})["suspend"] = true;
    });
  }
}

}  // namespace firesteel::sim
