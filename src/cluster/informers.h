#pragma once
// One live copy of each kind for all controllers: a pod is watched and kept once, however many
// look at pods.
#include <memory>
#include <vector>

#include "base/clock.h"
#include "client/informer.h"
#include "kube/api.h"

namespace firesteel::cluster {

// Used by one thread; the informers it hands out are thread-safe.
class SharedInformers {
 public:
  // Both must outlive it.
  SharedInformers(kube::Api& api, const Clock& clock) : api_(api), clock_(clock) {}

  // Before start(): handlers are added to it then. Lives until stop().
  [[nodiscard]] client::Informer& of(const kube::Resource& resource) {
    for (const Shared& one : all_) {
      if (one.resource == resource) return *one.informer;
    }
    client::InformerOptions options;
    options.resource = resource;
    all_.push_back({resource, std::make_unique<client::Informer>(api_, options, clock_)});
    return *all_.back().informer;
  }
  void start() {
    for (const Shared& one : all_) one.informer->start();
  }
  // No handler runs after it.
  void stop() { all_.clear(); }

 private:
  struct Shared {
    kube::Resource resource;
    std::unique_ptr<client::Informer> informer;
  };
  kube::Api& api_;
  const Clock& clock_;
  std::vector<Shared> all_;
};

}  // namespace firesteel::cluster
