#pragma once
// What the controllers of pods have in common: which objects are theirs, and making and removing
// pods with the events that tell of it. Thread-safe. Source: kube-controller-manager,
// pkg/controller/controller_utils.go and controller_ref_manager.go.
#include <string>
#include <vector>

#include "base/clock.h"
#include "client/events.h"
#include "client/informer.h"
#include "cluster/expectations.h"
#include "kube/api.h"

namespace firesteel::cluster {

class PodControl {
 public:
  // All must outlive it; before the informer starts. `kind` is the owners'.
  PodControl(kube::Api& api, const Clock& clock, client::Informer& pods, kube::Resource owners,
             const std::string& component);

  // To be called first in a handler of pods: what was waited for has come or gone.
  void note(const client::Change& change);
  // The key of the owner that a change of a pod concerns; "" for none of this kind.
  [[nodiscard]] std::string owner_of(const client::Change& change) const;

  // The pods that the owner controls, those just removed as being deleted. Orphans that its
  // selector matches are adopted, pods that it does not match any more are let go.
  [[nodiscard]] Result<std::vector<json::Document>> claim(const json::Value& owner);
  // How many were created and are not to be seen yet. Ask before claim(): a pod that arrives
  // between is counted twice, never missed.
  [[nodiscard]] int missing(const json::Value& owner);

  // AlreadyExists is success for a pod that the owner controls.
  [[nodiscard]] Result<void> create(const json::Value& owner, const json::Value& pod);
  [[nodiscard]] Result<void> remove(const json::Value& owner,
                                    const std::vector<json::Document>& pods,
                                    const std::string& name);
  client::EventRecorder& events() { return events_; }

 private:
  [[nodiscard]] json::Document ending(const json::Document& pod) const;
  Result<void> adopt(const json::Value& owner, const json::Value& pod);
  Result<void> let_go(const json::Value& owner, const json::Value& pod);
  Result<void> owns(const json::Value& pod, const json::Value& patch);

  kube::Api& api_;
  const Clock& clock_;
  client::Informer& pods_;
  const kube::Resource owners_;
  client::EventRecorder events_;
  Expectations expectations_;
};

// With the resourceVersion as precondition: a status computed from an old object must not win.
[[nodiscard]] Result<void> write_status(kube::Api& api, const kube::Resource& resource,
                                        const json::Value& object, const json::Value& status);
// The objects of the owner's namespace that it controls.
[[nodiscard]] std::vector<json::Document> controlled_by(const json::Value& owner,
                                                        const client::Informer& informer);

}  // namespace firesteel::cluster
