// The threads of endpoints: a change of a service or of a pod that it selects writes its Endpoints
// and slice anew.
#include "client/informer.h"
#include "client/workers.h"
#include "cluster/controller.h"
#include "cluster/endpoints.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using client::Change;
using kube::resources::kEndpoints;
using kube::resources::kPods;
using kube::resources::kServices;

constexpr std::chrono::milliseconds kSyncRetry{20};

class Endpoints final : public Controller {
 public:
  explicit Endpoints(const Surroundings& around)
      : api_(around.api),
        workers_(queue_named("endpoints", around.workers), around.clock,
                 [this](const std::string& key) { return sync(key); }),
        services_(around.informers.of(kServices)),
        slices_(around.informers.of(kEndpointSlices)),
        pods_(around.informers.of(kPods)) {
    services_.on_change([this](const Change& change) { workers_.add(change.key); });
    pods_.on_change([this](const Change& change) { pod_changed(change); });
  }
  void start() override { workers_.start(); }
  void stop() override { workers_.stop(); }

 private:
  void pod_changed(const Change& change) {
    const json::Value& pod = change.after != nullptr ? *change.after : *change.before;
    for (const json::Document& service : services_.list(kube::namespace_of(pod))) {
      if (!has_selected_endpoints(*service)) continue;
      const bool concerned = (change.before != nullptr && selects(*service, *change.before)) ||
                             (change.after != nullptr && selects(*service, *change.after));
      if (concerned) workers_.add(kube::key_of(*service));
    }
  }

  Result<std::optional<std::chrono::nanoseconds>> sync(const std::string& key) {
    if (!services_.has_synced() || !slices_.has_synced() || !pods_.has_synced()) return kSyncRetry;
    const json::Document service = services_.get(key);
    const auto [space, name] = split_key(key);
    if (service == nullptr || kube::is_deleting(*service)) {
      // Slices go with their owner; Endpoints have none, as upstream.
      const auto removed = api_.remove(kEndpoints, space, name, {});
      if (!removed && !is_settled(removed.error())) return std::unexpected(removed.error());
      return std::nullopt;
    }
    if (!has_selected_endpoints(*service)) return std::nullopt;
    const std::vector<json::Document> pods = pods_.list(space);
    TRY(put(kEndpoints, endpoints_of(*service, pods), "subsets"));
    const std::vector<json::Value> slices = endpoint_slices_of(*service, pods);
    for (const json::Value& slice : slices) TRY(put(kEndpointSlices, slice, "endpoints"));
    TRY(remove_surplus(*service, slices));
    return std::nullopt;
  }

  // Slices of port numbers that no pod has any more.
  Result<void> remove_surplus(const json::Value& service, const std::vector<json::Value>& wanted) {
    const std::string_view space = kube::namespace_of(service);
    for (const json::Document& slice : slices_.list(space)) {
      const bool ours =
          is_managed_slice(*slice) &&
          kube::label_of(*slice, "kubernetes.io/service-name") == kube::name_of(service);
      const bool is_wanted = std::ranges::any_of(wanted, [&](const json::Value& one) {
        return kube::name_of(one) == kube::name_of(*slice);
      });
      if (!ours || is_wanted) continue;
      const auto removed = api_.remove(kEndpointSlices, space, kube::name_of(*slice), {});
      if (!removed && !is_settled(removed.error())) return removed;
    }
    return {};
  }

  // Creates it, or replaces it when `member`, the ports or the labels differ.
  Result<void> put(const kube::Resource& resource, const json::Value& wanted,
                   std::string_view member) {
    const std::string space(kube::namespace_of(wanted));
    const std::string name(kube::name_of(wanted));
    const auto present = api_.get(resource, space, name);
    if (!present && present.error().code != ErrorCode::kNotFound) {
      return std::unexpected(present.error());
    }
    const auto same = [&](std::string_view key) {
      const json::Value* left = json::find(**present, key);
      const json::Value* right = json::find(wanted, key);
      return left != nullptr && right != nullptr ? *left == *right : left == right;
    };
    const bool same_labels = present && kube::labels_of(**present) == kube::labels_of(wanted);
    if (same_labels && same(member) && same("ports")) return {};
    const auto written = present ? api_.replace(resource, space, name, wanted, {})
                                 : api_.create(resource, space, wanted, {});
    // NotFound: the server has no such resource, or the namespace is on its way out.
    if (!written && !is_settled(written.error()) && written.error().code != ErrorCode::kForbidden) {
      return std::unexpected(written.error());
    }
    return {};
  }

  kube::Api& api_;
  client::Workers workers_;
  client::Informer& services_;
  client::Informer& slices_;
  client::Informer& pods_;
};

}  // namespace

std::unique_ptr<Controller> make_endpoints(const Surroundings& around) {
  return std::make_unique<Endpoints>(around);
}

}  // namespace firesteel::cluster
